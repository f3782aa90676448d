"""The rows of the stats screen and their columns: pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from app import format as fmt
from app.screens.stats_sums import sum_up
from app.storage.stats import Grouping
from app.text import one_line
from app.widgets.grid import Column, Grid, Sort

if TYPE_CHECKING:
    from app.storage.stats import Stats
    from app.storage.totals import Figures, Waste
    from providers.costs import Cost

NOT_SAVED = "(not saved)"
DELETED = "(deleted)"
_NAME_CELLS = 18


@dataclass(frozen=True, slots=True)
class Line:
    """One row.

    Attributes:
        key: of the group; "" for the requests of no stored conversation.
        label: what it is called on the screen.
        beside: what tells more about it, where there is room.
        share: what it cost as a part of the dearest row, 0 to 1; None where nothing cost anything.
        is_stored: it is a conversation that can still be opened.
    """

    key: str
    label: str
    figures: Figures
    beside: str = ""
    share: float | None = None
    is_stored: bool = False

    def matches(self, words: Sequence[str]) -> bool:
        """Whether all of these words, in lower case, stand in its name."""
        text = f"{self.label} {self.beside} {self.key}".lower()
        return all(word in text for word in words)


def lines_of(stats: Stats) -> tuple[list[Line], Line]:
    """The rows, and the one below them that adds them up."""
    by = stats.query.by
    models = Counter(row.key.partition("/")[2] for row in stats.rows) if by is Grouping.MODEL else Counter[str]()
    dearest = max((row.figures.usd or Decimal(0) for row in stats.rows), default=Decimal(0))
    lines = []
    for row in stats.rows:
        label, beside = _names(by, row.key, row.title)
        if models[label] > 1:
            label = one_line(row.key)
        part = float(row.figures.usd / dearest) if dearest and row.figures.usd is not None else None
        lines.append(Line(row.key, label, row.figures, beside, part, bool(row.title)))
    return lines, Line("", "total", stats.total)


def _names(by: Grouping, key: str, title: str) -> tuple[str, str]:
    match by:
        case Grouping.MODEL:
            provider, _, model = key.partition("/")
            return one_line(model), one_line(provider)
        case Grouping.CONVERSATION:
            return one_line(title) or (DELETED if key else NOT_SAVED), ""
        case Grouping.DAY:
            day = date.fromisoformat(key)
            return f"{day:%a} {day.day:>2} {day:%b} {day.year}", ""
        case Grouping.WEEK:
            first = date.fromisoformat(f"{key}-1")
            last = first + timedelta(days=6)
            start = f"{first.day:>2}" if first.month == last.month else f"{first.day:>2} {first:%b}"
            return f"{start} to {last.day} {last:%b} {last.year}", key.partition("-")[2]
        case Grouping.MONTH:
            return f"{date.fromisoformat(f'{key}-01'):%B %Y}", ""
        case _:
            return one_line(key), ""


def grid_of(by: Grouping, lines: Sequence[Line], total: Line) -> Grid[Line]:
    """The columns for a grouping, measured."""
    beside = {Grouping.MODEL: "provider", Grouping.WEEK: "no."}.get(by)
    columns: list[Column[Line]] = [
        Column(
            by.value,
            lambda line: line.label,
            0,
            rank=(lambda line: line.key) if by.is_time else (lambda line: line.label.casefold()),
            is_text=True,
            least=_NAME_CELLS,
            style="$foreground",
            rises=not by.is_time,
        )
    ]
    if beside:
        columns.append(
            Column(beside, lambda line: line.beside, 9, rank=lambda line: line.beside, is_text=True, rises=True)
        )
    return Grid([*columns, *_FIGURES], lines, total)


def first_sort(by: Grouping) -> Sort:
    """The order to begin with: the newest, or the dearest, at the top."""
    return Sort(by.value) if by.is_time else Sort("cost")


def cost_cell(figures: Figures) -> str:
    """What it cost, with the marks of what is not known, or why it cost nothing."""
    if figures.is_free and figures.flat_requests and not figures.free_requests:
        return fmt.SUBSCRIPTION
    return fmt.total_usd(
        figures.usd,
        estimated=figures.estimated_usd,
        unpriced=figures.unpriced_requests,
        untracked=figures.untracked_requests,
        is_free=figures.is_free,
        is_narrow=True,
    )


def cached_cell(figures: Figures) -> str:
    """Tokens from caches, and which part of the input they are."""
    cached = fmt.tokens(figures.usage.cached_tokens)
    rate = figures.cache_hit_rate
    return f"{cached} {fmt.share(rate)}" if figures.usage.cached_tokens and rate is not None else cached


def wasted_cell(wasted: Waste) -> str:
    """What was paid for nothing whole, with the marks of what is not known."""
    return fmt.total_usd(wasted.usd, estimated=wasted.estimated_usd, unpriced=wasted.unpriced_requests)


def speed_cell(tokens_per_s: float | None) -> str:
    """The figure alone; the heading has the unit."""
    return fmt.tokens_per_s(tokens_per_s).removesuffix(" tok/s")


_FIGURES: tuple[Column[Line], ...] = (
    Column("requests", lambda line: f"{line.figures.requests:,}", 2, lambda line: line.figures.requests),
    Column("in", lambda line: fmt.tokens(line.figures.usage.input_tokens), 3,
           lambda line: line.figures.usage.input_tokens),
    Column("cached", lambda line: cached_cell(line.figures), 5, lambda line: line.figures.usage.cached_tokens),
    Column("out", lambda line: fmt.tokens(line.figures.usage.output_tokens), 4,
           lambda line: line.figures.usage.output_tokens),
    Column("cost", lambda line: cost_cell(line.figures), 1, lambda line: line.figures.usd, style="$foreground"),
    Column("share", lambda line: "", 6, is_text=True, least=6, most=24, share=lambda line: line.share,
           style="$bar"),
    Column("saved", lambda line: fmt.usd(line.figures.saved_by_cache_usd), 7,
           lambda line: line.figures.saved_by_cache_usd),
    Column("ttft", lambda line: fmt.duration(line.figures.first_token_ms_median), 8,
           lambda line: line.figures.first_token_ms_median, rises=True),
    Column("tok/s", lambda line: speed_cell(line.figures.tokens_per_s_median), 8,
           lambda line: line.figures.tokens_per_s_median),
    Column("thought", lambda line: fmt.tokens(line.figures.usage.reasoning_tokens), 11,
           lambda line: line.figures.usage.reasoning_tokens),
    Column("wasted", lambda line: wasted_cell(line.figures.wasted) if line.figures.wasted.usd else "", 10,
           lambda line: line.figures.wasted.usd),
)  # fmt: skip


def request_cost(cost: Cost) -> str:
    """What one request cost, or why it cost nothing."""
    return fmt.UNTRACKED_SHORT if cost.is_untracked else fmt.usd(cost.usd, cost.status)


def total_of(lines: Sequence[Line], among: int) -> Line:
    """The sum of some of the rows."""
    return Line("", f"{len(lines):,} of {among:,}", sum_up(line.figures for line in lines))
