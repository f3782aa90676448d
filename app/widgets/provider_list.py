"""The providers with their lamps: one row each, or one glyph each when the sidebar is folded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import var
from textual.timer import Timer
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from app.commands import Place
from app.keymap import bindings
from app.text import plain
from app.widgets.fitting import fitted, spread
from app.widgets.lamp import lamp, lamp_color
from providers.connection import ConnectionState

_TURN_SECONDS = 0.25
_WORD_CELLS, _COUNT_CELLS = 12, 4
_UNFOLDED_CELLS, _LEAST_CELLS = 31, 20
"""The width assumed until the layout has unfolded the list, and what counts as unfolded."""


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """What the list shows of a provider.

    Attributes:
        word: the state in one or two words.
        models: how many it offers; None before anybody knows.
        error: the last failure in one sentence; "" when there was none.
        found: why it is offered, when nobody configured it; "" otherwise.
    """

    name: str
    label: str
    state: ConnectionState
    word: str
    models: int | None = None
    error: str = ""
    found: str = ""


class ProviderList(OptionList, inherit_bindings=False):
    """Lamps, labels, words and model counts."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(Place.PROVIDERS),
        ("up", "cursor_up", "Up"),
        ("down", "cursor_down", "Down"),
        ("home", "first", "First"),
        ("end", "last", "Last"),
    ]

    @dataclass
    class Wanted(Message):
        """Something was asked of the provider under the cursor; `name` is "" where none is meant.

        `what`: card, test, toggle, add, edit, remove, keep, allow, move_key or curl.
        """

        provider_list: ProviderList
        what: str
        name: str

        @property
        def control(self) -> ProviderList:
            return self.provider_list

    is_rail: var[bool] = var(False)
    """Draw only the lamps."""

    def __init__(self, *, is_rail: bool = False) -> None:
        super().__init__(compact=True)
        self.set_reactive(ProviderList.is_rail, is_rail)
        self._rows: tuple[ProviderRow, ...] = ()
        self._places: tuple[ProviderRow | None, ...] = ()
        """What stands on each line; None for the heading of those that were found."""
        self._turn = 0
        self._turning: Timer | None = None

    @property
    def row(self) -> ProviderRow | None:
        """The row under the cursor."""
        index = self.highlighted
        if index is None:
            return next(iter(self._rows), None)
        return self._places[index] if index < len(self._places) else None

    def on_mount(self) -> None:
        self._turning = self.set_interval(_TURN_SECONDS, self._turn_lamps, pause=True)

    def on_resize(self) -> None:
        self._redraw()

    def show(self, rows: Sequence[ProviderRow]) -> None:
        """Show these rows, those that were found last; the cursor stays on its provider."""
        previous = self.row
        lines = _lines(rows)
        is_same = _names(lines) == _names(self._places)
        self._rows, self._places = tuple(rows), lines
        if is_same:
            self._redraw()
        else:
            was_there, index = self.highlighted is not None, self.highlighted or 0
            self.set_options(Option(self._line(row), disabled=row is None) for row in lines)
            names = _names(lines)
            if was_there and previous is not None and previous.name in names:
                self.highlighted = names.index(previous.name)
            elif was_there and rows:
                # Its provider is gone: its neighbour is under the cursor.
                self.highlighted = _nearest(lines, index)
        if self._turning is not None:
            moves = self.app.animation_level != "none"
            is_connecting = any(row.state is ConnectionState.CONNECTING for row in rows)
            (self._turning.resume if is_connecting and moves else self._turning.pause)()

    def watch_is_rail(self) -> None:
        self._redraw()

    def watch_highlighted(self, highlighted: int | None) -> None:
        super().watch_highlighted(highlighted)
        self._redraw_cursor()

    def on_focus(self) -> None:
        if self.highlighted is None and self._rows:
            self.highlighted = _nearest(self._places, 0)
        self._redraw_cursor()

    def on_blur(self) -> None:
        self._redraw_cursor()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_card()

    def action_card(self) -> None:
        self._want("card")

    def action_test(self) -> None:
        self._want("test")

    def action_add(self) -> None:
        self.post_message(self.Wanted(self, "add", ""))

    def action_edit(self) -> None:
        self._want("edit")

    def action_remove(self) -> None:
        self._want("remove")

    def action_toggle_enabled(self) -> None:
        self._want("toggle")

    def action_keep(self) -> None:
        self._want("keep")

    def action_allow(self) -> None:
        self._want("allow")

    def action_move_key(self) -> None:
        self._want("move_key")

    def action_copy_curl(self) -> None:
        self._want("curl")

    def _want(self, what: str) -> None:
        self.post_message(self.Wanted(self, what, self.row.name if self.row is not None else ""))

    def _turn_lamps(self) -> None:
        self._turn += 1
        for index, row in enumerate(self._places):
            if row is not None and row.state is ConnectionState.CONNECTING:
                self.replace_option_prompt_at_index(index, self._draw(index))

    def _redraw(self) -> None:
        for index in range(len(self._places)):
            self.replace_option_prompt_at_index(index, self._draw(index))

    def _redraw_cursor(self) -> None:
        if self.app.current_theme.ansi:
            self._redraw()

    def _draw(self, index: int) -> Content:
        line = self._line(self._places[index])
        if index == self.highlighted and self.has_focus and self.app.current_theme.ansi:
            return Content(line.plain)  # the terminal's colours need not be readable on the cursor's
        return line

    def _line(self, row: ProviderRow | None) -> Content:
        if row is None:
            return Content.styled("·" if self.is_rail else "found", "$text-muted")
        glyph = lamp(row.state, self._turn)
        if self.is_rail:
            return glyph
        width = self.scrollable_content_region.width
        if width < _LEAST_CELLS:
            width = _UNFOLDED_CELLS
        count = "" if row.models is None else str(row.models)
        word = row.word.ljust(_WORD_CELLS)
        figures = Content.assemble(
            Content.styled(word, lamp_color(row.state)),
            # A longer word takes what the number does not need.
            Content.styled(count.rjust(_WORD_CELLS + _COUNT_CELLS - len(word)), "$text-muted"),
        )
        label = fitted(row.label, width - figures.cell_length - 3)
        return spread(Content.assemble(glyph, " ", plain(label)), figures, width)


def _lines(rows: Sequence[ProviderRow]) -> tuple[ProviderRow | None, ...]:
    """The rows with a heading above those that were found."""
    found = [row for row in rows if row.found]
    configured = [row for row in rows if not row.found]
    return (*configured, None, *found) if found else tuple(configured)


def _names(lines: Sequence[ProviderRow | None]) -> list[str | None]:
    return [row.name if row else None for row in lines]


def _nearest(lines: Sequence[ProviderRow | None], index: int) -> int:
    """The line with a provider that is nearest to a place."""
    return min((each for each, row in enumerate(lines) if row), key=lambda each: abs(each - index))
