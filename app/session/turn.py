"""One prompt and the reply to it: sent, folded, kept, priced."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import timedelta
from typing import TYPE_CHECKING

from app.session.entries import Prompt
from app.session.fallback import fallback_for, switched
from app.session.history import estimate_input, history
from app.session.keeping import Keeping
from app.session.reply import Reply
from app.session.runtime import Runtime
from app.storage.records import LedgerRow
from providers.credentials import missing_key
from providers.errors import ProviderError
from providers.events import Event, Notice, ReasoningDelta, Restarted, Retrying, StopReason, TextDelta, ToolCallDelta
from providers.messages import user
from providers.request import ChatRequest, ToolSpec

if TYPE_CHECKING:
    from app.config.settings import ProviderSettings
    from app.session.chat import Chat
    from providers.reference import ModelRef


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
        self._keeping = Keeping(runtime, chat, prompt, reply)
        self._asked_at = runtime.monotonic()
        self._waited_ms = 0
        """How much of the reply's time went by before the attempt that is under way was sent."""
        self._started = runtime.now()
        self._format = ""
        self._preset = ""
        self._was_sent = False
        """Whether a request is on its way that has no row in the ledger yet."""
        self._entry: ProviderSettings | None = None
        """The provider that is asked, as it was then."""

    async def run(self) -> AsyncGenerator[Event, None]:
        """Send the prompt and yield what comes back.

        A failure does not raise: the iteration ends with `reply.error` set. Cancelling keeps what arrived,
        marked `cancelled`, and re-raises.
        """
        try:
            await self._keeping.begin()
            async with aclosing(self._answer()) as events:
                async for event in events:
                    yield event
        except ProviderError as error:
            error.provider = error.provider or self.reply.ref.provider
            self.reply.fail(error, self._elapsed_ms())
        except (asyncio.CancelledError, GeneratorExit):
            self.reply.cancel(self._elapsed_ms())
            raise
        finally:
            if self.reply.is_running:
                self.reply.break_off(self._elapsed_ms())
            # Shielded: a second Ctrl-C must not cost what the first one asked to keep.
            await asyncio.shield(asyncio.ensure_future(self._finish()))

    async def _answer(self) -> AsyncGenerator[Event, None]:
        """Ask the chosen model, and the fallback model where that one cannot begin."""
        try:
            async with aclosing(self._ask()) as events:
                async for event in events:
                    yield event
            return
        except ProviderError as error:
            other = fallback_for(self.reply, error, self._runtime.connections)
            if other is None:
                raise
            notice = Notice(switched(self.reply, error, other))
            await self._give_to(other, error)
        self.reply.fold(notice, self._elapsed_ms())
        yield notice
        async with aclosing(self._ask()) as events:
            async for event in events:
                yield event

    async def _give_to(self, other: ModelRef, error: ProviderError) -> None:
        """Another model answers; what the first one did stays in the ledger."""
        connections = self._runtime.connections
        if self._was_sent:
            self._tell_lamp(error)
            await self._record_failed_attempt(error)
        self._waited_ms = 0
        info, label = connections.models.describe(other)
        self.reply.give_to(other, label, info.label if info else other.model, info.rates if info else None)
        await self._keeping.restart()

    async def _ask(self) -> AsyncGenerator[Event, None]:
        from providers.formats import wire_format

        ref = self.reply.ref
        connections = self._runtime.connections
        connections.roster.refuse_disabled(ref.provider)
        self._entry = connections.roster.entry(ref.provider)
        route = connections.roster.route_of(self._entry)
        if route.lacks_key:
            missing = missing_key(ref.provider, route.endpoint.key_places, route.preset.key_url)
            missing.hint += f" `parley keys set {ref.provider}` stores one."
            raise missing
        route = await connections.roster.ready(route)
        if route.correction and len(self._chat.entries) == 2:
            self.reply.notices.append(route.correction)
        self._format, self._preset = route.endpoint.format.value, route.endpoint.preset
        info, _ = connections.models.describe(ref)
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
        self._asked_at = self._runtime.monotonic()
        self._started = self._runtime.now()
        secret = route.key.secret if route.key else None
        stream = connections.client.stream(route.endpoint, request, secret, sending=self._note_sending)
        async with aclosing(stream) as events:
            async for event in events:
                await self._take(event)
                yield event

    def _note_sending(self) -> None:
        self._was_sent = True

    async def _take(self, event: Event) -> None:
        if isinstance(event, Retrying):
            await self._record_failed_attempt(event.error)
        is_first = isinstance(event, (TextDelta, ReasoningDelta, ToolCallDelta)) and not self.reply.has_content
        self.reply.fold(event, self._elapsed_ms())
        if isinstance(event, (Restarted, Retrying)):
            await self._keeping.restart()
        else:
            self._keeping.take(event)
        if isinstance(event, Retrying):
            self._waited_ms = self._elapsed_ms() + round(event.wait_s * 1000)
            self._started = self._runtime.now() + timedelta(seconds=event.wait_s)
        if is_first:
            self._tell_lamp(None)

    def _elapsed_ms(self) -> int:
        """Since the turn was sent first; waits between attempts are part of it."""
        return max(0, round((self._runtime.monotonic() - self._asked_at) * 1000))

    async def _finish(self) -> None:
        await self._keeping.finish()
        if not self._was_sent:
            return
        await self._keeping.record(self._row())
        if self.reply.error is not None:
            self._tell_lamp(self.reply.error)

    def _tell_lamp(self, error: ProviderError | None) -> None:
        if self._entry is not None:
            self._runtime.connections.lamps.note_outcome(self._entry, error)

    # ── ledger rows ───────────────────────────────────────────────────────────

    async def _record_failed_attempt(self, error: ProviderError) -> None:
        row = self._row_of_failed_attempt(error)
        # First, so that a stop while this is being written does not record the request a second time.
        self._was_sent = False
        await self._keeping.record(row)

    def _row_of_failed_attempt(self, error: ProviderError) -> LedgerRow:
        """The row of an attempt that is followed by another one; priced by the rule for failures."""
        attempt = Reply(
            self.reply.id,
            self.reply.ref,
            rates=self.reply.rates,
            write_factors=self.reply.write_factors,
            input_estimate=self.reply.input_estimate,
        )
        attempt.fail(error, self._elapsed_ms())
        attempt.attempt = self.reply.attempt
        return self._row(attempt)

    def _row(self, reply: Reply | None = None) -> LedgerRow:
        """The row of the attempt under way. Args: reply: what it brought; the turn's reply by default."""
        reply = reply or self.reply
        is_kept = reply is self.reply and reply.has_content and self._chat.is_saved
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
            first_token_ms=self._of_attempt(reply.first_token_ms),
            total_ms=self._of_attempt(reply.total_ms),
            attempt=reply.attempt,
            conversation_id=self._chat.id,
            message_id=reply.id if is_kept else None,
            preset=self._preset,
            error=reply.error.summary if reply.error else "",
        )

    def _of_attempt(self, milliseconds: int | None) -> int | None:
        return None if milliseconds is None else max(0, milliseconds - self._waited_ms)
