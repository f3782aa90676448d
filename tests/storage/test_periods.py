"""Stretches of time as people type them, in the time zone where they live."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.storage.periods import (
    _SystemZone,
    day_start,
    local_zone,
    parse_last,
    parse_moment,
    week_key,
    zone_name,
    zone_named,
)

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)  # half past midnight on the 22nd in Berlin


def test_a_date_is_the_start_of_the_day_there() -> None:
    assert parse_moment("2026-11-21", BERLIN) == datetime(2026, 11, 20, 23, tzinfo=UTC)


def test_until_a_date_includes_that_day() -> None:
    assert parse_moment("2026-10-25", BERLIN, is_end=True) == datetime(2026, 10, 25, 23, tzinfo=UTC)


def test_a_moment_is_taken_as_it_is() -> None:
    assert parse_moment("2026-11-21T10:00", BERLIN, is_end=True) == datetime(2026, 11, 21, 9, tzinfo=UTC)
    assert parse_moment("2026-11-21T10:00+05:00", BERLIN) == datetime(2026, 11, 21, 5, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "21.11.2026", "9999-12-31T", "2026-02-30"])
def test_what_is_no_date_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="write 2026-11-21"):
        parse_moment(text, UTC)


def test_the_end_of_time_is_one_sentence() -> None:
    for text in ("9999-12-31", "0001-01-01T00:00"):
        with pytest.raises(ValueError, match="too far away"):
            parse_moment(text, BERLIN, is_end=True)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("1d", "2026-11-22T00:00+01:00"),
        ("7d", "2026-11-16T00:00+01:00"),
        ("4w", "2026-10-26T00:00+01:00"),
        ("1m", "2026-10-23T00:00+02:00"),
        ("1Y", "2025-11-23T00:00+01:00"),
        ("24h", "2026-11-20T23:30+00:00"),
    ],
)
def test_the_last_stretch_ends_today_there(text: str, start: str) -> None:
    assert parse_last(text, NOW, BERLIN) == datetime.fromisoformat(start)


def test_a_month_before_a_long_month_starts_in_the_short_one() -> None:
    assert parse_last("1m", datetime(2026, 3, 31, 12, tzinfo=UTC), UTC) == datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "7", "d", "0d", "-3d", "7 days", "1.5d", "٣d"])
def test_what_is_no_stretch_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="write 24h"):
        parse_last(text, NOW, UTC)


def test_a_stretch_may_not_reach_back_before_time() -> None:
    assert parse_last("9999h", NOW, UTC) < NOW
    for text in ("99999y", "99999m"):
        with pytest.raises(ValueError, match="too far back"):
            parse_last(text, NOW, UTC)


def test_a_day_without_midnight_starts_when_the_clocks_have_jumped() -> None:
    cairo = ZoneInfo("Africa/Cairo")
    start = day_start(date(2026, 4, 24), cairo)
    assert (start.hour, start.astimezone(UTC)) == (1, datetime(2026, 4, 23, 22, tzinfo=UTC))


@given(st.dates(date(1990, 1, 1), date(2037, 1, 1)), st.sampled_from(["Europe/Berlin", "America/Havana", "UTC"]))
def test_a_day_starts_where_the_day_before_ends(day: date, name: str) -> None:
    zone = zone_named(name)
    start = day_start(day, zone)
    assert start.astimezone(zone).date() == day
    assert (start.astimezone(UTC) - timedelta(microseconds=1)).astimezone(zone).date() == day - timedelta(days=1)


def test_weeks_belong_to_the_year_of_their_thursday() -> None:
    assert week_key(datetime(2027, 1, 3, tzinfo=UTC), UTC) == "2026-W53"
    assert week_key(datetime(2027, 1, 3, 23, 30, tzinfo=UTC), BERLIN) == "2027-W01"


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "/etc/passwd", "Europe", "a\0b"])
def test_a_bad_time_zone_is_one_sentence(name: str) -> None:
    with pytest.raises(ValueError, match="is no time zone"):
        zone_named(name)


def test_the_zone_of_this_machine_is_named(tmp_path: Path) -> None:
    assert zone_name(local_zone({"TZ": ":Asia/Tokyo"})) == "Asia/Tokyo"
    link = tmp_path / "localtime"
    folder = tmp_path / "zoneinfo" / "Europe"
    folder.mkdir(parents=True)
    (folder / "Paris").write_text("")
    link.symlink_to(folder / "Paris")
    assert zone_name(local_zone({}, link)) == "Europe/Paris"
    assert zone_name(local_zone({"TZ": f"{tmp_path}/zoneinfo/Europe/Rome"}, link)) == "Europe/Rome"
    assert zone_name(local_zone({"TZ": "EST5EDT4,M3.2.0,M11.1.0"}, link)) == "local"
    assert zone_name(local_zone({}, tmp_path / "nothing")) == "local"
    assert zone_name(zone_named("utc")) == "UTC"


@pytest.fixture
def system_in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.skipif(os.name != "posix", reason="tzset")
@pytest.mark.usefixtures("system_in_berlin")
def test_a_nameless_system_zone_follows_its_own_rules() -> None:
    zone = _SystemZone()
    for hour in range(0, 24 * 400, 7):
        moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hour)
        there = moment.astimezone(zone)
        assert there.replace(tzinfo=None) == moment.astimezone(BERLIN).replace(tzinfo=None)
        assert there.astimezone(UTC) == moment
    assert day_start(date(2026, 7, 1), zone) == datetime(2026, 6, 30, 22, tzinfo=UTC)
