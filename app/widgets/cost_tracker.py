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
    """One model's part, as it is shown: token counts and cost are texts already."""

    model: str
    tokens_in: str
    tokens_out: str
    cost: str


class CostTracker(Widget):
    """Rows of model and cost with their tokens below, and the total."""

    rows: reactive[tuple[CostRow, ...]] = reactive((), layout=True)
    """One per model used, in the order of first use."""

    total: reactive[str] = reactive("")
    """The sum, with its "≥" or "≈"; "" while nothing was sent."""

    def show(self, rows: Sequence[CostRow], total: str) -> None:
        """Show these figures."""
        self.rows = tuple(rows)
        self.total = total

    def render(self) -> RenderResult:
        width = self.content_size.width
        if not self.rows:
            return Content.styled("Nothing sent yet.", "$text-muted")
        lines: list[Content] = []
        for row in self.rows:
            cost = Content(row.cost)
            model = plain(fitted(row.model, width - cost.cell_length - 1))
            lines.append(spread(model, cost, width))
            lines.append(Content.styled(f"↑{row.tokens_in} ↓{row.tokens_out}", "$text-muted"))
        if len(self.rows) > 1:
            lines.append(Content())
            lines.append(spread(Content.styled("total", "$text-muted"), Content.styled(self.total, "bold"), width))
        return Content("\n").join(lines)
