"""The command line: one module per command, imported only when its command is the one to run."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from app.cli.parser import WRONG_USAGE, Parser

if TYPE_CHECKING:
    from app.cli.context import CliContext

VERSION = "0.1.0"

COMMANDS: Mapping[str, str] = {
    "ask": "one reply to stdout, streamed",
    "stats": "what was used and what it cost",
    "providers": "list, add, test, change, import and export providers",
    "models": "the models that can be asked",
    "default": "the model that answers, and the one that stands in for it",
    "keys": "where keys are kept: list, set, remove, move and allow them",
    "conversations": "list, show, search, export and delete conversations",
    "tokens": "how tokens are counted before a server says: ranks, factors, counts",
    "config": "where the configuration is and whether it is right",
    "doctor": "what works, what does not, and what to do about it",
}
"""Command to its one line of help. The module of the same name in this package runs it."""

INTERRUPTED = 130


def main(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code; without one, open the app."""
    if list(arguments) == ["--version"]:
        print(f"parley {VERSION}")
        return 0
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away, as `head` does. Python would complain again while exiting.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EIO, errno.EBADF):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        print(f"parley: the output could not be written: {error.strerror}.", file=sys.stderr)
        return 1


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """The arguments of a command. Raises: SystemExit, when they are wrong or help is wanted."""
    parser, commands = _parser(arguments)
    args, unknown = parser.parse_known_args(arguments)
    if unknown:
        commands.get(args.command, parser).error(f"unrecognized arguments: {' '.join(unknown)}")
    return args


def _run(arguments: Sequence[str]) -> int:
    try:
        args = parsed(arguments)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else WRONG_USAGE
    module = import_module(f"app.cli.{args.command or 'tui'}")
    code: int = module.run(args, _context(args))
    if sys.stdout is not None:
        sys.stdout.flush()
    return code


def _parser(arguments: Sequence[str]) -> tuple[Parser, Mapping[str, argparse.ArgumentParser]]:
    """The whole command line, and the parser of each command; only the wanted command is filled in."""
    parser = Parser(
        prog="parley", description="A terminal chat for many LLM providers. Without a command: the full-screen app."
    )
    parser.set_defaults(home=None, demo=False)
    parser.add_argument("--version", action="version", version=f"parley {VERSION}")
    import_module("app.cli.tui").add_arguments(parser)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary.capitalize() + ".")
        if name in arguments:
            import_module(f"app.cli.{name}").add_arguments(command)
    return parser, commands.choices


def _context(args: argparse.Namespace) -> CliContext:
    from app.cli.context import CliContext
    from app.config.paths import locate

    return CliContext(
        locations=locate(os.environ, args.home, is_demo=args.demo),
        environ=os.environ,
        is_demo=args.demo,
    )
