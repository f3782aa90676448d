"""Sums over ledger rows: exact, and honest about what is unknown or estimated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import reduce

from app.storage.encoding import exact_sum
from app.storage.records import LedgerRow, ModelTotal, RequestKind
from providers.costs import EXACT, Cost, CostStatus, saved_by_cache
from providers.events import StopReason
from providers.reference import ModelRef
from providers.usage import NO_USAGE, Usage

FAILED = frozenset((StopReason.ERROR, StopReason.INCOMPLETE))
WASTED = FAILED | {StopReason.CANCELLED}


@dataclass(frozen=True, slots=True)
class Waste:
    """What was sent and brought no whole reply: failed, broken off or cancelled.

    Attributes:
        failed: broken off ones (`incomplete`) included.
        retried: attempts that had to be repeated, counted by the attempts that followed; most of them failed.
        usd: the sum of all known costs, estimates included; None when no row has a cost.
        estimated_usd: the part of `usd` that is our own estimate.
        unpriced_requests: of these requests, those whose cost is unknown.
    """

    failed: int = 0
    cancelled: int = 0
    retried: int = 0
    usd: Decimal | None = None
    estimated_usd: Decimal = Decimal(0)
    unpriced_requests: int = 0

    @property
    def requests(self) -> int:
        return self.failed + self.cancelled


NO_WASTE = Waste()


@dataclass(frozen=True, slots=True)
class Figures:
    """What some ledger rows add up to. Counts that no row knows are None.

    Requests that only counted tokens are no replies and cost nothing: they are in `count_requests` and nowhere else.

    Attributes:
        usd: the sum of all known costs, estimates included; None when no row has a cost.
        estimated_usd: the part of `usd` that is our own estimate.
        unpriced_requests: rows whose cost is unknown; a sum with any is a lower bound.
        is_free: some row was free or flat, and no row cost anything or is unpriced.
        saved_by_cache_usd: None when no row can tell.
        first_token_ms_median: over the rows that got a first token; None without any.
        tokens_per_s_median: output after the first token, over the rows that can tell; None without any.
        hit_tokens, hit_base_tokens: tokens from a cache, and all of the input, of the rows that report both.
        free_requests: rows of 0 because that is the price, untracked ones included.
        untracked_requests: rows of 0 because somebody wrote that price; a sum with any is a lower bound.
        flat_requests: what a subscription paid.
        unreported_requests: those that came without one of their token counts, which are in no sum here.
    """

    requests: int
    usage: Usage
    usd: Decimal | None
    estimated_usd: Decimal
    unpriced_requests: int
    is_free: bool
    saved_by_cache_usd: Decimal | None = None
    first_token_ms_median: int | None = None
    tokens_per_s_median: float | None = None
    hit_tokens: int = 0
    hit_base_tokens: int = 0
    free_requests: int = 0
    untracked_requests: int = 0
    flat_requests: int = 0
    count_requests: int = 0
    unreported_requests: int = 0
    wasted: Waste = NO_WASTE

    @property
    def cache_hit_rate(self) -> float | None:
        """Between 0 and 1; None when no row reports both its input and what of it was cached."""
        return min(1.0, self.hit_tokens / self.hit_base_tokens) if self.hit_base_tokens else None


NOTHING = Figures(0, NO_USAGE, None, Decimal(0), 0, is_free=False)


@dataclass(slots=True)
class Money:
    """A sum of costs under way.

    Attributes:
        usd: None as long as no cost is known.
        requests: all of them, with a known cost or without.
    """

    requests: int = 0
    priced: int = 0
    usd: Decimal | None = None
    estimated: Decimal = Decimal(0)

    def add(self, other: Money) -> None:
        self.requests += other.requests
        self.priced += other.priced
        self.usd = _known_sum(self.usd, other.usd)
        self.estimated = EXACT.add(self.estimated, other.estimated)

    def add_cost(self, cost: Cost) -> None:
        self.requests += 1
        if cost.usd is not None:
            self.priced += 1
            self.usd = _known_sum(self.usd, cost.usd)
            if cost.status is CostStatus.ESTIMATED:
                self.estimated = EXACT.add(self.estimated, cost.usd)

    @property
    def unpriced(self) -> int:
        return self.requests - self.priced


@dataclass(slots=True)
class Tally:
    """Figures under way: tallies can be added to one another, finished figures cannot.

    Attributes:
        usage: the sums of the counts, each None as long as no row knows it.
        waits: milliseconds to the first token, one per row that got one.
        speeds: tokens per second, one per row that can tell.
    """

    spent: Money = field(default_factory=Money)
    wasted: Money = field(default_factory=Money)
    usage: Usage = NO_USAGE
    saved: Decimal | None = None
    free: int = 0
    untracked: int = 0
    flat: int = 0
    hits: int = 0
    hit_base: int = 0
    failed: int = 0
    retried: int = 0
    counting: int = 0
    unreported: int = 0
    waits: list[int] = field(default_factory=list)
    speeds: list[float] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.spent.add(other.spent)
        self.wasted.add(other.wasted)
        self.usage = _added(self.usage, other.usage)
        self.saved = _known_sum(self.saved, other.saved)
        self.free += other.free
        self.untracked += other.untracked
        self.flat += other.flat
        self.hits += other.hits
        self.hit_base += other.hit_base
        self.failed += other.failed
        self.retried += other.retried
        self.counting += other.counting
        self.unreported += other.unreported
        self.waits += other.waits
        self.speeds += other.speeds

    def figures(self) -> Figures:
        spent, wasted = self.spent, self.wasted
        wait = _median(self.waits)
        return Figures(
            requests=spent.requests,
            usage=self.usage,
            usd=spent.usd,
            estimated_usd=spent.estimated,
            unpriced_requests=spent.unpriced,
            is_free=bool(self.free + self.flat) and not spent.unpriced and not spent.usd,
            saved_by_cache_usd=self.saved,
            first_token_ms_median=None if wait is None else round(wait),
            tokens_per_s_median=_median(self.speeds),
            hit_tokens=self.hits,
            hit_base_tokens=self.hit_base,
            free_requests=self.free,
            untracked_requests=self.untracked,
            flat_requests=self.flat,
            count_requests=self.counting,
            unreported_requests=self.unreported,
            wasted=Waste(
                failed=self.failed,
                cancelled=wasted.requests - self.failed,
                retried=self.retried,
                usd=wasted.usd,
                estimated_usd=wasted.estimated,
                unpriced_requests=wasted.unpriced,
            ),
        )


def add_up(rows: Iterable[LedgerRow]) -> Figures:
    """Sum ledger rows to the last digit."""
    return tally_of(rows).figures()


def tally_of(rows: Iterable[LedgerRow]) -> Tally:
    """The same, to be added to others."""
    every = list(rows)
    rows = [row for row in every if row.kind is RequestKind.REPLY]
    statuses = [row.cost.status for row in rows]
    both = [row.usage for row in rows if row.usage.input_tokens is not None and row.usage.cached_tokens is not None]
    saved = [each for row in rows if (each := saved_by_cache(row.usage, row.rates)) is not None]
    return Tally(
        spent=_money(rows),
        wasted=_money(row for row in rows if row.stop in WASTED),
        usage=reduce(_added, (row.usage for row in rows), NO_USAGE),
        saved=exact_sum(saved) if saved else None,
        free=statuses.count(CostStatus.FREE),
        untracked=sum(row.cost.is_untracked for row in rows),
        flat=statuses.count(CostStatus.FLAT),
        hits=sum(usage.cached_tokens or 0 for usage in both),
        hit_base=sum(usage.input_tokens or 0 for usage in both),
        failed=sum(row.stop in FAILED for row in rows),
        retried=sum(row.attempt > 1 for row in rows),
        counting=len(every) - len(rows),
        unreported=sum(not row.usage.is_reported for row in rows),
        waits=[row.first_token_ms for row in rows if row.first_token_ms is not None],
        speeds=[speed for row in rows if (speed := speed_of(row)) is not None],
    )


def totals_by_model(rows: Iterable[LedgerRow]) -> tuple[ModelTotal, ...]:
    """One total per model, in the order of first use; one that only counted tokens was not used."""
    groups: dict[ModelRef, list[LedgerRow]] = {}
    for row in (each for each in rows if each.kind is RequestKind.REPLY):
        groups.setdefault(ModelRef(row.provider, row.model), []).append(row)
    return tuple(_model_total(ref, add_up(group)) for ref, group in groups.items())


def _model_total(ref: ModelRef, figures: Figures) -> ModelTotal:
    return ModelTotal(
        ref=ref,
        requests=figures.requests,
        usage=figures.usage,
        usd=figures.usd,
        estimated_usd=figures.estimated_usd,
        unpriced_requests=figures.unpriced_requests,
        is_free=figures.is_free,
        saved_by_cache_usd=figures.saved_by_cache_usd,
        first_token_ms_median=figures.first_token_ms_median,
        untracked_requests=figures.untracked_requests,
    )


def _money(rows: Iterable[LedgerRow]) -> Money:
    money = Money()
    for row in rows:
        money.add_cost(row.cost)
    return money


def speed_of(row: LedgerRow) -> float | None:
    """Tokens per second after the first one; None when that cannot be told."""
    tokens = row.usage.output_tokens
    if not tokens or row.total_ms is None or row.first_token_ms is None or row.total_ms <= row.first_token_ms:
        return None
    return tokens * 1_000 / (row.total_ms - row.first_token_ms)


def _known_sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return other if one is None else one if other is None else EXACT.add(one, other)


def _added(one: Usage, other: Usage) -> Usage:
    """The token counts of two requests, or of many."""
    return Usage(
        input_tokens=_known_count(one.input_tokens, other.input_tokens),
        cached_tokens=_known_count(one.cached_tokens, other.cached_tokens),
        cache_write_tokens=_known_count(one.cache_write_tokens, other.cache_write_tokens),
        cache_write_1h_tokens=_known_count(one.cache_write_1h_tokens, other.cache_write_1h_tokens),
        output_tokens=_known_count(one.output_tokens, other.output_tokens),
        reasoning_tokens=_known_count(one.reasoning_tokens, other.reasoning_tokens),
    )


def _known_count(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else one + other


def _median(values: list[int] | list[float]) -> float | None:
    if not values:
        return None
    values.sort()  # in place: what is sorted already costs little when it is sorted again as a part of a total
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2
