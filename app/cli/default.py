"""`parley default`: which model answers when nobody says so, and which one when that one cannot."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from app.cli.connected import WRONG_USAGE, known_name, with_connections
from app.cli.context import CliContext
from app.cli.output import fail, note, write, write_json

if TYPE_CHECKING:
    from app.connections.connections import Connections
    from providers.reference import ModelRef

_KEYS = {"chat": "default_model", "fallback": "fallback_model"}
_EPILOG = """\
examples:
  parley default                                 shows both
  parley default chat claude/claude-sonnet-4-6   answers when nobody says who
  parley default fallback local                  stands in when that one cannot
  parley default fallback --clear
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _EPILOG
    parser.add_argument("role", metavar="chat|fallback", choices=tuple(_KEYS), nargs="?", help="both when left out")
    parser.add_argument("ref", metavar="REF", nargs="?", help="provider/model-id, or a provider for its default model")
    parser.add_argument("--clear", action="store_true", help="set it no longer")
    parser.add_argument("--json", action="store_true", help="print one object")


def run(args: argparse.Namespace, context: CliContext) -> int:
    """Show or set a default; returns the exit code."""
    if args.clear and (args.role is None or args.ref is not None):
        hint = "Write `parley default chat --clear`, or fallback in the place of chat."
        return fail(context, "--clear goes with chat or fallback, and with no model.", hint, code=WRONG_USAGE)
    return with_connections(context, lambda connections: _default(connections, args, context))


async def _default(connections: Connections, args: argparse.Namespace, context: CliContext) -> int:
    if args.clear:
        return await _clear(connections, args, context)
    if args.ref is not None:
        return await _set(connections, args, context)
    return _show(connections, args, context)


def _answers(connections: Connections) -> dict[str, ModelRef | None]:
    return {"chat": connections.default_model(), "fallback": connections.settings.fallback_model}


def _show(connections: Connections, args: argparse.Namespace, context: CliContext) -> int:
    settings, answers = connections.settings, _answers(connections)
    shown = {args.role: answers[args.role]} if args.role else answers
    if args.json:
        write_json(context, {role: str(ref) if ref else None for role, ref in shown.items()})
        return 0
    is_chosen = answers["chat"] != settings.default_model
    for role, ref in shown.items():
        origin = "  (chosen by Parley)" if role == "chat" and is_chosen else ""
        write(context, f"{role:<9} {f'{ref}{origin}' if ref else 'none'}\n")
    if settings.default_model and is_chosen and "chat" in shown:
        name = settings.default_model.provider
        why = "disabled" if name in connections.names else "not configured"
        note(context, f"default_model is {settings.default_model}, but {name} is {why}.")
    return 0


async def _clear(connections: Connections, args: argparse.Namespace, context: CliContext) -> int:
    key = _KEYS[args.role]
    if getattr(connections.configured, key) is None:
        note(context, f"{key} was not set.")
        return 0
    await connections.changes.forget((key,))
    instead = _answers(connections)[args.role]
    note(context, f"{key} is not set any more.{f' Parley chooses {instead}.' if instead else ''}")
    return 0


async def _set(connections: Connections, args: argparse.Namespace, context: CliContext) -> int:
    from providers.reference import ModelRef

    name, _, model = args.ref.partition("/")
    if not name:
        hint = "Write provider/model-id; `parley models` lists them."
        return fail(context, f"{args.ref or 'An empty word'} names no model.", hint, code=WRONG_USAGE)
    if not known_name(connections, context, name):
        return WRONG_USAGE
    if not model:
        settled = await connections.settled_model(None, provider=name)
        model = settled.model if settled else ""
    if not model:
        hint = f"Write {name}/MODEL-ID; `parley models --provider {name}` lists them."
        return fail(context, f"{name} has no default model.", hint, code=WRONG_USAGE)
    ref = ModelRef(name, model)
    await connections.changes.remember((_KEYS[args.role],), str(ref))
    if args.json:
        write_json(context, {args.role: str(ref)})
    note(context, f"{_KEYS[args.role]} is {ref}.")
    for doubt in _doubts(connections, ref):
        note(context, doubt)
    return 0


def _doubts(connections: Connections, ref: ModelRef) -> Iterator[str]:
    """What may be wrong with a model that is taken as it is written."""
    from app.config.problems import nearest

    name = ref.provider
    if not connections.roster.is_enabled(name):
        yield f"{name} is disabled: `parley providers enable {name}` enables it."
    listed = [info.id for info in connections.models.of(name)]
    if listed and ref.model not in listed:
        meant = nearest(ref.model, listed)
        yield f"No list has {ref.model}{f'; did you mean {name}/{meant}?' if meant else '.'}"
