"""`$VAR` in configured strings: `$VAR`, `${VAR}`, `${VAR:-default}`; `$$` is a dollar sign."""

from __future__ import annotations

import re
from collections.abc import Mapping

_REFERENCE = re.compile(
    r"""\$(?:
        (?P<dollar>\$)
        | (?P<plain>[A-Za-z_][A-Za-z0-9_]*)
        | \{(?P<braced>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}
        | (?P<broken>)
    )""",
    re.VERBOSE,
)


class UnsetVariable(ValueError):
    """A string names a variable that is not set, or is empty, and gives no default.

    Attributes:
        name: of the variable.
    """

    def __init__(self, name: str) -> None:
        super().__init__(f"the environment variable {name} is not set")
        self.name = name


class BrokenReference(ValueError):
    """A `$` that starts no reference. Says where, but never shows the text: it may be a key."""

    def __init__(self, position: int) -> None:
        super().__init__(f"the $ at position {position + 1} starts no variable")


def expand(text: str, environ: Mapping[str, str]) -> str:
    """Replace every reference. What a variable holds is not looked at again.

    An empty variable counts as unset, as in a shell's `${VAR:-default}`: nobody means an empty key.

    Raises:
        UnsetVariable: a variable without default is unset.
        BrokenReference: a `$` is followed by none of the four forms.
    """

    def value(match: re.Match[str]) -> str:
        if match["dollar"]:
            return "$"
        name = match["plain"] or match["braced"]
        if not name:
            raise BrokenReference(match.start())
        found = environ.get(name) or match["default"]
        if found is None:
            raise UnsetVariable(name)
        return found

    return _REFERENCE.sub(value, text)


def variables(text: str) -> tuple[str, ...]:
    """The names of the variables that a string refers to, in order, each once."""
    names = (match["plain"] or match["braced"] for match in _REFERENCE.finditer(text))
    return tuple(dict.fromkeys(name for name in names if name))
