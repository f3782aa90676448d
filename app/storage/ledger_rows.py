"""Ledger rows as the database keeps them, and back.

No row is ever lost: a count that SQLite cannot hold is stored as unknown, and what a newer Parley wrote, or a crash
left half-written, is read as unknown and named in `LedgerRow.problem`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from app.storage.encoding import from_moment, from_money, from_rates, storable, to_moment, to_rates
from app.storage.records import LedgerRow, RequestKind
from providers.costs import UNKNOWN_COST, Cost, CostStatus, Rates
from providers.events import StopReason
from providers.usage import NO_USAGE, Usage

COLUMNS = (
    "id, started_at, provider, model, format, preset, stop, error, attempt, conversation_id, message_id,"
    " input_tokens, cached_tokens, cache_write_tokens, cache_write_1h_tokens, output_tokens, reasoning_tokens,"
    " reported_usd, service_tier, cost_usd, cost_status, cost_source, rates, first_token_ms, total_ms,"
    " kind, input_estimate, output_estimate, counter, usage_details"
)

_LARGEST = 2**63 - 1
"""That SQLite can hold."""
_MOST_DIGITS = 1_000
_STOPS = {each.value: each for each in StopReason}
_STATUSES = {each.value: each for each in CostStatus}
_KINDS = {each.value: each for each in RequestKind}
_COUNTS = tuple(each.name for each in fields(Usage) if each.name.endswith("_tokens"))
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""When a request was sent whose moment cannot be read."""


def _one_of(column: str, values: Iterable[str]) -> str:
    return f"{column} IN ('" + "', '".join(values) + "')"


COUNT_COLUMNS = tuple(name for name in _COUNTS if name in COLUMNS.split(", "))
"""Fields of `Usage` that are columns, too."""

_OTHER_COUNTS = ("first_token_ms", "total_ms", "input_estimate", "output_estimate")
_NOT_BELOW_0 = ", ".join(f"coalesce({name}, 0)" for name in (*COUNT_COLUMNS, *_OTHER_COUNTS))
IS_PLAIN = (
    f"(usage_details IS NULL AND min({_NOT_BELOW_0}) >= 0 AND {_one_of('stop', _STOPS)}"
    f" AND {_one_of('kind', _KINDS)} AND CASE WHEN cost_usd IS NULL THEN cost_status = '{CostStatus.UNKNOWN}'"
    f" ELSE {_one_of('cost_status', (each for each in _STATUSES if each != CostStatus.UNKNOWN))}"
    " AND cost_usd GLOB '[0-9]*' AND cost_usd NOT GLOB '*[^0-9.]*' AND cost_usd NOT GLOB '*.*.*'"
    f" AND length(cost_usd) < {_MOST_DIGITS} END)"
)
"""SQL, true for rows that mean what their columns say: nothing is unreadable, and there are no details. Rates may be
unreadable all the same."""


def values_of(row: LedgerRow) -> tuple[Any, ...]:
    """What stands in `COLUMNS`."""
    usage, cost = row.usage, row.cost
    return (
        row.id,
        from_moment(row.started_at),
        storable(row.provider),
        storable(row.model),
        row.format,
        storable(row.preset),
        row.stop.value,
        storable(row.error),
        row.attempt,
        row.conversation_id,
        row.message_id,
        _count(usage.input_tokens),
        _count(usage.cached_tokens),
        _count(usage.cache_write_tokens),
        _count(usage.cache_write_1h_tokens),
        _count(usage.output_tokens),
        _count(usage.reasoning_tokens),
        from_money(usage.cost_usd),
        None if usage.service_tier is None else storable(usage.service_tier),
        from_money(cost.usd),
        cost.status.value,
        storable(cost.source),
        from_rates(row.rates),
        _count(row.first_token_ms),
        _count(row.total_ms),
        row.kind.value,
        _count(row.input_estimate),
        _count(row.output_estimate),
        row.counter,
        _from_details(usage),
    )


def rows_of(raw: Iterable[tuple[Any, ...]]) -> Iterator[LedgerRow]:
    """Args: raw: the values of `COLUMNS`; what follows them is ignored."""
    # Thousands of rows share a handful of rates; each is read from its JSON once.
    rates: dict[str | None, Rates | None] = {None: None}
    unreadable: set[str] = set()
    for each in raw:
        text = each[22]
        if text not in rates:
            rates[text] = readable_rates(text)
            if rates[text] is None:
                unreadable.add(text)
        yield _row(each, rates[text], ["rates"] if text in unreadable else [])


def readable_rates(text: str) -> Rates | None:
    """None for what is no rates, or those of a newer Parley."""
    try:
        return to_rates(text)
    except ValueError:
        return None


def readable_moment(text: str) -> datetime | None:
    """None for what is no moment, or one that has no day everywhere on Earth."""
    try:
        moment = to_moment(text)
    except ValueError:
        return None
    if not MINYEAR < moment.year < MAXYEAR:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def readable_money(text: str | None) -> Decimal | None:
    """None for what is no amount of a sensible size, as for no text."""
    try:
        amount = None if text is None else Decimal(text)
    except InvalidOperation:
        return None
    if amount is None or not amount.is_finite() or amount < 0 or abs(amount.adjusted()) > _MOST_DIGITS:
        return None
    return amount


def _row(raw: tuple[Any, ...], rates: Rates | None, unreadable: list[str]) -> LedgerRow:
    """Args: unreadable: what was found to be so already."""
    started_at = readable_moment(raw[1])
    if started_at is None:
        unreadable.append("time")
    usage = Usage(
        input_tokens=_count(raw[11]),
        cached_tokens=_count(raw[12]),
        cache_write_tokens=_count(raw[13]),
        cache_write_1h_tokens=_count(raw[14]),
        output_tokens=_count(raw[15]),
        reasoning_tokens=_count(raw[16]),
        cost_usd=readable_money(raw[17]),
        service_tier=raw[18],
    )
    if min((count for count in raw[11:17] if count is not None), default=0) < 0:
        unreadable.append("token counts")
    if raw[29] is not None:
        usage = _with_details(usage, raw[29], unreadable)
    cost = _cost(raw[19], raw[20], raw[21])
    if cost is None or (usage.cost_usd is None and raw[17] is not None):
        unreadable.append("cost")
    if raw[6] not in _STOPS:
        unreadable.append("end")
    if raw[25] not in _KINDS:
        unreadable.append("kind")
    return LedgerRow(
        id=raw[0],
        started_at=started_at or BEGINNING,
        provider=raw[2],
        model=raw[3],
        format=raw[4],
        preset=raw[5],
        stop=_STOPS.get(raw[6], StopReason.INCOMPLETE),
        error=raw[7],
        attempt=raw[8],
        conversation_id=raw[9],
        message_id=raw[10],
        usage=usage,
        cost=cost or UNKNOWN_COST,
        rates=rates,
        first_token_ms=_count(raw[23]),
        total_ms=_count(raw[24]),
        kind=_KINDS.get(raw[25], RequestKind.REPLY),
        input_estimate=_count(raw[26]),
        output_estimate=_count(raw[27]),
        counter=raw[28],
        problem=_problem(unreadable) if unreadable else "",
    )


def _problem(unreadable: list[str]) -> str:
    named = ", ".join(unreadable)
    return f"What the ledger says of this request's {named} cannot be read: a newer Parley wrote it, or it is damaged."


def _count(number: int | None) -> int | None:
    return None if number is None or not 0 <= number <= _LARGEST else number


def _cost(usd: str | None, status: str, source: str) -> Cost | None:
    """None when it cannot be read."""
    known, amount = _STATUSES.get(status), readable_money(usd)
    if known is None or (amount is None) is not (known is CostStatus.UNKNOWN):
        return None
    return Cost(amount, known, source)


def _from_details(usage: Usage) -> str | None:
    """What few requests have, as JSON."""
    if not (usage.runs or usage.is_approximate or usage.cached_output_tokens is not None):
        return None
    value: dict[str, Any] = {}
    if usage.cached_output_tokens is not None:
        value["cached_output_tokens"] = usage.cached_output_tokens
    if usage.runs:
        value["runs"] = [_known_counts(run) for run in usage.runs]
    if usage.is_approximate:
        value["is_approximate"] = True
    return json.dumps(value, separators=(",", ":"))


def _known_counts(run: Usage) -> dict[str, int]:
    return {name: count for name in _COUNTS if (count := getattr(run, name)) is not None}


def _with_details(usage: Usage, text: str, unreadable: list[str]) -> Usage:
    try:
        value = json.loads(text)
        runs = tuple(replace(NO_USAGE, **_checked(run)) for run in value.pop("runs", ()))
        is_approximate = value.pop("is_approximate", False) is True
        return replace(usage, runs=runs, is_approximate=is_approximate, **_checked(value))
    except (ValueError, TypeError, AttributeError, RecursionError):
        unreadable.append("usage")
        # More may have been charged than the counts tell.
        return replace(usage, is_approximate=True)


def _checked(counts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Raises: ValueError, TypeError."""
    if any(name not in _COUNTS or type(count) is not int or count < 0 for name, count in counts.items()):
        raise ValueError("no token counts")
    return counts
