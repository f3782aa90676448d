"""One open Parley: settings, providers, store. The screens and `ask` know this and nothing below it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

from app.config.paths import Locations
from app.connections.connections import Connections
from app.session.chat import Chat
from app.session.counting import Counting
from app.session.ids import new_id
from app.session.runtime import Runtime
from providers.reference import ModelRef

if TYPE_CHECKING:
    from pathlib import Path

    from app.session.budgets.budgets import Budgets
    from app.session.counting import Estimator
    from app.session.entries import Prompt
    from app.session.reply import Reply
    from app.session.spending import Spending
    from app.storage.records import Conversation, LedgerRow, StoredMessage
    from app.storage.store import Store

_HISTORY_LENGTH = 500
_RECENT_MODELS = 9


class Session:
    """Nothing heavy happens before `open`: the first frame is drawn from settings alone.

    Attributes:
        connections: the providers and everything about them.
        locations: where everything is kept.
        notices: sentences the user should see after `open`: a damaged store set aside, a reply rescued.
    """

    def __init__(
        self,
        connections: Connections,
        locations: Locations,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
        zone: Callable[[], tzinfo] = lambda: UTC,
    ) -> None:
        self.connections = connections
        self.locations = locations
        counting = Counting(connections, locations)
        self._runtime = Runtime(connections, monotonic, now, lambda: new_id(now()), counting, zone)
        self._recent: list[ModelRef] = []
        self.notices: tuple[str, ...] = ()

    # ── life ──────────────────────────────────────────────────────────────────

    async def open(self, *, needs_store: bool = True) -> None:
        """Get ready to send, and open the store. Imports what the first frame did without, in a thread.

        Args:
            needs_store: False goes on without a store that cannot be used; a notice says that nothing is saved.
        Raises:
            StoreError: the database cannot be used, and it is needed.
        """
        from app.config.price_doubts import opening_notice
        from app.storage.errors import StoreError

        await self.connections.open()
        own = (opening_notice(self.connections.settings), self.connections.keys.notice)
        self.notices = tuple(filter(None, own))
        try:
            self.notices += await self._open_store()
        except StoreError as error:
            if needs_store:
                raise
            self.notices += (f"Nothing will be saved: {error}. {error.hint}".strip(),)

    async def _open_store(self) -> tuple[str, ...]:
        """Returns: what the user should know about it. Raises: StoreError."""
        from app.storage.store import Store

        store = await Store.open(self.locations.database, self._runtime.now)
        self._recent = list(await store.ledger.recent_models(_RECENT_MODELS))
        self._runtime.store = store
        return _opening_notices(store)

    async def close(self) -> None:
        await self._runtime.counting.close()
        await self.connections.close()
        if self._runtime.store is not None:
            await self._runtime.store.close()

    def use_token_ranks(self, say: Callable[[str], None]) -> None:
        """Count OpenAI's models as OpenAI does, once one of them is used; see `Counting.use_ranks`."""
        self._runtime.counting.use_ranks(say)

    @property
    def counting(self) -> Counting:
        """Our own token counts."""
        return self._runtime.counting

    @property
    def log_file(self) -> Path:
        """Where bugs of Parley's own are described."""
        return self.locations.log_file

    @property
    def spending(self) -> Spending:
        """What was used and what it cost, for whoever asks."""
        from app.session.spending import Spending

        return Spending(self._runtime)

    @property
    def budgets(self) -> Budgets:
        """What may be spent, and what was."""
        return self._runtime.budgets

    async def count_exactly(self, chat: Chat, draft: str, ref: ModelRef) -> int:
        """Ask a model's server how many tokens the chat has once this draft is sent. That is free, and in the ledger.

        Raises:
            CannotCount: the server does not do that.
            ProviderError: anything else that failed, or that has to be done first.
        """
        from app.session.exact import count_exactly

        return await count_exactly(self._runtime, chat, draft, ref)

    async def learned_counts(self, limit: int) -> tuple[tuple[ModelRef, Estimator], ...]:
        """How the tokens of the models used last are guessed, the newest first; only of those that taught something."""
        store = self._runtime.store
        refs = await store.ledger.recent_models(limit) if store else ()
        known = [(ref, await self.counting.ready(ref, store)) for ref in refs]
        return tuple((ref, estimator) for ref, estimator in known if estimator.replies)

    # ── models ────────────────────────────────────────────────────────────────

    def default_model(self, chat: Chat | None = None) -> ModelRef | None:
        """Which model answers next."""
        return self.connections.default_model(chat.model if chat else None)

    async def settled_model(self, chat: Chat | None = None, *, provider: str = "") -> ModelRef | None:
        """As `default_model`, but asks servers where only they know; see `Connections.settled_model`."""
        return await self.connections.settled_model(chat.model if chat else None, provider=provider)

    def note_use(self, ref: ModelRef) -> None:
        """Put a model first among the recent ones."""
        self._recent = [ref, *(other for other in self._recent if other != ref)][:_RECENT_MODELS]

    def recent_models(self) -> tuple[ModelRef, ...]:
        """Newest first."""
        return tuple(self._recent)

    # ── conversations ─────────────────────────────────────────────────────────

    def new_chat(self, *, system: str = "", is_saved: bool = True) -> Chat:
        return Chat(self._runtime, system=system, is_saved=is_saved)

    async def open_chat(self, conversation_id: str) -> Chat:
        """A stored conversation.

        Args:
            conversation_id: or enough of it to tell it from the others.
        Raises:
            StoreError: there is no such conversation, or no store.
        """
        return await self._load(await self._needed_store.conversations.resolve(conversation_id))

    async def latest_chat(self) -> Chat | None:
        """None when nothing was said yet, and without a store, as everywhere below."""
        store = self._runtime.store
        conversation = await store.conversations.latest() if store else None
        return await self._load(conversation) if conversation else None

    async def recent_chats(self, limit: int) -> tuple[Conversation, ...]:
        store = self._runtime.store
        return await store.conversations.list(limit) if store else ()

    async def delete_chat(self, conversation_id: str) -> None:
        """Delete a conversation; its ledger rows stay. Raises: StoreError, when there is none."""
        await self._needed_store.conversations.delete(conversation_id)

    async def prompt_history(self) -> tuple[str, ...]:
        """What was asked before, newest first, each text once."""
        store = self._runtime.store
        return await store.conversations.prompts(_HISTORY_LENGTH) if store else ()

    async def _load(self, conversation: Conversation) -> Chat:
        messages = await self._needed_store.conversations.messages(conversation.id)
        rows = await self._needed_store.ledger.rows(conversation_id=conversation.id)
        by_message = {row.message_id: row for row in rows if row.message_id}
        entries = [self._entry(stored, by_message.get(stored.id)) for stored in messages]
        return Chat(self._runtime, conversation, [entry for entry in entries if entry], rows)

    def _entry(self, stored: StoredMessage, row: LedgerRow | None) -> Prompt | Reply | None:
        from app.session.entries import Prompt
        from app.session.reply import Reply
        from providers.messages import Role

        if stored.message.role is Role.USER:
            return Prompt(stored.id, stored.message.text)
        if stored.message.role is not Role.ASSISTANT:
            return None
        ref = stored.message.origin or ModelRef("?", "?")
        info, label = self.connections.models.describe(ref)
        reply = Reply(stored.id, ref, provider_label=label, model_label=info.label if info else "")
        reply.restore(stored, row)
        return reply

    @property
    def _needed_store(self) -> Store:
        from app.storage.errors import StoreError

        if self._runtime.store is None:
            raise StoreError("The store is not open")
        return self._runtime.store


def _opening_notices(store: Store) -> tuple[str, ...]:
    notices = [store.notice] if store.notice else []
    if store.recovered:
        count = len(store.recovered)
        what = "One reply was" if count == 1 else f"{count} replies were"
        notices.append(f"{what} cut off when Parley ended last time; what had arrived is kept.")
    return tuple(notices)
