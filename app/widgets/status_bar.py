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
_BEST_HINTS, _BEST_FIGURES = 2, 3


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
        figures: the most important first: those that do not fit are left out from the end.
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
        width = self.content_size.width
        left = self._model(width)
        figures, hints = list(self.status.figures), list(self.status.hints)
        while True:
            right = _join([Content.styled(figure, "$text-muted") for figure in figures], _hints(hints))
            if left.cell_length + len(_GAP) + right.cell_length <= width or not (figures or hints):
                return spread(left, right, width)
            self._drop_one(figures, hints)

    def _drop_one(self, figures: list[str], hints: list[KeyHint]) -> None:
        """Hints make room first, down to one; then figures do."""
        if len(hints) > _BEST_HINTS:
            hints.pop()
        elif len(figures) > _BEST_FIGURES:
            figures.pop()
        elif len(hints) > 1 or not figures:
            hints.pop()
        else:
            figures.pop()

    def _model(self, width: int) -> Content:
        status = self.status
        if not status.model or status.state is None:
            return Content.styled("no model yet", "$text-muted")
        word = Content.assemble(" ", lamp(status.state), " ", Content.styled(status.word, lamp_color(status.state)))
        return plain(fitted(status.model, max(_LEAST_MODEL_CELLS, width // 2 - word.cell_length))) + word


def _hints(hints: list[KeyHint]) -> list[Content]:
    return [_hint(hint) for hint in hints]


def _hint(hint: KeyHint) -> Content:
    shown = Content.assemble(Content.styled(hint.key, "$foreground"), " ", Content.styled(hint.word, "$text-muted"))
    return shown.stylize(Style.from_meta({"@click": hint.action})) if hint.action else shown


def _join(figures: list[Content], hints: list[Content]) -> Content:
    parts = []
    if figures:
        parts.append(Content.styled(" · ", "$text-muted").join(figures))
    if hints:
        parts.append(Content("  ").join(hints))
    return Content(_GAP).join(parts)
