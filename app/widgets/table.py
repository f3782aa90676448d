"""Columns of text: numbers to the right, one label that takes what room is left."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from textual.content import Content

GAP = 2


def column_widths(rows: Sequence[Sequence[str]], headings: Sequence[str]) -> list[int]:
    """The width of each column in cells."""
    columns = zip_longest(headings, *rows, fillvalue="")
    return [max(Content(cell).cell_length for cell in column) for column in columns]


def columns_that_fit(widths: Sequence[int], room: int) -> int:
    """How many columns, from the first on, fit into `room` cells with the gaps before them."""
    used = 0
    for count, width in enumerate(widths):
        used += width + GAP
        if used > room:
            return count
    return len(widths)


def right_cells(row: Sequence[str], widths: Sequence[int]) -> Content:
    """The cells of one row, each at the right of its column, with a gap before each."""
    return Content("").join(
        Content(" " * (GAP + width - Content(cell).cell_length) + cell)
        for cell, width in zip(row, widths, strict=False)
    )
