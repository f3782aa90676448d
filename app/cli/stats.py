"""`parley stats`: what was used and what it cost."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from app.cli import reconcile
from app.cli.context import CliContext
from app.cli.output import csv_text, fail, markdown_table, table, width_of, write, write_json
from app.cli.parser import positive

if TYPE_CHECKING:
    from app.storage.stats import Stats, StatsQuery
    from app.storage.store import Store

WRONG_USAGE = 2
GROUPINGS = ("day", "week", "month", "provider", "model", "conversation")
COLUMNS = (
    *("key", "requests", "in", "cached", "hits", "out", "reasoning", "cost", "share", "estimated", "unpriced"),
    *("saved", "first-token", "speed", "wasted"),
)
"""What rows can be sorted by: `app.storage.stats.SortBy`, which the parser need not import."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--by", choices=GROUPINGS, help="what a row stands for (default: model)")
    add("--since", metavar="D", help="from this day or moment on, such as 2026-11-01")
    add("--until", metavar="D", help="up to the end of this day, or up to this moment")
    add("--last", metavar="7d", help="the last hours, days, weeks, months or years: 24h, 7d, 4w, 3m, 1y")
    add("--timezone", metavar="TZ", help="where days begin, such as Europe/Berlin (default: here)")
    add("--provider", metavar="P", default="", help="only this provider")
    add("--model", metavar="M", default="", help="only this model, as provider/model-id or as its id alone")
    add("--conversation", metavar="ID", help="only this conversation, also a deleted one")
    backwards = tuple(f"-{column}" for column in COLUMNS)
    add(
        "--sort",
        metavar="COLUMN",
        nargs="?",
        const=False,
        choices=(*COLUMNS, *backwards),
        help=f"put rows in order by {', '.join(COLUMNS[:-1])} or {COLUMNS[-1]}; -COLUMN turns it round",
    )
    for name in backwards:
        # What begins with a dash is taken for an option, never for the value of one; so `--sort -cost` has two.
        add(name, dest="sort", action="store_const", const=name, help=argparse.SUPPRESS)
    add("--requests", action="store_true", help="single requests, the newest first, in the place of sums")
    add("--limit", metavar="N", type=positive, help="with --requests: the newest N only")
    add("--reprice", metavar="MODEL", help="what all of it would have cost with this model")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON object")
    form.add_argument("--csv", action="store_true", help="print comma-separated values")
    form.add_argument("--md", action="store_true", help="print a Markdown table")
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    summary = "a provider's own export beside the ledger: the difference per day and model"
    reconcile.add_arguments(actions.add_parser("reconcile", help=summary, description=f"{summary.capitalize()}."))


def run(args: argparse.Namespace, context: CliContext) -> int:
    """Print the figures and return the exit code."""
    from app.cli.opened import with_store
    from app.cli.stats_query import query_from, refuse_what_does_not_go_together

    if args.action == "reconcile":
        return reconcile.run(args, context)
    try:
        refuse_what_does_not_go_together(args)
        query = query_from(args, context)
    except ValueError as error:
        return fail(context, f"{error}.", code=WRONG_USAGE)
    if args.reprice is not None:
        from app.cli.stats_reprice import print_repriced

        return print_repriced(args, context, query)
    show = _print_requests if args.requests else _print_stats
    return with_store(context, lambda store: show(args, context, query, store))


async def _print_stats(args: argparse.Namespace, context: CliContext, query: StatsQuery, store: Store) -> int:
    from app.cli import stats_tables as tables
    from app.cli.stats_objects import row_keys, stats_object
    from app.cli.stats_query import in_conversation

    stats = _sorted(await store.ledger.stats(await in_conversation(query, store)), args.sort)
    if args.json:
        write_json(context, stats_object(stats))
    elif args.csv:
        write(context, csv_text(row_keys(stats), stats_object(stats)["rows"]))
    elif args.md:
        write(context, markdown_table(*tables.stats_cells(stats, with_bars=False)))
    elif stats.rows:
        width = width_of(context)
        if args.sort:
            write(context, tables.order_line(args.sort))
        write(context, table(*tables.stats_cells(stats, with_bars=tables.has_bars(context)), width))
        write(context, tables.remarks(stats, width))
    else:
        write(context, tables.empty_sentence(query))
    return 0


async def _print_requests(args: argparse.Namespace, context: CliContext, query: StatsQuery, store: Store) -> int:
    from app.cli import stats_tables as tables
    from app.cli.stats_objects import REQUEST_KEYS, requests_object
    from app.cli.stats_query import in_conversation

    query = await in_conversation(query, store)
    page = await store.ledger.requests(query, args.limit)
    if args.json:
        write_json(context, requests_object(query, page))
    elif args.csv:
        write(context, csv_text(REQUEST_KEYS, requests_object(query, page)["requests"]))
    elif args.md:
        write(context, markdown_table(*tables.request_cells(query, page)))
    elif page.requests:
        write(context, table(*tables.request_cells(query, page), width_of(context)))
        if len(page.requests) < page.total:
            write(context, f"\nThe newest {len(page.requests):,} of {page.total:,} requests.\n")
    else:
        write(context, tables.empty_sentence(query))
    return 0


def _sorted(stats: Stats, column: str | None) -> Stats:
    from app.storage.stats import SortBy

    if column is None:
        return stats
    return stats.sorted_by(SortBy(column.removeprefix("-")), is_descending=column.startswith("-"))
