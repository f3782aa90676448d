"""One prompt and the reply to it: sent, folded, journalled, priced, stored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from app.session.entries import Prompt
from app.session.history import estimate_input, history
from app.session.journalling import Journalling
from app.session.reply import NOT_BILLED, Reply
from app.session.runtime import Runtime
from app.storage.errors import StoreError
from app.storage.records import Conversation, LedgerRow, StoredMessage
from providers.credentials import missing_key
from providers.errors import ProviderError
from providers.events import Event, Restarted, Retrying, StopReason
from providers.messages import Message, Role, user
from providers.request import ChatRequest, ToolSpec
from providers.usage import NO_USAGE

if TYPE_CHECKING:
    from app.session.chat import Chat


class Turn:
    """Runs once. Everything a reader needs is in `reply`, folded before each event is handed out."""

    def __init__(
        self,
        runtime: Runtime,
        chat: Chat,
        prompt: Prompt,
        reply: Reply,
        *,
        max_output_tokens: int | None = None,
        tools: tuple[ToolSpec, ...] = (),
    ) -> None:
        self._runtime = runtime
        self._chat = chat
        self.prompt = prompt
        self.reply = reply
        self._max_output_tokens = max_output_tokens
        self._tools = tools
        self._journal = Journalling(runtime.store, reply.id) if chat.is_saved else None
        self._sent_at = runtime.monotonic()
        self._started = runtime.now()
        self._format = ""
        self._preset = ""
        self._was_sent = False

    async def run(self) -> AsyncGenerator[Event, None]:
        """Send the prompt and yield what comes back.

        A failure does not raise: the iteration ends with `reply.error` set. Cancelling keeps what arrived,
        marked `cancelled`, and re-raises.
        """
        try:
            await self._store_prompt()
            async with aclosing(self._ask()) as events:
                async for event in events:
                    yield event
        except ProviderError as error:
            self.reply.fail(replace_provider(error, self.reply.ref.provider), self._elapsed_ms())
        except (asyncio.CancelledError, GeneratorExit):
            self.reply.cancel(self._elapsed_ms())
            raise
        finally:
            # Shielded: a second Ctrl-C must not cost what the first one asked to keep.
            await asyncio.shield(asyncio.ensure_future(self._finish()))

    async def _ask(self) -> AsyncGenerator[Event, None]:
        from providers.formats import wire_format

        ref = self.reply.ref
        route = self._runtime.roster.route(ref.provider)
        client = self._runtime.client
        assert client is not None, "a turn runs in an open session"
        if route.endpoint.needs_key and route.key is None:
            raise missing_key(ref.provider, route.endpoint.key_places, route.preset.key_url)
        if route.correction and len(self._chat.entries) == 2:
            self.reply.notices.append(route.correction)
        self._format, self._preset = route.endpoint.format.value, route.endpoint.preset
        info, _ = self._runtime.roster.describe(ref)
        self.reply.write_factors = wire_format(route.endpoint.format).WRITE_FACTORS
        messages = (*history(self._chat.entries[:-2]), user(self.prompt.text))
        self.reply.input_estimate = await asyncio.to_thread(estimate_input, self._chat.system, messages)
        request = ChatRequest(
            model=ref.model,
            messages=messages,
            system=self._chat.system,
            max_output_tokens=self._max_output_tokens or (info.default_max_tokens if info else None),
            model_max_output_tokens=info.max_output_tokens if info else None,
            tools=self._tools,
        )
        self._begin_attempt()
        secret = route.key.secret if route.key else None
        async with aclosing(client.stream(route.endpoint, request, secret)) as events:
            async for event in events:
                await self._take(event)
                yield event

    async def _take(self, event: Event) -> None:
        if isinstance(event, Retrying):
            await self._record_failed_attempt(event)
        self.reply.fold(event, self._elapsed_ms())
        if isinstance(event, (Restarted, Retrying)) and self._journal:
            await self._journal.restart()
        elif self._journal:
            self._journal.take(event)
        if isinstance(event, Retrying):
            self._sent_at = self._runtime.monotonic() + event.wait_s
            self._started = self._runtime.now() + timedelta(seconds=event.wait_s)

    def _begin_attempt(self) -> None:
        self._was_sent = True
        self._sent_at = self._runtime.monotonic()
        self._started = self._runtime.now()

    def _elapsed_ms(self) -> int:
        return max(0, round((self._runtime.monotonic() - self._sent_at) * 1000))

    # ── what is kept ──────────────────────────────────────────────────────────

    async def _store_prompt(self) -> None:
        store = self._runtime.store
        if store is None or not self._chat.is_saved:
            return
        chat, now = self._chat, self._runtime.now()
        try:
            if chat.conversation is None:
                chat.conversation = await store.conversations.create(
                    Conversation(
                        id=self._runtime.new_id(),
                        title=chat.title_for(self.prompt.text),
                        created_at=now,
                        updated_at=now,
                        model=self.reply.ref,
                        system=chat.system,
                    )
                )
            elif chat.conversation.model != self.reply.ref:
                await store.conversations.set_model(chat.conversation.id, self.reply.ref)
                chat.conversation = replace(chat.conversation, model=self.reply.ref)
            await self._append(self.prompt.id, user(self.prompt.text))
            if self._journal:
                await self._journal.begin(chat.conversation.id, self.prompt.id, self.reply.ref)
        except StoreError as error:
            self.reply.notices.append(f"Not saved: {error}.")
            self._journal = None

    async def _append(self, message_id: str, message: Message) -> None:
        store, conversation = self._runtime.store, self._chat.conversation
        assert store is not None
        assert conversation is not None
        reply = self.reply if message.role is Role.ASSISTANT else None
        stored = StoredMessage(
            id=message_id,
            conversation_id=conversation.id,
            parent_id=conversation.leaf_id,
            created_at=self._runtime.now(),
            message=message,
            stop=reply.stop if reply else None,
            error=reply.error.summary if reply and reply.error else "",
        )
        await store.conversations.append(stored)
        self._chat.conversation = replace(conversation, leaf_id=message_id, updated_at=stored.created_at)

    async def _finish(self) -> None:
        """Keep what arrived, or take the prompt off the branch when nothing did; write the ledger row."""
        try:
            if self._journal:
                await self._journal.stop()
            if self._chat.is_saved and self._chat.conversation is not None:
                await self._store_reply()
            if self._journal:
                await self._journal.finish()
            if self._was_sent:
                await self._record(self._row())
                if self.reply.stop is not StopReason.CANCELLED:
                    self._runtime.roster.note_outcome(self.reply.ref.provider, self.reply.error)
        except StoreError as error:
            self.reply.notices.append(f"Not saved: {error}.")

    async def _store_reply(self) -> None:
        store, conversation = self._runtime.store, self._chat.conversation
        if store is None or conversation is None or conversation.leaf_id != self.prompt.id:
            return
        if self.reply.has_content:
            await self._append(self.reply.id, self.reply.message)
        else:
            parent = await store.conversations.step_back(conversation.id, self.prompt.id)
            self._chat.conversation = replace(conversation, leaf_id=parent)

    async def _record_failed_attempt(self, event: Retrying) -> None:
        error = event.error
        row = replace(
            self._row(),
            id=self._runtime.new_id(),
            stop=StopReason.ERROR,
            usage=NO_USAGE,
            cost=NOT_BILLED,
            first_token_ms=None,
            total_ms=self._elapsed_ms(),
            error=error.summary,
            message_id=None,
        )
        try:
            await self._record(row)
        except StoreError as failure:
            self.reply.notices.append(f"Not saved: {failure}.")

    async def _record(self, row: LedgerRow) -> None:
        self._chat.rows.append(row)
        if self._runtime.store is not None:
            await self._runtime.store.ledger.add(row)

    def _row(self) -> LedgerRow:
        reply = self.reply
        return LedgerRow(
            id=self._runtime.new_id(),
            started_at=self._started,
            provider=reply.ref.provider,
            model=reply.ref.model,
            format=self._format,
            stop=reply.stop or StopReason.INCOMPLETE,
            usage=reply.usage,
            cost=reply.cost,
            rates=reply.rates,
            first_token_ms=reply.first_token_ms,
            total_ms=reply.total_ms,
            attempt=reply.attempt,
            conversation_id=self._chat.id,
            message_id=reply.id if reply.has_content and self._chat.is_saved else None,
            preset=self._preset,
            error=reply.error.summary if reply.error else "",
        )


def replace_provider(error: ProviderError, provider: str) -> ProviderError:
    """The same error, naming the provider if it did not."""
    if not error.provider:
        error.provider = provider
    return error
