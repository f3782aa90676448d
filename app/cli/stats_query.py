"""What somebody asks `parley stats` for, as a query."""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import UTC

from app.cli.context import CliContext
from app.storage.errors import NotFound
from app.storage.periods import local_zone, parse_last, parse_moment, zone_named
from app.storage.stats import Grouping, StatsQuery
from app.storage.store import Store


def refuse_what_does_not_go_together(args: argparse.Namespace) -> None:
    """Raises: ValueError, with a sentence without its full stop."""
    if args.sort is False:
        raise ValueError("--sort needs the name of a column, such as cost or -cost")
    other = "--requests" if args.requests else "--reprice" if args.reprice is not None else ""
    if args.requests and args.reprice is not None:
        raise ValueError("--requests lists what was sent, --reprice sums it up; give one of them")
    if other and args.by:
        raise ValueError(f"{other} has no groups; leave out --by")
    if other and args.sort:
        raise ValueError(f"{other} cannot be sorted; leave out --sort")
    if args.limit and not args.requests:
        raise ValueError("--limit goes with --requests")
    if args.last and (args.since or args.until):
        raise ValueError("--last stands for --since and --until; give either the one or the others")
    if args.conversation is not None and not args.conversation.strip():
        raise ValueError("--conversation needs an id; `parley conversations list` shows them")


def query_from(args: argparse.Namespace, context: CliContext) -> StatsQuery:
    """The conversation stands in it as it was typed. Raises: ValueError, with a sentence without its full stop."""
    zone = zone_named(args.timezone) if args.timezone else local_zone(context.environ)
    since = parse_moment(args.since, zone) if args.since else None
    until = parse_moment(args.until, zone, is_end=True) if args.until else None
    if args.last:
        since = parse_last(args.last, context.clock(), zone)
    # In UTC: two moments of one zone would be compared by what its clocks show.
    since, until = (moment.astimezone(UTC) if moment else None for moment in (since, until))
    if since and until and since >= until:
        raise ValueError("--since must be before --until")
    return StatsQuery(
        Grouping(args.by or "model"),
        since,
        until,
        zone,
        args.provider,
        args.model,
        conversation_id=args.conversation.strip() if args.conversation else None,
    )


async def in_conversation(query: StatsQuery, store: Store) -> StatsQuery:
    """The query with the whole id of the conversation that was meant.

    Raises: NotFound, when there is none and no request was ever part of one.
    """
    if query.conversation_id is None:
        return query
    try:
        found = await store.conversations.resolve(query.conversation_id)
    except NotFound:
        was_deleted = await store.ledger.requests(StatsQuery(conversation_id=query.conversation_id), 1)
        if was_deleted.total:
            return query
        raise
    return replace(query, conversation_id=found.id)
