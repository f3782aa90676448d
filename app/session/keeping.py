"""What is kept of a turn: its prompt, its reply, a journal meanwhile, a ledger row per request.

The store never stops a reply. What it cannot keep becomes a notice beside the reply, and the rest is kept all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from app.session.entries import Prompt
from app.session.journalling import Journalling
from app.session.reply import Reply
from app.session.runtime import Runtime
from app.storage.errors import StoreError
from app.storage.records import Conversation, LedgerRow, StoredMessage
from providers.events import Event
from providers.messages import Message, user

if TYPE_CHECKING:
    from app.session.chat import Chat

_WENT_ON_ELSEWHERE = (
    "This conversation went on in another Parley. What was said there is kept, but was not sent with this turn."
)


class Keeping:
    """Keeps one turn of a chat."""

    def __init__(self, runtime: Runtime, chat: Chat, prompt: Prompt, reply: Reply) -> None:
        self._runtime = runtime
        self._chat = chat
        self._prompt = prompt
        self._reply = reply
        self._journal = Journalling(runtime.store if chat.is_saved else None, reply.id)
        self._has_prompt = False
        """Whether the prompt is stored, so that a reply can follow it."""

    async def begin(self) -> None:
        """Store the prompt and open the journal."""
        store, chat = self._runtime.store, self._chat
        if store is None or not chat.is_saved:
            return
        with self._said():
            conversation = await self._conversation()
            follows = await store.conversations.ask(self._stored(self._prompt.id, user(self._prompt.text)))
            if follows != conversation.leaf_id:
                self._reply.notices.append(_WENT_ON_ELSEWHERE)
            self._moved_to(self._prompt.id)
            self._has_prompt = True
            await self._journal.begin(conversation.id, self._prompt.id, self._reply.ref)

    def take(self, event: Event) -> None:
        """Journal an event of the reply; never waits."""
        self._journal.take(event)

    async def restart(self) -> None:
        """The reply starts over, maybe with another model: so does its journal."""
        with self._said():
            await self._journal.restart(self._reply.ref)

    async def finish(self, row: LedgerRow | None) -> None:
        """Store the reply, or take the prompt off the branch when nothing came; then its request.

        Args:
            row: of the last attempt; None when nothing was sent, or all of it is in the ledger.
        """
        await self._journal.stop()
        is_kept = False
        with self._said():
            is_kept = await self._keep_reply()
        if row is not None:
            await self.record(row, instead_of=self._reply.id)
        if is_kept:
            # Last: who is killed before leaves a journal, and the next start adds what is missing.
            with self._said():
                await self._journal.finish()

    async def _keep_reply(self) -> bool:
        """Returns: False when nothing is to be kept. Raises: StoreError."""
        store = self._runtime.store
        if store is None or not self._has_prompt or self._chat.conversation is None:
            return False
        if self._reply.has_content:
            await store.conversations.answer(self._stored(self._reply.id, self._reply.message))
            self._moved_to(self._reply.id)
        else:
            conversation_id = self._chat.conversation.id
            self._moved_to(await store.conversations.take_out(conversation_id, self._prompt.id))
        return True

    async def record(self, row: LedgerRow, *, instead_of: str = "") -> None:
        """Add a row to the ledger. Args: instead_of: the reservation that it takes the place of."""
        self._chat.rows.append(row)
        self._runtime.counting.note(row)
        if self._runtime.store is not None:
            with self._said():
                await self._runtime.store.ledger.add(row, instead_of=instead_of)

    async def _conversation(self) -> Conversation:
        """The conversation in the store, created by its first turn, with the model of this one."""
        store, chat, ref = self._runtime.store, self._chat, self._reply.ref
        assert store is not None
        if chat.conversation is None:
            now = self._runtime.now()
            title = chat.title_for(self._prompt.text)
            created = Conversation(self._runtime.new_id(), title, now, now, model=ref, system=chat.system)
            chat.conversation = await store.conversations.create(created)
        elif chat.conversation.model != ref:
            await store.conversations.set_model(chat.conversation.id, ref)
            chat.conversation = replace(chat.conversation, model=ref)
        return chat.conversation

    def _stored(self, message_id: str, message: Message) -> StoredMessage:
        conversation, reply = self._chat.conversation, self._reply
        assert conversation is not None
        is_reply = message_id == reply.id
        return StoredMessage(
            id=message_id,
            conversation_id=conversation.id,
            parent_id=self._prompt.id if is_reply else conversation.leaf_id,
            created_at=self._runtime.now(),
            message=message,
            stop=reply.stop if is_reply else None,
            error=reply.error.summary if is_reply and reply.error else "",
        )

    def _moved_to(self, leaf_id: str | None) -> None:
        assert self._chat.conversation is not None
        self._chat.conversation = replace(self._chat.conversation, leaf_id=leaf_id, updated_at=self._runtime.now())

    @contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except StoreError as error:
            sentence = f"Not saved: {error}."
            if sentence not in self._reply.notices:
                self._reply.notices.append(sentence)
