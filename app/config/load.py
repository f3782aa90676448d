"""Reads `config.toml`. A file with mistakes never raises: it comes back as problems with line and key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from app.config.problems import Problem
from app.config.settings import BudgetSettings, Settings

if TYPE_CHECKING:
    import tomllib

    from providers.catalogue.loader import Catalogue

_DECODE_PLACE = re.compile(r" \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")

_BUDGET = re.compile(r"(?m)^[^#\n=]*\bbudget\b")
_OFFLINE = re.compile(r"(?m)^[ \t]*[\"']?offline[\"']?[ \t]*=(?![ \t]*false\b)")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a configuration file says.

    Attributes:
        settings: with problems, only what could be read around them: a caller that has a last good
            configuration keeps that one instead. With a mistake in a budget no message may cost anything.
        problems: what makes the file invalid, in the order of its lines; empty for a good or absent file.
        unset: variables that enabled providers name and that are not set: the file is good, but these
            providers cannot work.
        warnings: what works, but puts a key at risk or looks like a slip.
    """

    settings: Settings = field(default_factory=Settings)
    problems: tuple[Problem, ...] = ()
    unset: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def load(path: Path, environ: Mapping[str, str], catalogue: Catalogue | None = None) -> Loaded:
    """Read and check a configuration file; an absent one is an empty one.

    Args:
        environ: says which variables are set; settings keep `$VAR` as it is written.
        catalogue: the presets that `type` may name; those that ship with Parley when None.
    """
    try:
        if path.is_fifo():
            return _unreadable(f"{path} is a pipe", "Parley needs a file there.")
        content = path.read_bytes()
    except FileNotFoundError:
        return Loaded()
    except IsADirectoryError:
        return _unreadable(f"{path} is a directory", "Parley needs a file there.")
    except OSError as error:
        return _unreadable(f"{path} cannot be read: {error.strerror or error}", "Check its permissions.")
    return load_bytes(content, environ, catalogue)


def load_bytes(content: bytes, environ: Mapping[str, str], catalogue: Catalogue | None = None) -> Loaded:
    """Check what a configuration file holds; see `load`."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = Problem(line, "", "is not UTF-8", "Save the file in UTF-8.")
        return _illegible(content.decode("utf-8", "replace"), problem)
    return load_text(text, environ, catalogue)


def load_text(text: str, environ: Mapping[str, str], catalogue: Catalogue | None = None) -> Loaded:
    """Check the text of a configuration file; see `load`."""
    import tomllib

    from app.config.check import Checker
    from providers.amounts import decimal_of
    from providers.catalogue.loader import Catalogue

    try:
        table = tomllib.loads(text, parse_float=decimal_of)
    except tomllib.TOMLDecodeError as error:
        return _illegible(text, _syntax_problem(error, text))
    except RecursionError:
        return _illegible(text, Problem(None, "", "the file is nested too deeply to be read"))
    except ValueError:
        # Python reads no whole number of more than 4,300 digits, and tomllib passes that on.
        return _illegible(text, Problem(None, "", "a number in the file is too long to be read"))
    checker = Checker(text, environ, catalogue or Catalogue())
    settings = checker.settings(table)
    found = (checker.complaints, checker.unset, checker.warnings)
    return Loaded(settings, *(_by_line(complaints.problems) for complaints in found))


def _by_line(problems: list[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: problem.line or 0))


def _illegible(text: str, problem: Problem) -> Loaded:
    """Nothing is read of such a file, except that whoever wanted to stay offline does so in spite of a slip.

    Whoever had a budget has one of 0: providers are found beside the file, too.
    """
    budget = BudgetSettings(per_message=Decimal(0)) if _BUDGET.search(text) else BudgetSettings()
    return Loaded(Settings(offline=_OFFLINE.search(text) is not None, budget=budget), (problem,))


def _unreadable(message: str, hint: str) -> Loaded:
    return Loaded(problems=(Problem(None, "", message, hint),))


def _syntax_problem(error: tomllib.TOMLDecodeError, text: str) -> Problem:
    message = str(error)
    place = _DECODE_PLACE.search(message)
    line = int(place["line"]) if place and place["line"] else text.count("\n") + 1
    if place:
        message = message[: place.start()]
    return Problem(line, "", f"this is not TOML: {message}", "Strings need quotes; a table starts with [name].")
