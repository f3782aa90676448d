"""What this conversation has cost so far, model by model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from app.text import plain
from app.widgets.fitting import fitted, spread


@dataclass(frozen=True, slots=True)
class CostRow:
    """One model's part, as it is shown: token counts and cost are texts already.

    Attributes:
        tokens: in and out; "" when nobody knows them.
    """

    model: str
    tokens: str
    cost: str


class CostTracker(Widget):
    """Rows of model and cost with their tokens below, and the total."""

    rows: reactive[tuple[CostRow, ...]] = reactive((), layout=True)
    """One per model used, in the order of first use."""

    total: reactive[str] = reactive("")
    """The sum, with its "≥" or "≈"; "" while nothing was sent."""

    is_waiting: reactive[bool] = reactive(False)
    """A reply is on its way."""

    def show(self, rows: Sequence[CostRow], total: str, *, is_waiting: bool = False) -> None:
        """Show these figures."""
        self.is_waiting = is_waiting
        self.rows = tuple(rows)
        self.total = total

    def render(self) -> RenderResult:
        width = self.content_size.width
        if not self.rows:
            sentence = "A reply is on its way." if self.is_waiting else "Nothing sent yet."
            return Content.styled(sentence, "$text-muted")
        lines: list[Content] = []
        for row in self.rows:
            cost = Content(row.cost)
            model = plain(fitted(row.model, width - cost.cell_length - 1))
            lines.append(spread(model, cost, width))
            if row.tokens:
                lines.append(Content.styled(row.tokens, "$text-muted"))
        if len(self.rows) > 1:
            lines.append(Content())
            lines.append(spread(Content.styled("total", "$text-muted"), Content.styled(self.total, "bold"), width))
        return Content("\n").join(lines)
