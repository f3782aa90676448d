"""Figures in the shapes that scripts rely on: the objects of the JSON, which are also the lines of the CSV."""

from __future__ import annotations

from typing import Any

from app.session.export import plain_usd
from app.storage.periods import zone_name
from app.storage.repricing import ASSUMPTION, Repriced
from app.storage.stats import Grouping, Request, RequestsPage, Stats, StatsQuery, StatsRow
from app.storage.totals import Figures

REQUEST_KEYS = (
    *("id", "started_at", "provider", "model", "kind", "stop", "error", "attempt", "conversation", "title"),
    *("input_tokens", "cached_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens"),
    *("cost_usd", "cost_status", "cost_source", "first_token_ms", "total_ms"),
    *("input_estimate", "output_estimate"),
)


def stats_object(stats: Stats) -> dict[str, Any]:
    """A request of no stored conversation has the key null."""
    return {
        "by": stats.query.by.value,
        **_stretch(stats.query),
        "rows": [_row_object(row, stats) for row in stats.rows],
        "total": _figures_object(stats.total),
        "unpriced": [{"model": str(each.ref), "requests": each.requests} for each in stats.unpriced],
    }


def row_keys(stats: Stats) -> list[str]:
    """The names in a row, also where there is none."""
    return list(_row_object(StatsRow("", stats.total), stats))


def requests_object(query: StatsQuery, page: RequestsPage) -> dict[str, Any]:
    """Single requests, and how many there are in all."""
    return {
        **_stretch(query),
        "requests": [_request_object(each, query) for each in page.requests],
        "total": page.total,
    }


def repriced_object(query: StatsQuery, model: str, source: str, repriced: Repriced) -> dict[str, Any]:
    """Args: source: where the rates come from, with its date."""
    return {
        "model": model,
        **_stretch(query),
        "rates": source or None,
        "cost_usd": plain_usd(repriced.usd),
        "estimated_usd": plain_usd(repriced.estimated_usd),
        "priced_requests": repriced.priced_requests,
        "unknown_requests": repriced.unknown_requests,
        "actual_unpriced_requests": repriced.actual_unpriced_requests,
        "compared_requests": repriced.compared_requests,
        "compared_usd": plain_usd(repriced.compared_usd),
        "actual_usd": plain_usd(repriced.actual_usd),
        "actual_estimated_usd": plain_usd(repriced.actual_estimated_usd),
        "difference_usd": plain_usd(repriced.difference_usd),
        "assumption": ASSUMPTION,
        "compared_estimated_usd": plain_usd(repriced.compared_estimated_usd),
        "uncounted_requests": repriced.uncounted_requests,
    }


def _stretch(query: StatsQuery) -> dict[str, Any]:
    return {
        "since": query.since.astimezone(query.zone).isoformat() if query.since else None,
        "until": query.until.astimezone(query.zone).isoformat() if query.until else None,
        "timezone": zone_name(query.zone),
    }


def _row_object(row: StatsRow, stats: Stats) -> dict[str, Any]:
    share = stats.share(row.figures)
    title = {"title": row.title or None} if stats.query.by is Grouping.CONVERSATION else {}
    return {
        "key": row.key or None,
        **_figures_object(row.figures),
        "share": None if share is None else round(share, 6),
        **title,
    }


def _figures_object(figures: Figures) -> dict[str, Any]:
    usage, wasted, hit_rate = figures.usage, figures.wasted, figures.cache_hit_rate
    return {
        "requests": figures.requests,
        "input_tokens": usage.input_tokens,
        "cached_tokens": usage.cached_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
        "output_tokens": usage.output_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "cost_usd": plain_usd(figures.usd),
        "estimated_usd": plain_usd(figures.estimated_usd),
        "unpriced_requests": figures.unpriced_requests,
        "saved_by_cache_usd": plain_usd(figures.saved_by_cache_usd),
        "first_token_ms_median": figures.first_token_ms_median,
        "tokens_per_s_median": _rounded(figures.tokens_per_s_median),
        "cache_hit_rate": _rounded(hit_rate),
        "free_requests": figures.free_requests,
        "untracked_requests": figures.untracked_requests,
        "flat_requests": figures.flat_requests,
        "count_requests": figures.count_requests,
        "failed_requests": wasted.failed,
        "cancelled_requests": wasted.cancelled,
        "retried_requests": wasted.retried,
        "wasted_usd": plain_usd(wasted.usd),
        "wasted_estimated_usd": plain_usd(wasted.estimated_usd),
        "wasted_unpriced_requests": wasted.unpriced_requests,
    }


def _request_object(request: Request, query: StatsQuery) -> dict[str, Any]:
    row, usage = request.row, request.row.usage
    values = (
        *(row.id, row.started_at.astimezone(query.zone).isoformat(), row.provider, row.model, row.kind.value),
        *(row.stop.value, row.error or None, row.attempt, row.conversation_id, request.title or None),
        *(usage.input_tokens, usage.cached_tokens, usage.cache_write_tokens),
        *(usage.output_tokens, usage.reasoning_tokens),
        *(plain_usd(row.cost.usd), row.cost.status_word, row.cost.source or None),
        *(row.first_token_ms, row.total_ms),
        *(row.input_estimate, row.output_estimate),
    )
    return dict(zip(REQUEST_KEYS, values, strict=True))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
