"""How a prompt on the chat screen becomes a turn, and what happens on the screen until it has ended."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from app import format as fmt
from app.commands import command
from app.screens import asking, frame
from providers.costs import CostStatus

if TYPE_CHECKING:
    from app.keymap import Keymap
    from app.screens.chat import ChatScreen
    from app.screens.drafts import Drafts
    from app.screens.presenter import Presenter
    from app.screens.recovery import Recovery
    from app.screens.surroundings import Surroundings
    from app.session.budgets.budgets import Check
    from app.session.budgets.verdict import Permission
    from app.session.chat import Chat
    from app.session.reply import Reply
    from app.session.session import Session
    from app.turns import Run, TurnRunner
    from providers.events import Event
    from providers.reference import ModelRef


class Sending:
    """Of one chat screen."""

    def __init__(
        self,
        screen: ChatScreen,
        session: Session,
        runs: TurnRunner,
        drafts: Drafts,
        presenter: Presenter,
        around: Surroundings,
        keymap: Keymap,
    ) -> None:
        self._screen = screen
        self._session = session
        self._runs = runs
        self._drafts = drafts
        self._presenter = presenter
        self._around = around
        self._keymap = keymap
        self._checking: set[Chat] = set()
        """Conversations whose prompt waits for a look at the budgets, or for somebody's answer."""

    @cached_property
    def recovery(self) -> Recovery:
        """What leads on after a failure."""
        from app.screens.recovery import Recovery

        screen = self._screen
        return Recovery(self._presenter, screen.composer, self.send, screen.pick_model, screen.providers.let_answer)

    def send(self, text: str) -> None:
        """Ask the current model; without one, or while a reply arrives, the text goes back into the composer."""
        screen, model = self._screen, self._screen.model
        if model is None:
            screen.composer.write(text + screen.composer.text)
            if asking.can_pick_model(self._session):
                screen.pick_model(screen.composer.action_send)
            else:
                screen.app.notify(frame.advice(self._session.connections), severity="warning", markup=False)
            return
        if self._runs.of(screen.chat) is not None:
            screen.composer.write(text + screen.composer.text)
            screen.app.notify(f"A reply is still arriving. {self._way_to_stop}", markup=False)
            return
        if screen.chat in self._checking:
            screen.composer.write(text + screen.composer.text)
            screen.app.notify("The last prompt has not been sent yet.", markup=False)
        elif self._session.budgets.concern(screen.chat, model):
            self._checking.add(screen.chat)
            work = self._send_checked(screen.chat, text, model)
            screen.app.run_worker(work, name="budget", group="budget", exit_on_error=False, description="budget")
        else:
            self._start(screen.chat, text, model)

    async def _send_checked(self, chat: Chat, text: str, model: ModelRef) -> None:
        """Send what the budgets have room for, or what somebody says yes to; other text stays in the composer."""
        is_allowed = False
        try:
            check = await self._session.budgets.check(chat, text, model)
            is_allowed = await self._is_allowed(check)
        finally:
            self._checking.discard(chat)
            if not is_allowed:
                self._keep(chat, text)
        if is_allowed:
            self._start(chat, text, model, check.permission if check.asks else None)

    async def _is_allowed(self, check: Check) -> bool:
        """Whether a turn may be sent; says what is in its way, or asks."""
        app = self._screen.app
        if not check.asks:
            if check.refusal is not None:
                sentence = f"{check.refusal.summary} {check.refusal.hint}"
                app.notify(sentence, title="Not sent", severity="warning", timeout=15, markup=False)
            return check.refusal is None
        from app.screens.budget_question import Answer, BudgetQuestion
        from app.screens.budget_text import question

        asked = BudgetQuestion(*question(check), lasts=bool(check.verdict.waivable))
        answer = await app.push_screen_wait(asked)
        if answer is Answer.SEND_TODAY:
            self._session.budgets.allow_today(check.verdict)
        return answer is not Answer.KEEP

    def _keep(self, chat: Chat, text: str) -> None:
        """A prompt that was not sent is the draft again."""
        if chat is self._screen.chat:
            self._screen.composer.write(text + self._screen.composer.text)
        else:
            self._drafts.give_back(chat, text)

    def _start(self, chat: Chat, text: str, model: ModelRef, permission: Permission | None = None) -> None:
        screen, is_shown = self._screen, chat is self._screen.chat
        if is_shown:
            self.recovery.make_room_for(chat, text)
        self._session.budgets.way_to_stop = self._way_to_stop
        run = self._runs.start(chat, chat.ask(text, model, permission=permission))
        self._session.note_use(model)
        if is_shown:
            screen.pane.is_empty = False
            self._presenter.begin(run)
        self._settle()

    @property
    def _way_to_stop(self) -> str:
        stop = command("chat.stop")
        key = self._keymap.label(stop) or f"/{stop.slash}"
        return f"{key[:1].upper()}{key[1:]} stops it."

    def take(self, run: Run, event: Event) -> None:
        """Show one event of a running reply."""
        if run.chat is self._screen.chat:
            self._presenter.take(run, event)

    def tick(self) -> None:
        """Bring what changes with time up to date."""
        run = self._runs.of(self._screen.chat)
        if self._runs.running and self._session.budgets.is_limited:
            self._around.follow_budgets()
        if run is not None:
            self._presenter.tick(run, self._runs.clock())
            self._around.refresh_figures()

    def end(self, run: Run) -> None:
        """A turn has ended; its conversation may not be the one on view."""
        screen, reply = self._screen, run.turn.reply
        self._around.refresh_budgets()
        if run.chat is not screen.chat:
            if reply.error is not None:
                self._drafts.give_back(run.chat, reply.prompt)
            ending = "A reply is complete" if reply.error is None else "A reply has failed"
            screen.app.notify(run.chat.title, title=ending, markup=False)
            screen.pace()
            return
        self._presenter.end(run.chat, reply)
        if reply.error is not None:
            screen.composer.give_back(reply.prompt)
        elif reply.was_stopped_early:
            if sentence := stopped_sentence(run.chat, reply):
                screen.app.notify(sentence, markup=False)
            self.recovery.take_back(screen.chat, reply)
            screen.pane.is_empty = not screen.chat.entries
        self._settle()

    def show_crash(self, run: Run) -> None:
        """A bug of ours ended a turn: say so in its place."""
        if run.chat is self._screen.chat:
            self._presenter.end(run.chat, run.turn.reply, crash_log=self._session.log_file)
        self._settle()
        self._around.refresh_budgets()

    def _settle(self) -> None:
        self._screen.pace()
        self._around.refresh_figures()
        self._around.refresh_quote()


def stopped_sentence(chat: Chat, reply: Reply) -> str:
    """Of a reply that was stopped before anything came: what its request may cost; "" where it costs nothing."""
    row = next((row for row in reversed(chat.rows) if row.started_at == reply.started_at), None)
    if row is None or row.cost.status is not CostStatus.ESTIMATED or not row.cost.usd:
        return ""
    return f"Stopped before anything came; {fmt.cost(row.cost)} may be billed for it."
