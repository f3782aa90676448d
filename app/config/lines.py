"""On which line of a TOML file a key stands.

Used when there is something to complain about, so that a good file costs nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from app.config.layout import KeyPath, all_entries, statements


def key_lines(text: str) -> dict[KeyPath, int]:
    """The line, counted from 1, of every key, table and array item of a valid TOML text."""
    lines: dict[KeyPath, int] = {}
    line_starts = [0, *(match.end() for match in re.finditer("\n", text))]
    for entry in all_entries(statements(text)):
        line = bisect_right(line_starts, entry.start)
        for length in range(1, len(entry.path) + 1):
            lines.setdefault(entry.path[:length], line)
    return lines


def line_of(text: str, path: KeyPath) -> int | None:
    """The line of a key, or of the innermost table around it that stands in the file; None for neither."""
    lines = key_lines(text)
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return None
