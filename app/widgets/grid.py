"""A table whose columns follow the width: the least important ones go first, the others get what is left over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from rich.cells import cell_len
from textual.content import Content
from textual.style import Style

from app.widgets.bars import share_bar
from app.widgets.fitting import fitted

Row = TypeVar("Row")

GAP = 2
HEADING_META = "heading"
"""The title of the column whose heading was clicked."""
_WIDEST_GAP = 4
_MOST_TEXT_CELLS = 60
_FIRST_SHARE = 0.36
"""The part of the room that the most important column may take before others are shown."""
_FALLING, _RISING = "▾", "▴"


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """One column.

    Attributes:
        cell: what it says of a row; no foreign text that has not passed `app.text`.
        rank: what rows are sorted by; None of a row that has nothing to say. Without it nothing is sorted.
        importance: the columns with the smallest numbers stay the longest.
        is_text: at the left; figures stand at the right.
        least: cells to which it can be shortened; None: it is whole or not there.
        share: of a column of bars: 0 to 1 of a row, None for no bar; then `least` and `most` are its width.
        style: of its cells.
        rises: the smallest comes first when it begins to be sorted.
    """

    title: str
    cell: Callable[[Row], str]
    importance: int
    rank: Callable[[Row], Any] | None = None
    is_text: bool = False
    least: int | None = None
    most: int = _MOST_TEXT_CELLS
    share: Callable[[Row], float | None] | None = None
    style: str = "$text-muted"
    rises: bool = False


@dataclass(frozen=True, slots=True)
class Sort:
    """By which column the rows are sorted, and in which direction."""

    title: str
    rises: bool = False

    @property
    def turned(self) -> Sort:
        return Sort(self.title, not self.rises)


@dataclass(frozen=True, slots=True)
class Place(Generic[Row]):
    """Where a column stands: its own cells, and the empty ones before it."""

    column: Column[Row]
    width: int
    gap: int


def cells(text: str) -> int:
    """The width of a text; most are plain ASCII, where it need not be looked up."""
    return len(text) if text.isascii() else cell_len(text)


class Grid(Generic[Row]):
    """The columns, measured for some rows."""

    def __init__(self, columns: Sequence[Column[Row]], rows: Sequence[Row], total: Row | None = None) -> None:
        """
        Args:
            columns: as they stand, from left to right; the first one is always shown.
            total: a row that stands below the others.
        """
        self.columns = tuple(columns)
        measured = rows if total is None else (*rows, total)
        self._natural = [_natural(column, measured) for column in columns]
        self._fitted: dict[int, tuple[Place[Row], ...]] = {}

    def column(self, title: str) -> Column[Row] | None:
        """The column of that title."""
        return next((each for each in self.columns if each.title == title), None)

    def sortable(self, room: int) -> list[Column[Row]]:
        """What is shown and can be sorted by."""
        return [place.column for place in self.fit(room) if place.column.rank is not None]

    def fit(self, room: int) -> tuple[Place[Row], ...]:
        """The columns that `room` cells are enough for."""
        known = self._fitted.get(room)
        if known is None:
            known = self._fitted[room] = self._fit(room)
        return known

    def headings(self, room: int, sort: Sort | None = None) -> Content:
        """The titles; the one that is sorted by is marked."""
        parts = []
        for place in self.fit(room):
            title, style = place.column.title, "$text-muted"
            if sort is not None and sort.title == title:
                mark = _RISING if sort.rises else _FALLING
                title, style = f"{title}{mark}" if place.column.is_text else f"{mark}{title}", "$foreground"
            cell = _cell(place, title, style)
            parts.append(
                cell if place.column.rank is None else cell.stylize(Style.from_meta({HEADING_META: place.column.title}))
            )
        return Content("").join(parts)

    def line(self, row: Row, room: int) -> Content:
        """A row, no wider than `room`."""
        parts = []
        for place in self.fit(room):
            if place.column.share is None:
                parts.append(_cell(place, place.column.cell(row), place.column.style))
            else:
                share = place.column.share(row)
                bar = "" if share is None else share_bar(share, place.width)
                parts.append(Content.styled(" " * place.gap + bar.ljust(place.width), place.column.style))
        return Content("").join(parts)

    def sorted(self, rows: Sequence[Row], sort: Sort) -> list[Row]:
        """The rows in that order; those that have nothing to say about it come last, whatever the direction."""
        column = self.column(sort.title)
        if column is None or column.rank is None:
            return list(rows)
        rank = column.rank
        telling = [row for row in rows if rank(row) is not None]
        silent = [row for row in rows if rank(row) is None] if len(telling) < len(rows) else []
        return sorted(telling, key=rank, reverse=not sort.rises) + silent

    def _fit(self, room: int) -> tuple[Place[Row], ...]:
        by_importance = sorted(range(len(self.columns)), key=lambda place: self.columns[place].importance)
        widths: dict[int, int] = {}
        spare = room + GAP
        for place in by_importance:
            least = self._least(place)
            if not widths:
                least = min(self._natural[place], max(least, int(room * _FIRST_SHARE)))
            if spare < GAP + least and widths:
                break
            widths[place] = min(least, room)
            spare -= GAP + widths[place]
        for place in by_importance:
            if place in widths and spare > 0:
                grown = min(spare, self._natural[place] - widths[place])
                widths[place] += grown
                spare -= grown
        gaps = len(widths) - 1
        wider = min(_WIDEST_GAP - GAP, max(0, spare) // gaps) if gaps else 0
        spare -= wider * gaps
        texts = [place for place in by_importance if place in widths and self.columns[place].least is not None]
        widths[(texts or by_importance)[0]] += max(0, spare)
        places = [place for place in range(len(self.columns)) if place in widths]
        return tuple(
            Place(self.columns[place], widths[place], 0 if number == 0 else GAP + wider)
            for number, place in enumerate(places)
        )

    def _least(self, place: int) -> int:
        least = self.columns[place].least
        return self._natural[place] if least is None else min(least, self._natural[place])


def _natural(column: Column[Row], rows: Sequence[Row]) -> int:
    title = cells(column.title) + (column.rank is not None)
    if column.share is not None:
        return max(column.most, title)
    widest = max((cells(column.cell(row)) for row in rows), default=0)
    return max(title, min(widest, column.most) if column.is_text else widest)


def _cell(place: Place[Row], text: str, style: str) -> Content:
    text = fitted(text, place.width) if cells(text) > place.width else text
    room = " " * (place.width - cells(text))
    aligned = text + room if place.column.is_text else room + text
    return Content.styled(" " * place.gap + aligned, style)
