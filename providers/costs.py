"""From token counts to money. `Decimal` from end to end; unknown is None, never 0."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from enum import StrEnum
from typing import NamedTuple

from providers.usage import Usage

MILLION = Decimal(1_000_000)

EXACT = Context(prec=10_000)
"""For arithmetic on money: Python's own context would round to 28 digits."""

BY_HAND = "config"
"""The source of rates that a person wrote into config.toml, or an import."""

_STANDARD_TIERS = frozenset(("", "default", "standard", "auto", "on_demand"))
"""Service tiers that cost what the price lists say; priority, flex and fast cost more or less."""
_BATCH = "batch"
"""The service tier that costs half of everything."""
_HALF = Decimal("0.5")


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

    def tier_for(self, input_tokens: int) -> Tier | None:
        """The highest tier that so much input reaches; None below all of them."""
        reached = [tier for tier in self.tiers if input_tokens > tier.above_input]
        return max(reached, key=lambda tier: tier.above_input, default=None)

    def for_input(self, input_tokens: int) -> Rates:
        """The rates that hold for a request with so much input: a tier re-prices all of it."""
        tier = self.tier_for(input_tokens)
        if tier is None:
            return self
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
    usd: None when unknown; 0 when free, flat, or known not to have been billed.
    source: where the figure comes from, with its date.
    """

    usd: Decimal | None
    status: CostStatus
    source: str = ""

    @property
    def is_untracked(self) -> bool:
        """Whether a person or an import wrote the 0: it is free, or nobody is to count it."""
        return self.status is CostStatus.FREE and self.source.partition(" ")[0] == BY_HAND

    @property
    def status_word(self) -> str:
        """The status as programs read it; `untracked` for a 0 that nobody measured."""
        return "untracked" if self.is_untracked else self.status.value


UNKNOWN_COST = Cost(None, CostStatus.UNKNOWN)


class Bucket(StrEnum):
    """What is charged at a rate of its own."""

    INPUT = "input"
    """Sent, and neither read from a cache nor written to one."""
    CACHED = "cached"
    WRITE = "cache_write"
    """For some minutes, or however long the provider keeps it."""
    WRITE_1H = "cache_write_1h"
    OUTPUT = "output"
    """Generated, and not taken from a cache."""
    CACHED_OUTPUT = "cached_output"


class Portion(NamedTuple):
    """The tokens of one bucket.

    Attributes:
        tokens: None when the server did not say.
        rate: USD per 1,000,000 tokens, for a batch the half of it; None when there is neither a rate nor a
            documented rule.
    """

    bucket: Bucket
    tokens: int | None
    rate: Decimal | None

    @property
    def usd(self) -> Decimal | None:
        """0 for an unused bucket; None when a used one has no rate."""
        if not self.tokens:
            return Decimal(0)
        return None if self.rate is None else _per_million(self.tokens, self.rate)


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
        `estimated` too for a service tier that the rates do not cover, and for usage that is approximate.
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
    if not usage.is_reported:
        return UNKNOWN_COST
    usd = _sum(portions(usage, rates, factors))
    if usd is None:
        return UNKNOWN_COST
    is_exact = not (estimated or usage.is_approximate or is_off_tier(usage))
    return Cost(usd, CostStatus.COMPUTED if is_exact else CostStatus.ESTIMATED, rates.origin)


def is_off_tier(usage: Usage) -> bool:
    """Whether a service tier answered of which only the provider knows the price: priority, flex, fast."""
    return (usage.service_tier or "") not in _STANDARD_TIERS and not _is_batch(usage)


def saved_by_cache(usage: Usage, rates: Rates | None) -> Decimal | None:
    """What the cache reads of a request saved against the input rate; None when nothing can be said."""
    if rates is None or not usage.cached_tokens:
        return None
    saved = Decimal(0)
    for run in usage.runs or (usage,):
        its = rates.for_input(run.input_tokens or 0)
        if run.input_tokens is None or its.input is None or its.cached_input is None:
            return None
        saved = EXACT.add(saved, _per_million(run.cached_tokens or 0, EXACT.subtract(its.input, its.cached_input)))
    return EXACT.multiply(saved, _HALF) if _is_batch(usage) else saved


def portions(usage: Usage, rates: Rates | None, factors: WriteFactors = NO_WRITE_RULE) -> tuple[Portion, ...]:
    """The buckets of a request with what each is charged at; together they cover all that is billed, once.

    Several runs have buckets of their own each: a run is long or short by itself.

    Args:
        rates: of the model; the tier that the input reaches is chosen here.
    """
    found = [portion for run in usage.runs or (usage,) for portion in _portions(run, rates or Rates(), factors)]
    if _is_batch(usage):
        found = [each._replace(rate=each.rate and EXACT.multiply(each.rate, _HALF)) for each in found]
    return tuple(found)


def _portions(run: Usage, rates: Rates, factors: WriteFactors) -> Iterator[Portion]:
    """The buckets of one run."""
    total_in, total_out = run.input_tokens or 0, run.output_tokens or 0
    rates = rates.for_input(total_in)
    read = min(run.cached_tokens or 0, total_in)
    written = min(run.cache_write_tokens or 0, total_in - read)
    written_1h = min(run.cache_write_1h_tokens or 0, written)
    from_cache = min(run.cached_output_tokens or 0, total_out)

    def portion(bucket: Bucket, said: int | None, tokens: int, rate: Decimal | None) -> Portion:
        return Portion(bucket, None if said is None else tokens, rate)

    read_rate = rates.input if rates.cached_input is None else rates.cached_input
    write_rate = _write_rate(rates.cache_write, rates.input, factors.short)
    hour_rate = _write_rate(rates.cache_write_1h, rates.input, factors.hour)
    cached_output_rate = rates.output if rates.cached_output is None else rates.cached_output
    yield portion(Bucket.INPUT, run.input_tokens, total_in - read - written, rates.input)
    yield portion(Bucket.CACHED, run.cached_tokens, read, read_rate)
    yield portion(Bucket.WRITE, run.cache_write_tokens, written - written_1h, write_rate)
    yield portion(Bucket.WRITE_1H, run.cache_write_1h_tokens, written_1h, hour_rate)
    yield portion(Bucket.OUTPUT, run.output_tokens, total_out - from_cache, rates.output)
    if run.cached_output_tokens is not None:
        yield portion(Bucket.CACHED_OUTPUT, run.cached_output_tokens, from_cache, cached_output_rate)


def _sum(parts: Iterable[Portion]) -> Decimal | None:
    """What all portions cost; None when one that is used has no rate."""
    total = Decimal(0)
    for part in parts:
        usd = part.usd
        if usd is None:
            return None
        total = EXACT.add(total, usd)
    return total


def _is_batch(usage: Usage) -> bool:
    return usage.service_tier == _BATCH


def _per_million(tokens: int, rate: Decimal) -> Decimal:
    """Exact, and without zeros at the end."""
    return EXACT.normalize(EXACT.scaleb(EXACT.multiply(tokens, rate), -6))


def _write_rate(own: Decimal | None, input_rate: Decimal | None, factor: Decimal | None) -> Decimal | None:
    if own is not None:
        return own
    if input_rate is None or factor is None:
        return None
    return EXACT.multiply(input_rate, factor)
