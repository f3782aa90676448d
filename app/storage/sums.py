"""Figures of the ledger, added up by SQLite itself: years of use in a fraction of a second, to the last digit.

SQLite adds up counts, each in two halves because its integers end at 64 bits. Money and times come as lists of text,
one per group, which cost far less than rows do; money is added here, exactly.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from app.storage.choosing import IS_UNTRACKED, Bounds, any_of, bounds_of, conditions
from app.storage.encoding import exact_sum, from_moment
from app.storage.ledger_rows import (
    BEGINNING,
    COLUMNS,
    COUNT_COLUMNS,
    IS_PLAIN,
    readable_moment,
    readable_rates,
    rows_of,
)
from app.storage.periods import period_at
from app.storage.records import LedgerRow, RequestKind
from app.storage.stats import TIME_KEYS, Grouping, Stats, StatsQuery, StatsRow, Unpriced, in_usual_order
from app.storage.totals import FAILED, WASTED, Figures, Money, Tally, tally_of
from providers.costs import EXACT, CostStatus, saved_by_cache
from providers.reference import ModelRef
from providers.usage import Usage

_HALF = 31
_COUNTING = RequestKind.COUNT.value
_EVERY_ROW = "TRUE"
_IS_REPLY = f"kind <> '{_COUNTING}'"


def halves(column: str, condition: str = "") -> str:
    """The sum of a column as two values, which `whole` puts together."""
    chosen = f"FILTER (WHERE {condition})" if condition else ""
    return f"sum({column} >> {_HALF}) {chosen}, sum({column} & {(1 << _HALF) - 1}) {chosen}"


def _money(condition: str = "") -> str:
    chosen = f"FILTER (WHERE {condition})" if condition else ""
    estimates = " AND ".join(filter(None, (condition, f"cost_status = '{CostStatus.ESTIMATED}'")))
    costs = "group_concat(cost_usd, ' ')"
    return f"count(*) {chosen}, count(cost_usd) {chosen}, {costs} {chosen}, {costs} FILTER (WHERE {estimates})"


_IS_FREE = f"cost_status = '{CostStatus.FREE}'"
_SPENT = ", ".join(
    (
        _money(),
        f"sum({_IS_FREE})",
        f"sum({IS_UNTRACKED})",
        f"sum(cost_status = '{CostStatus.FLAT}')",
    )
)
"""What `total_usd` is written from: a third of the work of all sums."""
_TIMED = "FILTER (WHERE output_tokens <> 0 AND total_ms > first_token_ms)"
_SUMS = ", ".join(
    (
        _SPENT,
        _money(any_of(WASTED)),
        f"sum({any_of(FAILED)})",
        "sum(attempt > 1)",
        "sum(input_tokens IS NULL OR output_tokens IS NULL)",
        "group_concat(first_token_ms, ' ')",
        f"group_concat(output_tokens, ' ') {_TIMED}",
        f"group_concat(total_ms - first_token_ms, ' ') {_TIMED}",
        halves("cached_tokens", "input_tokens IS NOT NULL"),
        halves("input_tokens", "cached_tokens IS NOT NULL"),
        *(halves(column) for column in COUNT_COLUMNS),
    )
)

# The plus keeps SQLite from walking an index only to get the groups in order, which reads the table all over the place.
_PROVIDER, _MODEL, _CONVERSATION = "+provider", "+model", "coalesce(conversation_id, '')"
_COLUMNS: Mapping[str, Callable[[LedgerRow], str]] = {
    _PROVIDER: lambda row: row.provider,
    _MODEL: lambda row: row.model,
    _CONVERSATION: lambda row: row.conversation_id or "",
}
_KEYS: Mapping[Grouping, tuple[str, ...]] = {
    Grouping.PROVIDER: (_PROVIDER,),
    Grouping.MODEL: (_PROVIDER, _MODEL),
    Grouping.CONVERSATION: (_CONVERSATION,),
}

Tallies = dict[tuple[str, ...], Tally]


class LedgerSums:
    """Adds up the ledger behind a connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        # Thousands of requests share a handful of rates.
        self._rates = cache(readable_rates)

    def stats(self, query: StatsQuery) -> Stats:
        """Requests grouped and added up; the total equals the sum of the rows to the last digit."""
        total = Tally()
        rows = []
        plain = self._plain(query)
        titles = self._titles() if query.by is Grouping.CONVERSATION else {}
        for key, tally in self._groups(query, plain):
            rows.append(StatsRow(key, tally.figures(), titles.get(key, "")))
            total.add(tally)
        figures = total.figures()
        unpriced = self._unpriced(query, plain) if figures.unpriced_requests else ()
        return Stats(query, in_usual_order(rows, query.by), figures, unpriced)

    def spent(self, query: StatsQuery) -> Figures:
        """The money, and how many requests it was for; nothing else is looked at."""
        where, values = conditions(query)
        plain = self._plain(query)
        tally = Tally()
        for raw in self._connection.execute(
            f"SELECT {_SPENT} FROM ledger WHERE {where} AND {plain} AND {_IS_REPLY}", values
        ):
            tally.add(_spent_tally(raw))
        for row in self._odd_rows(where, values, plain):
            tally.add(tally_of((row,)))
        return tally.figures()

    def _plain(self, query: StatsQuery) -> str:
        """The condition for rows that SQLite can add up: none where these are all, since it takes its time."""
        where, values = conditions(query)
        sql = f"SELECT 1 FROM ledger WHERE {where} AND NOT {IS_PLAIN} LIMIT 1"
        return IS_PLAIN if self._connection.execute(sql, values).fetchone() else _EVERY_ROW

    def _groups(self, query: StatsQuery, plain: str) -> Iterator[tuple[str, Tally]]:
        if not query.by.is_time:
            for key, tally in self._tallies(query, plain, _KEYS[query.by]).items():
                yield "/".join(key), tally
            return
        found: dict[str, Tally] = {}
        for name, bounds in self._periods_in_use(query):
            for tally in self._tallies(query, plain, (), bounds).values():
                found.setdefault(name, Tally()).add(tally)
        yield from found.items()

    def _periods_in_use(self, query: StatsQuery) -> Iterator[tuple[str, Bounds]]:
        """The days, weeks or months in which anything was sent, whatever else the query wants of it."""
        start, end = bounds_of(query)
        sql = "SELECT min(started_at) FROM ledger WHERE started_at >= ? AND started_at < ?"
        while (first := self._connection.execute(sql, (start, end)).fetchone()[0]) is not None:
            moment = readable_moment(first)
            period = period_at(moment or BEGINNING, query.zone, TIME_KEYS[query.by])
            after = from_moment(period.end)
            # A moment that is written otherwise than Parley writes it stands in another place than it means.
            if moment is None or after <= first:
                start, after = first, first + "\0"
            yield period.key, (start, min(after, end))
            start = after

    def _tallies(self, query: StatsQuery, plain: str, keys: tuple[str, ...], bounds: Bounds | None = None) -> Tallies:
        """One tally per value of the key columns; none for values without any request."""
        where, values = conditions(query, bounds)
        groups = ", ".join((*keys, "kind"))
        sql = f"SELECT {groups}, {_SUMS} FROM ledger WHERE {where} AND {plain} GROUP BY {groups}"
        found: Tallies = {}
        for raw in self._connection.execute(sql, values):
            key, kind, sums = raw[: len(keys)], raw[len(keys)], raw[len(keys) + 1 :]
            tally = Tally(counting=sums[0]) if kind == _COUNTING else _tally(sums)
            if key in found:
                found[key].add(tally)
            else:
                found[key] = tally
        self._add_saved(f"{where} AND {plain}", values, keys, found)
        for row in self._odd_rows(where, values, plain):
            key = tuple(_COLUMNS[column](row) for column in keys)
            found.setdefault(key, Tally()).add(tally_of((row,)))
        return found

    def _add_saved(self, where: str, values: tuple[str, ...], keys: tuple[str, ...], found: Tallies) -> None:
        """Add what the cache saved.

        The same rates save the same per token, so their tokens are added up first; where the rates have tiers, per
        size of the input, which decides on the tier.
        """
        size = "CASE WHEN instr(rates, '\"tiers\"') THEN input_tokens END"
        groups = ", ".join((*keys, "rates", "service_tier", size))
        sql = (
            f"SELECT {groups}, {halves('cached_tokens')} FROM ledger WHERE {where} AND {_IS_REPLY}"
            f" AND rates IS NOT NULL AND cached_tokens <> 0 AND input_tokens IS NOT NULL GROUP BY {groups}"
        )
        for *key, rates, service_tier, input_tokens, high, low in self._connection.execute(sql, values):
            usage = Usage(input_tokens=input_tokens or 0, cached_tokens=whole(high, low), service_tier=service_tier)
            saved = saved_by_cache(usage, self._rates(rates))
            if saved is not None:
                tally = found[tuple(key)]
                tally.saved = saved if tally.saved is None else EXACT.add(tally.saved, saved)

    def _unpriced(self, query: StatsQuery, plain: str) -> tuple[Unpriced, ...]:
        where, values = conditions(query)
        sql = (
            f"SELECT provider, model, count(*) FROM ledger WHERE {where} AND {plain} AND {_IS_REPLY}"
            f" AND cost_usd IS NULL GROUP BY {_PROVIDER}, {_MODEL}"
        )
        found = self._connection.execute(sql, values)
        counts = Counter({ModelRef(provider, model): count for provider, model, count in found})
        odd = (row for row in self._odd_rows(where, values, plain) if tally_of((row,)).spent.unpriced)
        counts.update(ModelRef(row.provider, row.model) for row in odd)
        return tuple(Unpriced(*each) for each in sorted(counts.items(), key=lambda each: (-each[1], each[0])))

    def _odd_rows(self, where: str, values: tuple[str, ...], plain: str) -> Iterator[LedgerRow]:
        """Those that SQLite cannot add up: few, or none."""
        if plain == _EVERY_ROW:
            return iter(())
        return rows_of(self._connection.execute(f"SELECT {COLUMNS} FROM ledger WHERE {where} AND NOT {plain}", values))

    def _titles(self) -> Mapping[str, str]:
        return dict(self._connection.execute("SELECT id, title FROM conversations").fetchall())


def _spent_tally(raw: Sequence[Any]) -> Tally:
    """Args: raw: the columns of `_SPENT`."""
    *money, free, untracked, flat = raw
    return Tally(spent=_read_money(*money), free=free or 0, untracked=untracked or 0, flat=flat or 0)


def _tally(raw: Sequence[Any]) -> Tally:
    """Args: raw: the columns of `_SUMS`."""
    failed, retried, unreported, waits, tokens, stretches = raw[11:17]
    hits, base, *counts = (whole(raw[at], raw[at + 1]) for at in range(17, len(raw), 2))
    tally = _spent_tally(raw[:7])
    tally.wasted = _read_money(*raw[7:11])
    tally.usage = Usage(**dict[str, Any](zip(COUNT_COLUMNS, counts, strict=True)))
    tally.hits, tally.hit_base = hits or 0, base or 0
    tally.failed, tally.retried, tally.unreported = failed, retried, unreported
    tally.waits = _integers(waits)
    tally.speeds = [made * 1_000 / passed for made, passed in zip(_integers(tokens), _integers(stretches), strict=True)]
    return tally


def _read_money(requests: int, priced: int, costs: str | None, estimated: str | None) -> Money:
    return Money(requests, priced, exact_total(costs) if priced else None, exact_total(estimated))


def exact_total(amounts: str | None) -> Decimal:
    """Args: amounts: as `group_concat` strings them together; None for none."""
    return exact_sum(map(Decimal, amounts.split())) if amounts else Decimal(0)


def _integers(numbers: str | None) -> list[int]:
    return [int(number) for number in numbers.split()] if numbers else []


def whole(high: int | None, low: int | None) -> int | None:
    """None for the sum of nothing."""
    return None if high is None or low is None else (high << _HALF) + low
