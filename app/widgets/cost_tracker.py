"""What this conversation has cost so far, model by model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from app.format import USD_CELLS
from app.text import plain
from app.widgets.fitting import fitted, spread

_TOKENS_CELLS = len("≈ ↑8.1k ↓1.2k ")


@dataclass(frozen=True, slots=True)
class CostRow:
    """One model's part, as it is shown: token counts and cost are texts already.

    Attributes:
        tokens: in and out.
        provider: "" where the model says enough.
    """

    model: str
    tokens: str
    cost: str
    provider: str = ""


class CostTracker(Widget):
    """Rows of model and cost with their tokens below, and the total."""

    rows: reactive[tuple[CostRow, ...]] = reactive(())
    """One per model used, in the order of first use."""

    total: reactive[str] = reactive("")
    """The sum, with its "≥" or "≈"; "" while nothing was sent."""

    def show(self, rows: Sequence[CostRow], total: str) -> None:
        """Show these figures."""
        self.rows = tuple(rows)
        self.total = total

    def watch_rows(self, before: Sequence[CostRow], now: Sequence[CostRow]) -> None:
        # Figures tick several times a second: only another height is worth a new layout.
        if len(before) != len(now):
            self.refresh(layout=True)

    def render(self) -> RenderResult:
        width = self.content_size.width
        if not self.rows:
            return Content.styled("Nothing sent yet.", "$text-muted")
        lines: list[Content] = []
        for row in self.rows:
            cost = Content(row.cost)
            model = plain(fitted(row.model, width - max(cost.cell_length, USD_CELLS) - 1))
            lines.append(spread(model, cost, width))
            tokens = Content.styled(row.tokens, "$text-muted")
            provider = plain(fitted(row.provider, width - _TOKENS_CELLS)).stylize("$text-muted")
            lines.append(spread(tokens, provider, width) if row.provider else tokens)
        if len(self.rows) > 1:
            lines.append(Content())
            lines.append(spread(Content.styled("total", "$text-muted"), Content.styled(self.total, "bold"), width))
        return Content("\n").join(lines)
