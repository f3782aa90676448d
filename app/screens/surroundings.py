"""Keeps what stands around the conversation up to date: sidebar, welcome, status line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.screens import frame, rows

if TYPE_CHECKING:
    from app.keymap import Keymap
    from app.screens.chat import ChatScreen
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

    def provider_changed(self, name: str) -> None:
        """A lamp moved. Many move at once: they are drawn together."""
        if not self._has_stale_lamps:
            self._has_stale_lamps = True
            self._screen.call_later(self._refresh_lamps)

    def refresh_all(self) -> None:
        """Everything at once."""
        self.refresh_providers()
        self.refresh_figures()

    def refresh_providers(self) -> None:
        """Bring lamps and welcome up to date."""
        screen = self._screen
        screen.sidebar.show_providers([rows.provider_row(view) for view in self._session.connections.views()])
        screen.pane.welcome.greeting = frame.greeting(self._session, screen.chat, self._keymap, is_open=screen.is_open)

    def refresh_figures(self) -> None:
        """Bring costs and status line up to date."""
        screen = self._screen
        totals = screen.chat.totals()
        screen.sidebar.show_costs(rows.cost_rows(totals), rows.total_cost(totals), is_waiting=self._is_running)
        self.refresh_status()

    def refresh_status(self) -> None:
        """Say who answers, and how it stands: the keys are those of where the focus is."""
        screen = self._screen
        model = screen.model
        screen.composer.address(model.model if model else "")
        providers = screen.sidebar.providers
        if providers.has_focus:
            hints = frame.provider_hints(self._keymap, providers.row)
        else:
            hints = frame.hints(screen.chat, self._keymap, screen.pane.selected, is_running=self._is_running)
        screen.status_bar.status = frame.status(self._session, screen.chat, hints, has_figures=not providers.has_focus)

    def _refresh_lamps(self) -> None:
        self._has_stale_lamps = False
        self.refresh_providers()
        self.refresh_status()

    @property
    def _is_running(self) -> bool:
        return self._runs.of(self._screen.chat) is not None
