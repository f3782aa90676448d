"""What each model has cost, over everything the ledger knows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual.content import Content
from textual.getters import query_one
from textual.widget import Widget
from textual.widgets import Static

from app import format as fmt
from app.screens.dialog import Dialog
from app.screens.rows import total_cost
from app.text import one_line
from app.widgets.fitting import fitted, spread
from app.widgets.table import column_widths, columns_that_fit, right_cells

if TYPE_CHECKING:
    from app.storage.records import ModelTotal

_HEADINGS = ("cost", "requests", "in", "out", "cached", "saved", "first token")
_LEAST_LABEL_CELLS = 24
NOTHING = "Nothing yet. Every request you send adds a row here, with its tokens and what it cost."


class StatsScreen(Dialog):
    """The table follows the width: the least important columns go first."""

    table = query_one("#table", Static)

    def __init__(self, totals: Sequence[ModelTotal]) -> None:
        super().__init__()
        self._totals = tuple(totals)

    def heading(self) -> str:
        return "What each model has cost so far"

    def body(self) -> Iterable[Widget]:
        yield Static(id="table")

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        self.table.update(_table(self._totals, self.table.content_size.width) if self._totals else NOTHING)


def _table(totals: Sequence[ModelTotal], width: int) -> Content:
    ordered = sorted(totals, key=lambda total: (total.usd is None, -(total.usd or 0)))
    rows = [_cells(total) for total in ordered]
    last = (total_cost(ordered), str(sum(total.requests for total in ordered)))
    widths = column_widths([*rows, last], _HEADINGS)
    count = columns_that_fit(widths, width - _LEAST_LABEL_CELLS)
    widths = widths[:count]
    lines = [_line("model", _HEADINGS, widths, width).stylize("$text-muted")]
    lines += [_line(str(total.ref), row, widths, width) for total, row in zip(ordered, rows, strict=True)]
    lines += [Content(), _line("total", [*last, *("" for _ in _HEADINGS)], widths, width).stylize("bold")]
    return Content("\n").join(lines)


def _line(label: str, cells: Sequence[str], widths: Sequence[int], width: int) -> Content:
    figures = right_cells(cells[: len(widths)], widths)
    return spread(Content(fitted(one_line(label), width - figures.cell_length - 1)), figures, width)


def _cells(total: ModelTotal) -> tuple[str, ...]:
    usage = total.usage
    return (
        total_cost([total]),
        str(total.requests),
        fmt.tokens(usage.input_tokens),
        fmt.tokens(usage.output_tokens),
        fmt.tokens(usage.cached_tokens),
        fmt.usd(total.saved_by_cache_usd),
        fmt.duration(total.first_token_ms_median),
    )
