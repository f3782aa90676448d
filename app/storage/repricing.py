"""What if all of it had been asked of another model: the same tokens at other rates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from app.storage.encoding import exact_sum
from app.storage.totals import Money
from providers.costs import NO_WRITE_RULE, CostStatus, Rates, WriteFactors, price
from providers.usage import Usage

ASSUMPTION = (
    "The same token counts, though every model counts in its own way, at its standard rates: what was read from a"
    " cache is taken to be cached there too, at its cached rate or else at its input rate; what was written to a cache"
    " costs its write rate or else its input rate."
)


@dataclass(frozen=True, slots=True)
class Target:
    """The other model, as far as money goes.

    Attributes:
        factors: its wire format's rule for cache writes.
    """

    rates: Rates
    factors: WriteFactors = NO_WRITE_RULE


@dataclass(frozen=True, slots=True)
class Sent:
    """Replies that are priced alike: one, or several whose price is that of their sum.

    Attributes:
        usage: counts only, without what the provider charged.
        is_guess: some of the counts are our own.
        paid: what they really cost, and how many they are; all of them have a known cost, or none.
        input_each: decides on the tier where there are several: as much input as one of them had.
    """

    usage: Usage
    is_guess: bool
    paid: Money
    input_each: int | None = None


@dataclass(frozen=True, slots=True)
class Repriced:
    """What the replies of a query would have cost elsewhere.

    Attributes:
        usd: over the priced requests; None when there is none.
        estimated_usd: the part of `usd` that rests on our own token counts.
        priced_requests: those that have a price at the other rates.
        unknown_requests: those that have none: nobody counted their tokens, or a rate is missing.
        uncounted_requests: of these, those whose tokens nobody counted.
        compared_requests: the priced ones whose real cost is known, too.
        compared_usd: what these would have cost; None when there is none.
        compared_estimated_usd: the part of `compared_usd` that rests on our own token counts.
        actual_usd: what these did cost; None when there is none.
        actual_estimated_usd: the part of `actual_usd` that was an estimate.
        is_flat: the other model is paid by a subscription.
    """

    usd: Decimal | None
    estimated_usd: Decimal
    priced_requests: int
    unknown_requests: int
    uncounted_requests: int
    compared_requests: int
    compared_usd: Decimal | None
    compared_estimated_usd: Decimal
    actual_usd: Decimal | None
    actual_estimated_usd: Decimal
    is_flat: bool = False

    @property
    def actual_unpriced_requests(self) -> int:
        """Of the priced requests, those whose real cost nobody knows."""
        return self.priced_requests - self.compared_requests

    @property
    def unpriced(self) -> Money:
        """What these requests would have cost."""
        requests = self.actual_unpriced_requests
        return Money(
            requests,
            requests,
            exact_sum((self.usd or Decimal(0), -(self.compared_usd or Decimal(0)))) if requests else None,
            exact_sum((self.estimated_usd, -self.compared_estimated_usd)),
        )

    @property
    def difference_usd(self) -> Decimal | None:
        """How much more it would have been, less if negative, over the compared requests; None without any."""
        if self.compared_usd is None or self.actual_usd is None:
            return None
        return exact_sum((self.compared_usd, -self.actual_usd))


def reprice(target: Target, replies: Iterable[Sent]) -> Repriced:
    """Price replies at other rates, by the rule that prices every request."""
    there, compared, actual = Money(), Money(), Money()
    unknown = uncounted = 0
    for sent in replies:
        other = _priced_there(target, sent)
        if other.usd is None:
            unknown += sent.paid.requests
            uncounted += 0 if sent.usage.is_reported else sent.paid.requests
            continue
        there.add(other)
        if sent.paid.priced:
            compared.add(other)
            actual.add(sent.paid)
    return Repriced(
        usd=there.usd,
        estimated_usd=there.estimated,
        priced_requests=there.requests,
        unknown_requests=unknown,
        uncounted_requests=uncounted,
        compared_requests=compared.requests,
        compared_usd=compared.usd,
        compared_estimated_usd=compared.estimated,
        actual_usd=actual.usd,
        actual_estimated_usd=actual.estimated,
        is_flat=target.rates.is_flat,
    )


def _priced_there(target: Target, sent: Sent) -> Money:
    usage, rates, requests = sent.usage, target.rates, sent.paid.requests
    if usage.cache_write_tokens and rates.cache_write is None and target.factors.short is None:
        usage = replace(_unwritten(usage), runs=tuple(map(_unwritten, usage.runs)))
    if sent.input_each is not None and not rates.is_flat:
        rates = replace(rates.for_input(sent.input_each), tiers=())
    cost = price(usage, rates, target.factors, estimated=sent.is_guess)
    if cost.usd is None:
        return Money(requests)
    return Money(requests, requests, cost.usd, cost.usd if cost.status is CostStatus.ESTIMATED else Decimal(0))


def _unwritten(usage: Usage) -> Usage:
    """Where nothing is charged for writing to a cache, the tokens are ordinary input."""
    return replace(usage, cache_write_tokens=None, cache_write_1h_tokens=None)
