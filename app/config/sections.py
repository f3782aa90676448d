"""Which lines of a TOML text belong to which table, comments included.

A comment belongs to the header that it stands directly above, or to the table whose lines it follows without an
empty line between. Any other comment belongs to nobody.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.config.layout import Entry

_COMMENT_LINE = re.compile(r"[ \t]*#[^\n]*(?:\n|$)")
_BLANK_LINE = re.compile(r"[ \t]*\r?\n")


def line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    """Where the next line begins."""
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def comments_above(text: str, entries: Sequence[Entry], header: Entry) -> int:
    """Where the comment directly above a header begins; the header's own line if it has none."""
    index = entries.index(header)
    floor = line_end(text, entries[index - 1].end) if index else 0
    start = line_start(text, header.start)
    while start > floor and _COMMENT_LINE.match(text, above := line_start(text, start - 1)):
        start = above
    return start


def section_end(text: str, entries: Sequence[Entry], header: Entry) -> int:
    """Where the lines of a header and its keys end, with the comment that follows them directly."""
    index = entries.index(header) + 1
    while index < len(entries) and entries[index].kind != "header":
        index += 1
    end = own_end = line_end(text, entries[index - 1].end)
    while comment := _COMMENT_LINE.match(text, end):
        end = comment.end()
    is_of_next = index < len(entries) and end >= line_start(text, entries[index].start)
    return own_end if is_of_next else end


def without_lines(text: str, start: int, end: int) -> str:
    """Cut whole lines out, and the empty lines that would then stand side by side."""
    if end >= len(text):
        while start and is_blank_line(text, above := line_start(text, start - 1)):
            start = above
        return text[:start]
    if not start or is_blank_line(text, line_start(text, start - 1)):
        while blank := _BLANK_LINE.match(text, end):
            end = blank.end()
    return text[:start] + text[end:]


def is_blank_line(text: str, at: int) -> bool:
    """Whether the line that begins there is empty."""
    return _BLANK_LINE.match(text, at) is not None
