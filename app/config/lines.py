"""On which line of a TOML file a key stands. `tomllib` checks the file first; this only finds places.

Used when there is something to complain about, so that a good file costs nothing.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right

KeyPath = tuple[str | int, ...]
"""Keys from the top of the file down; an int is an index into an array."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY_PART = re.compile(r"""[ \t]*([A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')[ \t]*(\.?)""")
_STRING = re.compile(
    r'''"""(?:[^\\]|\\.)*?"""(?:"{1,2})?|\'\'\'.*?\'\'\'(?:'{1,2})?|"(?:[^"\\]|\\.)*"|'[^']*\'''',
    re.DOTALL,
)
_BARE_VALUE = re.compile(r"[^,\]}#\r\n]+")


def key_lines(text: str) -> dict[KeyPath, int]:
    """The line, counted from 1, of every key, table and array item of a valid TOML text."""
    return _Walk(text).lines


def line_of(text: str, path: KeyPath) -> int | None:
    """The line of a key, or of the innermost table around it that stands in the file; None for neither."""
    lines = key_lines(text)
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return None


class _Walk:
    """One pass over the text, keeping the path of the table it is in."""

    def __init__(self, text: str) -> None:
        self.lines: dict[KeyPath, int] = {}
        self._text = text
        self._at = 0
        self._line_starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._array_sizes: dict[KeyPath, int] = {}
        table: KeyPath = ()
        while self._skip_blank():
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _skip_blank(self) -> bool:
        blank = _BLANK.match(self._text, self._at)
        self._at = blank.end() if blank else self._at
        return self._at < len(self._text)

    def _mark(self, path: KeyPath, at: int) -> None:
        self.lines.setdefault(path, bisect_right(self._line_starts, at))

    def _header(self) -> KeyPath:
        start = self._at
        is_array = self._text.startswith("[[", start)
        self._at += 2 if is_array else 1
        *parents, last = self._key()
        self._at += 2 if is_array else 1
        path: KeyPath = ()
        for part in parents:
            path = self._newest_item((*path, part))
            self._mark(path, start)
        path = (*path, last)
        if is_array:
            self._array_sizes[path] = self._array_sizes.get(path, 0) + 1
        self._mark(path, start)
        path = self._newest_item(path)
        self._mark(path, start)
        return path

    def _newest_item(self, path: KeyPath) -> KeyPath:
        size = self._array_sizes.get(path)
        return (*path, size - 1) if size else path

    def _key(self) -> list[str]:
        parts: list[str] = []
        more = "."
        while more and (part := _KEY_PART.match(self._text, self._at)):
            self._at = part.end()
            more = part[2]
            parts.append(next(iter(tomllib.loads(f"{part[1]} = 0"))))
        return parts

    def _pair(self, table: KeyPath) -> None:
        start = self._at
        path = table
        for part in self._key():
            path = (*path, part)
            self._mark(path, start)
        self._at += 1  # the equals sign
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        self._skip_blank()
        opening = self._text[self._at]
        if opening == "[":
            self._inside("]", path, indexed=True)
        elif opening == "{":
            self._inside("}", path, indexed=False)
        else:
            value = (_STRING if opening in "\"'" else _BARE_VALUE).match(self._text, self._at)
            self._at = value.end() if value else len(self._text)

    def _inside(self, closing: str, path: KeyPath, *, indexed: bool) -> None:
        self._at += 1
        index = 0
        while self._skip_blank() and self._text[self._at] != closing:
            if self._text[self._at] == ",":
                self._at += 1
            elif indexed:
                self._mark((*path, index), self._at)
                self._value((*path, index))
                index += 1
            else:
                self._pair(path)
        self._at += 1
