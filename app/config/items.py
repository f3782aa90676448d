"""Adds and removes items of a written array or inline table. What stands around them stays as it is."""

from __future__ import annotations

import re

from app.config.layout import BLANK, Entry

_REST_OF_LINE = re.compile(r"[ \t]*(?:#[^\n]*)?\n")
_BLANKS = re.compile(r"[ \t]*")


def splice(text: str, start: int, end: int, new: str) -> str:
    """The text with `new` in place of what is between two offsets."""
    return text[:start] + new + text[end:]


def with_item_last(text: str, container: Entry, item: str) -> str:
    """Add an item at the end, on a line of its own where the last one has one.

    Args:
        item: as it is to be written: a value for an array, `key = value` for a table.
    """
    if not container.entries:
        return _with_first_item(text, container, item)
    last = container.entries[-1]
    comma = _comma_after(text, last.end)
    tail = last.end if comma is None else comma + 1
    line_break = text.find("\n", tail, container.end)
    if line_break < 0:
        return splice(text, tail, tail, f", {item}" if comma is None else f" {item},")
    newline = "\n"
    if text[line_break - 1] == "\r":
        newline, line_break = "\r\n", line_break - 1
    line_start = text.rfind("\n", 0, last.start) + 1
    indent = _indent(text, line_start)
    if line_start + len(indent) != last.start:
        indent += "  "
    text = splice(text, line_break, line_break, f"{newline}{indent}{item}{'' if comma is None else ','}")
    return splice(text, last.end, last.end, ",") if comma is None else text


def with_item_before(text: str, container: Entry, index: int, item: str) -> str:
    """Add an item in front of one that is there."""
    start = container.entries[index].start
    line_start = text.rfind("\n", 0, start) + 1
    if line_start <= container.value_start or text[line_start:start].strip():
        return splice(text, start, start, f"{item}, ")
    newline = "\r\n" if text.endswith("\r\n", 0, line_start) else "\n"
    return splice(text, start, start, f"{item},{newline}{text[line_start:start]}")


def without_item(text: str, container: Entry, index: int) -> str:
    """Take an item out, with its comma, and with its line and the comment beside it where it stands alone."""
    entry = container.entries[index]
    rest = text[container.value_start + 1 : entry.start] + text[entry.end : container.end - 1]
    if len(container.entries) == 1 and not rest.strip(" \t\r\n,"):
        return splice(text, container.value_start + 1, container.end - 1, "")
    comma = _comma_after(text, entry.end)
    if comma is None and index:
        comma = _comma_after(text, container.entries[index - 1].end)
        if comma is not None and not text[comma + 1 : entry.start].strip():
            return _cut_last(text, comma, entry)
    cuts = [_item_cut(text, container, entry, comma)]
    if comma is not None and not cuts[0][0] <= comma < cuts[0][1]:
        cuts.append((comma, comma + 1))
    for start, end in sorted(cuts, reverse=True):
        text = splice(text, start, end, "")
    return text


def _with_first_item(text: str, container: Entry, item: str) -> str:
    start, end = container.value_start + 1, container.end - 1
    if not text[start:end].strip():
        return splice(text, start, end, f" {item} " if container.kind == "table" else item)
    return splice(text, start, start, f"{item} " if text[start] == "#" else item)


def _cut_last(text: str, comma: int, entry: Entry) -> str:
    """Remove the last item together with the comma in front of it, which may not stay behind in a table."""
    is_alone = "\n" in text[comma : entry.start]
    rest = _REST_OF_LINE.match(text, entry.end) if is_alone else None
    if rest is None:
        return splice(text, comma, entry.end, "")
    line_start = text.rfind("\n", 0, entry.start) + 1
    return splice(splice(text, line_start, rest.end(), ""), comma, comma + 1, "")


def _item_cut(text: str, container: Entry, entry: Entry, comma: int | None) -> tuple[int, int]:
    """What goes with an item: its line if it has one to itself, else the blanks behind it."""
    end = entry.end
    if comma is not None and comma >= end and not text[end:comma].strip():
        end = comma + 1
    line_start = text.rfind("\n", 0, entry.start) + 1
    rest = _REST_OF_LINE.match(text, end)
    if rest and line_start > container.value_start and not text[line_start : entry.start].strip():
        return line_start, rest.end()
    blanks = _BLANKS.match(text, end)
    return entry.start, blanks.end() if blanks else end


def _comma_after(text: str, at: int) -> int | None:
    """Where the comma behind an item is, comments skipped; None when there is none."""
    blank = BLANK.match(text, at)
    at = blank.end() if blank else at
    return at if text[at] == "," else None


def _indent(text: str, line_start: int) -> str:
    blanks = _BLANKS.match(text, line_start)
    return blanks[0] if blanks else ""
