"""`parley stats`: what was used and what it cost."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.cli.context import CliContext
from app.cli.output import Column, fail, markdown_table, table, write, write_json

if TYPE_CHECKING:
    from app.storage.stats import Stats, StatsQuery
    from app.storage.store import Store
    from app.storage.totals import Figures

WRONG_USAGE = 2
GROUPINGS = ("day", "week", "month", "provider", "model", "conversation")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--by", choices=GROUPINGS, default="model", help="what a row stands for (default: model)")
    add("--since", metavar="D", help="from this day or moment on, such as 2026-11-01")
    add("--until", metavar="D", help="up to the end of this day, or up to this moment")
    add("--last", metavar="7d", help="the last hours, days, weeks, months or years: 24h, 7d, 4w, 3m, 1y")
    add("--timezone", metavar="TZ", help="where days begin, such as Europe/Berlin (default: here)")
    add("--provider", metavar="P", default="", help="only this provider")
    add("--model", metavar="M", default="", help="only this model, as provider/model-id or as its id alone")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON object")
    form.add_argument("--csv", action="store_true", help="print comma-separated values")
    form.add_argument("--md", action="store_true", help="print a Markdown table")


def run(args: argparse.Namespace, context: CliContext) -> int:
    """Print the figures and return the exit code."""
    from app.cli.opened import with_store

    try:
        query = _query(args, context)
    except ValueError as error:
        return fail(context, f"{error}.", code=WRONG_USAGE)

    async def work(store: Store) -> int:
        stats = await store.ledger.stats(query)
        is_by_conversation = args.by == "conversation"
        titles = {each.id: each.title for each in await store.conversations.list()} if is_by_conversation else {}
        if args.json:
            write_json(context, stats_object(stats))
        elif args.csv:
            write(context, _csv(stats))
        elif args.md:
            write(context, markdown_table(*_cells(stats, titles)))
        elif stats.rows:
            write(context, table(*_cells(stats, titles)))
        else:
            write(context, _empty_sentence(query))
        return 0

    return with_store(context, work)


def _query(args: argparse.Namespace, context: CliContext) -> StatsQuery:
    """Raises: ValueError, with a sentence, for times that mean nothing."""
    from app.storage.periods import local_zone, parse_last, parse_moment, zone_named
    from app.storage.stats import Grouping, StatsQuery

    zone = zone_named(args.timezone) if args.timezone else local_zone(context.environ)
    if args.last and (args.since or args.until):
        raise ValueError("--last stands for --since and --until; give either the one or the others")
    since = parse_moment(args.since, zone) if args.since else None
    until = parse_moment(args.until, zone, is_end=True) if args.until else None
    if args.last:
        since = parse_last(args.last, context.clock(), zone)
    if since and until and since >= until:
        raise ValueError("--since must be before --until")
    return StatsQuery(Grouping(args.by), since, until, zone, args.provider, args.model)


def stats_object(stats: Stats) -> dict[str, Any]:
    """The figures in the shape that scripts rely on; a request of no stored conversation has the key null."""
    from app.storage.periods import zone_name

    query = stats.query
    return {
        "by": query.by.value,
        "since": query.since.astimezone(query.zone).isoformat() if query.since else None,
        "until": query.until.astimezone(query.zone).isoformat() if query.until else None,
        "timezone": zone_name(query.zone),
        "rows": [{"key": row.key or None, **_figures_object(row.figures)} for row in stats.rows],
        "total": _figures_object(stats.total),
    }


def _figures_object(figures: Figures) -> dict[str, Any]:
    from app.session.export import plain_usd

    usage = figures.usage
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
    }


def _csv(stats: Stats) -> str:
    import csv
    import io

    from app.text import one_line

    text = io.StringIO()
    lines = csv.DictWriter(text, ["key", *_figures_object(stats.total)], lineterminator="\n")
    lines.writeheader()
    for row in stats.rows:
        key = one_line(row.key)
        # A spreadsheet would run a name that looks like a formula.
        key = f"'{key}" if key.startswith(("=", "+", "-", "@")) else key
        lines.writerow({"key": key, **_figures_object(row.figures)})
    return text.getvalue()


def _cells(stats: Stats, titles: Mapping[str, str]) -> tuple[list[Column], list[list[str]]]:
    numbers = ("requests", "in", "cached", "out", "cost", "saved", "first token")
    columns = [Column(stats.query.by.value), *(Column(title, is_number=True) for title in numbers), Column("")]
    rows = [[_label(row.key, stats, titles), *_figure_cells(row.figures)] for row in stats.rows]
    if len(rows) != 1:
        rows.append(["total", *_figure_cells(stats.total)])
    return columns, rows


def _label(key: str, stats: Stats, titles: Mapping[str, str]) -> str:
    from app.storage.stats import Grouping

    if stats.query.by is not Grouping.CONVERSATION:
        return key
    return f"{titles.get(key, '(deleted)')} {key}" if key else "(not saved)"


def _figure_cells(figures: Figures) -> list[str]:
    from app import format as shown

    usage = figures.usage
    cached = shown.tokens(usage.cached_tokens)
    if usage.cached_tokens and usage.input_tokens:
        cached += f" {usage.cached_tokens * 100 // usage.input_tokens} %"
    cost = shown.total_usd(
        figures.usd,
        estimated=figures.estimated_usd,
        unpriced=figures.unpriced_requests,
        is_free=figures.is_free,
    )
    return [
        f"{figures.requests:,}",
        shown.tokens(usage.input_tokens),
        cached,
        shown.tokens(usage.output_tokens),
        cost,
        shown.usd(figures.saved_by_cache_usd),
        shown.duration(figures.first_token_ms_median),
        f"+ {figures.unpriced_requests} unpriced" if figures.unpriced_requests else "",
    ]


def _empty_sentence(query: StatsQuery) -> str:
    if query.since or query.until or query.provider or query.model:
        return "No request matches. Every request that was sent is counted; try a longer time or fewer filters.\n"
    return 'Nothing was sent yet. Every request is counted here, with what it cost: try parley ask "Hello".\n'
