"""Columns of short texts whose right ends stand below each other. Pure functions, for the screen and for files."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest


def aligned(rows: Sequence[Sequence[str]], width: int | None = None) -> list[str]:
    """One line for each row; a column that is empty everywhere takes no room.

    Args:
        rows: figures and signs, each of whose characters takes one cell.
        width: where the lines would be longer, each row is its cells with single blanks between them.
    """
    widths = [max(map(len, column)) for column in zip_longest(*rows, fillvalue="")]
    lines = [
        " ".join(cell.rjust(room) for cell, room in zip(row, widths, strict=False) if room).rstrip() for row in rows
    ]
    if width is None or all(len(line) <= width for line in lines):
        return lines
    return [" ".join(filter(None, row)) for row in rows]
