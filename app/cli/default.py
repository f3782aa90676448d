"""`parley default`: which model answers when nobody says so, and which one when that one cannot."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from app.cli.connected import WRONG_USAGE, known_name, with_connections
from app.cli.context import CliContext
from app.cli.output import fail, note, write, write_json

if TYPE_CHECKING:
    from app.connections.connections import Connections

_KEYS = {"chat": "default_model", "fallback": "fallback_model"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("role", metavar="chat|fallback", choices=tuple(_KEYS), nargs="?")
    parser.add_argument("ref", metavar="REF", nargs="?", help="provider/model-id, or a provider: its default model")
    parser.add_argument("--clear", action="store_true", help="take the default back")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, context: CliContext) -> int:
    """Show or set a default; returns the exit code."""
    return with_connections(context, lambda connections: _default(connections, args, context))


async def _default(connections: Connections, args: argparse.Namespace, context: CliContext) -> int:
    if args.role is None or (args.ref is None and not args.clear):
        return _show(connections, args, context)
    if args.clear:
        await connections.changes.forget((_KEYS[args.role],))
        note(context, f"{_KEYS[args.role]} is not set any more.")
        return 0
    return await _set(connections, args, context)


def _show(connections: Connections, args: argparse.Namespace, context: CliContext) -> int:
    settings = connections.settings
    answers = {"chat": connections.default_model(), "fallback": settings.fallback_model}
    origins = {"chat": "set" if settings.default_model else "chosen by Parley", "fallback": "set"}
    shown = {args.role: answers[args.role]} if args.role else answers
    if args.json:
        write_json(context, {role: str(ref) if ref else None for role, ref in shown.items()})
        return 0
    for role, ref in shown.items():
        write(context, f"{role:<9} {f'{ref}  ({origins[role]})' if ref else 'none'}\n")
    return 0


async def _set(connections: Connections, args: argparse.Namespace, context: CliContext) -> int:
    from providers.reference import ModelRef

    name, _, model = args.ref.partition("/")
    if not known_name(connections, context, name):
        return WRONG_USAGE
    if not model:
        settled = await connections.settled_model(None, provider=name)
        model = settled.model if settled else ""
    if not model:
        return fail(context, f"{name} has no default model.", f"Write {name}/MODEL-ID.", code=WRONG_USAGE)
    if not connections.roster.is_enabled(name):
        note(context, f"{name} is disabled: `parley providers enable {name}`.")
    ref = ModelRef(name, model)
    listed = {info.id for info in connections.models.of(name)}
    if listed and model not in listed:
        note(context, f"No list has {ref}; it is taken as written.")
    await connections.changes.remember((_KEYS[args.role],), str(ref))
    note(context, f"{_KEYS[args.role]} is {ref}.")
    return 0
