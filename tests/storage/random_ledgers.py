"""Ledgers as chance writes them: every way a request can end, be priced and be dated."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from app.storage.ledger import insert_row
from app.storage.migrate import shipped_migrations
from app.storage.records import LedgerRow, RequestKind
from app.storage.stats import Grouping, StatsQuery
from app.storage.totals import Figures
from providers.costs import Cost, CostStatus, Rates, Tier
from providers.events import StopReason
from providers.reference import ModelRef
from providers.usage import Usage
from tests.storage.stories import ledger_row

_BEGIN, _END = datetime(2024, 1, 1), datetime(2028, 1, 1)  # noqa: DTZ001 - hypothesis wants them without a zone
_TURNS = (
    datetime(2026, 3, 29, 1, tzinfo=UTC),  # Berlin goes to summer time
    datetime(2026, 10, 25, 1, tzinfo=UTC),  # and back
    datetime(2026, 4, 23, 22, tzinfo=UTC),  # Cairo has no midnight
    datetime(2026, 11, 1, 5, tzinfo=UTC),  # Havana has midnight twice
    datetime(2026, 4, 4, 15, tzinfo=UTC),  # Lord Howe moves by half an hour
    datetime(2026, 12, 31, 18, 30, tzinfo=UTC),  # new year in Kolkata
    datetime(2027, 1, 3, 23, tzinfo=UTC),  # the week after 2026-W53 begins in Berlin
)
zones = st.sampled_from(
    [
        UTC,
        *map(
            ZoneInfo,
            (
                "Europe/Berlin",
                "Asia/Kolkata",
                "Asia/Kathmandu",
                "Australia/Lord_Howe",
                "America/Havana",
                "Africa/Cairo",
                "Pacific/Kiritimati",
            ),
        ),
        timezone(timedelta(hours=-3, minutes=-7, seconds=-13)),
    ]
)
moments = st.one_of(
    st.datetimes(_BEGIN, _END, timezones=st.just(UTC)),
    st.builds(
        lambda turn, microseconds: turn + timedelta(microseconds=microseconds),
        st.sampled_from(_TURNS),
        st.sampled_from([0, -1, 1]) | st.integers(-(10**11), 10**11),
    ),
)
amounts = st.one_of(
    st.decimals(min_value=0, max_value=10**12, places=20, allow_nan=False, allow_infinity=False),
    st.sampled_from([Decimal("1e-30"), Decimal("1e30"), Decimal(0), Decimal("0.10")]),
)
optional_amounts = st.none() | amounts
counts = st.none() | st.integers(0, 10**6) | st.sampled_from([0, 2**31 - 1, 2**31, 2**63 - 1])
all_rates = st.builds(
    Rates,
    input=optional_amounts,
    output=optional_amounts,
    cached_input=optional_amounts,
    cached_output=optional_amounts,
    cache_write=optional_amounts,
    cache_write_1h=optional_amounts,
    tiers=st.lists(
        st.builds(Tier, st.integers(0, 10**6), optional_amounts, optional_amounts, optional_amounts), max_size=2
    ).map(tuple),
    source=st.sampled_from(["", "config", "catalogue"]),
    checked=st.none() | st.dates(),
    is_flat=st.booleans(),
)
SOURCES = ("", "config", "config 2026-11-20", "configured", "catalogue 2026-11-20")
costs = st.one_of(
    st.builds(Cost, amounts, st.sampled_from([CostStatus.COMPUTED, CostStatus.REPORTED, CostStatus.ESTIMATED])),
    st.just(Cost(None, CostStatus.UNKNOWN)),
    st.builds(Cost, st.just(Decimal(0)), st.sampled_from([CostStatus.FREE, CostStatus.FLAT]), st.sampled_from(SOURCES)),
)
plain_usages = st.builds(Usage, *[counts] * 6)
odd_usages = st.builds(
    Usage,
    *[counts] * 6,
    service_tier=st.sampled_from([None, None, "default", "batch"]),
    cached_output_tokens=st.sampled_from([None, None, 3]),
    runs=st.just(()) | st.lists(plain_usages, max_size=2).map(tuple),
    is_approximate=st.sampled_from([False, False, True]),
)
some = st.integers(0, 3 * 10**5)
usual_usages = st.builds(
    lambda fresh, read, short, hour, made: Usage(fresh + read + short + hour, read, short + hour, hour, made),
    *(some, some, some | st.just(0), some | st.just(0), some),
)
usages = st.one_of(usual_usages, plain_usages, odd_usages)
milliseconds = st.none() | st.integers(0, 10**6) | st.sampled_from([0, 900])
ledger_rows = st.builds(
    ledger_row,
    st.uuids().map(str),
    started_at=moments,
    provider=st.sampled_from(["claude", "local"]),
    model=st.sampled_from(["a", "b/c", "claude/a"]),
    conversation_id=st.sampled_from([None, "one", "two"]),
    kind=st.sampled_from([RequestKind.REPLY, RequestKind.REPLY, RequestKind.COUNT]),
    stop=st.sampled_from(StopReason),
    attempt=st.integers(1, 3),
    cost=costs,
    rates=st.none() | all_rates,
    usage=usages,
    input_estimate=counts,
    output_estimate=counts,
    first_token_ms=milliseconds,
    total_ms=milliseconds,
)
usual_rows = st.builds(
    ledger_row,
    st.uuids().map(str),
    stop=st.sampled_from([StopReason.STOP, StopReason.CANCELLED]),
    usage=usual_usages,
    cost=costs,
    output_estimate=st.none() | some,
)
usual_ledgers = st.lists(usual_rows, min_size=2, max_size=10, unique_by=lambda row: row.id)
"""Replies as most are: many of them differ in their counts only."""
ledgers = st.lists(ledger_rows, max_size=14, unique_by=lambda row: row.id)
queries = st.builds(
    StatsQuery,
    st.sampled_from(Grouping),
    since=st.none() | moments,
    until=st.none() | moments,
    zone=zones,
    provider=st.sampled_from(["", "", "claude", "nobody"]),
    model=st.sampled_from(["", "", "a", "claude/a", "b/c"]),
    ref=st.sampled_from([None, None, ModelRef("claude", "a"), ModelRef("local", "claude/a")]),
    conversation_id=st.sampled_from([None, None, None, "", "one"]),
)


def book(rows: Iterable[LedgerRow]) -> sqlite3.Connection:
    """A store in memory with these requests in its ledger."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for migration in shipped_migrations():
        connection.executescript(migration.sql)
    for row in rows:
        insert_row(connection, row)
    return connection


def money(figures: Figures) -> tuple[int, Decimal | None, Decimal, int, bool, int, int, int]:
    """All of the figures that a sum of money is written from."""
    return (
        figures.requests,
        figures.usd,
        figures.estimated_usd,
        figures.unpriced_requests,
        figures.is_free,
        figures.free_requests,
        figures.untracked_requests,
        figures.flat_requests,
    )
