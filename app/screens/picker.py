"""One dialog for every choice: type to narrow, arrows to move, Enter to take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.getters import query_one
from textual.widgets import Static

from app.screens.chooser import Chooser, Value
from app.text import one_line
from app.widgets import fuzzy
from app.widgets.choice_list import ChoiceList
from app.widgets.field import Field
from app.widgets.fitting import fitted, spread
from app.widgets.key_line import key_line
from app.widgets.table import column_widths, columns_that_fit, right_cells

_SHOWN_CHARACTERS = 400
_LEAST_LABEL_CELLS = 26
_MARK_CELLS = 2
_FRAME_LINES = 7
"""Of the dialog, besides its rows: padding, field, headings, keys."""


@dataclass(frozen=True, slots=True)
class PickerRow(Generic[Value]):
    """One choice.

    Attributes:
        label: what is shown first and what typing is matched against.
        cells: the figures beside it, one per column, the most important first.
        group: rows of one group stand together under its name; "" for none.
        also: more words to match against, not shown.
        is_current: marked, and under the cursor at first.
    """

    value: Value
    label: str
    cells: tuple[str, ...] = ()
    group: str = ""
    also: str = ""
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class _Match(Generic[Value]):
    row: PickerRow[Value]
    score: float
    offsets: Sequence[int] = ()


class Picker(Chooser[Value], Generic[Value]):
    """Picks one of rows that do not change."""

    header = query_one("#columns", Static)

    def __init__(
        self,
        title: str,
        rows: Sequence[PickerRow[Value]],
        *,
        headings: tuple[str, ...] = (),
        verb: str = "choose",
        empty: str = "Nothing here yet.",
        from_typed: Callable[[str], PickerRow[Value] | None] = lambda text: None,
    ) -> None:
        """
        Args:
            title: stands in the empty field.
            headings: one per cell of the rows.
            verb: what Enter does.
            empty: the sentence when there are no rows at all.
            from_typed: makes a choice of a text that matches none of the rows.
        """
        super().__init__()
        self._title = title
        self._rows = tuple(rows)
        self._headings = headings
        self._verb = verb
        self._empty = empty
        self._from_typed = from_typed
        self._widths = column_widths([row.cells for row in rows], headings)
        self._lines: list[_Match[Value] | Content] = []
        """What is shown: rows, and headings and sentences between them."""

    def compose(self) -> ComposeResult:
        with Vertical(id="picker"):
            yield Field(self._title)
            yield Static(id="columns")
            yield ChoiceList()
            yield Static(key_line((("↵", self._verb), ("esc", "close"))), id="keys")

    def on_mount(self) -> None:
        groups = {row.group for row in self._rows if row.group}
        self.query_one("#picker").styles.max_height = max(1, len(self._rows)) + len(groups) + _FRAME_LINES
        super().on_mount()

    def narrow(self) -> None:
        query = self.field.value.split()
        lines: list[_Match[Value] | Content] = []
        group, current = "", None
        for match in self._matches(query):
            if match.row.group != group:
                group = match.row.group
                lines.append(Content.styled(one_line(group), "$text-primary"))
            if match.row.is_current and not query and current is None:
                current = len(lines)
            lines.append(match)
        typed = self._from_typed(" ".join(query)) if query and not lines else None
        if typed is not None:
            lines.append(_Match(typed, 0))
        elif not lines:
            sentence = "Nothing matches." if self._rows else self._empty
            lines.append(Content.styled(sentence, "$text-muted"))
        self._lines = lines
        first = next((row for row in range(len(lines)) if self._can_choose(row)), None)
        self.choices.show(len(lines), self._line, self._can_choose, first if current is None else current)
        self.show_headings()

    def take(self) -> None:
        line = None if self.choices.cursor is None else self._lines[self.choices.cursor]
        if isinstance(line, _Match):
            self.dismiss(line.row.value)

    def show_headings(self) -> None:
        count = columns_that_fit(self._widths, self._room - _LEAST_LABEL_CELLS - _MARK_CELLS)
        self.header.display = any(self._headings[:count])
        cells = right_cells(self._headings[:count], self._widths[:count])
        self.header.update(spread(Content(), cells, self._room).stylize("$text-muted"))

    def _matches(self, query: Sequence[str]) -> list[_Match[Value]]:
        """The rows that match every word; groups stay together, the one with the best match first."""
        if not query:
            return [_Match(row, 0) for row in self._rows]
        matches = [match for row in self._rows if (match := self._match(query, row)) is not None]
        best: dict[str, float] = {}
        for match in matches:
            best[match.row.group] = max(best.get(match.row.group, 0), match.score)
        return sorted(matches, key=lambda match: (-best[match.row.group], match.row.group, -match.score))

    def _match(self, query: Sequence[str], row: PickerRow[Value]) -> _Match[Value] | None:
        label = one_line(row.label[:_SHOWN_CHARACTERS])
        score, offsets = 0.0, set[int]()
        for word in query:
            found = fuzzy.match(word, label)
            if found is not None:
                score += found.score
                offsets.update(found.offsets)
            elif word.lower() not in f"{row.group} {row.also}".lower():
                return None
        return _Match(row, score, sorted(offsets))

    def _can_choose(self, row: int) -> bool:
        return isinstance(self._lines[row], _Match)

    def _line(self, index: int) -> Content:
        match = self._lines[index]
        if isinstance(match, Content):
            return match
        row, room = match.row, self._room
        count = columns_that_fit(self._widths, room - _LEAST_LABEL_CELLS - _MARK_CELLS)
        figures = right_cells(row.cells[:count], self._widths[:count]).stylize("$text-muted")
        whole = one_line(row.label[:_SHOWN_CHARACTERS])
        label = fitted(whole, room - figures.cell_length - _MARK_CELLS)
        text = Content(label)
        if label == whole:
            for offset in match.offsets:
                text = text.stylize("bold $text-primary", offset, offset + 1)
        mark = Content.styled("● ", "$text-primary") if row.is_current else Content("  ")
        return spread(mark + text, figures, room)

    @property
    def _room(self) -> int:
        return self.choices.room
