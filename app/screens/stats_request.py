"""All that is known about one request."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.getters import query_one
from textual.widget import Widget
from textual.widgets import Static

from app import format as fmt
from app.request_words import outcome
from app.screens.dialog import Dialog
from app.screens.stats_requests import conversation_of
from app.screens.stats_rows import request_cost
from app.storage.totals import speed_of
from app.text import one_line, plain
from app.widgets.grid import GAP

if TYPE_CHECKING:
    from app.storage.records import LedgerRow
    from app.storage.stats import Request

_LEAST_VALUE_CELLS = 10


class RequestDetails(Dialog):
    """Attributes:
    wants_conversation: it was closed to see the conversation.
    """

    BINDINGS: ClassVar[list[BindingType]] = [("enter,o", "conversation", "Open the conversation")]
    facts = query_one("#facts", Static)

    KEYS = (("↵", "conversation"), ("esc", "back"))

    def __init__(self, request: Request, zone: tzinfo) -> None:
        super().__init__()
        self._request = request
        self._zone = zone
        self.wants_conversation = False

    def heading(self) -> str:
        row = self._request.row
        return f"{row.provider}/{row.model}"

    def body(self) -> Iterable[Widget]:
        yield Static(id="facts")

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        self.facts.update(fact_page(request_facts(self._request, self._zone), self.facts.content_size.width))

    def action_conversation(self) -> None:
        self.wants_conversation = True
        self.dismiss()


def fact_page(groups: Sequence[Sequence[tuple[str, str]]], width: int) -> Content:
    """Labels and values in two columns; long values go on below their beginning."""
    labels = max(len(label) for group in groups for label, _ in group) + GAP
    room = max(_LEAST_VALUE_CELLS, width - labels)
    paragraphs = []
    for group in groups:
        lines = []
        for label, value in group:
            first, *more = textwrap.wrap(one_line(value), room, break_on_hyphens=False) or [""]
            lines.append(Content.assemble(Content.styled(label.ljust(labels), "$text-muted"), plain(first)))
            lines += [plain(" " * labels + line) for line in more]
        paragraphs.append(Content("\n").join(lines))
    return Content("\n\n").join(paragraphs)


def request_facts(request: Request, zone: tzinfo) -> list[list[tuple[str, str]]]:
    """What is known, in groups of labels and values; what is not known is left out."""
    row, usage = request.row, request.row.usage
    tokens = [
        ("in", _in_full(usage.input_tokens, row.input_estimate)),
        ("  from a cache", _in_full(usage.cached_tokens)),
        ("  to a cache", _in_full(usage.cache_write_tokens)),
        ("out", _in_full(usage.output_tokens, row.output_estimate)),
        ("  thought", _in_full(usage.reasoning_tokens)),
    ]
    speed = speed_of(row)
    groups = [
        [
            ("conversation", conversation_of(request)),
            ("sent", f"{row.started_at.astimezone(zone):%A %Y-%m-%d %H:%M:%S}"),
            ("outcome", outcome(row)),
            ("error", row.error),
            ("attempt", str(row.attempt)),
            ("format", row.format),
        ],
        [
            *tokens,
            ("tier", usage.service_tier or ""),
        ],
        [("cost", _cost_in_full(row)), ("USD per 1M", _rates(row)), ("source", _source(row))],
        [
            ("first token", "" if row.first_token_ms is None else fmt.duration(row.first_token_ms)),
            ("in all", "" if row.total_ms is None else fmt.duration(row.total_ms)),
            ("speed", "" if speed is None else fmt.tokens_per_s(speed)),
        ],
    ]
    known = [[(label, value) for label, value in group if value] for group in groups]
    return [group for group in known if group]


def _in_full(reported: int | None, own: int | None = None) -> str:
    """Args: own: our count, which stands in for one that was never reported."""
    if reported is not None:
        return f"{reported:,}"
    return "" if own is None else f"≈ {own:,} (counted here)"


def _cost_in_full(row: LedgerRow) -> str:
    shown = request_cost(row.cost)
    return f"{shown} ({row.cost.status.value})" if row.cost.usd is not None else f"{shown} (nobody knows a price)"


def _rates(row: LedgerRow) -> str:
    """Those that were in force for a request of that size."""
    if row.rates is None:
        return ""
    rates = row.rates.for_input(row.usage.input_tokens or row.input_estimate or 0)
    parts = [
        ("in", rates.input),
        ("cached", rates.cached_input),
        ("write", rates.cache_write),
        ("out", rates.output),
    ]
    return " · ".join(f"{label} {fmt.rate(rate)}" for label, rate in parts if rate is not None)


def _source(row: LedgerRow) -> str:
    return row.cost.source or (row.rates.origin if row.rates is not None else "")
