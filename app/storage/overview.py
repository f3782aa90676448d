"""How much of late: figures of today, this week and this month, and one bar per day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from app.storage.periods import Period, period_at
from app.storage.stats import TIME_KEYS, Grouping, Stats, StatsQuery
from app.storage.totals import NOTHING, Figures


@dataclass(frozen=True, slots=True)
class Overview:
    """What was spent: of the figures, the money and the number of requests only.

    Attributes:
        week: the ISO week, from Monday on.
        all_time: everything, also what a clock that was wrong dated into the future.
    """

    today: Figures
    week: Figures
    month: Figures
    all_time: Figures


@dataclass(frozen=True, slots=True)
class Point:
    """One day, week or month of a series.

    Attributes:
        start: its first moment, UTC.
    """

    key: str
    start: datetime
    figures: Figures


@dataclass(frozen=True, slots=True)
class Series:
    """Days, weeks or months in a row, the present one last, also those without any request."""

    by: Grouping
    points: tuple[Point, ...]


def last_periods(by: Grouping, count: int, now: datetime, zone: tzinfo) -> tuple[Period, ...]:
    """So many days, weeks or months in order, the present one last. Raises: KeyError, if `by` is no time."""
    periods: list[Period] = []
    moment = now
    for _ in range(count):
        periods.append(period_at(moment, zone, TIME_KEYS[by]))
        moment = periods[-1].start - timedelta(microseconds=1)
    return tuple(reversed(periods))


def series_query(query: StatsQuery, by: Grouping, periods: Sequence[Period]) -> StatsQuery:
    """The query whose answer holds what a series is made of."""
    return replace(query, by=by, since=periods[0].start, until=periods[-1].end)


def series_of(periods: Sequence[Period], stats: Stats) -> Series:
    """Args: periods: all of them, also those that the answer lacks."""
    found = {row.key: row.figures for row in stats.rows}
    points = (Point(each.key, each.start, found.get(each.key, NOTHING)) for each in periods)
    return Series(stats.query.by, tuple(points))
