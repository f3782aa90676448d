"""How text falls into terminal cells: widths, and clusters that must never be cut."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len, split_graphemes

TAB = 4
"""Columns between tab stops."""

_FIRST_COMBINING = "\u0300"
_FLAG_FIRST, _FLAG_LAST = "\U0001f1e6", "\U0001f1ff"


def width_of(text: str) -> int:
    """Cells that `text` takes, as Textual counts them."""
    return len(text) if text.isascii() else cell_len(text)


def is_simple(text: str) -> bool:
    """Whether a cheap look shows that every character is one cluster of one cell."""
    return text.isascii() or max(text) < _FIRST_COMBINING


def clusters(text: str) -> Iterator[tuple[str, int]]:
    """Cut text into what a reader takes for one character, each with its width in cells.

    Flags are two regional indicators; characters without width belong to the one before them.
    """
    spans, _ = split_graphemes(text)
    held, held_width = "", 0
    for start, end, width in spans:
        piece = text[start:end]
        if held:
            if _is_flag_half(piece):
                yield held + piece, held_width + width
                held = ""
                continue
            yield held, held_width
            held = ""
        if _is_flag_half(piece):
            held, held_width = piece, width
        else:
            yield piece, width
    if held:
        yield held, held_width


def _is_flag_half(piece: str) -> bool:
    return len(piece) == 1 and _FLAG_FIRST <= piece <= _FLAG_LAST


def expand_tabs(text: str) -> str:
    """Replace tabs by blanks up to the next tab stop."""
    if "\t" not in text:
        return text
    if text.isascii():
        return text.expandtabs(TAB)
    out: list[str] = []
    column = 0
    for piece in text.split("\t"):
        if out:
            blanks = TAB - column % TAB
            out.append(" " * blanks)
            column += blanks
        out.append(piece)
        column += width_of(piece)
    return "".join(out)


def shorten(text: str, width: int) -> str:
    """Cut text to `width` cells, the last of them an ellipsis when something was cut."""
    if width_of(text) <= width:
        return text
    if width <= 0:
        return ""
    kept: list[str] = []
    room = width - 1
    for piece, cells in clusters(text):
        if cells > room:
            break
        kept.append(piece)
        room -= cells
    return "".join(kept).rstrip() + "…"
