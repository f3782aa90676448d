"""What can be wrong with a configuration file, as values that name the line and the key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        line: in the file, counted from 1; None when it belongs to no line (an unreadable file).
        key: dotted, as written in TOML (`providers.claude.base_url`); "" for the file as a whole.
        message: one sentence; shows no key or password.
        hint: what to write instead; "" when the message says it all.
    """

    line: int | None
    key: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = "" if self.line is None else f"line {self.line}: "
        name = f"{self.key}: " if self.key else ""
        return f"{place}{name}{self.message}"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was most likely meant; None when nothing comes close."""
    from difflib import get_close_matches

    by_lower = {candidate.lower(): candidate for candidate in known}
    found = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.5)
    return by_lower[found[0]] if found else None
