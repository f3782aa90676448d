"""Keeps what stands around the conversation up to date: sidebar, welcome, status line, the next turn's cost."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from textual.content import Content

from app.screens import frame, rows

if TYPE_CHECKING:
    from app.keymap import Keymap
    from app.screens.chat import ChatScreen
    from app.screens.quoting import Quoting
    from app.session.budgets.budgets import Standing
    from app.session.session import Session
    from app.turns import TurnRunner


class Surroundings:
    """Of one chat screen."""

    def __init__(self, screen: ChatScreen, session: Session, runs: TurnRunner, keymap: Keymap) -> None:
        self._screen = screen
        self._session = session
        self._runs = runs
        self._keymap = keymap
        self._has_stale_lamps = False
        self._standings: tuple[Standing, ...] = ()
        """Of the budgets, without the replies that are on their way."""

    @cached_property
    def _quoting(self) -> Quoting:
        """Made at the first use: nothing is quoted before the session is open."""
        from app.screens.quoting import Quoting

        return Quoting(self._screen, self._screen.quote_line)

    def draft_changed(self) -> None:
        """Somebody types."""
        if self._screen.is_open:
            self._quoting.typed()

    def provider_changed(self, name: str) -> None:
        """A lamp moved. Many move at once: they are drawn together."""
        if not self._has_stale_lamps:
            self._has_stale_lamps = True
            self._screen.call_later(self._refresh_lamps)

    def refresh_all(self) -> None:
        """Everything at once."""
        self.refresh_providers()
        self.refresh_figures()
        self.refresh_quote()
        self.refresh_budgets()

    def refresh_providers(self) -> None:
        """Bring lamps and welcome up to date."""
        screen = self._screen
        screen.sidebar.show_providers([rows.provider_row(view) for view in self._session.connections.views()])
        screen.pane.welcome.greeting = frame.greeting(self._session, screen.chat, self._keymap, is_open=screen.is_open)

    def refresh_figures(self) -> None:
        """Bring costs and status line up to date."""
        screen = self._screen
        spent = screen.chat.spent()
        screen.sidebar.show_costs(rows.cost_rows(spent), rows.total_cost(spent.totals))
        self.refresh_status()

    def refresh_quote(self) -> None:
        """Bring the cost of the next turn up to date."""
        if self._screen.is_open:
            self._quoting.refresh()

    def refresh_budgets(self) -> None:
        """Bring what is left of budgets up to date; the store is asked in the background."""
        screen = self._screen
        if not screen.is_open:
            return
        if self._session.budgets.is_limited:
            screen.run_worker(
                self._show_budgets(), name="budgets", group="budgets", exclusive=True, exit_on_error=False
            )
        else:
            self._standings = ()
            screen.sidebar.show_budgets(Content())

    async def _show_budgets(self) -> None:
        from app.storage.errors import StoreError

        try:
            on_their_way = [run.turn.reply.id for run in self._runs.running]
            self._standings = await self._session.budgets.standings(without=on_their_way)
        except StoreError:
            return  # The next turn says so where it matters.
        self.follow_budgets()

    def follow_budgets(self) -> None:
        """Bring what is left of budgets up to date with what running replies cost by now; the store is not asked."""
        from app.screens.budget_text import budget_lines

        replies = [run.turn.reply for run in self._runs.running]
        self._screen.sidebar.show_budgets(budget_lines([each.with_replies(replies) for each in self._standings]))

    def refresh_status(self) -> None:
        """Say who answers, and how it stands: the keys are those of where the focus is."""
        screen = self._screen
        model = screen.model
        screen.composer.address(model.model if model else "")
        providers = screen.sidebar.providers
        figures = None
        if providers.has_focus:
            hints, figures = frame.provider_hints(self._keymap, providers.row), 0
        else:
            selected = screen.pane.selected
            hints = frame.hints(screen.chat, self._keymap, selected, is_running=self._is_running)
            if selected is not None:
                figures = 1
        screen.status_bar.status = frame.status(self._session, screen.chat, hints, figures=figures)

    def _refresh_lamps(self) -> None:
        self._has_stale_lamps = False
        self.refresh_providers()
        self.refresh_status()
        if not self._is_running:
            self.refresh_quote()

    @property
    def _is_running(self) -> bool:
        return self._runs.of(self._screen.chat) is not None
