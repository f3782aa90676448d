"""Keeps a running reply safe: what arrives is on disk a moment later, even if nothing follows."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from app.storage.errors import StoreError
from providers.events import Event, ReasoningDelta, TextDelta
from providers.reference import ModelRef

if TYPE_CHECKING:
    from app.storage.store import Store

_FLUSH_EVERY_S = 0.15


class Journalling:
    """Appends deltas to the journal every 150 ms, beside the stream, so that a slow disk delays no text."""

    def __init__(self, store: Store | None, reply_id: str) -> None:
        self._store = store
        self._reply_id = reply_id
        self._place: tuple[str, str, ModelRef] | None = None
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._writer: asyncio.Task[None] | None = None
        self._has_news = asyncio.Event()

    async def begin(self, conversation_id: str, parent_id: str, ref: ModelRef) -> None:
        """Raises: StoreError."""
        if self._store is None:
            return
        self._place = (conversation_id, parent_id, ref)
        await self._store.journal.begin(self._reply_id, conversation_id, parent_id, ref)
        self._writer = asyncio.create_task(self._write_on())

    def take(self, event: Event) -> None:
        """Note a delta; never waits."""
        if self._writer is None:
            return
        if isinstance(event, TextDelta):
            self._text.append(event.text)
        elif isinstance(event, ReasoningDelta):
            self._reasoning.append(event.text)
        else:
            return
        self._has_news.set()

    async def restart(self, ref: ModelRef) -> None:
        """Throw away what was noted: the reply starts over, written by that model."""
        if self._place is None:
            return
        await self.stop()
        await self.finish()
        self._text.clear()
        self._reasoning.clear()
        conversation_id, parent_id, _ = self._place
        await self.begin(conversation_id, parent_id, ref)

    async def stop(self) -> None:
        """Write what is left and stop; all of it stays until `finish`."""
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.wait([self._writer])
            self._writer = None
            await self._flush()

    async def finish(self) -> None:
        """The reply is stored: its journal is no longer needed. Raises: StoreError."""
        if self._store is not None and self._place is not None:
            await self._store.journal.finish(self._reply_id)

    async def _write_on(self) -> None:
        while True:
            await self._has_news.wait()
            await asyncio.sleep(_FLUSH_EVERY_S)
            self._has_news.clear()
            await self._flush()

    async def _flush(self) -> None:
        text, reasoning = "".join(self._text), "".join(self._reasoning)
        self._text.clear()
        self._reasoning.clear()
        if self._store is None or not (text or reasoning):
            return
        # The reply itself is stored at its end, and says so if that fails too.
        with suppress(StoreError):
            await self._store.journal.append(self._reply_id, text, reasoning)
