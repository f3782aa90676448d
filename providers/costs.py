"""From token counts to money. `Decimal` from end to end; unknown is None, never 0."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from providers.usage import Usage

MILLION = Decimal(1_000_000)

_STANDARD_TIERS = frozenset(("", "default", "standard", "auto"))
"""Service tiers that cost what the price lists say; priority, flex and batch cost more or less."""


class CostStatus(StrEnum):
    REPORTED = "reported"
    """The provider said what it charged."""
    COMPUTED = "computed"
    """Reported token counts times known rates."""
    ESTIMATED = "estimated"
    """Our own token count times known rates; shown with ≈."""
    FREE = "free"
    """Every rate is an explicit 0: free, or untracked by the person's own choice."""
    FLAT = "flat"
    """Paid by subscription, not by token."""
    UNKNOWN = "unknown"
    """No price, or no rule for a used bucket; shown as —."""


@dataclass(frozen=True, slots=True)
class Tier:
    """Other rates for the whole request once its input is larger than `above_input` tokens."""

    above_input: int
    input: Decimal | None = None
    output: Decimal | None = None
    cached_input: Decimal | None = None
    cache_write: Decimal | None = None
    cache_write_1h: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Rates:
    """USD per 1,000,000 tokens, per bucket. None: no rate known for that bucket.

    Attributes:
        cached_output: kept and shown; billed only if a server reports such tokens.
        source: what was read ("config", "server", "catalogue"), shown beside every cost.
        checked: the day the figure was read.
        is_flat: paid by subscription, not by token.
    """

    input: Decimal | None = None
    output: Decimal | None = None
    cached_input: Decimal | None = None
    cached_output: Decimal | None = None
    cache_write: Decimal | None = None
    cache_write_1h: Decimal | None = None
    tiers: tuple[Tier, ...] = ()
    source: str = ""
    checked: date | None = None
    is_flat: bool = False

    @property
    def are_free(self) -> bool:
        """Whether somebody wrote 0 for both input and output and nothing else costs anything."""
        rest = (self.cached_input, self.cached_output, self.cache_write, self.cache_write_1h)
        return self.input == 0 and self.output == 0 and all(not rate for rate in rest) and not self.tiers

    @property
    def origin(self) -> str:
        """Source and date in one string, as it is stored and printed: `catalogue 2026-11-20`."""
        return f"{self.source} {self.checked.isoformat()}" if self.checked else self.source

    def for_input(self, input_tokens: int) -> Rates:
        """The rates that hold for a request with so much input: a tier re-prices all of it."""
        reached = [tier for tier in self.tiers if input_tokens > tier.above_input]
        if not reached:
            return self
        tier = max(reached, key=lambda candidate: candidate.above_input)
        return Rates(
            input=self.input if tier.input is None else tier.input,
            output=self.output if tier.output is None else tier.output,
            cached_input=self.cached_input if tier.cached_input is None else tier.cached_input,
            cached_output=self.cached_output,
            cache_write=self.cache_write if tier.cache_write is None else tier.cache_write,
            cache_write_1h=self.cache_write_1h if tier.cache_write_1h is None else tier.cache_write_1h,
            source=self.source,
            checked=self.checked,
        )


@dataclass(frozen=True, slots=True)
class WriteFactors:
    """What a cache write costs as a multiple of the input rate, where a wire format documents it."""

    short: Decimal | None = None
    hour: Decimal | None = None


NO_WRITE_RULE = WriteFactors()


@dataclass(frozen=True, slots=True)
class Cost:
    """Attributes:
    usd: None when unknown; 0 only when free or flat.
    source: where the figure comes from, with its date.
    """

    usd: Decimal | None
    status: CostStatus
    source: str = ""


UNKNOWN_COST = Cost(None, CostStatus.UNKNOWN)


def price(
    usage: Usage,
    rates: Rates | None,
    factors: WriteFactors = NO_WRITE_RULE,
    *,
    estimated: bool = False,
) -> Cost:
    """Price one request.

    Args:
        rates: None when nobody knows a price for the model.
        factors: the wire format's documented rule for cache writes that have no rate of their own.
        estimated: the counts are our own, not the server's.
    Returns:
        `estimated` too for a service tier that the rates do not cover (priority, flex, batch).
        `unknown` when a used bucket has no rate and no documented rule: a wrong total is worse than none.
    """
    if usage.cost_usd is not None:
        return Cost(usage.cost_usd, CostStatus.REPORTED, "provider")
    if rates is None:
        return UNKNOWN_COST
    if rates.is_flat:
        return Cost(Decimal(0), CostStatus.FLAT, rates.origin)
    if rates.are_free:
        return Cost(Decimal(0), CostStatus.FREE, rates.origin)
    if usage.input_tokens is None or usage.output_tokens is None:
        return UNKNOWN_COST
    rates = rates.for_input(usage.input_tokens)
    usd = _sum_buckets(usage, rates, factors)
    if usd is None:
        return UNKNOWN_COST
    is_exact = not estimated and (usage.service_tier or "") in _STANDARD_TIERS
    return Cost(usd, CostStatus.COMPUTED if is_exact else CostStatus.ESTIMATED, rates.origin)


def saved_by_cache(usage: Usage, rates: Rates | None) -> Decimal | None:
    """What the cache reads of a request saved against the input rate; None when nothing can be said."""
    if rates is None or not usage.cached_tokens or usage.input_tokens is None:
        return None
    rates = rates.for_input(usage.input_tokens)
    if rates.input is None or rates.cached_input is None:
        return None
    return usage.cached_tokens * (rates.input - rates.cached_input) / MILLION


def _sum_buckets(usage: Usage, rates: Rates, factors: WriteFactors) -> Decimal | None:
    total_in = usage.input_tokens or 0
    read = min(usage.cached_tokens or 0, total_in)
    written = min(usage.cache_write_tokens or 0, total_in - read)
    written_1h = min(usage.cache_write_1h_tokens or 0, written)
    buckets: tuple[tuple[int, Decimal | None], ...] = (
        (total_in - read - written, rates.input),
        (read, rates.input if rates.cached_input is None else rates.cached_input),
        (written - written_1h, _write_rate(rates.cache_write, rates.input, factors.short)),
        (written_1h, _write_rate(rates.cache_write_1h, rates.input, factors.hour)),
        (usage.output_tokens or 0, rates.output),
    )
    total = Decimal(0)
    for tokens, rate in buckets:
        if not tokens:
            continue
        if rate is None:
            return None
        total += tokens * rate
    return total / MILLION


def _write_rate(own: Decimal | None, input_rate: Decimal | None, factor: Decimal | None) -> Decimal | None:
    if own is not None:
        return own
    if input_rate is None or factor is None:
        return None
    return input_rate * factor
