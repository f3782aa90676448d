"""Sums over ledger rows: exact, and honest about what is unknown or estimated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import Decimal

from app.storage.encoding import exact_sum
from app.storage.records import LedgerRow, ModelTotal
from providers.costs import CostStatus, saved_by_cache
from providers.reference import ModelRef
from providers.usage import NO_USAGE, Usage


@dataclass(frozen=True, slots=True)
class Figures:
    """What some ledger rows add up to. Counts that no row knows are None.

    Attributes:
        usd: the sum of all known costs, estimates included; None when no row has a cost.
        estimated_usd: the part of `usd` that is our own estimate.
        unpriced_requests: rows whose cost is unknown; a sum with any is a lower bound.
        is_free: some row was free or flat, and no row cost anything or is unpriced.
        saved_by_cache_usd: None when no row can tell.
        first_token_ms_median: over the rows that got a first token; None without any.
    """

    requests: int
    usage: Usage
    usd: Decimal | None
    estimated_usd: Decimal
    unpriced_requests: int
    is_free: bool
    saved_by_cache_usd: Decimal | None = None
    first_token_ms_median: int | None = None


NOTHING = Figures(0, NO_USAGE, None, Decimal(0), 0, is_free=False)


def add_up(rows: Iterable[LedgerRow]) -> Figures:
    """Sum ledger rows to the last digit."""
    rows = tuple(rows)
    known = [row.cost.usd for row in rows if row.cost.usd is not None]
    saved = [each for row in rows if (each := saved_by_cache(row.usage, row.rates)) is not None]
    unpriced = len(rows) - len(known)
    has_free = any(row.cost.status in (CostStatus.FREE, CostStatus.FLAT) for row in rows)
    return Figures(
        requests=len(rows),
        usage=_sum_usage([row.usage for row in rows]),
        usd=exact_sum(known) if known else None,
        estimated_usd=exact_sum(
            row.cost.usd for row in rows if row.cost.status is CostStatus.ESTIMATED and row.cost.usd is not None
        ),
        unpriced_requests=unpriced,
        is_free=has_free and not unpriced and not any(known),
        saved_by_cache_usd=exact_sum(saved) if saved else None,
        first_token_ms_median=_median([row.first_token_ms for row in rows if row.first_token_ms is not None]),
    )


def totals_by_model(rows: Iterable[LedgerRow]) -> tuple[ModelTotal, ...]:
    """One total per model, in the order of first use."""
    groups: dict[ModelRef, list[LedgerRow]] = {}
    for row in rows:
        groups.setdefault(ModelRef(row.provider, row.model), []).append(row)
    return tuple(_model_total(ref, add_up(group)) for ref, group in groups.items())


def _model_total(ref: ModelRef, figures: Figures) -> ModelTotal:
    return ModelTotal(ref=ref, **{each.name: getattr(figures, each.name) for each in fields(Figures)})


def _sum_usage(usages: list[Usage]) -> Usage:
    return Usage(
        input_tokens=_sum_known(usage.input_tokens for usage in usages),
        cached_tokens=_sum_known(usage.cached_tokens for usage in usages),
        cache_write_tokens=_sum_known(usage.cache_write_tokens for usage in usages),
        cache_write_1h_tokens=_sum_known(usage.cache_write_1h_tokens for usage in usages),
        output_tokens=_sum_known(usage.output_tokens for usage in usages),
        reasoning_tokens=_sum_known(usage.reasoning_tokens for usage in usages),
    )


def _sum_known(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _median(values: list[int]) -> int | None:
    if not values:
        return None
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else round((ordered[middle - 1] + ordered[middle]) / 2)
