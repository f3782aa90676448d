"""`parley providers enable | disable | remove`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from app.cli.connected import WRONG_USAGE, is_configured, with_connections
from app.cli.context import CliContext
from app.cli.output import fail, note
from app.cli.questions import confirmed

if TYPE_CHECKING:
    from app.connections.connections import Connections


def add_arguments_of(name: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the provider")
    if name == "remove":
        parser.add_argument("--yes", action="store_true", help="do not ask")


def run(args: argparse.Namespace, context: CliContext) -> int:
    work = _remove if args.doing == "remove" else _set_enabled
    return with_connections(context, lambda connections: work(connections, args, context))


async def _remove(connections: Connections, args: argparse.Namespace, context: CliContext) -> int:
    name = args.name
    if not is_configured(connections, context, name):
        return WRONG_USAGE
    question = f"This removes {name} with its stored key and its secret headers. Conversations and costs stay."
    if not args.yes and not confirmed(context, question, "Remove it?"):
        hint = "Add --yes to remove it without a question."
        return fail(context, f"{name} was not removed.", hint, code=WRONG_USAGE)
    before = connections.configured
    await connections.changes.remove(name)
    note(context, f"Removed {name}.")
    for key in ("default_model", "fallback_model"):
        if getattr(before, key) != getattr(connections.configured, key):
            note(context, f"{key} was one of its models, and is not set any more.")
    return 0


async def _set_enabled(connections: Connections, args: argparse.Namespace, context: CliContext) -> int:
    if not is_configured(connections, context, args.name):
        return WRONG_USAGE
    await connections.changes.set_enabled(args.name, args.doing == "enable")
    note(context, f"{args.name} is {args.doing}d.")
    return 0
