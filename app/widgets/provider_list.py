"""The providers with their lamps: one row each, or one glyph each when the sidebar is folded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import RenderResult
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
_UNFOLDED_CELLS, _LEAST_CELLS = 31, 20
"""The width assumed until the layout has unfolded the list, and what counts as unfolded."""


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """What the list shows of a provider.

    Attributes:
        word: the state in one or two words.
        models: how many it offers; None before anybody knows.
        error: the last failure in one sentence; "" when there was none.
    """

    name: str
    label: str
    state: ConnectionState
    word: str
    models: int | None = None
    error: str = ""


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
        """Something was asked of the provider under the cursor. `what`: card, test or toggle."""

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
        self._turn = 0
        self._turning: Timer | None = None

    @property
    def row(self) -> ProviderRow | None:
        """The row under the cursor."""
        index = self.highlighted or 0
        return self._rows[index] if index < len(self._rows) else None

    def on_mount(self) -> None:
        self._turning = self.set_interval(_TURN_SECONDS, self._turn_lamps, pause=True)

    def on_resize(self) -> None:
        self._redraw()

    def show(self, rows: Sequence[ProviderRow]) -> None:
        """Show these rows; the cursor stays on its provider."""
        previous = self.row
        same_names = [row.name for row in rows] == [row.name for row in self._rows]
        self._rows = tuple(rows)
        if same_names:
            self._redraw()
        else:
            self.set_options(Option(self._line(row)) for row in self._rows)
            names = [row.name for row in self._rows]
            is_there = self.highlighted is not None and previous is not None and previous.name in names
            self.highlighted = names.index(previous.name) if is_there and previous else None
        if self._turning is not None:
            moves = self.app.animation_level != "none"
            is_connecting = any(row.state is ConnectionState.CONNECTING for row in rows)
            (self._turning.resume if is_connecting and moves else self._turning.pause)()

    def watch_is_rail(self) -> None:
        self._redraw()

    def on_focus(self) -> None:
        if self.highlighted is None and self._rows:
            self.highlighted = 0

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_card()

    def action_card(self) -> None:
        self._want("card")

    def action_test(self) -> None:
        self._want("test")

    def action_toggle_enabled(self) -> None:
        self._want("toggle")

    def _want(self, what: str) -> None:
        if self.row is not None:
            self.post_message(self.Wanted(self, what, self.row.name))

    def _turn_lamps(self) -> None:
        self._turn += 1
        for index, row in enumerate(self._rows):
            if row.state is ConnectionState.CONNECTING:
                self.replace_option_prompt_at_index(index, self._line(row))

    def _redraw(self) -> None:
        for index, row in enumerate(self._rows):
            self.replace_option_prompt_at_index(index, self._line(row))

    def _line(self, row: ProviderRow) -> RenderResult:
        glyph = lamp(row.state, self._turn)
        if self.is_rail:
            return glyph
        width = self.scrollable_content_region.width
        if width < _LEAST_CELLS:
            width = _UNFOLDED_CELLS
        count = "" if row.models is None else str(row.models)
        figures = Content.assemble(
            Content.styled(f"{row.word:<12}", lamp_color(row.state)),
            Content.styled(f"{count:>4}", "$text-muted"),
        )
        label = fitted(row.label, width - figures.cell_length - 3)
        return spread(Content.assemble(glyph, " ", plain(label)), figures, width)
