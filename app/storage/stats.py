"""What was used and spent, grouped: the figures behind `parley stats` and the stats screen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from enum import StrEnum
from typing import assert_never

from app.storage.periods import day_key, month_key, week_key
from app.storage.records import LedgerRow
from app.storage.totals import Figures, add_up


class Grouping(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    PROVIDER = "provider"
    MODEL = "model"
    CONVERSATION = "conversation"

    @property
    def is_time(self) -> bool:
        return self in (Grouping.DAY, Grouping.WEEK, Grouping.MONTH)


@dataclass(frozen=True, slots=True)
class StatsQuery:
    """Which rows count, and how they are grouped.

    Attributes:
        since: the first moment that counts; None for the beginning.
        until: the first moment that does not count any more; None for no end.
        provider: only this one; "" for all.
        model: only this one, as an id or as `provider/model-id`; "" for all.
    """

    by: Grouping = Grouping.MODEL
    since: datetime | None = None
    until: datetime | None = None
    zone: tzinfo = UTC
    provider: str = ""
    model: str = ""

    def counts(self, row: LedgerRow) -> bool:
        """Whether a row, chosen by time already, is meant."""
        if self.provider and row.provider != self.provider:
            return False
        return not self.model or self.model in (row.model, f"{row.provider}/{row.model}")

    def key(self, row: LedgerRow) -> str:
        """The group of a row; "" for a request that belongs to no stored conversation."""
        match self.by:
            case Grouping.DAY:
                return day_key(row.started_at, self.zone)
            case Grouping.WEEK:
                return week_key(row.started_at, self.zone)
            case Grouping.MONTH:
                return month_key(row.started_at, self.zone)
            case Grouping.PROVIDER:
                return row.provider
            case Grouping.MODEL:
                return f"{row.provider}/{row.model}"
            case Grouping.CONVERSATION:
                return row.conversation_id or ""
            case by:
                assert_never(by)


@dataclass(frozen=True, slots=True)
class StatsRow:
    """One group."""

    key: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Stats:
    """The answer to a query: times in order, everything else with the dearest first."""

    query: StatsQuery
    rows: tuple[StatsRow, ...]
    total: Figures


def group(query: StatsQuery, rows: Iterable[LedgerRow]) -> Stats:
    """Group rows and add them up; the total equals the sum of the groups to the last digit."""
    groups: dict[str, list[LedgerRow]] = {}
    counted = [row for row in rows if query.counts(row)]
    for row in counted:
        groups.setdefault(query.key(row), []).append(row)
    grouped = sorted((StatsRow(key, add_up(members)) for key, members in groups.items()), key=lambda row: row.key)
    if not query.by.is_time:
        grouped.sort(key=lambda row: row.figures.usd or Decimal(0), reverse=True)
    return Stats(query, tuple(grouped), add_up(counted))
