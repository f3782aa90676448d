"""The exports that can be read: OpenAI's and Anthropic's costs, OpenRouter's activity.

Their columns, as seen in exports of 2026:

- OpenAI, platform dashboard, costs: `start_time`, `start_time_iso`, `amount_value`, `amount_currency`, `line_item`
  ("gpt-5.5-2026-04-23, cached input"; empty unless grouped by it).
- Anthropic, console, cost: `usage_date_utc`, `model` (a display name), `token_type`, `cost_usd`.
- OpenRouter, activity: one row per generation with `created_at`, `cost_total`, `byok_usage_inference`,
  `model_permaslug`; or one per day with `date`, `model`, `usage`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime
from decimal import Decimal

from app.reconciling.bills import Bill, BillError, BillLine, known_sum
from app.reconciling.csv_text import CsvRow, CsvText, amount, read_csv
from app.text import one_line

_SHOWN_LINES = 3
_SHOWN_COLUMNS = 8
_LINE_ITEM = re.compile(r"(?:[\w ]+ \| )?(?P<model>[^,\s]+)(?: \w+)?, .+")
"""`priority | gpt-5.6-sol, output, long context`, `gpt-image-2.5 image, output`: the model is what comes first."""
_USAGE_ONLY = (
    frozenset({"usage_date_utc", "usage_output_tokens"}),
    frozenset({"num_model_requests", "input_tokens"}),
)
_KNOWN = "OpenAI's and Anthropic's cost CSV and OpenRouter's activity CSV are understood."


@dataclass(frozen=True, slots=True)
class _Export:
    """One kind of file.

    Attributes:
        columns: those that tell it from every other kind.
        day, model, usd: read a row; `usd` gives None for an amount that is none, and "" for a row about nothing.
    """

    vendor: str
    title: str
    columns: frozenset[str]
    day: Callable[[CsvRow], date | None]
    model: Callable[[CsvRow], str]
    usd: Callable[[CsvRow], Decimal | str | None]


def read_bill(data: bytes) -> Bill:
    """Read an export.

    Raises:
        BillError: it is none of those, or there is nothing in it.
    """
    table = read_csv(data)
    export = next((each for each in _EXPORTS if each.columns <= set(table.columns)), None)
    if export is None:
        raise _unknown(table)
    lines, unreadable, undated = [], [], []
    for row in table.rows:
        usd = export.usd(row)
        if isinstance(usd, str):
            continue
        day = export.day(row)
        if day is None:
            undated.append(row.line)
            continue
        if usd is None:
            unreadable.append(row.line)
        lines.append(BillLine(day, one_line(export.model(row)), usd))
    if not lines:
        raise BillError(f"There is no cost in this file ({export.title})", "Export a time in which something was used.")
    return Bill(export.vendor, export.title, tuple(lines), _notes(unreadable, undated))


def _notes(unreadable: list[int], undated: list[int]) -> tuple[str, ...]:
    notes = []
    if unreadable:
        notes.append(f"{_lines(unreadable)} no readable amount in USD: shown as unknown, and in no sum.")
    if undated:
        notes.append(f"{_lines(undated)} no readable day, and could not be compared.")
    return tuple(notes)


def _lines(numbers: list[int]) -> str:
    shown = ", ".join(str(number) for number in numbers[:_SHOWN_LINES])
    more = f" and {len(numbers) - _SHOWN_LINES} more" if len(numbers) > _SHOWN_LINES else ""
    return f"Line {shown} has" if len(numbers) == 1 else f"Lines {shown}{more} have"


def _unknown(table: CsvText) -> BillError:
    if any(columns <= set(table.columns) for columns in _USAGE_ONLY):
        return BillError("This export counts tokens and names no cost", f"Export the costs instead. {_KNOWN}")
    names = ", ".join(one_line(name) or "(no name)" for name in table.columns[:_SHOWN_COLUMNS])
    more = ", …" if len(table.columns) > _SHOWN_COLUMNS else ""
    return BillError(f"This is no export that Parley knows; its columns are {names}{more}", _KNOWN)


# ── what the columns hold ────────────────────────────────────────────────────


def _day_of(text: str) -> date | None:
    """A day or a moment, in UTC unless it says otherwise; seconds since 1970 too."""
    try:
        if text.isdecimal() and len(text) > len("20261121"):
            moment = datetime.fromtimestamp(int(text), UTC)
        else:
            moment = datetime.fromisoformat(text)
        day = (moment.astimezone(UTC) if moment.tzinfo else moment).date()
    except (ValueError, OverflowError, OSError):
        return None
    return day if MINYEAR < day.year < MAXYEAR else None


def _openai_day(row: CsvRow) -> date | None:
    return _day_of(row.text("start_time")) or _day_of(row.text("start_time_iso"))


def _openai_usd(row: CsvRow) -> Decimal | str | None:
    text = row.text("amount_value")
    if not text:
        return ""  # a day on which nothing was spent
    return amount(text) if row.text("amount_currency").lower() in ("", "usd") else None


def _openai_model(row: CsvRow) -> str:
    item = row.text("line_item")
    found = _LINE_ITEM.fullmatch(item)
    return found["model"] if found else item


def _openrouter_usd(column: str) -> Callable[[CsvRow], Decimal | None]:
    """What OpenRouter charged and what a key of one's own was charged elsewhere: together, as its replies report it."""

    def usd(row: CsvRow) -> Decimal | None:
        own, elsewhere = amount(row.text(column)), row.text("byok_usage_inference")
        if own is None or not elsewhere:
            return own
        rest = amount(elsewhere)
        return None if rest is None else known_sum((own, rest))

    return usd


def _column(name: str) -> Callable[[CsvRow], str]:
    return lambda row: row.text(name)


def _day_in(name: str) -> Callable[[CsvRow], date | None]:
    return lambda row: _day_of(row.text(name))


_EXPORTS = (
    _Export(
        "openai",
        "OpenAI costs",
        frozenset({"amount_value", "start_time"}),
        _openai_day,
        _openai_model,
        _openai_usd,
    ),
    _Export(
        "anthropic",
        "Anthropic cost",
        frozenset({"usage_date_utc", "cost_usd"}),
        _day_in("usage_date_utc"),
        _column("model"),
        lambda row: amount(row.text("cost_usd")),
    ),
    _Export(
        "openrouter",
        "OpenRouter activity",
        frozenset({"created_at", "cost_total", "model_permaslug"}),
        _day_in("created_at"),
        _column("model_permaslug"),
        _openrouter_usd("cost_total"),
    ),
    _Export(
        "openrouter",
        "OpenRouter activity by day",
        frozenset({"date", "model", "usage"}),
        _day_in("date"),
        _column("model"),
        _openrouter_usd("usage"),
    ),
)
