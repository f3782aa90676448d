"""One open Parley: settings, providers, store. The screens and `ask` know this and nothing below it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import ModuleType
from typing import TYPE_CHECKING

from app.config.paths import Locations
from app.config.problems import Problem
from app.config.settings import Settings
from app.connections.choosing import choose_model, no_model_hint
from app.connections.roster import Roster
from app.connections.views import ModelChoice, ProviderView
from app.session.chat import Chat
from app.session.demo import Demo, demo_settings
from app.session.ids import new_id
from app.session.runtime import Runtime
from providers.reference import ModelRef

if TYPE_CHECKING:
    from pathlib import Path

    from app.session.entries import Prompt
    from app.session.reply import Reply
    from app.storage.records import Conversation, LedgerRow, ModelTotal, StoredMessage
    from app.storage.store import Store
    from providers.http import Http

_HISTORY_LENGTH = 500
_RECENT_MODELS = 9


class Session:
    """Nothing heavy happens before `open`: the first frame is drawn from settings alone.

    Attributes:
        problems: what is wrong with config.toml; empty when nothing is.
        notices: sentences the user should see after `open`: a setting without effect, a damaged store set
            aside, a reply rescued.
        on_provider_changed: called with a provider's name when its lamp moves.
    """

    def __init__(
        self,
        settings: Settings,
        locations: Locations,
        environ: Mapping[str, str],
        *,
        problems: tuple[Problem, ...] = (),
        demo: Demo | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._configured = settings
        self._demo = demo
        self.settings = demo_settings(settings) if demo else settings
        self.problems = problems
        self._locations = locations
        self._environ = environ
        self._roster = Roster(self.settings, environ, now)
        self._runtime = Runtime(self._roster, monotonic, now, lambda: new_id(now()))
        self._http: Http | None = None
        self._recent: list[ModelRef] = []
        self._editing = asyncio.Lock()
        """One edit of config.toml at a time: each reads the file and writes all of it."""
        self.notices: tuple[str, ...] = ()

    @property
    def is_demo(self) -> bool:
        return self._demo is not None

    # ── life ──────────────────────────────────────────────────────────────────

    async def open(self, *, needs_store: bool = True) -> None:
        """Get ready to send, and open the store. Imports what the first frame did without, in a thread.

        Args:
            needs_store: False goes on without a store that cannot be used; a notice says that nothing is saved.
        Raises:
            StoreError: the database cannot be used, and it is needed.
        """
        from app.config.pending import without_effect
        from app.connections.found import found_in_environment
        from app.storage.errors import StoreError

        http_module, client_module = await asyncio.to_thread(_import_client)
        if self._demo is not None:
            self.settings = await asyncio.to_thread(self._demo.start, self._configured)
            self._roster.apply(self.settings)
        self._http = http_module.Http()
        self._runtime.client = client_module.Client(self._http)
        self._roster.add_found(
            await asyncio.to_thread(found_in_environment, self.settings, self._roster.catalogue, self._environ)
        )
        self.notices = without_effect(self._configured)
        try:
            self.notices += await self._open_store()
        except StoreError as error:
            if needs_store:
                raise
            self.notices += (f"Nothing will be saved: {error}. {error.hint}".strip(),)

    async def _open_store(self) -> tuple[str, ...]:
        """Returns: what the user should know about it. Raises: StoreError."""
        from app.storage.store import Store

        store = await Store.open(self._locations.database, self._runtime.now)
        self._recent = list(await store.ledger.recent_models(_RECENT_MODELS))
        self._runtime.store = store
        return _opening_notices(store)

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()
        if self._runtime.store is not None:
            await self._runtime.store.close()
        if self._demo is not None:
            await asyncio.to_thread(self._demo.stop)

    @property
    def log_file(self) -> Path:
        """Where bugs of Parley's own are described."""
        return self._locations.log_file

    # ── providers ─────────────────────────────────────────────────────────────

    @property
    def on_provider_changed(self) -> Callable[[str], None] | None:
        return self._roster.on_changed

    @on_provider_changed.setter
    def on_provider_changed(self, listener: Callable[[str], None] | None) -> None:
        self._roster.on_changed = listener

    def providers(self) -> tuple[ProviderView, ...]:
        return self._roster.views()

    def provider(self, name: str) -> ProviderView:
        """One provider in full, for its card."""
        return self._roster.view(name)

    def names_to_connect(self) -> tuple[str, ...]:
        """Enabled providers that are checked at the start."""
        return self._roster.names_to_connect()

    async def check(self, name: str) -> None:
        """Try a provider and move its lamp; failures are the lamp's to show."""
        if self._runtime.client is not None:
            await self._roster.check(name, self._runtime.client)

    async def set_enabled(self, name: str, is_enabled: bool) -> str:
        """Enable or disable a provider, in config.toml too if it stands there.

        Returns: why the file could not be changed; "" when all is well.
        """
        self._roster.set_enabled(name, is_enabled)
        if name not in self._configured.providers:
            return ""
        return await self._write(("providers", name, "enabled"), is_enabled)

    async def remember(self, key: str, value: str) -> str:
        """Write a top-level setting into config.toml. Returns: why that failed; "" when it did not."""
        return await self._write((key,), value)

    async def _write(self, key: tuple[str, ...], value: str | bool) -> str:
        from app.config.edit import EditRefused, set_value

        try:
            async with self._editing:
                await asyncio.to_thread(set_value, self._locations.config_file, key, value, self._environ)
        except EditRefused as error:
            return " ".join([f"{error}.", *(f"{problem}." for problem in error.problems)])
        return ""

    # ── models ────────────────────────────────────────────────────────────────

    def choices(self) -> tuple[ModelChoice, ...]:
        return self._roster.choices()

    def default_model(self, chat: Chat | None = None) -> ModelRef | None:
        return choose_model(self.settings, self._roster, chat.model if chat else None)

    async def settled_model(self, chat: Chat | None = None, *, provider: str = "") -> ModelRef | None:
        """As `default_model`, but asks servers whose first model is the default which one that is.

        Args:
            provider: choose among the models of this one only.
        """
        if not provider:
            ref = self.default_model(chat)
            if ref is not None:
                return ref
        for name in (provider,) if provider else self.names_to_connect():
            if not self._roster.default_model(name):
                await self.check(name)
            if model := self._roster.default_model(name):
                return ModelRef(name, model)
        return None

    def provider_names(self) -> tuple[str, ...]:
        return self._roster.names

    def no_model_hint(self) -> str:
        return no_model_hint(self._roster)

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

    async def stats_by_model(self) -> tuple[ModelTotal, ...]:
        """All-time totals from the ledger."""
        store = self._runtime.store
        return await store.ledger.totals_by_model() if store else ()

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
        info, label = self._roster.describe(ref)
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


def _import_client() -> tuple[ModuleType, ModuleType]:
    import providers.client
    import providers.http

    return providers.http, providers.client
