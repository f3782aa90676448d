"""`parley config`: where the configuration is, whether it is right, and a first file to start from."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from app.cli.context import CliContext
from app.cli.output import fail, note, write, write_json

if TYPE_CHECKING:
    from app.config.problems import Problem

WRONG_USAGE = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("path", help="print where config.toml is")
    check = actions.add_parser("check", help="say what is wrong with it, with line and key")
    check.add_argument("--json", action="store_true", help="print one JSON object")
    actions.add_parser("init", help="write a commented file to start from")


def run(args: argparse.Namespace, context: CliContext) -> int:
    """Do what `args.action` says and return the exit code."""
    if args.action == "check":
        return _check(context, as_json=args.json)
    return _path(context) if args.action == "path" else _init(context)


def _path(context: CliContext) -> int:
    write(context, f"{context.locations.config_file}\n")
    return 0


def _check(context: CliContext, *, as_json: bool) -> int:
    """A variable that is not set counts as wrong too: the provider that needs it does not work."""
    from app.config.load import load

    path = context.locations.config_file
    loaded = load(path, context.environ)
    problems = sorted((*loaded.problems, *loaded.unset), key=lambda problem: problem.line or 0)
    if as_json:
        found = {"problems": _objects(problems), "warnings": _objects(loaded.warnings)}
        write_json(context, {"path": str(path), "is_valid": not problems, **found})
    elif not problems and not path.exists():
        write(context, f"There is no {path}; Parley works without one. `parley config init` writes one.\n")
    else:
        for problem in problems:
            fail(context, f"{problem}.", problem.hint)
        for warning in loaded.warnings:
            note(context, f"warning: {warning}. {warning.hint}")
        if not problems:
            count = len(loaded.settings.providers)
            write(context, f"{path} is right: {count} provider{'' if count == 1 else 's'} configured.\n")
    return WRONG_USAGE if problems else 0


def _objects(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    return [{"line": each.line, "key": each.key, "message": each.message, "hint": each.hint} for each in problems]


def _init(context: CliContext) -> int:
    from app.config.files import write_private
    from app.config.initial import first_config
    from providers.catalogue.loader import Catalogue

    path = context.locations.config_file
    try:
        if path.exists() or path.is_symlink():
            hint = "It was left as it is. `parley config check` reads it."
            return fail(context, f"{path} exists already.", hint, code=WRONG_USAGE)
        write_private(path, first_config(Catalogue()))
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror or error}."
        return fail(context, message, "Use --home DIR.", code=WRONG_USAGE)
    note(context, f"Wrote {path}. Every line in it is a comment: uncomment what you need.")
    return 0
