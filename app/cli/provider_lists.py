"""`parley providers list | presets | show`: what there is. Nobody is asked but this machine, whether a server runs."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from app.cli.connected import WRONG_USAGE, known_name, with_connections
from app.cli.context import CliContext
from app.cli.output import Column, facts, note, table, width_of, write, write_json
from app.cli.provider_objects import preset_object, provider_object

if TYPE_CHECKING:
    from app.config.settings import BudgetLimits, ProviderSettings
    from app.connections.connections import Connections
    from app.connections.views import ProviderView
    from providers.catalogue.records import Preset

_LIST = (
    Column("name"),
    Column("model", may_shrink=True),
    Column("key", may_shrink=True),
    Column("state", may_shrink=True),
    Column("type", may_go=True),
    Column("url", may_go=True),
)
_PRESETS = (
    Column("id"),
    Column("name", may_shrink=True),
    Column("key from", may_shrink=True),
    Column("model", may_shrink=True),
    Column("url", may_go=True),
)


def add_arguments_of(name: str, parser: argparse.ArgumentParser) -> None:
    if name == "show":
        parser.add_argument("name", metavar="NAME", help="the provider")
    parser.add_argument("--json", action="store_true", help=f"print {'one object' if name == 'show' else 'an array'}")


def run(args: argparse.Namespace, context: CliContext) -> int:
    if args.doing == "presets":
        return _presets(args, context)
    work = _list if args.doing == "list" else _show
    return with_connections(context, lambda connections: work(connections, args, context), discovers=True)


# ── list ──────────────────────────────────────────────────────────────────────


async def _list(connections: Connections, args: argparse.Namespace, context: CliContext) -> int:
    views = [view for name in connections.names if (view := connections.view(name))]
    if args.json:
        write_json(context, [provider_object(view) for view in views])
    elif views:
        write(context, table(_LIST, [_row(view) for view in views], width_of(context)))
    else:
        note(context, "There are no providers yet. " + connections.no_model_hint())
    return 0


def _row(view: ProviderView) -> list[str]:
    state = "disabled" if view.connection.state == "disabled" else view.found or "configured"
    return [view.name, view.default_model or "—", _key_words(view), state, view.type, view.url]


def _key_words(view: ProviderView) -> str:
    return view.key_source or ("none" if view.needs_key else "not needed")


# ── show ──────────────────────────────────────────────────────────────────────


async def _show(connections: Connections, args: argparse.Namespace, context: CliContext) -> int:
    if not known_name(connections, context, args.name):
        return WRONG_USAGE
    view = connections.view(args.name)
    assert view is not None
    if args.json:
        write_json(context, provider_object(view))
    else:
        rows = [*_about(view), *_settings(connections.roster.shown(args.name)), *_advice(view)]
        write(context, facts([row for row in rows if row[1]], width_of(context)))
    return 0


def _about(view: ProviderView) -> Iterator[tuple[str, str]]:
    yield "name", view.name
    yield "label", view.label if view.label != view.name else ""
    yield "state", "disabled" if view.connection.state == "disabled" else view.found or "configured"
    yield "type", view.type
    yield "speaks", view.format
    yield "url", view.url
    yield "key", _key_words(view)
    for place in view.key_hides:
        yield "hides", place
    yield "model", view.default_model or "not chosen"
    yield from asdict(view.abilities).items() if view.abilities else ()


def _settings(entry: ProviderSettings) -> Iterator[tuple[str, str]]:
    """What was set otherwise than usual. Values of headers are not shown: they may be secrets."""
    from app.config.settings import ProviderSettings
    from providers.formats.urls import display_url

    usual = ProviderSettings(entry.name, entry.type)
    yield "sign in", entry.auth
    yield "headers", ", ".join(entry.extra_headers)
    yield "secret headers", ", ".join(entry.secret_headers)
    yield "proxy", display_url(entry.proxy) if "://" in entry.proxy else entry.proxy
    yield "CA file", entry.ca_file
    for field in ("timeout", "stream_timeout", "retries", "retry_wait_max"):
        value = getattr(entry, field)
        unit = "" if field == "retries" else " s"
        yield field.replace("_", " "), f"{value:g}{unit}" if value != getattr(usual, field) else ""
    yield "budget", _budget(entry.budget)
    yield "connects", "" if entry.auto_connect else "only when it is used"


def _budget(limits: BudgetLimits) -> str:
    from app import format as fmt

    pairs = (("a message", limits.per_message), ("a day", limits.daily), ("a month", limits.monthly))
    said = [f"{fmt.usd(usd)} {of}" for of, usd in pairs if usd is not None]
    return ", ".join([*said, limits.on_exceed] if said and limits.on_exceed else said)


def _advice(view: ProviderView) -> Iterator[tuple[str, str]]:
    for sentence in view.warnings:
        yield "note", sentence
    for consent in view.consents:
        yield "to allow", f"{consent.question} `parley keys allow {view.name}` allows it."


# ── presets ───────────────────────────────────────────────────────────────────


def _presets(args: argparse.Namespace, context: CliContext) -> int:
    from providers.catalogue.loader import Catalogue

    presets = Catalogue().all_presets()
    if args.json:
        write_json(context, [preset_object(preset) for preset in presets])
    else:
        write(context, table(_PRESETS, [_preset_row(preset) for preset in presets], width_of(context)))
    return 0


def _preset_row(preset: Preset) -> list[str]:
    default = preset.default_model or ("the first listed" if preset.default_is_first_listed else "—")
    keys = " or ".join(f"${name}" for name in preset.key_env)
    if not keys:
        keys = "not needed" if preset.quirks.key_optional else "a token" if preset.sign_in == "oauth" else "—"
    return [preset.id, preset.name, keys, default, preset.base_url or "your own"]
