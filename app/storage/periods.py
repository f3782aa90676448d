"""Days, weeks and months where the user lives. Daylight saving is the time zone's business, not ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

Stretch = tuple[datetime, datetime]
"""From a moment on, up to another one and without it."""

_LAST = re.compile(r"(\d{1,5})\s*([hdwmy])", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Period:
    """A day, a week or a month somewhere.

    Attributes:
        start, end: its first moment, and the first one after it, UTC: moments of one zone are compared by what its
            clocks show, which is wrong in the hour that shows twice.
    """

    key: str
    start: datetime
    end: datetime


def zone_named(name: str) -> tzinfo:
    """A time zone by its IANA name. Raises: ValueError, when there is none of that name."""
    try:
        return UTC if name.upper() in ("UTC", "Z") else ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # ZoneInfo raises all three for a bad name
        raise ValueError(f"{name!r} is no time zone; write one such as Europe/Berlin or UTC") from error


def local_zone(environ: Mapping[str, str], link: Path = Path("/etc/localtime")) -> tzinfo:
    """The time zone of this machine: `TZ`, else the system's own.

    Args:
        link: points into the system's time zone files where there are any.
    """
    name = environ.get("TZ", "").lstrip(":") or str(link.resolve())
    try:
        return zone_named(name.rpartition("zoneinfo/")[2].removeprefix("posix/"))
    except ValueError:
        return _SystemZone()


def zone_name(zone: tzinfo) -> str:
    """The name to print: an IANA name, `UTC`, or `local` where the system does not tell."""
    if zone is UTC:
        return "UTC"
    return zone.key if isinstance(zone, ZoneInfo) else "local"


def day_start(day: date, zone: tzinfo) -> datetime:
    """The first moment of a day; where clocks jump over midnight, the moment they jump to."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC).astimezone(zone)


def day_of(moment: datetime, zone: tzinfo) -> Stretch:
    """The day in which a moment lies: 23 or 25 hours long where the clocks change."""
    day = period_at(moment, zone, day_key)
    return day.start.astimezone(zone), day.end.astimezone(zone)


def month_of(moment: datetime, zone: tzinfo) -> Stretch:
    """The month in which a moment lies."""
    month = period_at(moment, zone, month_key)
    return month.start.astimezone(zone), month.end.astimezone(zone)


def day_key(moment: datetime, zone: tzinfo) -> str:
    """`2026-11-21`"""
    return moment.astimezone(zone).date().isoformat()


def week_key(moment: datetime, zone: tzinfo) -> str:
    """The ISO week, `2026-W47`: it starts on Monday and belongs to the year of its Thursday."""
    year, week, _ = moment.astimezone(zone).isocalendar()
    return f"{year:04d}-W{week:02d}"


def month_key(moment: datetime, zone: tzinfo) -> str:
    """`2026-11`"""
    return day_key(moment, zone)[:7]


def period_at(moment: datetime, zone: tzinfo, key_of: Callable[[datetime, tzinfo], str]) -> Period:
    """The day, week or month that a moment lies in.

    Args:
        key_of: `day_key`, `week_key` or `month_key`.
    """
    period = period_named(key_of(moment, zone), zone)
    # Where clocks are put back across midnight, a date shows twice: what begins at the first midnight goes on.
    return period if moment < period.end else period_named(key_of(period.end, zone), zone)


def period_named(key: str, zone: tzinfo) -> Period:
    """Args: key: as `day_key`, `week_key` or `month_key` write it."""
    if "W" in key:
        first = date.fromisoformat(f"{key}-1")
        after = first + timedelta(days=7)
    elif len(key) == len("2026-11"):
        first = date.fromisoformat(f"{key}-01")
        after = _months_before(first, -1)
    else:
        first = date.fromisoformat(key)
        after = first + timedelta(days=1)
    return Period(key, day_start(first, zone).astimezone(UTC), day_start(after, zone).astimezone(UTC))


def parse_moment(text: str, zone: tzinfo, *, is_end: bool = False) -> datetime:
    """A date or a date with time, as typed; without an offset it is meant in `zone`.

    Args:
        is_end: a plain date means the end of that day, so that it is included.
    Raises:
        ValueError: with a sentence that says what to write.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        pass
    else:
        try:
            return day_start(day + timedelta(days=1) if is_end else day, zone)
        except OverflowError as error:
            raise ValueError(f"{text!r} is too far away") from error
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no date; write 2026-11-21 or 2026-11-21T14:30") from error
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC).astimezone(zone)
    except OverflowError as error:
        raise ValueError(f"{text!r} is too far away") from error


def parse_last(text: str, now: datetime, zone: tzinfo) -> datetime:
    """The start of a stretch that ends now: `24h`, `7d`, `4w`, `3m`, `1y`.

    Days, weeks, months and years are calendar days that include today: `7d` is today and the six days before.

    Raises:
        ValueError: with a sentence that says what to write.
    """
    match = _LAST.fullmatch(text.strip())
    if match is None or not int(match[1]):
        raise ValueError(f"{text!r} is no stretch of time; write 24h, 7d, 4w, 3m or 1y")
    count, unit = int(match[1]), match[2].lower()
    today = now.astimezone(zone).date()
    try:
        match unit:
            case "h":
                return now.astimezone(UTC) - timedelta(hours=count)
            case "d" | "w":
                days = count * (7 if unit == "w" else 1)
                return day_start(today - timedelta(days=days - 1), zone)
            case _:
                months = count * (12 if unit == "y" else 1)
                return day_start(_months_before(today, months) + timedelta(days=1), zone)
    except (OverflowError, ValueError) as error:
        raise ValueError(f"{text!r} reaches too far back") from error


def _months_before(day: date, months: int) -> date:
    """The same day of an earlier month, or the last day of that month if it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    month += 1
    next_month = date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, min(day.day, (next_month - timedelta(days=1)).day))


class _SystemZone(tzinfo):
    """The rules of the C library, where the system does not tell the name of its time zone."""

    def utcoffset(self, moment: datetime | None) -> timedelta:
        local = (moment or datetime.now(UTC)).replace(tzinfo=None)
        return local - datetime.fromtimestamp(local.timestamp(), UTC).replace(tzinfo=None)

    def fromutc(self, moment: datetime) -> datetime:
        local = datetime.fromtimestamp(moment.replace(tzinfo=UTC).timestamp())  # noqa: DTZ006 - that is the point
        return local.replace(tzinfo=self)

    def dst(self, moment: datetime | None) -> None:
        return None

    def tzname(self, moment: datetime | None) -> str:
        return "local"
