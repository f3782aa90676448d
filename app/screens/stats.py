"""What was used and what it cost: totals, bars over time, and a table that goes down to single requests."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.content import Content
from textual.events import Click, ScreenResume
from textual.getters import query_one
from textual.widget import Widget
from textual.widgets import Static

from app import format as fmt
from app.screens.stats_chart import chart, days_between
from app.screens.stats_lines import (
    FACTS_GAP,
    STRETCH_META,
    TAB_META,
    TABS,
    fact_lines,
    note_lines,
    tabs_line,
    totals_line,
)
from app.screens.stats_rows import Line, cost_cell, first_sort, grid_of, lines_of, total_of
from app.screens.table_screen import Destination, TableScreen
from app.storage.periods import parse_last, period_named
from app.storage.stats import Grouping, Stats, StatsQuery
from app.storage.totals import NOTHING as NO_FIGURES
from app.storage.totals import Figures
from app.widgets.choice_list import ChoiceList
from app.widgets.fitting import spread
from providers.errors import BadConfig

if TYPE_CHECKING:
    from app.session.session import Session
    from app.storage.overview import Overview
    from app.storage.repricing import Repriced
    from app.turns import TurnRunner
    from app.widgets.grid import Grid
    from providers.reference import ModelRef

NOTHING = "Nothing was sent yet. Every request you send is counted here, with its tokens and what it cost."
ON_ITS_WAY = "A reply is on its way. It counts here, with its tokens and what it cost, when it ends."
NOTHING_LATELY = "Nothing was sent in that time; t shows a longer one."
NOT_KEPT = "There is no database to read from: Parley runs without one, and nothing is saved."
_STRETCHES = (("7d", "7 days"), ("30d", "30 days"), ("90d", "90 days"), ("", "all time"))
_FIRST_STRETCH = 1
_CHART_LINES = ((56, 9), (46, 7), (38, 5), (30, 3), (20, 2))
"""From so many lines of the screen on, so many lines of bars."""
_LONGEST_AXIS = timedelta(days=3_660)
_NOTE_LINES = ((30, 4), (20, 2))
"""As above, of what is said about the figures."""
_FACTS_FROM = 110
"""From so many cells on there are facts beside the bars."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """All that was read in one go.

    Attributes:
        days: in order, none left out, today the last; none until they are read.
        stretch: how long that is, in words.
        repriced: a model, and what all of it would have cost there; None beside one without a price.
    """

    overview: Overview
    stats: Stats
    lines: list[Line]
    total: Line
    grid: Grid[Line]
    days: tuple[tuple[date, Figures], ...] = ()
    stretch: str = ""
    repriced: tuple[ModelRef, Repriced | None] | None = None


class StatsScreen(TableScreen[Line]):
    """The cursor, the order and the filter stay while one goes down into a row and back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("left", "step_by(-1)", "Grouping before"),
        ("right", "step_by(1)", "Next grouping"),
        ("t", "stretch(1)", "Longer time"),
        ("T", "stretch(-1)", "Shorter time"),
        ("w", "what_if", "What if another model"),
        ("o", "conversation", "Open the conversation"),
    ]
    KEYS = (
        ("↵", "requests"),
        ("← →", "by"),
        ("s", "sort"),
        ("t", "time"),
        ("/", "filter"),
        ("w", "what if"),
        ("S", "turn"),
        ("r", "refresh"),
    )

    totals = query_one("#totals", Static)
    chart = query_one("#chart", Static)
    tabs = query_one("#tabs", Static)

    def __init__(self, session: Session, runs: TurnRunner) -> None:
        """
        Args:
            session: open, with a store or without one.
            runs: a turn that ends is counted at once.
        """
        super().__init__(first_sort(TABS[0]))
        self._session = session
        self._spending = session.spending
        self._runs = runs
        self._by = TABS[0]
        self._stretch = _FIRST_STRETCH
        self._answer: _Answer | None = None
        self._overview: Overview | None = None
        self._known: dict[StatsQuery, Stats] = {}
        self._other: ModelRef | None = None
        self._is_stale = False

    def head(self) -> Iterable[Widget]:
        yield Static(id="totals")
        yield Static(id="chart")
        yield Static(id="tabs")

    def on_mount(self) -> None:
        self._runs.listeners.append(self._turn_ended)

    def on_unmount(self) -> None:
        self._runs.listeners.remove(self._turn_ended)

    # ── reading ───────────────────────────────────────────────────────────────

    @property
    def query_now(self) -> StatsQuery:
        """What is asked for."""
        last, _ = _STRETCHES[self._stretch]
        zone = self._spending.zone
        return StatsQuery(self._by, parse_last(last, self._spending.now, zone) if last else None, zone=zone)

    async def read(self) -> None:
        if not self._spending.is_kept:
            self.fail(NOT_KEPT)
            return
        query, stretch, other = self.query_now, _STRETCHES[self._stretch][1], self._other
        if self._overview is None:
            self._overview = await self._spending.overview()
            self.draw()
        stats = await self._stats(query)
        repriced = None if other is None else (other, await self._reprice(query, other))
        # In a thread: ten thousand conversations take a moment to measure.
        answer = await asyncio.to_thread(_prepare, self._overview, stats)
        days = self._answer.days if self._answer is not None and self._answer.stats.query.since == query.since else ()
        self._answer = replace(answer, days=days, stretch=stretch, repriced=repriced)
        self.show_rows(answer.lines, answer.grid)
        # The bars follow: the table need not wait for them.
        by_day = await self._stats(replace(query, by=Grouping.DAY))
        if self._answer is not None and self._answer.stats is stats:
            today = self._spending.now.astimezone(query.zone).date()
            self._answer = replace(self._answer, days=_days(by_day, today))
            self._draw_chart()

    def fail(self, problem: str) -> None:
        self._answer = self._overview = None
        super().fail(problem)

    async def _stats(self, query: StatsQuery) -> Stats:
        """Read once: groupings and stretches of time are looked at in turn."""
        if query not in self._known:
            self._known[query] = await self._spending.stats(query)
        return self._known[query]

    async def _reprice(self, query: StatsQuery, ref: ModelRef) -> Repriced | None:
        try:
            return await self._spending.reprice(query, ref)
        except BadConfig as error:
            self.app.notify(f"{error.summary} {error.hint}".strip(), severity="warning", markup=False)
            return None

    def action_load(self) -> None:
        self._overview = None
        self._known.clear()
        super().action_load()

    def _turn_ended(self) -> None:
        if self.is_current:
            self.action_load()
        else:
            self._is_stale = True

    @on(ScreenResume)
    def _catch_up(self) -> None:
        if self._is_stale:
            self._is_stale = False
            self.action_load()

    # ── what the table needs to know ──────────────────────────────────────────

    def key_of(self, row: Line) -> str:
        return row.key

    def matches(self, row: Line, words: Sequence[str]) -> bool:
        return row.matches(words)

    def total_row(self) -> Line | None:
        if self._answer is None:
            return None
        return total_of(self.shown, len(self._answer.lines)) if self.words else self._answer.total

    def empty_sentence(self) -> str:
        if self._was_ever_used:
            return NOTHING_LATELY
        return ON_ITS_WAY if self._runs.running else NOTHING

    def keys_with_rows(self) -> Sequence[tuple[str, str]]:
        first, *rest = self.KEYS
        return (first, ("o", "open"), *rest) if self._by is Grouping.CONVERSATION else self.KEYS

    def keys_without_rows(self) -> Sequence[tuple[str, str]]:
        time = (("t", "time"), ("← →", "by")) if self._was_ever_used else ()
        return (*time, *super().keys_without_rows())

    @property
    def _was_ever_used(self) -> bool:
        return self._answer is not None and self._answer.overview.all_time.requests > 0

    # ── drawing ───────────────────────────────────────────────────────────────

    def draw_around(self) -> None:
        answer, overview, room = self._answer, self._overview, self.room
        self.totals.display = overview is not None
        self.tabs.display = not self.has_failed and (answer is None or self._was_ever_used)
        if overview is not None:
            self.totals.update(totals_line(overview, self._session.connections.settings.budget, room))
        right = "adding up …" if self.is_late else _STRETCHES[self._stretch][1]
        self.tabs.update(tabs_line(self._by, right, room))
        self._draw_chart()
        most = next((lines for least, lines in _NOTE_LINES if self.size.height >= least), 1)
        # They are about everything: beside the rows that a filter leaves they would mislead.
        is_whole = answer is not None and not self.words
        notes = note_lines(answer.stats, room, most, answer.repriced) if answer and is_whole else Content()
        self.notes.update(notes)
        self.notes.display = self.notes.display and bool(notes.plain)

    @on(ChoiceList.Moved)
    def _moved(self) -> None:
        if self._by.is_time:
            self._draw_chart()

    def _draw_chart(self) -> None:
        height = next((lines for least, lines in _CHART_LINES if self.size.height >= least), 0)
        lines = self._chart_lines(height) if height else []
        self.chart.display = bool(lines)
        self.chart.update(Content("\n").join(lines))

    def _chart_lines(self, height: int) -> list[Content]:
        """The bars, and beside them, where there is room, what they come to."""
        answer = self._answer
        if answer is None:
            return []
        if not answer.days:
            # Their room, with the lines above and below them, so that nothing moves when they come.
            return [Content()] * (height + 2) if answer.stats.total.requests else []
        facts = fact_lines(answer.stats.total, len(answer.days)) if self.room >= _FACTS_FROM else []
        beside = max((fact.cell_length for fact in facts), default=-FACTS_GAP) + FACTS_GAP
        room = self.room - beside
        lines = chart(answer.days, room, height, marked=self._days_of_row())
        # The lowest line of the bars is the last fact's.
        first = max(0, len(lines) - 1 - len(facts))
        for line, fact in enumerate(facts[: len(lines)], first):
            lines[line] = spread(lines[line], fact, self.room)
        return lines

    def _days_of_row(self) -> tuple[date, date] | None:
        """The days that the row under the cursor stands for, where rows stand for days."""
        # The answer's own grouping: another may have been asked for already.
        query = self._answer.stats.query if self._answer is not None else None
        if self.row is None or query is None or not query.by.is_time:
            return None
        period = period_named(self.row.key, query.zone)
        first, after = (moment.astimezone(query.zone).date() for moment in (period.start, period.end))
        return first, after - timedelta(days=1)

    # ── keys ──────────────────────────────────────────────────────────────────

    def action_step_by(self, step: int) -> None:
        self._show_by(TABS[(TABS.index(self._by) + step) % len(TABS)])

    def on_click(self, event: Click) -> None:
        if (tab := event.style.meta.get(TAB_META)) is not None:
            self._show_by(Grouping(tab))
        elif STRETCH_META in event.style.meta:
            self.action_stretch(1)

    def _show_by(self, by: Grouping) -> None:
        if by is not self._by:
            if by.is_time or self._by.is_time or self.sort.title == self._by.value:
                self.sort = first_sort(by)
            self._by = by
            self.draw_around()
            self.load()

    def action_stretch(self, step: int) -> None:
        self._stretch = (self._stretch + step) % len(_STRETCHES)
        self.draw_around()
        self.load()

    def action_what_if(self) -> None:
        """Ask for a model, and say what all of it would have cost there."""
        from app.screens.asking import pick_model

        purpose = "What if all of it had been asked of another model?"
        pick_model(self.app, self._session, self._other, self._compare, purpose=purpose, verb="compare")

    def _compare(self, ref: ModelRef | None) -> None:
        if ref is not None:
            self._other = ref
            self.load()

    def action_back(self) -> None:
        if self._other is not None and not self.filter_line.display:
            self._other = None
            self.load()
        else:
            super().action_back()

    def open(self, row: Line) -> None:
        from app.screens.stats_requests import RequestsScreen

        if self._answer is None:
            return
        query = self._answer.stats.query
        title = (row.label, cost_cell(row.figures), fmt.many(row.figures.requests, "request"), self._answer.stretch)
        self.app.push_screen(RequestsScreen(self._spending, query.within(row.key), title), self._left_requests)

    def _left_requests(self, wanted: Destination | None) -> None:
        if wanted is not None:
            self.dismiss(wanted)

    def action_conversation(self) -> None:
        from app.screens.stats_requests import why_not_opened

        is_by = self._answer is not None and self._answer.stats.query.by is Grouping.CONVERSATION
        if is_by and self.row is not None:
            why = why_not_opened(self.row.key, self.row.is_stored)
            if why:
                self.app.notify(why, markup=False)
            else:
                self.dismiss(Destination(self.row.key))


def _prepare(overview: Overview, stats: Stats) -> _Answer:
    lines, total = lines_of(stats)
    return _Answer(overview, stats, lines, total, grid_of(stats.query.by, lines, total))


def _days(by_day: Stats, today: date) -> tuple[tuple[date, Figures], ...]:
    """Every day of a stretch of time, also those on which nothing was sent."""
    query = by_day.query
    sent = {date.fromisoformat(row.key): row.figures for row in by_day.rows}
    first = query.since.astimezone(query.zone).date() if query.since else min(sent, default=today)
    # A clock that was wrong must not stretch the axis over centuries.
    first = min(max(first, today - _LONGEST_AXIS), today)
    return tuple((day, sent.get(day, NO_FIGURES)) for day in days_between(first, today))
