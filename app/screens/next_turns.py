"""What the next turn of the conversation on view would cost at each model of the picker."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from app.screens.quote_text import next_turn_figure, switch_parts

if TYPE_CHECKING:
    from app.session.chat import Chat
    from app.session.quote import Quote
    from app.session.session import Session
    from app.session.switching import Switch
    from providers.catalogue.records import ModelInfo
    from providers.reference import ModelRef

_AT_ONCE = 200


class NextTurns:
    """Of one conversation with its draft, at the moment when somebody thinks about another model."""

    def __init__(self, session: Session, chat: Chat, draft: str, now: ModelRef | None) -> None:
        """Args: now: the model in use."""
        self._describe = session.connections.models.describe
        self._turn = chat.next_turn(draft)
        self._now = now
        self._in_use: Quote | None = None
        self._figures: dict[ModelRef, Content] = {}

    async def count(self, refs: Sequence[ModelRef]) -> None:
        """Count what these models need, in a thread, and the loop is free between times."""
        await self._turn.count_for([self._now] if self._now else [])
        for start in range(0, len(refs), _AT_ONCE):
            await self._turn.count_for(refs[start : start + _AT_ONCE])
            await asyncio.sleep(0)

    def forget(self) -> None:
        """Prices may have changed."""
        self._figures.clear()
        self._in_use = None

    def figure(self, ref: ModelRef, info: ModelInfo) -> Content:
        """For the row of a model; empty while it is not counted."""
        known = self._figures.get(ref)
        if known is not None:
            return known
        if not self._turn.is_counted(ref):
            return Content()
        figure = self._figures[ref] = next_turn_figure(self._turn.quote(ref, info))
        return figure

    def parts(self, ref: ModelRef, info: ModelInfo, name: str) -> tuple[Content, ...]:
        """What a change to this model means for the next turn, and what that costs there; () while not counted."""
        switch = self.switch(ref, info)
        return () if switch is None else switch_parts(switch, name)

    def switch(self, ref: ModelRef, info: ModelInfo | None = None) -> Switch | None:
        """None while it is not counted. Args: info: None looks it up."""
        if not self._turn.is_counted(ref):
            return None
        if self._in_use is None and self._now is not None:
            self._in_use = self._turn.quote(self._now, self._describe(self._now)[0])
        return self._turn.switch(self._in_use, ref, info or self._describe(ref)[0])
