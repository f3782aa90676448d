"""What was used and spent, grouped: the figures behind `parley stats` and the stats screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from enum import StrEnum
from typing import Any, assert_never

from app.storage.periods import Period, day_key, month_key, period_named, week_key
from app.storage.records import LedgerRow
from app.storage.totals import NOTHING, Figures
from providers.reference import ModelRef


class Grouping(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    PROVIDER = "provider"
    MODEL = "model"
    CONVERSATION = "conversation"

    @property
    def is_time(self) -> bool:
        return self in TIME_KEYS


class SortBy(StrEnum):
    """The columns that rows can be put in order by; the values are what people type."""

    KEY = "key"
    REQUESTS = "requests"
    INPUT = "in"
    CACHED = "cached"
    CACHE_HITS = "hits"
    OUTPUT = "out"
    REASONING = "reasoning"
    COST = "cost"
    SHARE = "share"
    ESTIMATED = "estimated"
    UNPRICED = "unpriced"
    SAVED = "saved"
    FIRST_TOKEN = "first-token"
    SPEED = "speed"
    WASTED = "wasted"

    def value_of(self, row: StatsRow) -> Any:
        """What rows are compared by; None where that is unknown."""
        return _VALUES[self](row)


TIME_KEYS: Mapping[Grouping, Callable[[datetime, tzinfo], str]] = {
    Grouping.DAY: day_key,
    Grouping.WEEK: week_key,
    Grouping.MONTH: month_key,
}
"""How the groupings by time name a moment."""


@dataclass(frozen=True, slots=True)
class StatsQuery:
    """Which rows count, and how they are grouped.

    Attributes:
        since: the first moment that counts; None for the beginning.
        until: the first moment that does not count any more; None for no end.
        provider: only this one; "" for all.
        model: only this one, as an id or as `provider/model-id`; "" for all.
        ref: only exactly this one, whatever else it might be read as; None for all.
        conversation_id: only this one, "" for the requests of no stored conversation; None for all.
    """

    by: Grouping = Grouping.MODEL
    since: datetime | None = None
    until: datetime | None = None
    zone: tzinfo = UTC
    provider: str = ""
    model: str = ""
    ref: ModelRef | None = None
    conversation_id: str | None = None

    @property
    def is_filtered(self) -> bool:
        """Whether some requests may be left out."""
        chosen = (self.since, self.until, self.provider, self.model, self.ref, self.conversation_id)
        return any(each not in (None, "") for each in chosen) or self.conversation_id == ""

    def within(self, key: str) -> StatsQuery:
        """The query for the requests behind one row of the answer, by its key."""
        match self.by:
            case Grouping.DAY | Grouping.WEEK | Grouping.MONTH:
                return self.during(period_named(key, self.zone))
            case Grouping.PROVIDER:
                return replace(self, provider=key)
            case Grouping.MODEL:
                provider, _, model = key.partition("/")
                return replace(self, ref=ModelRef(provider, model))
            case Grouping.CONVERSATION:
                return replace(self, conversation_id=key)
            case by:
                assert_never(by)

    def during(self, period: Period) -> StatsQuery:
        """The query narrowed to a day, a week or a month."""
        since = period.start if self.since is None else max(period.start, self.since.astimezone(UTC))
        until = period.end if self.until is None else min(period.end, self.until.astimezone(UTC))
        return replace(self, since=since, until=until)


@dataclass(frozen=True, slots=True)
class StatsRow:
    """One group.

    Attributes:
        key: "" for the requests of no stored conversation.
        title: of a conversation that is still stored; "" otherwise.
    """

    key: str
    figures: Figures
    title: str = ""


@dataclass(frozen=True, slots=True)
class Unpriced:
    """A model of whose requests nobody knows the cost."""

    ref: ModelRef
    requests: int


@dataclass(frozen=True, slots=True)
class Stats:
    """The answer to a query: times in order, everything else with the dearest first.

    Attributes:
        unpriced: the models behind `total.unpriced_requests`, the most requests first.
    """

    query: StatsQuery
    rows: tuple[StatsRow, ...] = ()
    total: Figures = NOTHING
    unpriced: tuple[Unpriced, ...] = ()

    def share(self, figures: Figures) -> float | None:
        """The part of all known money that these figures are, between 0 and 1; None when nothing cost anything."""
        return float(figures.usd / self.total.usd) if figures.usd is not None and self.total.usd else None

    def sorted_by(self, column: SortBy, *, is_descending: bool = False) -> Stats:
        """The same rows in another order. What is unknown comes last in either direction."""
        known = [row for row in self.rows if column.value_of(row) is not None]
        unknown = [row for row in self.rows if column.value_of(row) is None]
        known.sort(key=column.value_of, reverse=is_descending)
        return replace(self, rows=(*known, *unknown))


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the ledger has it.

    Attributes:
        title: of its conversation, if that is still stored; "" otherwise.
    """

    row: LedgerRow
    title: str = ""


@dataclass(frozen=True, slots=True)
class RequestsPage:
    """Attributes:
    offset: how many newer ones were left out.
    total: all that the query chooses.
    """

    requests: tuple[Request, ...]
    offset: int
    total: int


_VALUES: Mapping[SortBy, Callable[[StatsRow], Any]] = {
    SortBy.KEY: lambda row: row.title.casefold() or row.key,
    SortBy.REQUESTS: lambda row: row.figures.requests,
    SortBy.INPUT: lambda row: row.figures.usage.input_tokens,
    SortBy.CACHED: lambda row: row.figures.usage.cached_tokens,
    SortBy.CACHE_HITS: lambda row: row.figures.cache_hit_rate,
    SortBy.OUTPUT: lambda row: row.figures.usage.output_tokens,
    SortBy.REASONING: lambda row: row.figures.usage.reasoning_tokens,
    SortBy.COST: lambda row: row.figures.usd,
    SortBy.SHARE: lambda row: row.figures.usd,
    SortBy.ESTIMATED: lambda row: row.figures.estimated_usd,
    SortBy.UNPRICED: lambda row: row.figures.unpriced_requests,
    SortBy.SAVED: lambda row: row.figures.saved_by_cache_usd,
    SortBy.FIRST_TOKEN: lambda row: row.figures.first_token_ms_median,
    SortBy.SPEED: lambda row: row.figures.tokens_per_s_median,
    SortBy.WASTED: lambda row: row.figures.wasted.usd,
}


def in_usual_order(rows: Iterable[StatsRow], by: Grouping) -> tuple[StatsRow, ...]:
    """Times in order, everything else with the dearest first."""
    ordered = sorted(rows, key=lambda row: row.key)
    if not by.is_time:
        ordered.sort(key=lambda row: row.figures.usd or Decimal(0), reverse=True)
    return tuple(ordered)
