"""How the conversation on view gets another model: from the picker, which may ask, or by stepping, which never does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from app.screens import asking
from app.screens.next_turns import NextTurns
from app.screens.quote_text import reasons_to_ask

if TYPE_CHECKING:
    from app.screens.chat import ChatScreen
    from app.session.session import Session
    from app.session.switching import Switch
    from providers.reference import ModelRef

_REST_SECONDS = 0.6
"""Who steps through models has arrived when no step followed for so long."""


class Switching:
    """Of one chat screen."""

    def __init__(self, screen: ChatScreen, session: Session) -> None:
        self._screen = screen
        self._session = session
        self._before: NextTurns | None = None
        """How things were before the first of several steps."""

    def pick(self, then: asking.Then | None = None) -> None:
        """Open the picker. Args: then: done when a model was chosen."""
        turns = self._next_turns()

        def use(ref: ModelRef) -> None:
            self._screen.use_model(ref)
            if then is not None:
                then()

        def take(ref: ModelRef | None) -> None:
            if ref is None:
                return
            switch = turns.switch(ref) if turns else None
            if switch is not None and self._is_to_be_asked(switch):
                self._ask(switch, use)
            else:
                use(ref)

        asking.pick_model(self._screen.app, self._session, self._screen.model, take, turns=turns)

    def step(self, step: int) -> None:
        """Take the next model at once. What that costs is said when the stepping has come to rest."""
        model = asking.stepped(asking.cycle(self._session), self._screen.model, step)
        if model is None:
            sentence = "No other model is a favourite or was used lately; Ctrl+L shows all."
            self._screen.app.notify(sentence, markup=False)
            return
        self._before = self._before or self._next_turns()
        self._screen.use_model(model)
        asking.in_background(self._screen.app, self._say_what_it_costs(model), "step")

    def _next_turns(self) -> NextTurns | None:
        """None before the session is open: what quotes are made of is not there yet."""
        screen = self._screen
        if not screen.is_open:
            return None
        return NextTurns(self._session, screen.chat, screen.composer.text, screen.model)

    def _ask(self, switch: Switch, use: Callable[[ModelRef], None]) -> None:
        from app.screens.question import Question

        ref = switch.then.ref
        question = Question(
            f"Switch to {ref}?",
            reasons_to_ask(switch),
            yes="switch",
            no="stay",
            is_sudden=True,
            takes_enter=True,
        )
        self._screen.app.push_screen(question, lambda is_agreed: use(ref) if is_agreed else None)

    async def _say_what_it_costs(self, model: ModelRef) -> None:
        await asyncio.sleep(_REST_SECONDS)
        turns, self._before = self._before, None
        if turns is None or model != self._screen.model:
            return
        await turns.count([model])
        switch = turns.switch(model)
        if switch is not None and self._is_to_be_asked(switch):
            sentences = " ".join(reasons_to_ask(switch, is_made=True))
            self._screen.app.notify(sentences, title=f"Now {model}", severity="warning", markup=False)

    def _is_to_be_asked(self, switch: Switch) -> bool:
        return switch.is_to_be_asked(self._session.connections.settings.budget.confirm_switch)
