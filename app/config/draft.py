"""A TOML text under edit: values, tables and names change where they stand, and every other character stays."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from app.config.items import splice, with_item_before, with_item_last, without_item
from app.config.layout import Entry, KeyPath, all_entries, statements
from app.config.literals import toml_key, toml_value
from app.config.sections import comments_above, is_blank_line, line_end, line_start, section_end, without_lines

MISSING = object()
"""The old value of a key that is not there."""

_PROVIDERS = "providers"
_PRICE = re.compile(r"cost_per_1m_\w+|per_message|daily|monthly")


class Draft:
    """Attributes:
    text: as it is by now; valid TOML before and after each change.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._newline = "\r\n" if "\r\n" in text else "\n"
        self._parsed: tuple[str, tuple[Entry, ...]] = ("", ())

    def change(self, path: KeyPath, old: Any, new: Any) -> None:
        """Make one value another, item by item and key by key: what is the same in both is not touched.

        Args:
            old: what the text says now, as `tomllib` reads it with Decimals; MISSING when it says nothing.
            new: made of dicts, lists, strings, numbers and flags.
        """
        if old is MISSING:
            self._insert(path[:-1], str(path[-1]), new)
        elif is_same(old, new, path):
            return
        elif isinstance(old, Mapping) and isinstance(new, Mapping) and new:
            for key in old:
                if key not in new:
                    self.remove((*path, key))
            for key, value in new.items():
                self.change((*path, key), old.get(key, MISSING), value)
        elif isinstance(old, list) and isinstance(new, list):
            self._change_items(path, old, new)
        elif entry := self._value_entry(path):
            self.text = splice(self.text, entry.value_start, entry.end, toml_value(new))
        else:
            self.remove(path)
            self._insert(path[:-1], str(path[-1]), new)

    def remove(self, path: KeyPath) -> None:
        """Take out a key, or a table with everything below it, wherever its parts stand."""
        entries = self._entries
        cuts: list[tuple[int, int]] = []
        is_cut = False
        for entry in entries:
            is_at_path = entry.path[: len(path)] == path
            if entry.kind == "header":
                is_cut = is_at_path
                if is_cut:
                    cuts.append((self._section_start(entry), section_end(self.text, entries, entry)))
            elif is_at_path and not is_cut:
                cuts.append((line_start(self.text, entry.start), line_end(self.text, entry.end)))
        for start, end in reversed(cuts):
            self.text = without_lines(self.text, start, end)
        if not cuts:
            self._remove_items(path)

    def rename(self, path: KeyPath, name: str) -> None:
        """Give a table another name, in every header and key that spells it."""
        written = [part for entry in all_entries(self._entries) if (part := entry.name_of(path))]
        for part in reversed(written):
            self.text = splice(self.text, part.start, part.end, toml_key(name))

    # ── arrays ────────────────────────────────────────────────────────────────

    def _change_items(self, path: KeyPath, old: list[Any], new: list[Any]) -> None:
        """Items that are the same at both ends stay; those between them are changed one by one."""
        shorter = min(len(old), len(new))
        head = 0
        while head < shorter and is_same(old[head], new[head], path):
            head += 1
        tail = 0
        while tail < shorter - head and is_same(old[-1 - tail], new[-1 - tail], path):
            tail += 1
        changed_until = shorter - tail
        for index in range(head, changed_until):
            self.change((*path, index), old[index], new[index])
        for index in reversed(range(changed_until, len(old) - tail)):
            self.remove((*path, index))
        for index in range(changed_until, len(new) - tail):
            self._insert_item(path, index, new[index])

    def _insert_item(self, path: KeyPath, index: int, value: Any) -> None:
        array = self._value_entry(path)
        if array is None:
            at = self._end_below((*path, index - 1)) if index else self._first_below(path)
            self._insert_block(at, _row_lines(path, value))
        elif index < len(array.entries):
            self.text = with_item_before(self.text, array, index, toml_value(value))
        else:
            self.text = with_item_last(self.text, array, toml_value(value))

    def _remove_items(self, path: KeyPath) -> None:
        """Take what is at or below a path out of the arrays and inline tables that hold it."""
        while found := self._holder(path):
            self.text = without_item(self.text, *found)
            if isinstance(path[-1], int):
                return  # The next item has this number now.

    def _holder(self, path: KeyPath) -> tuple[Entry, int] | None:
        """The array or inline table around the first item at or below a path, and which item it is."""
        for container in all_entries(self._entries):
            for index, entry in enumerate(container.entries):
                if entry.path[: len(path)] == path:
                    return container, index
        return None

    # ── new keys and tables ───────────────────────────────────────────────────

    def _insert(self, parent: KeyPath, name: str, value: Any) -> None:
        path = (*parent, name)
        pair = f"{toml_key(name)} = {toml_value(value)}"
        inline = self._value_entry(parent)
        header = next((entry for entry in self._headers_below(parent) if entry.path == parent), None)
        if inline is not None:
            self.text = with_item_last(self.text, inline, pair)
        elif isinstance(value, Mapping) and parent in ((), (_PROVIDERS,)) and path != (_PROVIDERS,):
            self._insert_section(path, value)
        elif header is not None and _is_rows(path, value):
            for row in value:
                self._insert_block(self._end_below(parent), _row_lines(path, row))
        elif header is not None or not parent:
            self._insert_pair(header, pair)
        elif dotted := self._dotted(parent):
            self._insert_dotted(parent, dotted, pair)
        elif next(self._headers_below(parent), None) is not None:
            self._insert_block(self._first_below(parent), [_header_line(parent), pair])
        else:
            self._insert(parent[:-1], str(parent[-1]), {name: value})

    def _insert_section(self, path: KeyPath, table: Mapping[str, Any]) -> None:
        """A table with a header of its own, below those of its kind, else at the end."""
        rows = {key: value for key, value in table.items() if _is_rows((*path, key), value)}
        pairs = [f"{toml_key(key)} = {toml_value(value)}" for key, value in table.items() if key not in rows]
        at = len(self.text)
        if len(path) > 1 and (sections := list(self._headers_below(path[:1]))):
            at = section_end(self.text, self._entries, sections[-1])
        self._insert_block(at, [_header_line(path), *pairs])
        for key, value in rows.items():
            self._insert(path, key, value)

    def _insert_pair(self, header: Entry | None, pair: str) -> None:
        """A key below the last one of a header; without a header, above all of them."""
        entries = self._entries
        first = entries.index(header) + 1 if header else 0
        after = first
        while after < len(entries) and entries[after].kind != "header":
            after += 1
        if after == 0 and entries:
            self._insert_block(comments_above(self.text, entries, entries[0]), [pair])
        elif after == 0:
            self._insert_block(len(self.text), [pair])
        else:
            self._insert_line_below(entries[after - 1], pair)

    def _insert_dotted(self, parent: KeyPath, sibling: Entry, pair: str) -> None:
        """A key beside one that spells the table out in front of itself."""
        part = sibling.name_of(parent)
        prefix = self.text[sibling.names[0].start : part.end] if part else ""
        if sibling in self._entries:
            self._insert_line_below(sibling, f"{prefix}.{pair}")
        elif holder := self._holder(sibling.path):
            self.text = with_item_last(self.text, holder[0], f"{prefix}.{pair}")

    def _insert_line_below(self, entry: Entry, line: str) -> None:
        start = line_start(self.text, entry.start)
        indent = self.text[start : entry.start]
        self._insert_lines(line_end(self.text, entry.end), [f"{indent}{line}"])

    def _insert_block(self, at: int, lines: Sequence[str]) -> None:
        """Lines with an empty one on either side, where something stands there."""
        above = [""] if at and not is_blank_line(self.text, line_start(self.text, at - 1)) else []
        below = [""] if at < len(self.text) and not is_blank_line(self.text, at) else []
        self._insert_lines(at, [*above, *lines, *below])

    def _insert_lines(self, at: int, lines: Sequence[str]) -> None:
        text = "".join(f"{line}{self._newline}" for line in lines)
        is_unfinished = at > 0 and self.text[at - 1] != "\n"
        self.text = splice(self.text, at, at, f"{self._newline}{text}" if is_unfinished else text)

    # ── where things are ──────────────────────────────────────────────────────

    @property
    def _entries(self) -> tuple[Entry, ...]:
        if self._parsed[0] != self.text:
            self._parsed = self.text, statements(self.text)
        return self._parsed[1]

    def _value_entry(self, path: KeyPath) -> Entry | None:
        """The key or item that holds exactly this value; None for a table with headers or dotted keys."""
        return next((e for e in all_entries(self._entries) if e.path == path and e.kind != "header"), None)

    def _headers_below(self, path: KeyPath) -> Iterator[Entry]:
        """The headers of a table, of those in it, and of the items of an array, in the order of the text."""
        return (each for each in self._entries if each.kind == "header" and each.path[: len(path)] == path)

    def _dotted(self, path: KeyPath) -> Entry | None:
        """The last key that spells this table out in front of its own name."""
        found = [e for e in all_entries(self._entries) if e.kind != "header" and e.path != path and e.name_of(path)]
        return found[-1] if found else None

    def _first_below(self, path: KeyPath) -> int:
        return comments_above(self.text, self._entries, next(self._headers_below(path)))

    def _end_below(self, path: KeyPath) -> int:
        """The end of a table, tables inside it that follow directly included."""
        headers = [entry for entry in self._entries if entry.kind == "header"]
        last = next(self._headers_below(path))
        for header in headers[headers.index(last) + 1 :]:
            if header.path[: len(path)] != path:
                break
            last = header
        return section_end(self.text, self._entries, last)

    def _section_start(self, header: Entry) -> int:
        """A comment at the top of the file may be about all of it: it stays when the first table goes."""
        start = comments_above(self.text, self._entries, header)
        return start or line_start(self.text, header.start)


def is_same(old: Any, new: Any, path: KeyPath = ()) -> bool:
    """Whether two values read from, or to be written to, one place mean the same: 60 and 60.0, a price in
    quotes and as a number.
    """
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return old.keys() == new.keys() and all(is_same(old[key], new[key], (*path, key)) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(is_same(*pair, path) for pair in zip(old, new, strict=True))
    if isinstance(old, str) and isinstance(new, Decimal) and path and _PRICE.fullmatch(str(path[-1])):
        try:
            return Decimal(old.strip()) == new
        except InvalidOperation:
            return False
    return isinstance(old, bool) == isinstance(new, bool) and bool(old == new)


def _is_rows(path: KeyPath, value: Any) -> bool:
    """Whether a value is written as `[[…]]` tables: the models of a provider are."""
    is_models = len(path) == 3 and path[0] == _PROVIDERS and path[2] == "models"
    return is_models and isinstance(value, list) and bool(value) and all(isinstance(row, Mapping) for row in value)


def _header_line(path: KeyPath) -> str:
    return f"[{'.'.join(toml_key(part) for part in path if isinstance(part, str))}]"


def _row_lines(path: KeyPath, row: Mapping[str, Any]) -> list[str]:
    return [f"[{_header_line(path)}]", *(f"{toml_key(key)} = {toml_value(value)}" for key, value in row.items())]
