"""The single requests behind a row of the stats screen, the newest first."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.getters import query_one
from textual.widget import Widget
from textual.widgets import Static

from app import format as fmt
from app.request_words import outcome, tokens_in, tokens_out
from app.screens.stats_rows import DELETED, NOT_SAVED, request_cost, speed_cell
from app.screens.table_screen import Destination, TableScreen
from app.storage.totals import speed_of
from app.text import one_line
from app.widgets.fitting import fitted
from app.widgets.grid import Column, Grid, Sort, cells

if TYPE_CHECKING:
    from app.session.spending import Spending
    from app.storage.records import LedgerRow
    from app.storage.stats import Request, StatsQuery

MOST = 10_000
"""More are not listed: whoever looks for one among them filters by time first."""


class RequestsScreen(TableScreen["Request"]):
    """Enter shows all about a request, and from there its conversation."""

    BINDINGS: ClassVar[list[BindingType]] = [("o", "conversation", "Open the conversation")]
    KEYS = (("↵", "details"), ("o", "conversation"), ("s", "sort"), ("S", "turn"), ("/", "filter"), ("r", "refresh"))
    FILTER = "Filter by model, conversation or outcome"

    title_line = query_one("#title", Static)

    def __init__(self, spending: Spending, query: StatsQuery, title: Sequence[str]) -> None:
        """
        Args:
            query: chooses the requests.
            title: what they have in common, in words, the most important first.
        """
        super().__init__(Sort("time"))
        self._spending = spending
        self._query = query
        self._title = title
        self._left_out = 0

    def head(self) -> Iterable[Widget]:
        yield Static(id="title")

    async def read(self) -> None:
        page = await self._spending.requests(self._query, MOST)
        self._left_out = page.total - len(page.requests)
        year = self._spending.now.astimezone(self._query.zone).year
        self.show_rows(page.requests, await asyncio.to_thread(grid_of_requests, page.requests, self._query, year))

    def key_of(self, row: Request) -> str:
        return row.row.id

    def matches(self, row: Request, words: Sequence[str]) -> bool:
        text = f"{row.row.provider}/{row.row.model} {row.title} {outcome(row.row)}".lower()
        return all(word in text for word in words)

    def draw_around(self) -> None:
        self.title_line.update(Content.styled(_joined(self._title, self.room), "bold"))
        left_out = f"The newest {MOST:,} are listed; {self._left_out:,} older ones are not." if self._left_out else ""
        self.notes.update(Content.styled(left_out, "$text-muted"))
        self.notes.display = bool(left_out)
        self.total.display = False

    def empty_sentence(self) -> str:
        return "There is no request behind this row any more."

    def open(self, row: Request) -> None:
        from app.screens.stats_request import RequestDetails

        details = RequestDetails(row, self._query.zone)
        self.app.push_screen(details, lambda _: self.action_conversation() if details.wants_conversation else None)

    def action_conversation(self) -> None:
        if self.row is None:
            return
        row = self.row.row
        why = why_not_opened(row.conversation_id, bool(self.row.title))
        if why or row.conversation_id is None:
            self.app.notify(why, markup=False)
        else:
            self.dismiss(Destination(row.conversation_id, row.message_id))


def _joined(parts: Sequence[str], room: int) -> str:
    """As many parts as there is room for; the first one is shortened before it is left out."""
    texts = (" · ".join(parts[:count]) for count in range(len(parts), 0, -1))
    return next((text for text in texts if cells(text) <= room), fitted(parts[0], room))


def why_not_opened(conversation_id: str | None, is_stored: bool) -> str:
    """Why there is no conversation to show; "" when there is one."""
    if not conversation_id:
        return "This was asked without saving it: there is no conversation to open."
    return "" if is_stored else "The conversation was deleted; what it cost stays."


def when(row: LedgerRow, zone: tzinfo, year: int) -> str:
    """`24 Nov 14:02`, where the user lives; with its year and without the hour when that is not this one."""
    moment = row.started_at.astimezone(zone)
    return f"{moment.day:>2} {moment:%b %H:%M}" if moment.year == year else f"{moment.day:>2} {moment:%b %Y}"


def conversation_of(request: Request) -> str:
    """The title, or why there is none."""
    return one_line(request.title) or (DELETED if request.row.conversation_id else NOT_SAVED)


def grid_of_requests(requests: Sequence[Request], query: StatsQuery, year: int) -> Grid[Request]:
    """The columns, measured; what the query makes the same everywhere has none.

    Args:
        year: the present one.
    """
    zone = query.zone
    columns: list[Column[Request]] = [
        Column("time", lambda each: when(each.row, zone, year), 0, lambda each: each.row.started_at, is_text=True),
        Column("model", lambda each: one_line(each.row.model), 2, lambda each: each.row.model, is_text=True,
               least=16, style="$foreground", rises=True),
        Column("provider", lambda each: one_line(each.row.provider), 10, lambda each: each.row.provider, is_text=True,
               rises=True),
        Column("conversation", conversation_of, 6, lambda each: each.title.casefold() or None, is_text=True,
               least=22, rises=True),
        Column("in", lambda each: tokens_in(each.row), 4,
               lambda each: each.row.counted.input_tokens),
        Column("cached", lambda each: fmt.tokens(each.row.usage.cached_tokens), 7,
               lambda each: each.row.usage.cached_tokens),
        Column("out", lambda each: tokens_out(each.row), 5,
               lambda each: each.row.counted.output_tokens),
        Column("cost", lambda each: request_cost(each.row.cost), 1, lambda each: each.row.cost.usd,
               style="$foreground"),
        Column("ttft", lambda each: fmt.duration(each.row.first_token_ms), 8, lambda each: each.row.first_token_ms),
        Column("tok/s", lambda each: speed_cell(speed_of(each.row)), 9, lambda each: speed_of(each.row)),
        Column("outcome", lambda each: outcome(each.row), 3, lambda each: outcome(each.row), is_text=True,
               rises=True),
    ]  # fmt: skip
    same = {
        "model": query.ref is not None,
        "provider": query.ref is not None or bool(query.provider),
        "conversation": query.conversation_id is not None,
    }
    return Grid([column for column in columns if not same.get(column.title)], requests)
