"""The last line: model and lamp, figures, and the keys that matter now."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

from app.text import plain
from app.widgets.fitting import fitted, spread
from app.widgets.lamp import lamp, lamp_color
from providers.connection import ConnectionState

_GAP = "   "
_LEAST_MODEL_CELLS = 16
_KEY_CELLS = len("   esc stop")
"""Kept free of figures."""
_BETWEEN_FIGURES, _BETWEEN_KEYS = Content("  "), Content("  ")


@dataclass(frozen=True, slots=True)
class KeyHint:
    """A key, what it does, and the Textual action that a click on it runs; "" for none."""

    key: str
    word: str
    action: str


@dataclass(frozen=True, slots=True)
class Status:
    """What there is to say.

    Attributes:
        model: the reference of the model that writes the next reply; "" when there is none.
        state, word: of its provider; None when there is none.
        figures: the most important first: those that do not fit are left out from the end, never the first.
        hints: the most important first, too.
    """

    model: str = ""
    state: ConnectionState | None = None
    word: str = ""
    figures: tuple[str, ...] = ()
    hints: tuple[KeyHint, ...] = ()


class StatusBar(Widget):
    """One line that never wraps and never cuts a word."""

    status: reactive[Status] = reactive(Status())

    def render(self) -> RenderResult:
        width, figures = self.content_size.width, [Content.styled(each, "$text-muted") for each in self.status.figures]
        left = self._model(width - len(_GAP) - (figures[0].cell_length if figures else 0))
        if figures:
            # How many figures there are does not depend on the keys, so that they stay where they are.
            count = max(1, _how_many(figures, _BETWEEN_FIGURES, width - left.cell_length - len(_GAP) - _KEY_CELLS))
            left += Content(_GAP) + _BETWEEN_FIGURES.join(figures[:count])
        keys = [_hint(hint) for hint in self.status.hints]
        count = _how_many(keys, _BETWEEN_KEYS, width - left.cell_length - len(_GAP))
        return spread(left, _BETWEEN_KEYS.join(keys[:count]), width)

    def _model(self, room: int) -> Content:
        """Model and lamp: the word of the lamp goes where there is no room for it, the model never."""
        status = self.status
        if not status.model or status.state is None:
            return Content.styled("no model yet", "$text-muted")
        sign = Content.assemble(" ", lamp(status.state))
        word = Content.assemble(sign, " ", Content.styled(status.word, lamp_color(status.state)))
        if room - word.cell_length < _LEAST_MODEL_CELLS:
            word = sign
        half = self.content_size.width // 2 - word.cell_length
        cells = min(max(_LEAST_MODEL_CELLS, half), room - word.cell_length)
        return plain(fitted(status.model, max(1, cells))) + word


def _how_many(parts: list[Content], between: Content, room: int) -> int:
    """How many parts, from the first on, fit."""
    used = -between.cell_length
    for count, part in enumerate(parts):
        used += between.cell_length + part.cell_length
        if used > room:
            return count
    return len(parts)


def _hint(hint: KeyHint) -> Content:
    shown = Content.assemble(Content.styled(hint.key, "$foreground"), " ", Content.styled(hint.word, "$text-muted"))
    return shown.stylize(Style.from_meta({"@click": hint.action})) if hint.action else shown
