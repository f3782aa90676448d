"""Where the figures of a reply come from: what the server said, the rates, the sum, the attempts before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from app.format import FREE, UNTRACKED
from app.storage.encoding import exact_sum
from app.storage.records import LedgerRow, RequestKind
from app.storage.totals import Figures, add_up
from providers.costs import (
    NO_WRITE_RULE,
    Bucket,
    Cost,
    CostStatus,
    Portion,
    Rates,
    Tier,
    WriteFactors,
    is_off_tier,
    portions,
)
from providers.events import StopReason
from providers.reference import ModelRef
from providers.usage import Usage

if TYPE_CHECKING:
    from app.session.reply import Reply

BUCKET_WORDS = {
    Bucket.INPUT: "input",
    Bucket.CACHED: "cached",
    Bucket.WRITE: "cache write",
    Bucket.WRITE_1H: "cache write 1h",
    Bucket.OUTPUT: "output",
    Bucket.CACHED_OUTPUT: "cached output",
}
_WORKED_OUT = (CostStatus.COMPUTED, CostStatus.ESTIMATED)
_ESTIMATED_BECAUSE = {
    None: "the reply is still arriving",
    StopReason.CANCELLED: "the reply was stopped before the server said what it counted",
    StopReason.ERROR: "the reply failed before the server said what it counted",
    StopReason.INCOMPLETE: "the reply broke off before the server said what it counted",
}


@dataclass(frozen=True, slots=True)
class Provenance:
    """Of one reply, of the attempt that brought it.

    Attributes:
        format: the wire format spoken; "" when nobody was asked yet.
        stop: None while it runs.
        raw_stop: the provider's own word; "" when it gave none, and for a stored reply.
        usage: as reported.
        counted: what the cost is made from: `usage`, and our own counts where the server gave none.
        rates: of the model; None when nobody knows a price.
        error: one sentence; "" when nothing failed.
        earlier: the attempts before it, in order, those at other models included.
    """

    ref: ModelRef
    format: str
    started_at: datetime | None
    stop: StopReason | None
    usage: Usage
    counted: Usage
    rates: Rates | None
    cost: Cost
    first_token_ms: int | None
    total_ms: int | None
    kind: RequestKind = RequestKind.REPLY
    raw_stop: str = ""
    error: str = ""
    earlier: tuple[LedgerRow, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def portions(self) -> tuple[Portion, ...]:
        """What each bucket is charged at; what a provider reports may be another sum."""
        return portions(self.counted, self.rates, _factors(self.format))

    @property
    def adds_up(self) -> bool:
        """Whether the cost is the sum of the portions; it is not where somebody else worked it out."""
        if self.cost.status not in _WORKED_OUT:
            return False
        amounts = [portion.usd for portion in self.portions]
        known = [amount for amount in amounts if amount is not None]
        return any(known) and len(known) == len(amounts) and exact_sum(known) == self.cost.usd

    @property
    def tier(self) -> Tier | None:
        """The tier whose rates hold, for its long input; None for the usual rates."""
        return self.rates.tier_for(self.counted.input_tokens or 0) if self.rates else None

    @property
    def generating_ms(self) -> int | None:
        """From the first token to the end; None before both are known."""
        if self.first_token_ms is None or self.total_ms is None:
            return None
        return self.total_ms - self.first_token_ms

    @property
    def money(self) -> Figures | None:
        """What all attempts cost together; None when there was but one."""
        if not self.earlier:
            return None
        return add_up((*self.earlier, replace(self.earlier[-1], cost=self.cost)))

    @property
    def why(self) -> str:
        """What kind of figure the cost is, in words."""
        match self.cost.status:
            case CostStatus.REPORTED:
                return "reported by the provider"
            case CostStatus.COMPUTED:
                return "computed from reported tokens" if self.usage.is_reported else self.cost.source
            case CostStatus.ESTIMATED:
                return f"our own estimate, because {self._because}"
            case CostStatus.FREE:
                return UNTRACKED if self.cost.is_untracked else FREE
            case CostStatus.FLAT:
                return "paid by subscription, not by token"
            case CostStatus.UNKNOWN:
                return f"unknown, because {self._unknown_because}"

    @property
    def _because(self) -> str:
        if self.usage.is_reported and self.stop is not None and is_off_tier(self.usage):
            return f"the rates do not cover the service tier “{self.usage.service_tier}”"
        if self.usage.is_reported and self.stop is not None and self.usage.is_approximate:
            return "more than the counted tokens is charged, or at other rates"
        return _ESTIMATED_BECAUSE.get(self.stop, "the server did not say what it counted")

    @property
    def _unknown_because(self) -> str:
        if self.rates is None and self.format:
            return "nobody knows a price of this model"
        if not self.counted.is_reported:
            return "nobody knows what it counted"
        unpriced = next((each for each in self.portions if each.usd is None), None)
        if unpriced is None:
            return "nobody knows what it counted"
        return f"there is no rate for this kind of tokens: {BUCKET_WORDS[unpriced.bucket]}"


def of_row(row: LedgerRow, earlier: Sequence[LedgerRow] = ()) -> Provenance:
    """Of a request that has ended."""
    return Provenance(
        ref=ModelRef(row.provider, row.model),
        format=row.format,
        started_at=row.started_at,
        stop=row.stop,
        usage=row.usage,
        counted=row.counted,
        rates=row.rates,
        cost=row.cost,
        first_token_ms=row.first_token_ms,
        total_ms=row.total_ms,
        kind=row.kind,
        error=row.error,
        earlier=tuple(earlier),
    )


def of_reply(reply: Reply, rows: Sequence[LedgerRow]) -> Provenance:
    """Of a reply in an open conversation, also of one that runs.

    Args:
        rows: of its conversation.
    """
    attempts = [row for row in rows if row.message_id == reply.id]
    own = attempts.pop() if attempts and is_of(attempts[-1], reply) else None
    if own is not None:
        whole = of_row(own, attempts)
        return replace(whole, counted=reply.counted, raw_stop=reply.raw_stop, notices=tuple(reply.notices))
    # What the server counted so far is not what it will have counted in the end.
    usage = replace(reply.usage, output_tokens=None) if reply.is_running else reply.usage
    return Provenance(
        ref=reply.ref,
        format=reply.format,
        started_at=reply.started_at,
        stop=reply.stop,
        usage=usage,
        counted=reply.counted,
        rates=reply.rates,
        cost=reply.cost,
        first_token_ms=reply.first_token_ms,
        total_ms=reply.total_ms,
        raw_stop=reply.raw_stop,
        error=reply.error.summary if reply.error else reply.failure,
        earlier=tuple(attempts),
        notices=tuple(reply.notices),
    )


def is_of(row: LedgerRow, reply: Reply) -> bool:
    """Whether a row is that of the attempt which the reply shows, and not of one before it."""
    is_last = (row.provider, row.model, row.attempt) == (reply.ref.provider, reply.ref.model, reply.attempt)
    return is_last and not reply.is_running


def _factors(format_: str) -> WriteFactors:
    from providers.formats import wire_format
    from providers.request import WireFormat

    return wire_format(WireFormat(format_)).WRITE_FACTORS if format_ in list(WireFormat) else NO_WRITE_RULE
