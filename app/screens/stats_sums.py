"""The sum of the rows that a filter leaves: a pure function."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from app.storage.encoding import exact_sum
from app.storage.totals import Figures, Waste
from providers.usage import Usage


def sum_up(parts: Iterable[Figures]) -> Figures:
    """Figures of all parts together; medians cannot be told from those of the parts, and are None."""
    parts = tuple(parts)
    usages, wasted = [part.usage for part in parts], [part.wasted for part in parts]
    usd, unpriced = _money(part.usd for part in parts), sum(part.unpriced_requests for part in parts)
    has_free = any(part.free_requests or part.flat_requests for part in parts)
    return Figures(
        requests=sum(part.requests for part in parts),
        usage=Usage(
            input_tokens=_count(usage.input_tokens for usage in usages),
            cached_tokens=_count(usage.cached_tokens for usage in usages),
            cache_write_tokens=_count(usage.cache_write_tokens for usage in usages),
            output_tokens=_count(usage.output_tokens for usage in usages),
            reasoning_tokens=_count(usage.reasoning_tokens for usage in usages),
        ),
        usd=usd,
        estimated_usd=exact_sum(part.estimated_usd for part in parts),
        unpriced_requests=unpriced,
        is_free=has_free and not unpriced and not usd,
        saved_by_cache_usd=_money(part.saved_by_cache_usd for part in parts),
        hit_tokens=sum(part.hit_tokens for part in parts),
        hit_base_tokens=sum(part.hit_base_tokens for part in parts),
        free_requests=sum(part.free_requests for part in parts),
        untracked_requests=sum(part.untracked_requests for part in parts),
        flat_requests=sum(part.flat_requests for part in parts),
        unreported_requests=sum(part.unreported_requests for part in parts),
        wasted=Waste(
            failed=sum(each.failed for each in wasted),
            cancelled=sum(each.cancelled for each in wasted),
            usd=_money(each.usd for each in wasted),
            estimated_usd=exact_sum(each.estimated_usd for each in wasted),
            unpriced_requests=sum(each.unpriced_requests for each in wasted),
        ),
    )


def _money(amounts: Iterable[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return exact_sum(known) if known else None


def _count(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
