"""Conversations and their messages: a tree each, of which one branch is shown."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from app.storage.database import Database
from app.storage.encoding import from_moment, from_parts, storable, to_moment, to_parts
from app.storage.errors import NotFound
from app.storage.records import Conversation, StoredMessage
from app.storage.searching import SearchHit, find_titles, find_words, words
from providers.events import StopReason
from providers.messages import Message, Role
from providers.reference import ModelRef

_CONVERSATION = "id, title, created_at, updated_at, provider, model, leaf_id, system"
_MESSAGE = "id, conversation_id, parent_id, created_at, role, provider, model, parts, stop, error"


class ConversationRepository:
    """All calls raise `StoreError` when the store fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, conversation: Conversation) -> Conversation:
        """Store a new, empty conversation."""
        values = _conversation_values(conversation)
        sql = f"INSERT INTO conversations ({_CONVERSATION}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        await self._database.run(lambda connection: connection.execute(sql, values))
        return conversation

    async def get(self, conversation_id: str) -> Conversation:
        """Raises: NotFound."""
        return await self._database.read(lambda connection: _get(connection, conversation_id))

    async def resolve(self, text: str) -> Conversation:
        """Find a conversation by its id, or by the beginning or the end of it if that is unique.

        The beginning tells the time, so that ids of one day begin alike; the end is random.

        Raises: NotFound, also when several match.
        """

        def work(connection: sqlite3.Connection) -> Conversation:
            sql = f"SELECT {_CONVERSATION} FROM conversations WHERE id = :id OR id GLOB :start OR id GLOB :end"
            wanted = text.strip().lower()
            if not wanted.isalnum():
                raise NotFound(f"{text!r} is no id", "See `parley conversations list`.")
            rows = connection.execute(sql, {"id": wanted, "start": f"{wanted}*", "end": f"*{wanted}"}).fetchall()
            found = [row for row in rows if row[0] == wanted] or rows
            if len(found) != 1:
                summary = f"{len(found)} conversations have an id like {text!r}" if found else _none(text)
                raise NotFound(summary, "See `parley conversations list`.")
            return _conversation(found[0])

        return await self._database.read(work)

    async def latest(self) -> Conversation | None:
        """The conversation that changed last; None in an empty store."""
        return next(iter(await self.list(1)), None)

    async def list(self, limit: int | None = None) -> tuple[Conversation, ...]:
        """Those in which something was said, the newest change first.

        Args:
            limit: None for all.
        """
        sql = f"""
            SELECT {_CONVERSATION} FROM conversations WHERE leaf_id IS NOT NULL
            ORDER BY updated_at DESC, id DESC LIMIT ?
        """
        most = -1 if limit is None else limit
        rows = await self._database.read(lambda connection: connection.execute(sql, (most,)).fetchall())
        return tuple(_conversation(row) for row in rows)

    async def rename(self, conversation_id: str, title: str) -> None:
        await self._update(conversation_id, "title = ?", storable(title))

    async def set_model(self, conversation_id: str, ref: ModelRef) -> None:
        """Say where the next turn goes."""
        await self._update(conversation_id, "provider = ?, model = ?", ref.provider, ref.model)

    async def set_leaf(self, conversation_id: str, message_id: str | None) -> None:
        """Show another branch; None shows none of them."""
        await self._update(conversation_id, "leaf_id = ?", message_id)

    async def take_out(self, conversation_id: str, message_id: str) -> str | None:
        """Take a message off the branch shown; it stays in the tree. What followed it follows its parent now.

        Returns: the end of the branch afterwards.
        """

        def work(connection: sqlite3.Connection) -> str | None:
            leaf_id = _get(connection, conversation_id).leaf_id
            parent: str | None = connection.execute(
                "SELECT parent_id FROM messages WHERE id = ?", (message_id,)
            ).fetchone()[0]
            connection.execute("UPDATE messages SET parent_id = ? WHERE parent_id = ?", (parent, message_id))
            if leaf_id != message_id:
                return leaf_id
            connection.execute("UPDATE conversations SET leaf_id = ? WHERE id = ?", (parent, conversation_id))
            return parent

        return await self._database.run(work)

    async def append(self, message: StoredMessage) -> None:
        """Store a message; the branch shown now ends with it.

        Raises: NotFound, when its conversation was deleted meanwhile.
        """
        await self._database.run(lambda connection: _append(connection, message))

    async def ask(self, prompt: StoredMessage) -> str | None:
        """Append a prompt to the present end of the branch, wherever that is: another Parley may have moved it.

        Returns: the id of the message it follows, which is not `prompt.parent_id` when the branch has moved.
        Raises: NotFound.
        """

        def work(connection: sqlite3.Connection) -> str | None:
            leaf_id = _get(connection, prompt.conversation_id).leaf_id
            _append(connection, replace(prompt, parent_id=leaf_id))
            return leaf_id

        return await self._database.run(work)

    async def answer(self, reply: StoredMessage) -> None:
        """Store a reply right after its prompt, before whatever another Parley has asked since.

        Raises: NotFound.
        """

        def work(connection: sqlite3.Connection) -> None:
            if _get(connection, reply.conversation_id).leaf_id == reply.parent_id:
                _append(connection, reply)
                return
            insert_message(connection, reply)
            connection.execute(
                "UPDATE messages SET parent_id = ? WHERE parent_id = ? AND role = 'user'", (reply.id, reply.parent_id)
            )

        await self._database.run(work)

    async def messages(self, conversation_id: str) -> tuple[StoredMessage, ...]:
        """The branch shown, from the first message to its end."""
        sql = f"""
            WITH RECURSIVE branch (id, depth) AS (
                SELECT leaf_id, 0 FROM conversations WHERE id = ?
                UNION ALL
                SELECT parent_id, depth + 1 FROM branch JOIN messages USING (id) WHERE parent_id IS NOT NULL
            )
            SELECT {_MESSAGE} FROM branch JOIN messages USING (id) ORDER BY depth DESC
        """
        rows = await self._database.read(lambda link: link.execute(sql, (conversation_id,)).fetchall())
        return tuple(_message(row) for row in rows)

    async def prompts(self, limit: int) -> tuple[str, ...]:
        """What was asked in all conversations, the newest first, each text once."""
        sql = """
            SELECT text FROM messages JOIN message_words ON message_words.rowid = messages.number
            WHERE role = 'user' GROUP BY text ORDER BY max(number) DESC LIMIT ?
        """
        rows = await self._database.read(lambda connection: connection.execute(sql, (limit,)).fetchall())
        return tuple(row[0] for row in rows)

    async def delete(self, conversation_id: str) -> None:
        """Delete a conversation with all its messages; its ledger rows stay. Raises: NotFound."""

        def work(connection: sqlite3.Connection) -> None:
            _get(connection, conversation_id)
            connection.execute("DELETE FROM conversations WHERE id = ?", (conversation_id,))

        await self._database.run(work)

    async def search(self, text: str, limit: int = 50) -> tuple[SearchHit, ...]:
        """Conversations that hold all the words, in one message or in the title; the newest change first.

        A word also finds longer words that begin with it; where that finds nothing, words are looked for
        anywhere in the text, which languages written without blanks need.
        """
        if not words(text):
            return ()

        def work(connection: sqlite3.Connection) -> tuple[SearchHit, ...]:
            found = find_titles(connection, text, limit) | find_words(connection, text, limit)
            hits = [SearchHit(_get(connection, id_), *place) for id_, place in found.items()]
            hits.sort(key=lambda hit: hit.conversation.updated_at, reverse=True)
            return tuple(hits[:limit])

        return await self._database.read(work)

    async def _update(self, conversation_id: str, assignments: str, *values: str | None) -> None:
        def work(connection: sqlite3.Connection) -> None:
            sql = f"UPDATE conversations SET {assignments} WHERE id = ?"
            if not connection.execute(sql, (*values, conversation_id)).rowcount:
                raise NotFound(_none(conversation_id))

        await self._database.run(work)


def insert_message(connection: sqlite3.Connection, message: StoredMessage) -> None:
    """Add a node to the tree, and its text to the search index."""
    origin = message.message.origin
    cursor = connection.execute(
        f"INSERT INTO messages ({_MESSAGE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            message.id,
            message.conversation_id,
            message.parent_id,
            from_moment(message.created_at),
            message.message.role.value,
            origin.provider if origin else None,
            origin.model if origin else None,
            from_parts(message.message.parts),
            message.stop.value if message.stop else None,
            storable(message.error),
        ),
    )
    connection.execute(
        "INSERT INTO message_words (rowid, text) VALUES (?, ?)",
        (cursor.lastrowid, storable(message.message.text)),
    )


def _append(connection: sqlite3.Connection, message: StoredMessage) -> None:
    conversation = _get(connection, message.conversation_id)
    insert_message(connection, message)
    connection.execute(
        "UPDATE conversations SET leaf_id = ?, updated_at = ? WHERE id = ?",
        (message.id, from_moment(max(message.created_at, conversation.updated_at)), message.conversation_id),
    )


def _get(connection: sqlite3.Connection, conversation_id: str) -> Conversation:
    sql = f"SELECT {_CONVERSATION} FROM conversations WHERE id = ?"
    row = connection.execute(sql, (conversation_id,)).fetchone()
    if row is None:
        raise NotFound(_none(conversation_id), "See `parley conversations list`.")
    return _conversation(row)


def _none(conversation_id: str) -> str:
    return f"There is no conversation {conversation_id!r}"


def _conversation_values(conversation: Conversation) -> tuple[str | None, ...]:
    model = conversation.model
    return (
        conversation.id,
        storable(conversation.title),
        from_moment(conversation.created_at),
        from_moment(conversation.updated_at),
        model.provider if model else None,
        model.model if model else None,
        conversation.leaf_id,
        storable(conversation.system),
    )


def _conversation(row: tuple[str, ...]) -> Conversation:
    id_, title, created_at, updated_at, provider, model, leaf_id, system = row
    return Conversation(
        id=id_,
        title=title,
        created_at=to_moment(created_at),
        updated_at=to_moment(updated_at),
        model=ModelRef(provider, model) if provider and model else None,
        leaf_id=leaf_id,
        system=system,
    )


def _message(row: tuple[str, ...]) -> StoredMessage:
    id_, conversation_id, parent_id, created_at, role, provider, model, parts, stop, error = row
    origin = ModelRef(provider, model) if provider and model else None
    return StoredMessage(
        id=id_,
        conversation_id=conversation_id,
        parent_id=parent_id,
        created_at=to_moment(created_at),
        message=Message(Role(role), to_parts(parts), origin),
        stop=StopReason(stop) if stop else None,
        error=error,
    )
