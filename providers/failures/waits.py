"""How long a server asks to wait, in all the ways servers say it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_UNIT_SECONDS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_AMOUNT = r"\d{1,9}(?:\.\d{1,9})?"
_UNIT = r"(?:milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)(?![a-z])"
_PIECE = re.compile(rf"({_AMOUNT})\s*({_UNIT})", re.IGNORECASE)
_DURATION = rf"(?:{_AMOUNT}\s*{_UNIT}\s*)+"
_IN_WORDS = re.compile(
    rf"(?:try again|retry|wait|available|resets?)\s+(?:in|after|for)?\s*({_DURATION})", re.IGNORECASE
)


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait according to the response headers, names in lower case.

    `retry-after-ms` is the finest and comes first; `retry-after` is a number of seconds or an HTTP date.
    """
    milliseconds = _amount(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after", "").strip()
    seconds = _amount(value)
    return seconds if seconds is not None else _seconds_until(value, now)


def duration_s(text: str) -> float | None:
    """A duration such as `27s`, `6m0.5s`, `20ms` or `2 minutes` in seconds; None for anything else."""
    if not re.fullmatch(_DURATION, text.strip(), re.IGNORECASE):
        return None
    total = 0.0
    for piece in _PIECE.finditer(text):
        unit = piece[2].lower()
        total += float(piece[1]) * _UNIT_SECONDS["ms" if unit.startswith(("ms", "mill")) else unit[0]]
    return total


def wait_in_words_s(message: str) -> float | None:
    """The wait that a sentence names ("Please try again in 6m0.5s"), in seconds."""
    match = _IN_WORDS.search(message)
    return duration_s(match[1]) if match else None


def _amount(value: str) -> float | None:
    return float(value) if re.fullmatch(r"\d{1,12}(\.\d*)?", value.strip(), re.ASCII) else None


def _seconds_until(value: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
