"""Tables: aligned columns that fit the width; records of "name: value" where columns would be too narrow."""

from __future__ import annotations

from collections.abc import Sequence

from app.transcript.blocks import Block, Layout, Margin
from app.transcript.cells import width_of
from app.transcript.ink import BOLD, Ink, Line, Span
from app.transcript.inline import spans_of
from app.transcript.markdown import Leaf
from app.transcript.prose import Sheet
from app.transcript.wrap import wrap

_BETWEEN = " │ "
_CROSSING = "─┼─"
_NARROWEST = 6
"""A column squeezed below this many cells cannot be read."""

Cell = list[Span]


class TableBlock(Block):
    """A table; grows by rows while it arrives. Cells are parsed once."""

    __slots__ = ("_cells", "_leaf", "_sheet")

    def __init__(self, leaf: Leaf, sheet: Sheet) -> None:
        super().__init__()
        self._leaf = leaf
        self._sheet = sheet
        self._cells: list[list[Cell]] = []

    def grow(self, leaf: Leaf) -> None:
        """Take a version with the same rows and more, the last of which may have changed."""
        unchanged = len(self._leaf.rows) - 1
        del self._cells[unchanged:]
        self._leaf = leaf
        self.forget()

    def reparse(self) -> None:
        """The reference definitions are not what they were."""
        self._cells.clear()
        self.forget()

    def estimate(self, layout: Layout) -> int:
        return len(self._leaf.rows) + 1 + self._leaf.has_gap

    def render(self, layout: Layout) -> list[Line]:
        margin = Margin(self._leaf.boxes, layout.width)
        self._parse()
        available = max(1, layout.width - margin.width)
        natural = self._natural_widths()
        widths = _fit(natural, available - len(_BETWEEN) * (len(natural) - 1))
        body = self._columns(widths) if widths else self._records(min(available, layout.readable))
        lines = margin.lead(body)
        return [margin.gap_line(), *lines] if self._leaf.has_gap else lines

    def _parse(self) -> None:
        for number in range(len(self._cells), len(self._leaf.rows)):
            look = self._sheet.look | BOLD if number == 0 else self._sheet.look
            row = self._leaf.rows[number]
            self._cells.append([spans_of(cell, self._sheet.references, look) for cell in row])

    def _natural_widths(self) -> list[int]:
        widths = [1] * len(self._cells[0])
        for row in self._cells:
            for column, cell in enumerate(row):
                widths[column] = max(widths[column], _cell_width(cell))
        return widths

    def _columns(self, widths: list[int]) -> list[Line]:
        wrapped = [[wrap(cell, width) for cell, width in zip(row, widths, strict=True)] for row in self._cells]
        is_airy = any(len(cell) > 1 for row in wrapped[1:] for cell in row)
        rule = _rule(widths)
        lines: list[Line] = []
        for number, row in enumerate(wrapped):
            if number == 1 or (number > 1 and is_airy):
                lines.append(rule)
            lines.extend(self._row(row, widths))
        if len(wrapped) == 1:
            lines.append(rule)
        return lines

    def _row(self, row: list[list[Line]], widths: list[int]) -> list[Line]:
        lines: list[Line] = []
        for number in range(max(map(len, row))):
            spans: list[Span] = []
            for column, (cell, width) in enumerate(zip(row, widths, strict=True)):
                if column:
                    spans.append(Span(_BETWEEN, Ink.RULE))
                line = cell[number] if number < len(cell) else Line((), 0)
                before, after = _padding(self._leaf.aligns[column], width - line.width)
                spans.extend((Span(" " * before), *line.spans, Span(" " * after)))
            cells = sum(widths) + len(_BETWEEN) * (len(widths) - 1)
            lines.append(Line(tuple(span for span in spans if span.text), cells))
        return lines

    def _records(self, width: int) -> list[Line]:
        header, *rows = self._cells
        lines: list[Line] = []
        for row in rows:
            if lines:
                lines.append(Line((Span("─" * min(width, 8), Ink.RULE),), min(width, 8)))
            for name, cell in zip(header, row, strict=True):
                if cell:
                    lines.extend(wrap([*name, Span(": "), *cell] if name else cell, width))
        return lines or wrap([span for cell in header for span in (*cell, Span("  "))], width)


def _cell_width(cell: Cell) -> int:
    text = "".join(span.text for span in cell)
    return max(map(width_of, text.split("\n")))


def _fit(natural: Sequence[int], available: int) -> list[int]:
    """Widths that add up to no more than there is room for; [] when a column would be too narrow.

    Narrow columns keep their width, wide ones share what is left evenly.
    """
    if sum(natural) <= available:
        return list(natural)
    widths = list(natural)
    open_columns = sorted(range(len(natural)), key=natural.__getitem__)
    room = available
    while open_columns:
        share = room // len(open_columns)
        column = open_columns[0]
        if natural[column] > share:
            break
        room -= natural[column]
        open_columns.pop(0)
    if room // len(open_columns) < _NARROWEST:
        return []
    for number, column in enumerate(sorted(open_columns)):
        widths[column] = room // len(open_columns) + (number < room % len(open_columns))
    return widths


def _rule(widths: list[int]) -> Line:
    text = _CROSSING.join("─" * width for width in widths)
    return Line((Span(text, Ink.RULE),), len(text))


def _padding(align: str, blanks: int) -> tuple[int, int]:
    blanks = max(0, blanks)
    match align:
        case "right":
            return blanks, 0
        case "center":
            return blanks // 2, blanks - blanks // 2
        case _:
            return 0, blanks
