"""Where everything stands in a TOML text: statements, and the items of arrays and inline tables.

`tomllib` checks the text first; this only finds places, so that a complaint can name a line and an edit touches
what it means to and nothing else.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

KeyPath = tuple[str | int, ...]
"""Keys from the top of the file down; an int is an index into an array."""

Kind = Literal["header", "plain", "array", "table"]

BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
"""White space and comments."""
_KEY_PART = re.compile(r"""[ \t]*([A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')[ \t]*(\.?)""")
_STRING = re.compile(
    r'''"""(?:[^\\]|\\.)*?"""(?:"{1,2})?|\'\'\'.*?\'\'\'(?:'{1,2})?|"(?:[^"\\]|\\.)*"|'[^']*\'''',
    re.DOTALL,
)
_BARE_VALUE = re.compile(r"[^,\]}#\r\n]*[^,\]}#\r\n \t]")


@dataclass(frozen=True, slots=True)
class Name:
    """One part of a key; `start` and `end` include its quotes."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A header, a key with its value, or an item of an array.

    Attributes:
        path: of the table or value; the header of an array of tables ends with the index of its item.
        kind: what it is; for a key, what its value is (`table`: an inline one).
        names: the parts of its key as written; none for an item of an array.
        start, end: its first character, and the one behind its last: a comment beside it is not in it.
        value_start: where the value begins.
        entries: what stands inside an array or inline table.
    """

    path: KeyPath
    kind: Kind
    names: tuple[Name, ...]
    start: int
    value_start: int
    end: int
    entries: tuple[Entry, ...] = ()

    def name_of(self, path: KeyPath) -> Name | None:
        """The written part that names a table or key above or at this entry; None if it stands elsewhere."""
        if self.path[: len(path)] != path:
            return None
        written_after = 0 if self.kind == "header" else len(self.path) - len(self.names)
        index = sum(isinstance(part, str) for part in path[written_after:]) - 1
        is_written = len(path) > written_after and isinstance(path[-1], str)
        return self.names[index] if is_written and index < len(self.names) else None


def statements(text: str) -> tuple[Entry, ...]:
    """The headers and keys of a valid TOML text, in its order."""
    return tuple(_Walk(text).statements())


def all_entries(entries: tuple[Entry, ...]) -> Iterator[Entry]:
    """Every entry with those inside it, each before what it contains."""
    for entry in entries:
        yield entry
        yield from all_entries(entry.entries)


class _Walk:
    """One pass over the text, keeping the path of the table it is in."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._array_sizes: dict[KeyPath, int] = {}

    def statements(self) -> Iterator[Entry]:
        table: KeyPath = ()
        while self._skip_blank():
            if self._text[self._at] == "[":
                entry = self._header()
                table = entry.path
            else:
                entry = self._pair(table)
            yield entry

    def _skip_blank(self) -> bool:
        blank = BLANK.match(self._text, self._at)
        self._at = blank.end() if blank else self._at
        return self._at < len(self._text)

    def _header(self) -> Entry:
        start = self._at
        is_array = self._text.startswith("[[", start)
        self._at += 2 if is_array else 1
        names = self._key()
        self._at += 2 if is_array else 1
        path: KeyPath = ()
        for name in names[:-1]:
            path = self._newest_item((*path, name.text))
        path = (*path, names[-1].text)
        if is_array:
            self._array_sizes[path] = self._array_sizes.get(path, 0) + 1
        return Entry(self._newest_item(path), "header", names, start, self._at, self._at)

    def _newest_item(self, path: KeyPath) -> KeyPath:
        size = self._array_sizes.get(path)
        return (*path, size - 1) if size else path

    def _key(self) -> tuple[Name, ...]:
        names: list[Name] = []
        more = "."
        while more and (part := _KEY_PART.match(self._text, self._at)):
            self._at = part.end()
            more = part[2]
            written = part[1]
            text = next(iter(tomllib.loads(f"{written} = 0"))) if written[0] in "\"'" else written
            names.append(Name(text, part.start(1), part.end(1)))
        return tuple(names)

    def _pair(self, table: KeyPath) -> Entry:
        start = self._at
        names = self._key()
        self._at += 1  # the equals sign
        return self._value((*table, *(name.text for name in names)), start, names)

    def _value(self, path: KeyPath, start: int, names: tuple[Name, ...] = ()) -> Entry:
        self._skip_blank()
        value_start = self._at
        opening = self._text[self._at]
        inside: tuple[Entry, ...] = ()
        kind: Kind = "plain"
        if opening == "[":
            kind, inside = "array", tuple(self._inside("]", path))
        elif opening == "{":
            kind, inside = "table", tuple(self._inside("}", path))
        else:
            value = (_STRING if opening in "\"'" else _BARE_VALUE).match(self._text, self._at)
            self._at = value.end() if value else len(self._text)
        return Entry(path, kind, names, start, value_start, self._at, inside)

    def _inside(self, closing: str, path: KeyPath) -> Iterator[Entry]:
        self._at += 1
        index = 0
        while self._skip_blank() and self._text[self._at] != closing:
            if self._text[self._at] == ",":
                self._at += 1
            elif closing == "]":
                yield self._value((*path, index), self._at)
                index += 1
            else:
                yield self._pair(path)
        self._at += 1
