"""`parley config`: where the configuration is, whether it is right, and a first file to start from."""

from __future__ import annotations

import argparse
from pathlib import Path

import app.config
from app.cli.context import CliContext
from app.cli.output import fail, note, write

WRONG_USAGE = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("path", help="print where config.toml is")
    actions.add_parser("check", help="say what is wrong with it, with line and key")
    actions.add_parser("init", help="write a commented file to start from")


def run(args: argparse.Namespace, context: CliContext) -> int:
    """Do what `args.action` says and return the exit code."""
    return {"path": _path, "check": _check, "init": _init}[args.action](context)


def _path(context: CliContext) -> int:
    write(context, f"{context.locations.config_file}\n")
    return 0


def _check(context: CliContext) -> int:
    from app.config.load import load
    from app.config.pending import without_effect

    path = context.locations.config_file
    if not path.exists() and not path.is_symlink():
        write(context, f"There is no {path}; Parley works without one. `parley config init` writes one.\n")
        return 0
    loaded = load(path, context.environ)
    for problem in (*loaded.problems, *loaded.unset):
        fail(context, f"{problem}.", problem.hint)
    if loaded.problems or loaded.unset:
        return WRONG_USAGE
    for sentence in without_effect(loaded.settings):
        note(context, sentence)
    count = len(loaded.settings.providers)
    write(context, f"{path} is right: {count} provider{'' if count == 1 else 's'} configured.\n")
    return 0


def _init(context: CliContext) -> int:
    from app.config.edit import write_private

    path = context.locations.config_file
    if path.exists() or path.is_symlink():
        return fail(
            context,
            f"{path} exists already.",
            "It was left as it is. `parley config check` reads it.",
            code=WRONG_USAGE,
        )
    try:
        write_private(path, first_config())
    except OSError as error:
        return fail(
            context, f"{path} cannot be written: {error.strerror or error}.", "Use --home DIR.", code=WRONG_USAGE
        )
    note(context, f"Wrote {path}. Every line in it is a comment: uncomment what you need.")
    return 0


def first_config() -> str:
    """The commented file that `config init` writes: every key, with what it does."""
    return Path(app.config.__file__).with_name("first.toml").read_text("utf-8")
