"""Numbers for people: tokens, money, durations, speed, moments. Pure functions; unknown is always "—"."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from providers.costs import Cost, CostStatus, Rates

UNKNOWN = "—"
FREE = "free"
UNTRACKED = "free or untracked"
"""Of a model for which a person wrote the price 0: it costs nothing, or they do not want to know."""
UNTRACKED_SHORT = "untracked"
SUBSCRIPTION = "subscription"

USD_CELLS = len("≈ $0.00042")
"""The place of an amount: figures that stand in it stay where they are when an estimate becomes exact."""

_DIME = Decimal("0.1")
_RATE_PLACES = 4


def tokens(count: int | None) -> str:
    """A token count in at most four characters: `412`, `8.1k`, `96k`, `1.9M`; a round 2,000 is `2k`."""
    if count is None:
        return UNKNOWN
    if count < 1_000:
        return str(count)
    for size, letter in ((1_000, "k"), (1_000_000, "M")):
        digits = _short_quotient(count, size)
        if len(digits) < 4:
            return digits + letter
    return _short_quotient(count, 1_000_000_000) + "G"


def _short_quotient(count: int, size: int) -> str:
    if count % size == 0:
        return str(count // size)
    tenths = (count * 10 + size // 2) // size
    return f"{tenths // 10}.{tenths % 10}" if tenths < 100 else str((count + size // 2) // size)


def usd(amount: Decimal | None, status: CostStatus | None = None) -> str:
    """Money: two decimals from ten cents on, four below, and never so few that a real cost reads as zero.

    Args:
        status: `free` and `flat` are said in words, an estimate gets its "≈".
    """
    if status is None:
        return UNKNOWN if amount is None else _dollars(amount)
    from providers.costs import CostStatus

    if status is CostStatus.FREE:
        return FREE
    if status is CostStatus.FLAT:
        return SUBSCRIPTION
    if amount is None or status is CostStatus.UNKNOWN:
        return UNKNOWN
    return f"≈ {_dollars(amount)}" if status is CostStatus.ESTIMATED else _dollars(amount)


def cost(of: Cost) -> str:
    """What a request cost, in words where it was not measured."""
    return UNTRACKED if of.is_untracked else usd(of.usd, of.status)


def total_usd(
    amount: Decimal | None,
    *,
    estimated: Decimal = Decimal(0),
    unpriced: int = 0,
    untracked: int = 0,
    is_free: bool = False,
    is_narrow: bool = False,
) -> str:
    """A sum that admits what it does not know: "≥" when requests in it have no price, "≈" for estimates, "—" when
    all that is known is nothing.

    Args:
        unpriced, untracked: requests whose cost is unknown, or is 0 because somebody wrote that.
        is_narrow: there is no room for "free or untracked".
    """
    if is_free:
        return (UNTRACKED_SHORT if is_narrow else UNTRACKED) if untracked else FREE
    if amount is None or (unpriced and not amount):
        return UNKNOWN
    marks = ("≥ " if unpriced or untracked else "") + ("≈ " if estimated else "")
    return marks + _dollars(amount)


def price_word(rates: Rates | None) -> str:
    """The word in the place of a model's prices: "free", "free or untracked", "subscription", "—"; "" when there are
    figures.
    """
    if rates is not None and rates.is_flat:
        return SUBSCRIPTION
    if rates is None or (rates.input is None and rates.output is None):
        return UNKNOWN
    if not rates.are_free:
        return ""
    return UNTRACKED if rates.source == "config" else FREE


def rate(usd_per_1m: Decimal | None) -> str:
    """One price, digit by digit as far as four decimals; "≈" before one that was rounded to them."""
    if usd_per_1m is None:
        return UNKNOWN
    short = round(usd_per_1m, _RATE_PLACES)
    if not short and usd_per_1m:
        return f"{usd_per_1m:.1g}"
    return ("" if short == usd_per_1m else "≈") + f"{short.normalize():f}"


def _dollars(amount: Decimal) -> str:
    sign, amount = ("-" if amount < 0 else ""), abs(amount)
    places = _places(amount)
    if places > 2:  # Rounding up may take a digit away: 0.000999 is $0.0010.
        places = _places(round(amount, places))
    return f"{sign}${amount:,.{places}f}"


def _places(amount: Decimal) -> int:
    """Below ten cents at least two digits that are not zero."""
    return 2 if amount >= _DIME or not amount else max(4, 1 - amount.adjusted())


def duration(milliseconds: int | None) -> str:
    """`340 ms`, `1.2 s`, `2 min 5 s`, `1 h 4 min`."""
    if milliseconds is None:
        return UNKNOWN
    if milliseconds < 1_000:
        return f"{milliseconds} ms"
    if milliseconds < 59_950:
        return f"{milliseconds / 1_000:.1f} s"
    seconds = round(milliseconds / 1_000)
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes} min {seconds} s" if seconds else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def speed(output_tokens: int | None, milliseconds: int | None) -> str:
    """Tokens per second over a stretch of time."""
    if not output_tokens or not milliseconds or milliseconds < 0:
        return UNKNOWN
    return tokens_per_s(output_tokens * 1_000 / milliseconds)


def tokens_per_s(rate: float | None) -> str:
    """`71 tok/s`, `8.3 tok/s`."""
    if rate is None:
        return UNKNOWN
    return f"{rate:.1f} tok/s" if rate < 10 else f"{rate:,.0f} tok/s"


def share(part: float | None) -> str:
    """A part of a whole, given between 0 and 1: `62 %`; what is not nothing never reads as 0 %, nor as all of it.

    No "> 99 %": behind a count it would read as a comparison.
    """
    if part is None:
        return UNKNOWN
    if 0 < part < 0.01:
        return "< 1 %"
    return "99 %" if 0.99 < part < 1 else f"{part * 100:.0f} %"


def many(count: int, noun: str) -> str:
    """`1 request`, `2,310 requests`; for nouns that take an s."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def size(byte_count: int) -> str:
    """`412 B`, `8.1 kB`, `96 kB`, `1.9 GB`; in thousands, as disks are sold."""
    if byte_count < 1_000:
        return f"{byte_count} B"
    thousands = byte_count / 1_000
    for unit in ("kB", "MB"):
        if thousands < 999.5:
            return _short_size(thousands, unit)
        thousands /= 1_000
    return _short_size(thousands, "GB")


def _short_size(count: float, unit: str) -> str:
    return f"{count:.1f} {unit}" if count < 9.95 else f"{count:,.0f} {unit}"


def ago(then: datetime, now: datetime) -> str:
    """How long ago, coarsely; the date once it is more than a week. Both moments are aware."""
    passed = now - then
    if passed < timedelta(minutes=1):
        return "just now"
    if passed < timedelta(hours=1):
        return f"{passed // timedelta(minutes=1)} min ago"
    if passed < timedelta(days=1):
        return f"{passed // timedelta(hours=1)} h ago"
    if passed < timedelta(days=2):
        return "yesterday"
    if passed < timedelta(days=7):
        return f"{passed.days} days ago"
    return then.astimezone(now.tzinfo).date().isoformat()
