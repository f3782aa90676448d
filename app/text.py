"""The one door for foreign text: what models, servers and files say, made safe to draw.

Every character is judged by itself, never as part of a sequence: an escape sequence that is cut between two
deltas is as harmless as a whole one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.content import Content

_KEPT_CONTROLS = "\t\n"
_LINE_BREAKS = "\u2028\u2029\x85"
_REPLACEMENT = "\ufffd"


def _unprintable() -> dict[int, str | None]:
    """Map each character that may not reach a terminal to what stands in for it (None: nothing).

    Controls (C0, DEL, C1) could be commands; bidi embeddings, overrides and isolates (Unicode TR 9, 2.1 to
    2.4) make text read otherwise than it is; terminals disagree about the width of a soft hyphen; a lone
    surrogate cannot be encoded at all.
    """
    table: dict[int, str | None] = {}
    for code in (*range(0x20), *range(0x7F, 0xA0)):
        if chr(code) not in _KEPT_CONTROLS:
            table[code] = None
    for code in (0xAD, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0xFFF9, 0xFFFC)):
        table[code] = None
    for code in range(0xD800, 0xE000):
        table[code] = _REPLACEMENT
    for character in _LINE_BREAKS:
        table[ord(character)] = "\n"
    return table


_UNPRINTABLE = _unprintable()


def printable(text: str) -> str:
    """Drop what could command the terminal or reorder what is read; tabs and line feeds stay.

    Pure per character: `printable(a) + printable(b) == printable(a + b)`.
    """
    if text.isascii() and text.isprintable():
        return text
    return text.translate(_UNPRINTABLE)


def one_line(text: str) -> str:
    """Like `printable`, with every run of white space made one blank: for titles and names."""
    return " ".join(printable(text).split())


def can_be_written(text: str) -> bool:
    """Whether a file can hold a text: what a shell hands over that is no UTF-8 has lone surrogates in it."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def plain(text: str) -> Content:
    """Foreign text as a Textual value in which markup is literal."""
    from textual.content import Content

    return Content(printable(text))
