"""One dialog for every choice: type to narrow, arrows to move, Enter to take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Resize
from textual.getters import query_one
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from app.styles import sheet
from app.text import one_line
from app.widgets import fuzzy
from app.widgets.fitting import fitted, spread
from app.widgets.key_line import key_line
from app.widgets.table import column_widths, columns_that_fit, right_cells

Value = TypeVar("Value")

_MOST_SHOWN = 300
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
        standing: what is said beside the name of the group; None for nothing.
        also: more words to match against, not shown.
        is_current: marked, and under the cursor at first.
    """

    value: Value
    label: str
    cells: tuple[str, ...] = ()
    group: str = ""
    standing: Content | None = None
    also: str = ""
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class _Match(Generic[Value]):
    row: PickerRow[Value]
    score: float
    offsets: Sequence[int] = ()


class Picker(ModalScreen[Value | None], Generic[Value]):
    """Dismissed with the value chosen, or None."""

    CSS_PATH = sheet("picker")
    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "dismiss(None)", "Close"),
        ("up", "move(-1)", "Up"),
        ("down", "move(1)", "Down"),
        ("pageup", "page(-1)", "Page up"),
        ("pagedown", "page(1)", "Page down"),
    ]

    field = query_one(Input)
    choices = query_one(OptionList)
    header = query_one("#columns", Static)

    def __init__(
        self,
        title: str,
        rows: Sequence[PickerRow[Value]],
        *,
        headings: tuple[str, ...] = (),
        verb: str = "choose",
        empty: str = "Nothing here yet.",
    ) -> None:
        """
        Args:
            title: stands in the empty field.
            headings: one per cell of the rows.
            verb: what Enter does.
            empty: the sentence when there are no rows at all.
        """
        super().__init__()
        self._title = title
        self._rows = tuple(rows)
        self._headings = headings
        self._verb = verb
        self._empty = empty
        self._widths = column_widths([row.cells for row in rows], headings)
        self._shown: dict[int, PickerRow[Value]] = {}

    def compose(self) -> ComposeResult:
        with Vertical(id="picker"):
            yield Input(placeholder=self._title, compact=True)
            yield Static(id="columns")
            yield OptionList(compact=True)
            yield Static(key_line((("↵", self._verb), ("esc", "close"))), id="keys")

    def on_mount(self) -> None:
        groups = {row.group for row in self._rows if row.group}
        self.query_one("#picker").styles.max_height = max(1, len(self._rows)) + len(groups) + _FRAME_LINES
        self.choices.can_focus = False
        self.field.focus()

    @on(Resize)
    @on(Input.Changed)
    def _narrow(self) -> None:
        query = self.field.value.split()
        matches = self._matches(query)
        options: list[Option] = []
        self._shown = {}
        group = ""
        for match in matches[:_MOST_SHOWN]:
            if match.row.group != group:
                group = match.row.group
                heading = Content.styled(one_line(group), "$text-primary")
                if match.row.standing is not None:
                    heading = Content.assemble(heading, "  ", match.row.standing)
                options.append(Option(heading, disabled=True))
            self._shown[len(options)] = match.row
            options.append(Option(self._line(match)))
        if len(matches) > _MOST_SHOWN:
            more = f"… {len(matches) - _MOST_SHOWN} more: keep typing"
            options.append(Option(Content.styled(more, "$text-muted"), disabled=True))
        if not options:
            sentence = "Nothing matches." if self._rows else self._empty
            options.append(Option(Content.styled(sentence, "$text-muted"), disabled=True))
        self.choices.set_options(options)
        current = next((index for index, row in self._shown.items() if row.is_current and not query), None)
        self.choices.highlighted = next(iter(self._shown), None) if current is None else current
        self._show_headings()

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

    def _line(self, match: _Match[Value]) -> Content:
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

    def _show_headings(self) -> None:
        count = columns_that_fit(self._widths, self._room - _LEAST_LABEL_CELLS - _MARK_CELLS)
        self.header.display = any(self._headings[:count])
        cells = right_cells(self._headings[:count], self._widths[:count])
        self.header.update(spread(Content(), cells, self._room).stylize("$text-muted"))

    @property
    def _room(self) -> int:
        return max(10, self.choices.scrollable_content_region.width)

    @on(Input.Submitted)
    def _take(self) -> None:
        row = self._shown.get(-1 if self.choices.highlighted is None else self.choices.highlighted)
        if row is not None:
            self.dismiss(row.value)

    @on(OptionList.OptionSelected)
    def _take_clicked(self) -> None:
        self._take()

    def action_move(self, step: int) -> None:
        (self.choices.action_cursor_down if step > 0 else self.choices.action_cursor_up)()

    def action_page(self, step: int) -> None:
        (self.choices.action_page_down if step > 0 else self.choices.action_page_up)()  # type: ignore[no-untyped-call]
