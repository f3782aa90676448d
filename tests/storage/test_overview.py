"""Today, this week, this month, and a bar per day, wherever days begin."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.storage.overview import last_periods
from app.storage.periods import day_key, period_at, period_named
from app.storage.records import LedgerRow
from app.storage.stats import TIME_KEYS, Grouping, StatsQuery
from app.storage.store import Store
from app.storage.totals import NOTHING, add_up
from tests.storage.random_ledgers import moments, money, zones
from tests.storage.stories import ledger_row

BERLIN, KOLKATA = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata")
TIMES = st.sampled_from(list(TIME_KEYS))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


async def fill(store: Store, *moments: str) -> list[LedgerRow]:
    rows = [ledger_row(str(number), started_at=at(moment)) for number, moment in enumerate(moments)]
    for row in rows:
        await store.ledger.add(row)
    return rows


@given(moments, zones, TIMES)
def test_a_moment_lies_in_its_period_and_periods_follow_each_other(
    moment: datetime, zone: tzinfo, by: Grouping
) -> None:
    period = period_at(moment, zone, TIME_KEYS[by])
    assert period.start <= moment < period.end
    assert period.key == TIME_KEYS[by](moment, zone)
    assert period == period_named(period.key, zone)
    assert period_at(period.end, zone, TIME_KEYS[by]).start == period.end
    assert period_at(period.start - timedelta(microseconds=1), zone, TIME_KEYS[by]).end == period.start


@settings(max_examples=50)
@given(moments, zones, TIMES, st.integers(1, 60))
def test_the_last_periods_have_no_gap_and_end_with_the_present_one(
    now: datetime, zone: tzinfo, by: Grouping, count: int
) -> None:
    periods = last_periods(by, count, now, zone)
    assert len(periods) == count
    assert periods[-1].start <= now < periods[-1].end
    assert all(one.end == other.start for one, other in pairwise(periods))


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        ("2026-03-29", "Europe/Berlin", 23),
        ("2026-10-25", "Europe/Berlin", 25),
        ("2026-04-24", "Africa/Cairo", 23),
        ("2026-11-01", "America/Havana", 25),
        ("2026-04-05", "Australia/Lord_Howe", 24.5),
        ("2026-11-21", "Asia/Kolkata", 24),
        ("2011-12-29", "Pacific/Apia", 24),
    ],
)
def test_days_are_as_long_as_they_are(day: str, zone: str, hours: float) -> None:
    period = period_named(day, ZoneInfo(zone))
    assert period.end - period.start == timedelta(hours=hours)


def test_a_date_that_shows_twice_is_one_day_and_what_follows_goes_on() -> None:
    st_johns = ZoneInfo("America/St_Johns")  # a minute after midnight the clocks went back to the day before
    first_midnight = at("2010-11-07T00:00-02:30")
    assert period_at(first_midnight, st_johns, day_key).key == "2010-11-07"
    again_the_sixth = at("2010-11-07T00:20-02:30")
    assert again_the_sixth.astimezone(st_johns).date().isoformat() == "2010-11-06"
    assert period_at(again_the_sixth, st_johns, day_key) == period_at(first_midnight, st_johns, day_key)


async def test_today_this_week_this_month_and_all_time(store: Store) -> None:
    rows = await fill(
        store,
        "2026-11-21T00:00+01:00",  # the first moment of this Saturday
        "2026-11-20T23:59+01:00",
        "2026-11-16T00:00+01:00",  # Monday
        "2026-11-15T23:59+01:00",
        "2026-11-01T00:00+01:00",
        "2026-10-31T23:59+01:00",
        "2026-11-21T23:59+01:00",  # the clock was ahead for a while
        "2027-05-01T00:00+01:00",
    )
    overview = await store.ledger.overview(at("2026-11-21T12:00+01:00"), BERLIN)
    assert money(overview.today) == money(add_up([rows[0], rows[6]]))
    assert money(overview.week) == money(add_up([*rows[:3], rows[6]]))
    assert money(overview.month) == money(add_up([*rows[:5], rows[6]]))
    assert money(overview.all_time) == money(add_up(rows))


async def test_weeks_go_on_over_new_year_and_days_begin_where_one_is(store: Store) -> None:
    await fill(store, "2026-12-28T00:00+05:30", "2027-01-01T00:00+05:30", "2027-01-02T23:59+05:30")
    overview = await store.ledger.overview(at("2027-01-03T00:10+05:30"), KOLKATA)
    counts = [each.requests for each in (overview.today, overview.week, overview.month)]
    assert counts == [0, 3, 2]
    assert overview.today == NOTHING


async def test_every_day_has_a_bar_also_an_empty_one_and_one_of_23_hours(store: Store) -> None:
    await fill(
        store, "2026-03-27T23:59+01:00", "2026-03-29T01:59+01:00", "2026-03-29T23:59+02:00", "2026-03-30T00:00+02:00"
    )
    series = await store.ledger.series(StatsQuery(zone=BERLIN), Grouping.DAY, 4, at("2026-03-30T08:00+02:00"))
    assert [(point.key, point.figures.requests) for point in series.points] == [
        ("2026-03-27", 1),
        ("2026-03-28", 0),
        ("2026-03-29", 2),
        ("2026-03-30", 1),
    ]
    assert series.points[1].figures.usd is None
    assert series.points[2].figures.usd == Decimal("0.0084")
    assert series.points[3].start == at("2026-03-30T00:00+02:00")


async def test_a_series_holds_what_the_query_chooses_whatever_its_stretch(store: Store) -> None:
    add = store.ledger.add
    await add(ledger_row("1", started_at=at("2026-11-02T12:00Z")))
    await add(ledger_row("2", started_at=at("2026-11-20T12:00Z"), provider="local"))
    query = StatsQuery(provider="local", since=at("2027-01-01T00:00Z"))
    weeks = await store.ledger.series(query, Grouping.WEEK, 3, at("2026-11-21T12:00Z"))
    assert [(point.key, point.figures.requests) for point in weeks.points] == [
        ("2026-W45", 0),
        ("2026-W46", 0),
        ("2026-W47", 1),
    ]
    months = await store.ledger.series(StatsQuery(), Grouping.MONTH, 2, at("2026-11-30T23:59Z"))
    assert [(point.key, point.figures.requests) for point in months.points] == [("2026-10", 0), ("2026-11", 2)]


async def test_a_zone_of_odd_seconds_splits_days_to_the_second(store: Store) -> None:
    zone = timezone(timedelta(hours=5, minutes=17, seconds=3))
    await fill(store, "2026-11-20T18:42:56+00:00", "2026-11-20T18:42:57+00:00")
    stats = await store.ledger.stats(StatsQuery(Grouping.DAY, zone=zone))
    assert [row.key for row in stats.rows] == ["2026-11-20", "2026-11-21"]
