"""`parley providers list | presets | show | test`: what there is and how it is doing."""

from __future__ import annotations

import argparse
import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from app.cli.connected import WRONG_USAGE, known_name, with_connections
from app.cli.context import CliContext
from app.cli.output import Column, fail, note, table, write, write_json

if TYPE_CHECKING:
    from app.connections.connections import Connections
    from app.connections.views import ProviderView
    from providers.catalogue.records import Preset

_LIST = (Column("name"), Column("type"), Column("model"), Column("url"), Column("key"), Column("state"))
_PRESETS = (Column("id"), Column("name"), Column("key from"), Column("default model"), Column("base url"))
_TESTS = (
    Column("name"),
    Column("state"),
    Column("ms", is_number=True),
    Column("models", is_number=True),
    Column("url"),
)
_FAILED = 1


def add_arguments_of(name: str, parser: argparse.ArgumentParser) -> None:
    if name == "show":
        parser.add_argument("name", metavar="NAME")
    if name == "test":
        parser.add_argument("names", metavar="NAME", nargs="*", help="all enabled ones when none is named")
        parser.add_argument("--curl", action="store_true", help="print the check as a curl command and send nothing")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, context: CliContext) -> int:
    match args.doing:
        case "presets":
            return _presets(args, context)
        case "list":
            return with_connections(context, lambda connections: _list(connections, args, context), discovers=True)
        case "show":
            return with_connections(context, lambda connections: _show(connections, args, context), discovers=True)
        case _:
            return with_connections(context, lambda connections: _test(connections, args, context), discovers=True)


async def _list(connections: Connections, args: argparse.Namespace, context: CliContext) -> int:
    views = [view for name in connections.names if (view := connections.view(name))]
    if args.json:
        write_json(context, [provider_object(view) for view in views])
    elif views:
        write(context, table(_LIST, [_row(view) for view in views]))
    else:
        note(context, "There are no providers yet. " + connections.no_model_hint())
    return 0


def _row(view: ProviderView) -> list[str]:
    key = view.key_source or ("needs none" if not view.needs_key else "none")
    state = view.found or ("disabled" if view.connection.state == "disabled" else "configured")
    return [view.name, view.type, view.default_model, view.url, key, state]


def provider_object(view: ProviderView) -> dict[str, Any]:
    connection, error = view.connection, view.connection.error
    return {
        "name": view.name,
        "label": view.label,
        "type": view.type,
        "format": view.format or None,
        "base_url": view.url or None,
        "model": view.default_model or None,
        "enabled": connection.state != "disabled",
        "found": view.found or None,
        "key": view.key_source or None,
        "key_hides": list(view.key_hides),
        "needs_key": view.needs_key,
        "warnings": [*view.warnings, *(consent.question for consent in view.consents)],
        "abilities": asdict(view.abilities) if view.abilities else None,
        "state": connection.state.value,
        "word": connection.word,
        "checked_at": connection.checked_at.isoformat() if connection.checked_at else None,
        "round_trip_ms": connection.round_trip_ms,
        "url": connection.url or (error.url if error else "") or None,
        "models": len(connection.models) if connection.models else None,
        "listed_at": connection.listed_at.isoformat() if connection.listed_at else None,
        "error": {"category": error.category, "message": error.summary, "hint": error.hint} if error else None,
    }


async def _show(connections: Connections, args: argparse.Namespace, context: CliContext) -> int:
    if not known_name(connections, context, args.name):
        return WRONG_USAGE
    view = connections.view(args.name)
    assert view is not None
    if args.json:
        write_json(context, provider_object(view))
        return 0
    rows = [
        ("name", view.name),
        ("label", view.label if view.label != view.name else ""),
        ("found", view.found),
        ("type", view.type),
        ("speaks", view.format),
        ("url", view.url),
        ("key", view.key_source or ("not needed" if not view.needs_key else "none")),
        *(("hides", place) for place in view.key_hides),
        ("model", view.default_model or "not chosen"),
        *((name, words) for name, words in (asdict(view.abilities) if view.abilities else {}).items()),
        *(("warning", sentence) for sentence in view.warnings),
        *(("allow", consent.question) for consent in view.consents),
    ]
    write(context, table((Column("what"), Column("value")), [row for row in rows if row[1]]))
    return 0


async def _test(connections: Connections, args: argparse.Namespace, context: CliContext) -> int:
    names = args.names or connections.names_to_connect()
    if not all(known_name(connections, context, name) for name in names):
        return WRONG_USAGE
    if not names:
        return fail(context, "There is no provider to test.", connections.no_model_hint(), code=3)
    if args.curl:
        for name in names:
            write(context, connections.curl_line(name) + "\n")
        return 0
    await asyncio.gather(*(connections.check(name) for name in names))
    views = [view for name in names if (view := connections.view(name))]
    if args.json:
        write_json(context, [provider_object(view) for view in views])
    else:
        write(context, table(_TESTS, [_test_row(view) for view in views]))
        for view in views:
            if view.connection.error is not None:
                note(context, f"{view.name}: {view.connection.error.summary} {view.connection.error.hint}")
    has_failed = any(view.connection.error is not None for view in views)
    lacks_key = any(view.connection.state == "disconnected" for view in views)
    return _FAILED if has_failed else 3 if lacks_key else 0


def _test_row(view: ProviderView) -> list[str]:
    connection = view.connection
    url = connection.url or (connection.error.url if connection.error else "") or view.url
    trip = "" if connection.round_trip_ms is None else str(connection.round_trip_ms)
    return [view.name, connection.word, trip, str(len(connection.models)) if connection.models else "", url]


def _presets(args: argparse.Namespace, context: CliContext) -> int:
    from providers.catalogue.loader import Catalogue

    presets = Catalogue().all_presets()
    if args.json:
        write_json(context, [_preset_object(preset) for preset in presets])
    else:
        write(context, table(_PRESETS, [_preset_row(preset) for preset in presets]))
    return 0


def _preset_row(preset: Preset) -> list[str]:
    default = preset.default_model or ("the first listed" if preset.default_is_first_listed else "")
    keys = ", ".join(f"${name}" for name in preset.key_env)
    return [preset.id, preset.name, keys, default, preset.base_url or "your own"]


def _preset_object(preset: Preset) -> dict[str, Any]:
    return {
        "id": preset.id,
        "name": preset.name,
        "formats": list(preset.formats),
        "base_url": preset.base_url or None,
        "key_env": list(preset.key_env),
        "key_url": preset.key_url or None,
        "default_model": preset.default_model or None,
        "aliases": list(preset.aliases),
        "abilities": asdict(preset.abilities),
    }
