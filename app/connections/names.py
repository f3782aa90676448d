"""Names of providers: what is allowed, and a free one to propose."""

from __future__ import annotations

import re
from collections.abc import Iterable

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


def name_problem(name: str, others: Iterable[str]) -> str:
    """What is wrong with a name, as one sentence; "" when nothing is.

    Args:
        others: the names in use.
    """
    if not name.strip() or name != name.strip() or not name.isprintable():
        return "A name needs visible characters, without blanks around them."
    if "/" in name:
        return f"{name} has a slash, and model references are split at the first slash: leave it out."
    for other in others:
        if other == name:
            return f"There is a provider called {name} already."
        if other.lower() == name.lower():
            return f"{name} differs from {other} only in upper and lower case."
    return ""


def free_name(wished: str, others: Iterable[str]) -> str:
    """The wished name, made allowed, with a number behind it where it is taken."""
    name = _NOT_IN_NAMES.sub("-", wished).strip("-.") or "provider"
    taken = {other.lower() for other in others}
    number, free = 1, name
    while free.lower() in taken:
        number += 1
        free = f"{name}-{number}"
    return free
