"""Arguments, and what is said when they are wrong: one line and a hint, as for every other mistake."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Any, NoReturn

WRONG_USAGE = 2
_CHOICE = re.compile(r"argument (?P<what>[^:]+): invalid choice: '?(?P<given>.*?)'? \(choose from (?P<known>.*)\)")
"""What argparse says, in one way or another since Python 3.11."""


def _folder(typed: str) -> Path:
    """A folder. "" is a variable that the shell did not find; it must not mean the current folder."""
    if not typed.strip():
        raise argparse.ArgumentTypeError("is empty")
    return Path(typed)


def positive(typed: str) -> int:
    """A whole number above 0."""
    if not typed.isascii() or not typed.isdigit() or not int(typed):
        raise argparse.ArgumentTypeError("must be a whole number, at least 1")
    return int(typed)


class _Help(argparse.RawDescriptionHelpFormatter):
    """Keeps words such as openai-compat in one piece, and descriptions as they are written."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        from textwrap import wrap

        return wrap(" ".join(text.split()), width, break_on_hyphens=False)


class Parser(argparse.ArgumentParser):
    """A parser that knows the options which may stand before or behind any command.

    The parsers of its subcommands are such parsers, too. None of them sets what was not given, so that the value
    of an outer one counts: the outermost one gives the defaults.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"allow_abbrev": False, "formatter_class": _Help, **options})
        self.add_argument(
            "--home",
            type=_folder,
            metavar="DIR",
            default=argparse.SUPPRESS,
            help="keep everything under DIR (also: PARLEY_HOME)",
        )
        self.add_argument(
            "--demo",
            action="store_true",
            default=argparse.SUPPRESS,
            help="talk to a built-in server: no key, no network",
        )

    def error(self, message: str) -> NoReturn:
        """Ends the program as wrong usage."""
        from app.doctor.redaction import keys_remover
        from app.text import one_line

        # Somebody may have written a key behind `keys set NAME`: it need not be in a log as well.
        sentence, hint = self._explained(keys_remover()(one_line(message)))
        print(f"parley: {sentence[:1].upper()}{sentence[1:]}.", file=sys.stderr)
        print(f"  {hint}`{self.prog} --help` shows what there is.", file=sys.stderr)
        raise SystemExit(WRONG_USAGE)

    def _explained(self, message: str) -> tuple[str, str]:
        """A sentence without its full stop, and what was meant, if that can be guessed."""
        from app.config.problems import nearest

        choice = _CHOICE.fullmatch(message)
        if choice is None:
            return message.removeprefix("argument "), ""
        known = [word.strip("' ") for word in choice["known"].split(",")]
        is_option = choice["what"].startswith("-")
        start = f"{choice['what']} cannot be" if is_option else f"There is no `{self.prog}"
        meant = nearest(choice["given"], known)
        hint = f"Did you mean {meant}? " if meant else f"Choose from {', '.join(known)}. "
        return f"{start} {choice['given']}{'' if is_option else '`'}", hint
