"""`parley providers test`: ask providers now whether they answer, or print how one would ask by hand."""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING

from app.cli.connected import WRONG_USAGE, known_name, with_connections
from app.cli.context import CliContext
from app.cli.output import Column, fail, note, table, width_of, write, write_json
from app.cli.provider_objects import provider_object

if TYPE_CHECKING:
    from app.connections.connections import Connections
    from app.connections.views import ProviderView

_COLUMNS = (
    Column("name"),
    Column("state"),
    Column("ms", is_number=True),
    Column("models", is_number=True),
    Column("url", may_shrink=True),
)
_FAILED, _NOTHING_TO_SEND_WITH = 1, 3


def add_arguments_of(name: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", metavar="NAME", nargs="*", help="all that are enabled when none is named")
    parser.add_argument("--curl", action="store_true", help="print the check as a curl command, and send nothing")
    parser.add_argument("--json", action="store_true", help="print an array of objects")


def run(args: argparse.Namespace, context: CliContext) -> int:
    return with_connections(context, lambda connections: _test(connections, args, context), discovers=True)


async def _test(connections: Connections, args: argparse.Namespace, context: CliContext) -> int:
    names = args.names or [entry.name for entry in connections.roster.entries() if entry.enabled]
    unknown = [name for name in names if not known_name(connections, context, name)]
    if unknown:
        return WRONG_USAGE
    if not names:
        hint = connections.no_model_hint()
        return fail(context, "There is no provider to test.", hint, code=_NOTHING_TO_SEND_WITH)
    if args.curl:
        for name in names:
            write(context, connections.curl_line(name) + "\n")
        return 0
    await asyncio.gather(*(connections.check(name) for name in names))
    views = [view for name in names if (view := connections.view(name))]
    if args.json:
        write_json(context, [provider_object(view) for view in views])
    else:
        write(context, table(_COLUMNS, [_row(view) for view in views], width_of(context)))
        for view in views:
            if sentence := _way_out(view):
                note(context, f"{view.name}: {sentence}")
    codes = {_code(view) for view in views} - {0}
    return min(codes, default=0)


def _row(view: ProviderView) -> list[str]:
    connection = view.connection
    url = connection.url or (connection.error.url if connection.error else "") or view.url
    trip = "" if connection.round_trip_ms is None else str(connection.round_trip_ms)
    return [view.name, connection.word, trip, str(len(connection.models)) if connection.models else "", url]


def _way_out(view: ProviderView) -> str:
    connection = view.connection
    if connection.error is not None:
        return f"{connection.error.summary} {connection.error.hint}".strip()
    if connection.state == "disabled":
        return f"it is disabled, so it was not asked. `parley providers enable {view.name}` enables it."
    if connection.state == "disconnected":
        return f"it has no key, so nothing was sent. `parley keys set {view.name}` stores one."
    return ""


def _code(view: ProviderView) -> int:
    """As for a request: 1 when the provider failed, 2 when it is not configured right, 3 without a key."""
    connection = view.connection
    if connection.error is not None:
        return WRONG_USAGE if connection.error.category == "config" else _FAILED
    if connection.state == "disabled":
        return WRONG_USAGE
    return _NOTHING_TO_SEND_WITH if connection.state == "disconnected" else 0
