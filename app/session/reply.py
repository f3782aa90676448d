"""A reply while it arrives and after: the fold of its events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, assert_never

from app.session.counting import Estimator
from app.session.running_count import RunningCount
from app.storage.records import LedgerRow, StoredMessage
from providers.costs import NO_WRITE_RULE, UNKNOWN_COST, Cost, CostStatus, Rates, WriteFactors, price
from providers.errors import ConnectTimedOut, ProviderError
from providers.events import (
    Event,
    Finished,
    Notice,
    ReasoningDelta,
    ReasoningSeal,
    Restarted,
    Retrying,
    Started,
    StopReason,
    TextDelta,
    ToolCallDelta,
    UsageReport,
)
from providers.messages import Message, Part, ReasoningPart, Role, TextPart, ToolCall
from providers.reference import ModelRef
from providers.tokens import WORDS
from providers.usage import NO_USAGE, Usage

_OF_A_WHOLE_REPLY: Mapping[str, Any] = {"reasoning_tokens": None, "cached_output_tokens": None, "runs": ()}
"""What was said too early when a reply does not finish."""

NOT_BILLED = Cost(Decimal(0), CostStatus.COMPUTED, "refused, nothing billed")
"""The cost of a request that the server turned down, or that never reached it."""


@dataclass(slots=True)
class _Piece:
    """A part being assembled. `kind`: text, reasoning or call."""

    kind: str
    texts: list[str] = field(default_factory=list)
    id: str = ""
    name: str = ""
    opaque: Mapping[str, Any] = field(default_factory=dict)

    def joined(self) -> str:
        if len(self.texts) > 1:
            self.texts[:] = ["".join(self.texts)]
        return self.texts[0] if self.texts else ""


_PLAIN = Estimator(WORDS)


class Reply:
    """One model's answer to one prompt.

    Attributes:
        prompt: the text it answers.
        first_token_ms: from sending to the first content; None when none came.
        total_ms: None while it runs.
        reasoning_ms: how long the model thought before its first visible text; None when it did not.
        stop: why it ended; None while it runs.
        error: what failed; None otherwise, and for a stored reply. Text that came before stays.
        failure: the sentence that was stored about what failed; "" unless this reply was read back.
        notices: sentences to show beside it.
        estimator: makes our own counts, for the time before the server speaks.
        input_estimate: our own count of what was sent, before any factor; 0 until it was counted.
        format, started_at: the wire format, and when the attempt that counts was sent; "" and None before that.
    """

    def __init__(
        self,
        id: str,  # noqa: A002 - the word of the store
        ref: ModelRef,
        *,
        prompt: str = "",
        provider_label: str = "",
        model_label: str = "",
        rates: Rates | None = None,
        write_factors: WriteFactors = NO_WRITE_RULE,
        estimator: Estimator = _PLAIN,
        input_estimate: int = 0,
    ) -> None:
        self.id = id
        self.ref = ref
        self.prompt = prompt
        self.provider_label = provider_label or ref.provider
        self.model_label = model_label or ref.model
        self.rates = rates
        self.write_factors = write_factors
        self.input_estimate = input_estimate
        self.first_token_ms: int | None = None
        self.total_ms: int | None = None
        self.reasoning_ms: int | None = None
        self.stop: StopReason | None = None
        self.raw_stop = ""
        self.error: ProviderError | None = None
        self.failure = ""
        self.notices: list[str] = []
        self.attempt = 1
        self.format = ""
        self.started_at: datetime | None = None
        self._usage = NO_USAGE
        self._restored: LedgerRow | None = None
        self._settled: Cost | None = None
        self._was_cut_off = False
        self._pieces: list[_Piece] = []
        self._calls: dict[int, _Piece] = {}
        self._count_with(estimator)
        self._stored_estimate: int | None = None

    # ── what it says ──────────────────────────────────────────────────────────

    @property
    def text(self) -> str:
        return "".join(piece.joined() for piece in self._pieces if piece.kind == "text")

    @property
    def reasoning(self) -> str:
        return "\n\n".join(text for piece in self._pieces if piece.kind == "reasoning" and (text := piece.joined()))

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        return tuple(part for part in self.parts if isinstance(part, ToolCall))

    @property
    def parts(self) -> tuple[Part, ...]:
        """What was said, in order, as it is stored and sent back."""
        parts: list[Part] = []
        for piece in self._pieces:
            text = piece.joined()
            if piece.kind == "text":
                parts.append(TextPart(text))
            elif piece.kind == "reasoning":
                parts.append(ReasoningPart(text, piece.opaque))
            else:
                parts.append(ToolCall(piece.id, piece.name, text.strip() or "{}", piece.opaque))
        return tuple(parts)

    @property
    def message(self) -> Message:
        return Message(Role.ASSISTANT, self.parts, self.ref)

    @property
    def has_content(self) -> bool:
        return bool(self._pieces)

    @property
    def is_running(self) -> bool:
        return self.stop is None

    @property
    def was_stopped_early(self) -> bool:
        """Stopped by the user before anything came: as if it had never been asked."""
        return self.stop is StopReason.CANCELLED and not self.has_content

    # ── what it costs ─────────────────────────────────────────────────────────

    @property
    def input_tokens_estimate(self) -> int:
        """What the server will probably say was sent; 0 until it was counted."""
        return self.estimator.sent(self.input_estimate)

    @property
    def output_tokens_estimate(self) -> int:
        """What the server would probably say was generated so far, reasoning included where it is readable."""
        return self.estimator.generated(self._counted)

    @property
    def output_estimate(self) -> int:
        """Our own count of the answer, before any factor: what compares with the reported one without its reasoning.

        Readable reasoning is part of it unless the server reports how much that was: it may be a summary only.
        """
        return self._counted if self._usage.reasoning_tokens is None else self._answer_count.tokens

    @property
    def _counted(self) -> int:
        if self._stored_estimate is not None:
            return self._stored_estimate
        return self._answer_count.tokens + self._reasoning_count.tokens

    @property
    def usage(self) -> Usage:
        """As reported. A reply that did not finish keeps no output count: the last one was too early."""
        if self._was_cut_off and self._usage.cost_usd is None:
            return replace(self._usage, output_tokens=None, **_OF_A_WHOLE_REPLY)
        return self._usage

    @property
    def cost(self) -> Cost:
        """Settled once the reply has ended, an estimate until then."""
        if self._settled is not None:
            return self._settled
        return self._price()

    @property
    def counted(self) -> Usage:
        """What the cost is made from: as reported, and our own counts where the server gave none."""
        reported = self._usage
        if self._restored is not None or not self._is_guessed:
            return self._restored.counted if self._restored else reported
        return replace(
            reported,
            input_tokens=self.input_tokens_estimate if reported.input_tokens is None else reported.input_tokens,
            output_tokens=max(reported.output_tokens or 0, self.output_tokens_estimate),
            **_OF_A_WHOLE_REPLY,
        )

    @property
    def tokens_per_s(self) -> float | None:
        """Generation speed after the first token; None before it can be told."""
        if self.total_ms is None or self.first_token_ms is None:
            return None
        seconds = (self.total_ms - self.first_token_ms) / 1000
        tokens = self.usage.output_tokens or self.output_tokens_estimate
        return tokens / seconds if seconds > 0 and tokens else None

    def _price(self) -> Cost:
        if self._is_guessed and self.error is not None and not self.has_content and not self._was_billable:
            return NOT_BILLED
        return price(self.counted, self.rates, self.write_factors, estimated=self._is_guessed)

    @property
    def _is_guessed(self) -> bool:
        reported = self._usage
        return reported.cost_usd is None and (self.stop is None or self._was_cut_off or not reported.is_reported)

    @property
    def _was_billable(self) -> bool:
        """Whether a request that brought nothing may still have been charged for."""
        if self._usage.output_tokens:
            return True
        may_have_begun = self.error is not None and self.error.category in ("timeout", "incomplete", "protocol")
        return may_have_begun and not isinstance(self.error, ConnectTimedOut)

    # ── how it grows ──────────────────────────────────────────────────────────

    def fold(self, event: Event, elapsed_ms: int) -> None:
        """Take in one event.

        Args:
            elapsed_ms: since the attempt was sent.
        """
        match event:
            case TextDelta(text):
                self._begin_content(elapsed_ms)
                if self.reasoning_ms is None and self._pieces and self._pieces[-1].kind == "reasoning":
                    self.reasoning_ms = max(0, elapsed_ms - (self.first_token_ms or 0))
                self._open("text").texts.append(text)
                self._answer_count.add(text)
            case ReasoningDelta(text):
                self._begin_content(elapsed_ms)
                self._open("reasoning").texts.append(text)
                self._reasoning_count.add(text)
            case ReasoningSeal(opaque):
                self._seal(opaque)
            case ToolCallDelta():
                self._begin_content(elapsed_ms)
                self._fold_call(event)
            case UsageReport(usage):
                self._usage = usage
            case Started():
                pass
            case Restarted():
                self._forget_content()
            case Retrying():
                self._forget_content()
                self._usage = NO_USAGE
                self.first_token_ms = None
                self.attempt = event.attempt
            case Notice(text):
                self.notices.append(text)
            case Finished(reason, raw):
                self._end(reason, elapsed_ms)
                self.raw_stop = raw
            case _:
                assert_never(event)

    def give_to(self, ref: ModelRef, provider_label: str, model_label: str, rates: Rates | None) -> None:
        """Another model writes this reply: the one that was asked could not begin."""
        self._forget_content()
        self._usage = NO_USAGE
        self.ref, self.provider_label, self.model_label, self.rates = ref, provider_label, model_label, rates
        self.first_token_ms = None
        self.attempt = 1

    def fail(self, error: ProviderError, elapsed_ms: int) -> None:
        """End with an error; what arrived stays."""
        self.error = error
        self._was_cut_off = True
        reason = StopReason.INCOMPLETE if error.category == "incomplete" else StopReason.ERROR
        # A budget stops a reply as a person does: the server did nothing wrong.
        was_stopped = error.category == "budget" and self.has_content
        self._end(StopReason.CANCELLED if was_stopped else reason, elapsed_ms)

    def failed_attempt(self, error: ProviderError, elapsed_ms: int) -> Reply:
        """The attempt under way as a reply that failed: another attempt follows, and this reply goes on with it."""
        failed = Reply(
            self.id,
            self.ref,
            rates=self.rates,
            write_factors=self.write_factors,
            estimator=self.estimator,
            input_estimate=self.input_estimate,
        )
        failed.attempt, failed._usage = self.attempt, self._usage
        failed.fail(error, elapsed_ms)
        return failed

    def cancel(self, elapsed_ms: int) -> None:
        """End because somebody stopped it; what arrived stays."""
        self._was_cut_off = True
        self._end(StopReason.CANCELLED, elapsed_ms)

    def break_off(self, elapsed_ms: int) -> None:
        """End because of a bug of ours; what arrived stays."""
        self._was_cut_off = True
        self._end(StopReason.ERROR, elapsed_ms)

    def restore(self, stored: StoredMessage, row: LedgerRow | None) -> None:
        """Become a reply that was read back from the store.

        Args:
            row: the request that brought it; None when the ledger has none (a reply rescued after a kill).
        """
        for part in stored.message.parts:
            if isinstance(part, TextPart):
                self._pieces.append(_Piece("text", [part.text]))
            elif isinstance(part, ReasoningPart):
                self._pieces.append(_Piece("reasoning", [part.text], opaque=part.opaque))
            elif isinstance(part, ToolCall):
                self._pieces.append(_Piece("call", [part.arguments], part.id, part.name, part.opaque))
        self.stop = stored.stop or StopReason.INCOMPLETE
        self.failure = stored.error
        self._settled = UNKNOWN_COST
        if row is not None:
            self._usage, self._settled, self.rates = row.usage, row.cost, row.rates
            self.first_token_ms, self.total_ms = row.first_token_ms, row.total_ms
            self.attempt, self.format, self.started_at = row.attempt, row.format, row.started_at
            self._restored, self._stored_estimate = row, row.output_estimate
        if self._usage.output_tokens is None and self._stored_estimate is None:
            for piece in self._pieces:
                self._answer_count.add(piece.joined())

    def expect(self, estimator: Estimator, input_estimate: int) -> None:
        """A request goes out. Args: input_estimate: our own count of it, before any factor."""
        self.input_estimate = input_estimate
        self._count_with(estimator)

    def _count_with(self, estimator: Estimator) -> None:
        self.estimator = estimator
        self._answer_count, self._reasoning_count = RunningCount(estimator.counter), RunningCount(estimator.counter)

    def _begin_content(self, elapsed_ms: int) -> None:
        if self.first_token_ms is None:
            self.first_token_ms = elapsed_ms

    def _end(self, reason: StopReason, elapsed_ms: int) -> None:
        self.stop = reason
        self.total_ms = elapsed_ms
        self._settled = self._price()

    def _open(self, kind: str) -> _Piece:
        last = self._pieces[-1] if self._pieces else None
        if last is None or last.kind != kind or last.opaque:
            last = _Piece(kind)
            self._pieces.append(last)
        return last

    def _seal(self, opaque: Mapping[str, Any]) -> None:
        self._open("reasoning").opaque = opaque

    def _fold_call(self, delta: ToolCallDelta) -> None:
        piece = self._calls.get(delta.index)
        if piece is None:
            piece = self._calls[delta.index] = _Piece("call")
            self._pieces.append(piece)
        piece.id = piece.id or delta.id
        if not piece.name:
            piece.name = delta.name
            self._answer_count.add(delta.name)
        piece.opaque = delta.opaque or piece.opaque
        piece.texts.append(delta.arguments)
        self._answer_count.add(delta.arguments)

    def _forget_content(self) -> None:
        self._pieces.clear()
        self._calls.clear()
        self._count_with(self.estimator)
        self.reasoning_ms = None
