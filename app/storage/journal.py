"""Replies while they arrive: their text is on disk before they are complete, so that a kill loses little."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.storage.conversations import insert_message
from app.storage.database import Database
from app.storage.encoding import from_moment, storable, to_moment
from app.storage.errors import StoreError
from app.storage.ledger import insert_row
from app.storage.presence import Presence
from app.storage.records import LedgerRow, StoredMessage
from providers.costs import UNKNOWN_COST
from providers.events import StopReason
from providers.messages import Message, Part, ReasoningPart, Role, TextPart
from providers.reference import ModelRef
from providers.usage import NO_USAGE


@dataclass(frozen=True, slots=True)
class _Orphan:
    """A journal whose process is gone."""

    reply_id: str
    conversation_id: str
    parent_id: str | None
    ref: ModelRef
    started_at: datetime


class Journal:
    """One entry per running reply. All calls raise `StoreError` when the store fails."""

    def __init__(self, database: Database, presence: Presence, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._presence = presence
        self._clock = clock

    async def begin(self, reply_id: str, conversation_id: str, parent_id: str | None, ref: ModelRef) -> None:
        """A reply to the message `parent_id` starts; what an earlier attempt left is dropped."""
        now = from_moment(self._clock())

        def work(connection: sqlite3.Connection) -> None:
            try:
                self._presence.announce()
            except OSError as error:
                raise StoreError(f"The running reply cannot be journalled: {error.strerror or error}") from error
            connection.execute(
                "INSERT OR REPLACE INTO running_replies VALUES (?, ?, ?, ?, ?, ?, ?)",
                (reply_id, conversation_id, parent_id, ref.provider, ref.model, now, self._presence.owner),
            )

        await self._database.run(work)

    async def append(self, reply_id: str, text: str, reasoning: str) -> None:
        """Add what arrived since the last call."""
        sql = "INSERT INTO reply_deltas (reply_id, text, reasoning) VALUES (?, ?, ?)"
        values = (reply_id, storable(text), storable(reasoning))
        await self._database.run(lambda connection: connection.execute(sql, values))

    async def finish(self, reply_id: str) -> None:
        """The reply is stored as a message, or not wanted; nothing happens when there is no journal."""
        sql = "DELETE FROM running_replies WHERE reply_id = ?"
        await self._database.run(lambda connection: connection.execute(sql, (reply_id,)))

    async def recover(self) -> tuple[StoredMessage, ...]:
        """Turn the journals of processes that are gone into messages without a stop reason.

        Each of their requests gets a ledger row of unknown cost: it was sent, and may have been billed. A
        reply of which nothing had arrived leaves no message.

        Returns: the new messages, oldest first.
        """
        sql = "SELECT 1 FROM running_replies LIMIT 1"
        if not await self._database.read(lambda connection: connection.execute(sql).fetchone()):
            return ()
        return await self._database.run(self._recover)

    def _recover(self, connection: sqlite3.Connection) -> tuple[StoredMessage, ...]:
        rows = connection.execute(
            "SELECT reply_id, conversation_id, parent_id, provider, model, started_at, owner"
            " FROM running_replies ORDER BY started_at"
        ).fetchall()
        owners = {owner: self._presence.is_alive(owner) for owner in {row[6] for row in rows}}
        recovered = []
        for reply_id, conversation_id, parent_id, provider, model, started_at, owner in rows:
            if owners[owner]:
                continue
            orphan = _Orphan(reply_id, conversation_id, parent_id, ModelRef(provider, model), to_moment(started_at))
            message = self._rescue(connection, orphan)
            if message:
                recovered.append(message)
            connection.execute("DELETE FROM running_replies WHERE reply_id = ?", (reply_id,))
        return tuple(recovered)

    def _rescue(self, connection: sqlite3.Connection, orphan: _Orphan) -> StoredMessage | None:
        parts = _parts(connection, orphan.reply_id)
        stored = connection.execute("SELECT 1 FROM messages WHERE id = ?", (orphan.reply_id,)).fetchone()
        message = None
        if parts and not stored:
            message = StoredMessage(
                id=orphan.reply_id,
                conversation_id=orphan.conversation_id,
                parent_id=orphan.parent_id,
                created_at=self._clock(),
                message=Message(Role.ASSISTANT, parts, orphan.ref),
            )
            insert_message(connection, message)
            # Another Parley may have gone on with the conversation meanwhile: its branch stays the one shown.
            connection.execute(
                "UPDATE conversations SET leaf_id = ? WHERE id = ? AND leaf_id IS ?",
                (orphan.reply_id, orphan.conversation_id, orphan.parent_id),
            )
        # A row that is older than the journal is that of an attempt before the one which was lost.
        sql = "SELECT 1 FROM ledger WHERE message_id = ? AND started_at >= ?"
        billed = connection.execute(sql, (orphan.reply_id, from_moment(orphan.started_at))).fetchone()
        if not billed:
            insert_row(connection, _unknown_row(orphan))
        return message


def _parts(connection: sqlite3.Connection, reply_id: str) -> tuple[Part, ...]:
    sql = "SELECT text, reasoning FROM reply_deltas WHERE reply_id = ? ORDER BY number"
    deltas = connection.execute(sql, (reply_id,)).fetchall()
    text, reasoning = ("".join(column) for column in zip(*deltas, strict=True)) if deltas else ("", "")
    parts: tuple[Part, ...] = (ReasoningPart(reasoning),) if reasoning else ()
    return (*parts, TextPart(text)) if text else parts


def _unknown_row(orphan: _Orphan) -> LedgerRow:
    return LedgerRow(
        id=f"{orphan.reply_id}-lost",
        started_at=orphan.started_at,
        provider=orphan.ref.provider,
        model=orphan.ref.model,
        format="",
        stop=StopReason.INCOMPLETE,
        usage=NO_USAGE,
        cost=UNKNOWN_COST,
        conversation_id=orphan.conversation_id,
        message_id=orphan.reply_id,
        error="Parley ended before the reply did",
    )
