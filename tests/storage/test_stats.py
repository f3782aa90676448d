"""The figures behind `parley stats`: SQLite's sums against adding up the rows one by one, here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.storage.choosing import conditions
from app.storage.encoding import exact_sum
from app.storage.ledger import page_of
from app.storage.records import LedgerRow, RequestKind
from app.storage.stats import TIME_KEYS, Grouping, SortBy, Stats, StatsQuery
from app.storage.store import Store
from app.storage.sums import LedgerSums
from app.storage.totals import NOTHING, Figures, add_up
from providers.usage import Usage
from tests.storage.random_ledgers import book, ledgers, money, queries
from tests.storage.stories import NOON, SONNET, ledger_row


def stats_of(query: StatsQuery, ledger: list[LedgerRow]) -> Stats:
    return LedgerSums(book(ledger)).stats(query)


def local_day(row: LedgerRow, zone: tzinfo) -> date:
    return row.started_at.astimezone(zone).date()


KEYS: dict[Grouping, Callable[[LedgerRow, tzinfo], str]] = {
    Grouping.DAY: lambda row, zone: str(local_day(row, zone)),
    Grouping.WEEK: lambda row, zone: "{}-W{:02}".format(*local_day(row, zone).isocalendar()),
    Grouping.MONTH: lambda row, zone: f"{local_day(row, zone):%Y-%m}",
    Grouping.PROVIDER: lambda row, _: row.provider,
    Grouping.MODEL: lambda row, _: f"{row.provider}/{row.model}",
    Grouping.CONVERSATION: lambda row, _: row.conversation_id or "",
}


def is_meant(query: StatsQuery, row: LedgerRow) -> bool:
    return (
        (query.since is None or row.started_at >= query.since)
        and (query.until is None or row.started_at < query.until)
        and query.provider in ("", row.provider)
        and query.model in ("", row.model, f"{row.provider}/{row.model}")
        and (query.ref is None or str(query.ref) == f"{row.provider}/{row.model}")
        and (query.ref is None or query.ref.provider == row.provider)
        and query.conversation_id in (None, row.conversation_id or "")
    )


def columns(figures: Figures) -> dict[str, Any]:
    """Everything that is a sum."""
    usage, wasted = figures.usage, figures.wasted
    counts = {name: getattr(usage, name) for name in Usage.__slots__ if name.endswith("_tokens")}
    numbers = (
        "requests",
        "unpriced_requests",
        "hit_tokens",
        "hit_base_tokens",
        "free_requests",
        "untracked_requests",
        "flat_requests",
    )
    waste = ("failed", "cancelled", "retried", "requests", "usd", "estimated_usd", "unpriced_requests")
    return {
        **counts,
        **{name: getattr(figures, name) for name in (*numbers, "count_requests", "hit_tokens", "hit_base_tokens")},
        **{name: getattr(figures, name) for name in ("usd", "estimated_usd", "saved_by_cache_usd")},
        **{f"wasted_{name}": getattr(wasted, name) for name in waste},
    }


def assert_total_is_the_sum_of_its_rows(stats: Stats) -> None:
    parts = [columns(row.figures) for row in stats.rows]
    for name, total in columns(stats.total).items():
        known = [part[name] for part in parts if part[name] is not None]
        assert total == (exact_sum(known) if "usd" in name else sum(known)) or (total is None and not known), name


@settings(max_examples=300)
@given(ledgers, queries)
def test_sums_equal_the_rows_added_up_one_by_one_to_the_last_digit(ledger: list[LedgerRow], query: StatsQuery) -> None:
    meant = [row for row in ledger if is_meant(query, row)]
    groups: dict[str, list[LedgerRow]] = {}
    for row in meant:
        groups.setdefault(KEYS[query.by](row, query.zone), []).append(row)
    connection = book(ledger)
    stats = LedgerSums(connection).stats(query)
    assert {row.key: row.figures for row in stats.rows} == {key: add_up(rows) for key, rows in groups.items()}
    assert len(stats.rows) == len(groups)
    assert stats.total == add_up(meant)
    assert money(LedgerSums(connection).spent(query)) == money(stats.total)
    assert stats.total.requests + stats.total.count_requests == len(meant)
    assert_total_is_the_sum_of_its_rows(stats)
    assert sum(each.requests for each in stats.unpriced) == stats.total.unpriced_requests


@given(ledgers, queries)
def test_the_requests_behind_a_row_add_up_to_it(ledger: list[LedgerRow], query: StatsQuery) -> None:
    connection = book(ledger)
    seen = []
    for row in LedgerSums(connection).stats(query).rows:
        page = page_of(connection, query.within(row.key), limit=100, offset=0)
        behind = [request.row for request in page.requests]
        assert add_up(behind) == row.figures
        assert page.total == len(behind)
        seen += behind
    assert sorted(seen, key=lambda row: row.id) == sorted(
        (row for row in ledger if is_meant(query, row)), key=lambda row: row.id
    )


@given(ledgers, queries, st.sampled_from(SortBy), st.booleans())
def test_any_column_sorts_both_ways_and_what_is_unknown_comes_last(
    ledger: list[LedgerRow], query: StatsQuery, column: SortBy, is_descending: bool
) -> None:
    stats = stats_of(query, ledger)
    ordered = stats.sorted_by(column, is_descending=is_descending)
    assert (ordered.total, ordered.unpriced) == (stats.total, stats.unpriced)
    assert sorted(row.key for row in ordered.rows) == sorted(row.key for row in stats.rows)
    values = [column.value_of(row) for row in ordered.rows]
    known = [value for value in values if value is not None]
    assert known == sorted(known, reverse=is_descending)
    assert values == [*known, *[None] * (len(values) - len(known))]


@given(ledgers, queries, st.integers(1, 4))
def test_pages_hold_every_request_once_newest_first(ledger: list[LedgerRow], query: StatsQuery, limit: int) -> None:
    connection = book(ledger)
    meant = [row for row in ledger if is_meant(query, row)]
    pages = [page_of(connection, query, limit, offset) for offset in range(0, len(meant) + 1, limit)]
    assert [request.row for page in pages for request in page.requests] == sorted(
        meant, key=lambda row: (row.started_at, row.id), reverse=True
    )
    assert {page.total for page in pages} == {len(meant)}


@pytest.mark.parametrize(
    "query",
    [
        StatsQuery(since=NOON, until=NOON),
        StatsQuery(since=NOON, until=NOON, provider="claude"),
        StatsQuery(since=NOON, until=NOON, provider="claude", model="claude/a"),
        StatsQuery(since=NOON, until=NOON, ref=SONNET),
        StatsQuery(since=NOON, until=NOON, conversation_id="one"),
    ],
)
def test_for_one_day_no_other_day_is_read(query: StatsQuery) -> None:
    where, values = conditions(query)
    plan = book([]).execute(f"EXPLAIN QUERY PLAN SELECT sum(input_tokens) FROM ledger WHERE {where}", values)
    ((*_, detail),) = plan.fetchall()
    assert detail.endswith("started_at>? AND started_at<?)")


DAMAGE = (
    "cost_usd = 'much'",
    "cost_usd = '-1'",
    "cost_usd = '1.2.3'",
    "cost_usd = '1e400'",
    "cost_status = 'settled'",
    "cost_status = 'unknown'",
    "stop = 'paused'",
    "kind = 'batch'",
    "input_tokens = -5",
    "rates = '{'",
    "usage_details = '{'",
    """usage_details = '{"runs": [{"input_tokens": 9, "cached_tokens": 4}]}'""",
    "service_tier = 'batch'",
)


@pytest.mark.parametrize("by", Grouping)
@pytest.mark.parametrize("damage", DAMAGE)
def test_what_cannot_be_read_is_unknown_in_sums_as_it_is_in_rows(damage: str, by: Grouping) -> None:
    connection = book([ledger_row("1", model="x"), ledger_row("2", model="x"), ledger_row("3", model="y")])
    connection.execute(f"UPDATE ledger SET {damage} WHERE id = '1'")
    read = [request.row for request in page_of(connection, StatsQuery(), None, 0).requests]
    stats = LedgerSums(connection).stats(StatsQuery(by))
    assert stats.total == add_up(read)
    assert sum(each.requests for each in stats.unpriced) == stats.total.unpriced_requests
    assert_total_is_the_sum_of_its_rows(stats)


ODD_MOMENTS = (
    "",
    "yesterday",
    "2026-02-31T00:00:00",
    "2026-11-21T12:00:00",
    "2026-12-01T01:00:00+02:00",
    "20261121T120000",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:00:00-11:00",
    "~",
)


@pytest.mark.parametrize("moment", ODD_MOMENTS)
@pytest.mark.parametrize("by", TIME_KEYS)
def test_a_moment_that_cannot_be_read_loses_no_request(moment: str, by: Grouping) -> None:
    connection = book([ledger_row("1"), ledger_row("2"), ledger_row("3")])
    connection.execute("UPDATE ledger SET started_at = ? WHERE id = '1'", (moment,))
    stats = LedgerSums(connection).stats(StatsQuery(by))
    assert stats.total.requests == sum(row.figures.requests for row in stats.rows) == 3
    read = [request.row for request in page_of(connection, StatsQuery(), None, 0).requests]
    assert {row.key for row in stats.rows} == {KEYS[by](row, UTC) for row in read}


@pytest.mark.parametrize("by", Grouping)
def test_requests_that_only_counted_are_no_replies(by: Grouping) -> None:
    counting = ledger_row("count", kind=RequestKind.COUNT, usd=None)
    (row,) = LedgerSums(book([counting])).stats(StatsQuery(by)).rows
    assert (row.figures.requests, row.figures.count_requests, row.figures.unpriced_requests) == (0, 1, 0)
    assert row.figures.usage == Usage()


def test_days_follow_the_clocks_of_the_place() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    moments = [
        datetime(2026, 3, 28, 22, 59, tzinfo=UTC),  # 23:59 in winter time
        datetime(2026, 3, 28, 23, 0, tzinfo=UTC),  # midnight
        datetime(2026, 3, 29, 21, 59, tzinfo=UTC),  # 23:59 in summer time: the day had 23 hours
        datetime(2026, 3, 29, 22, 0, tzinfo=UTC),
    ]
    members = [ledger_row(str(index), started_at=moment) for index, moment in enumerate(moments)]
    keys = [(row.key, row.figures.requests) for row in stats_of(StatsQuery(Grouping.DAY, zone=berlin), members).rows]
    assert keys == [("2026-03-28", 1), ("2026-03-29", 2), ("2026-03-30", 1)]


def test_groups_of_every_kind() -> None:
    members = [
        ledger_row("1", started_at=datetime(2027, 1, 1, tzinfo=UTC), conversation_id="c", usd="1"),
        ledger_row("2", started_at=datetime(2026, 12, 31, tzinfo=UTC), provider="local", model="x/y", usd="2"),
    ]

    def keys(by: Grouping) -> list[str]:
        return [row.key for row in stats_of(StatsQuery(by), members).rows]

    assert keys(Grouping.WEEK) == ["2026-W53"]
    assert keys(Grouping.MONTH) == ["2026-12", "2027-01"]
    assert keys(Grouping.PROVIDER) == ["local", "claude"]
    assert keys(Grouping.MODEL) == ["local/x/y", str(SONNET)]
    assert keys(Grouping.CONVERSATION) == ["", "c"]


def test_stats_of_one_provider_or_model() -> None:
    members = [ledger_row("1"), ledger_row("2", provider="local", model="x/y")]
    for query in (
        StatsQuery(provider="local"),
        StatsQuery(model="x/y"),
        StatsQuery(model="local/x/y"),
        StatsQuery(provider="local", model="x/y"),
    ):
        assert [row.key for row in stats_of(query, members).rows] == ["local/x/y"]
    assert stats_of(StatsQuery(provider="claude", model="x/y"), members).total == NOTHING


async def test_stats_choose_by_time(store: Store) -> None:
    for day in (20, 21, 22):
        await store.ledger.add(ledger_row(str(day), started_at=datetime(2026, 11, day, tzinfo=UTC)))
    query = StatsQuery(Grouping.DAY, since=datetime(2026, 11, 21, tzinfo=UTC), until=datetime(2026, 11, 22, tzinfo=UTC))
    assert [row.key for row in (await store.ledger.stats(query)).rows] == [date(2026, 11, 21).isoformat()]
