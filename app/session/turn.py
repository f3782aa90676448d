"""One prompt and the reply to it: sent, folded, kept, priced."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import timedelta
from typing import TYPE_CHECKING

from app.session.budgets.hold import Admission, Hold
from app.session.budgets.verdict import NO_PERMISSION, Permission
from app.session.entries import Prompt
from app.session.fallback import fallback_for, switched
from app.session.history import estimate_input, history
from app.session.keeping import Keeping
from app.session.reply import Reply
from app.session.runtime import Runtime
from app.session.ways import way_to
from app.storage.records import LedgerRow
from providers.errors import BadConfig, OverBudget, ProviderError
from providers.events import (
    Event,
    Finished,
    Notice,
    ReasoningDelta,
    Restarted,
    Retrying,
    StopReason,
    TextDelta,
    ToolCallDelta,
)
from providers.messages import user
from providers.request import ChatRequest, ToolSpec

if TYPE_CHECKING:
    from app.config.settings import ProviderSettings
    from app.session.chat import Chat
    from app.session.quote import Quote
    from providers.reference import ModelRef

_OLD_PRICES = "old prices"


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
        permission: Permission = NO_PERMISSION,
    ) -> None:
        """
        Args:
            permission: which budgets this turn may exceed; a turn that exceeds another one refuses to run.
        """
        self._runtime = runtime
        self._chat = chat
        self.prompt = prompt
        self.reply = reply
        self._max_output_tokens = max_output_tokens
        self._tools = tools
        self._hold = Hold(runtime.budgets, reply, permission)
        self._keeping = Keeping(runtime, chat, prompt, reply)
        self._asked_at = runtime.monotonic()
        self._waited_ms = 0
        """How much of the reply's time went by before the attempt that is under way was sent."""
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
            await self._refuse_over_budget(other, error)
            sentence = switched(self.reply, error, other)
            await self._give_to(other, error)
        yield self._noted(sentence)
        async with aclosing(self._ask()) as events:
            async for event in events:
                yield event

    async def _refuse_over_budget(self, other: ModelRef, error: ProviderError) -> None:
        """A fallback model that a budget forbids is not asked; the failure of the chosen one stands."""
        if not self._hold.matters(other.provider):
            return
        try:
            await self._hold.check(other, await self._quote(other))
        except OverBudget as refusal:
            error.hint = f"{error.hint} {other} was not asked: {refusal.summary}".strip()
            raise error from None

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
        route = await way_to(connections.roster, self._entry)
        if route.correction and len(self._chat.entries) == 2:
            self.reply.notices.append(route.correction)
        self.reply.format, self._preset = route.endpoint.format.value, route.endpoint.preset
        info, _ = connections.models.describe(ref)
        self.reply.write_factors = wire_format(route.endpoint.format).WRITE_FACTORS
        messages = (*history(self._chat.entries[:-2]), user(self.prompt.text))
        estimator = await self._runtime.counting.ready(ref, self._runtime.store)
        counted = await asyncio.to_thread(estimate_input, estimator.counter, self._chat.system, messages, self._tools)
        self.reply.expect(estimator, counted)
        admission = Admission()
        if self._hold.matters(ref.provider):
            admission = await self._hold.admit(ref, await self._quote(ref))
        for sentence in admission.notices:
            yield self._noted(sentence)
        default = info.default_max_tokens if info else None
        request = ChatRequest(
            model=ref.model,
            messages=messages,
            system=self._chat.system,
            max_output_tokens=admission.max_output_tokens or self._max_output_tokens or default,
            model_max_output_tokens=info.max_output_tokens if info else None,
            tools=self._tools,
        )
        self._asked_at = self._runtime.monotonic()
        self.reply.started_at = self._runtime.now()
        secret = route.key.secret if route.key else None
        stream = connections.client.stream(route.endpoint, request, secret, sending=self._note_sending)
        async with aclosing(stream) as events:
            async for event in events:
                if isinstance(event, Finished) and (sentence := self._hold.ending(event.reason)):
                    yield self._noted(sentence)
                await self._take(event)
                if isinstance(event, Retrying):
                    await self._admit_again(ref)
                yield event
                for sentence in await self._hold.follow(event):
                    yield self._noted(sentence)

    async def _admit_again(self, ref: ModelRef) -> None:
        """The attempt that failed may have been charged for: the next one is looked at anew. Raises: OverBudget."""
        if self._hold.matters(ref.provider):
            await self._hold.admit(ref, await self._quote(ref))

    async def _quote(self, ref: ModelRef) -> Quote:
        """What this turn costs with a model: its prompt is an entry already, so nothing is left in the draft."""
        return await self._chat.quote("", ref, max_output_tokens=self._max_output_tokens, tools=self._tools)

    def _noted(self, sentence: str) -> Notice:
        notice = Notice(sentence)
        self.reply.fold(notice, self._elapsed_ms())
        return notice

    def _note_sending(self) -> None:
        self._was_sent = True
        self._runtime.counting.prepare(self.reply.ref)

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
            self.reply.started_at = self._runtime.now() + timedelta(seconds=event.wait_s)
        if is_first:
            self._tell_lamp(None)

    def _elapsed_ms(self) -> int:
        """Since the turn was sent first; waits between attempts are part of it."""
        return max(0, round((self._runtime.monotonic() - self._asked_at) * 1000))

    async def _finish(self) -> None:
        await self._keeping.finish(self._row(self.reply) if self._was_sent and _went_out(self.reply.error) else None)
        if self._was_sent:
            self._note_old_prices()
        if self._was_sent and self.reply.error is not None and not isinstance(self.reply.error, OverBudget):
            self._tell_lamp(self.reply.error)
        await self._hold.release()

    def _note_old_prices(self) -> None:
        from app.price_age import old_price_notice

        reply, said = self.reply, self._runtime.said
        notice = old_price_notice(reply.ref.provider, reply.rates, reply.cost, self._runtime.now().date())
        if notice and _OLD_PRICES not in said:
            said.add(_OLD_PRICES)
            reply.notices.append(notice)

    def _tell_lamp(self, error: ProviderError | None) -> None:
        if self._entry is not None:
            self._runtime.connections.lamps.note_outcome(self._entry, error)

    # ── ledger rows ───────────────────────────────────────────────────────────

    async def _record_failed_attempt(self, error: ProviderError) -> None:
        """The row of an attempt that is followed by another one; priced by the rule for failures."""
        row = self._row(self.reply.failed_attempt(error, self._elapsed_ms()))
        # First, so that a stop while this is being written does not record the request a second time.
        self._was_sent = False
        if _went_out(error):
            await self._keeping.record(row)

    def _row(self, reply: Reply) -> LedgerRow:
        """The row of the attempt under way. Args: reply: what it brought."""
        return LedgerRow(
            id=self._runtime.new_id(),
            started_at=self.reply.started_at or self._runtime.now(),
            provider=reply.ref.provider,
            model=reply.ref.model,
            format=self.reply.format,
            stop=reply.stop or StopReason.INCOMPLETE,
            usage=reply.usage,
            cost=reply.cost,
            rates=reply.rates,
            first_token_ms=self._of_attempt(reply.first_token_ms),
            total_ms=self._of_attempt(reply.total_ms),
            attempt=reply.attempt,
            conversation_id=self._chat.id,
            message_id=reply.id if self._chat.is_saved else None,
            preset=self._preset,
            error=reply.error.summary if reply.error else "",
            input_estimate=reply.input_estimate or None,
            output_estimate=reply.output_estimate or None,
            counter=reply.estimator.counter.name,
        )

    def _of_attempt(self, milliseconds: int | None) -> int | None:
        return None if milliseconds is None else max(0, milliseconds - self._waited_ms)


def _went_out(error: ProviderError | None) -> bool:
    """Whether a request that was to be sent was: one that cannot be put on the wire is refused on this side of it."""
    return not isinstance(error, BadConfig)
