"""Figures as tables and sentences for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from app import format as shown
from app.cli.context import CliContext
from app.cli.output import Column, facts
from app.request_words import outcome, tokens_in, tokens_out
from app.storage.stats import Grouping, Request, RequestsPage, Stats, StatsQuery, StatsRow

if TYPE_CHECKING:
    from app.storage.totals import Figures, Waste

Cells = tuple[list[Column], list[list[str]]]

_BAR = "▇"
_LONGEST_BAR = 8
_NAMED_MODELS = 5


def has_bars(context: CliContext) -> bool:
    """Whether the output can show them."""
    try:
        _BAR.encode(context.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def stats_cells(stats: Stats, *, with_bars: bool) -> Cells:
    """The columns and rows of a table, with the total below unless it would only repeat the one row."""
    has_shares = len(stats.rows) > 1
    bars = [Column("", may_go=True)] if with_bars and has_shares else []
    columns = [
        Column(stats.query.by.value, may_shrink=True),
        Column("requests", is_number=True),
        *(Column(title, is_number=True, may_go=True) for title in ("in", "cached", "out")),
        Column("cost", is_number=True),
        *([Column("share", is_number=True, may_go=True)] if has_shares else []),
        *bars,
        *(Column(title, is_number=True, may_go=True) for title in ("saved", "first token", "speed")),
        Column("", may_go=True),
    ]
    rows = []
    for row in stats.rows:
        share = stats.share(row.figures)
        middle = [shown.share(share), *([_bar(share)] if bars else [])] if has_shares else []
        rows.append([_label(row, stats.query.by), *_counts(row.figures), *middle, *_details(row.figures)])
    if len(rows) != 1:
        middle = ["" for _ in ("share", *bars)] if has_shares else []
        rows.append(["total", *_counts(stats.total), *middle, *_details(stats.total)])
    return columns, rows


def order_line(sort: str) -> str:
    """What the rows are sorted by, above the table: not every column to sort by has room in it, or a place."""
    column = sort.removeprefix("-")
    return f"sorted by {column}, {'descending' if sort != column else 'ascending'}\n"


def _bar(share: float | None) -> str:
    return _BAR * max(1, round(share * _LONGEST_BAR)) if share else ""


def remarks(stats: Stats, width: int | None) -> str:
    """What the sums leave open, below the table; "" when there is nothing to be said."""
    said = facts(list(_remarks(stats)), width)
    return f"\n{said}" if said else ""


def request_cells(query: StatsQuery, page: RequestsPage) -> Cells:
    """The columns and rows of a table of single requests."""
    columns = [
        Column("sent"),
        Column("model", may_shrink=True),
        *(Column(title, is_number=True, may_go=True) for title in ("in", "cached", "out")),
        Column("cost", is_number=True),
        Column("end"),
        *(Column(title, is_number=True, may_go=True) for title in ("first token", "took")),
        Column("conversation", may_go=True),
    ]
    return columns, [_request(query, request) for request in page.requests]


def empty_sentence(query: StatsQuery) -> str:
    """What is said in the place of a table without rows."""
    if query.is_filtered:
        return "No request matches. Every request that was sent is counted; try a longer time or fewer filters.\n"
    return (
        "Nothing was sent yet. Every request is counted here, with what it cost: "
        'try parley ask "Hello", or parley --demo, which needs no key.\n'
    )


def _label(row: StatsRow, by: Grouping) -> str:
    if by is not Grouping.CONVERSATION:
        return row.key
    return _conversation(row.key, row.title) or "(not saved)"


def _conversation(id_: str, title: str) -> str:
    return f"{title or '(deleted)'} {id_}" if id_ else ""


def _counts(figures: Figures) -> list[str]:
    usage = figures.usage
    cached = shown.tokens(usage.cached_tokens)
    if figures.cache_hit_rate:
        cached += f" {shown.share(figures.cache_hit_rate)}"
    counts = (shown.tokens(usage.input_tokens), cached, shown.tokens(usage.output_tokens))
    return [f"{figures.requests:,}", *counts, _cost(figures)]


def _details(figures: Figures) -> list[str]:
    return [
        shown.usd(figures.saved_by_cache_usd),
        shown.duration(figures.first_token_ms_median),
        shown.tokens_per_s(figures.tokens_per_s_median),
        f"+ {figures.unpriced_requests} unpriced" if figures.unpriced_requests else "",
    ]


def _cost(figures: Figures) -> str:
    if figures.is_free and figures.flat_requests:
        return f"{shown.FREE} or flat" if figures.free_requests else shown.SUBSCRIPTION
    return shown.total_usd(
        figures.usd,
        estimated=figures.estimated_usd,
        unpriced=figures.unpriced_requests,
        untracked=figures.untracked_requests,
        is_free=figures.is_free,
    )


def _remarks(stats: Stats) -> Iterator[tuple[str, str]]:
    total = stats.total
    if stats.unpriced:
        named = [f"{each.ref} ({each.requests:,})" for each in stats.unpriced[:_NAMED_MODELS]]
        left = len(stats.unpriced) - len(named)
        more = f" and {shown.many(left, 'more model')}" if left else ""
        count = shown.many(total.unpriced_requests, "request")
        yield "unpriced", f"{count}, whose cost nobody knows: {', '.join(named)}{more}"
    if total.wasted.requests:
        yield "wasted", _wasted(total.wasted)
    free = total.free_requests - total.untracked_requests
    if total.untracked_requests:
        count = shown.many(total.untracked_requests, "request")
        yield "untracked", f"{count} at a price of 0 that somebody wrote: free, or nobody is to count them"
    if free:
        yield "free", f"{shown.many(free, 'request')} of models that cost nothing"
    if total.flat_requests:
        yield "flat", f"{shown.many(total.flat_requests, 'request')} paid by a subscription"
    if total.unreported_requests:
        yield "left out", f"tokens of {shown.many(total.unreported_requests, 'request')} were never reported"
    if total.count_requests:
        times = shown.many(total.count_requests, "time")
        yield "counting", f"{times} a server only counted tokens, which is free and no request above"


def _wasted(wasted: Waste) -> str:
    money = shown.total_usd(wasted.usd, estimated=wasted.estimated_usd, unpriced=wasted.unpriced_requests)
    parts = [f"{wasted.failed:,} failed"] if wasted.failed else []
    parts += [f"{wasted.cancelled:,} cancelled"] if wasted.cancelled else []
    attempts = f"; {shown.many(wasted.retried, 'further attempt')} in all" if wasted.retried else ""
    return f"{money} on {shown.many(wasted.requests, 'request')}: {', '.join(parts)}{attempts}"


def _request(query: StatsQuery, request: Request) -> list[str]:
    row, end = request.row, outcome(request.row)
    return [
        f"{row.started_at.astimezone(query.zone):%Y-%m-%d %H:%M:%S}",
        f"{row.provider}/{row.model}",
        tokens_in(row),
        shown.tokens(row.usage.cached_tokens),
        tokens_out(row),
        shown.cost(row.cost),
        f"{end}, attempt {row.attempt}" if row.attempt > 1 else end,
        shown.duration(row.first_token_ms),
        shown.duration(row.total_ms),
        _conversation(row.conversation_id or "", request.title),
    ]
