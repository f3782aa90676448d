"""The replies in the ledger, as far as their price elsewhere goes: added up by SQLite where they are priced alike.

A price is a sum of tokens times rates. So replies are added up unless they reach different tiers, use different
buckets (one that has no rate makes a price unknown) or differ in what is known about them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from decimal import Decimal

from app.storage.choosing import IS_UNTRACKED, any_of, conditions
from app.storage.ledger_rows import COLUMNS, IS_PLAIN, rows_of
from app.storage.records import LedgerRow, RequestKind
from app.storage.repricing import Sent, Target
from app.storage.stats import StatsQuery
from app.storage.sums import exact_total, halves, whole
from app.storage.totals import FAILED, WASTED, Money
from providers.costs import UNKNOWN_COST, CostStatus
from providers.usage import Usage

_IS_REPLY = f"kind <> '{RequestKind.COUNT}'"
_IS_CUT_OFF = f"(cost_status = '{CostStatus.ESTIMATED}' AND {any_of(WASTED)})"
_IS_UNREPORTED = "(input_tokens IS NULL OR output_tokens IS NULL)"
# Turned down, and nothing billed: elsewhere it would have been, too.
_IS_REFUSED = (
    f"({any_of(FAILED)} AND output_tokens IS NULL AND cost_status = '{CostStatus.COMPUTED}'"
    " AND cost_usd NOT GLOB '*[1-9]*')"
)
# Our own counts stand in for those that the server did not give, or gave before the reply was cut off; where a prompt
# was counted and no whole reply came, no count means that nothing had arrived.
_MADE = (
    f"CASE WHEN output_tokens IS NULL OR ({_IS_CUT_OFF} AND output_estimate > output_tokens)"
    f" THEN coalesce(output_estimate, CASE WHEN input_estimate IS NOT NULL AND {any_of(WASTED)} THEN 0 END)"
    " ELSE output_tokens END"
)
_COUNTS = ("sent", "read", "written", "written_1h", "made")
_USED = ("read > 0", "written_1h > 0", "written > written_1h", "sent > read + written", "made > 0")
# Where buckets overlap, against all rules, each reply is priced by itself.
_ALONE = (
    "CASE WHEN sent IS NULL OR made IS NULL OR (read + written <= sent AND written_1h <= written) THEN 0 ELSE id END"
)


def _billed(value: str) -> str:
    return f"CASE WHEN {_IS_REFUSED} THEN 0 ELSE {value} END"


def replies_for(connection: sqlite3.Connection, query: StatsQuery, target: Target) -> Iterator[Sent]:
    """The replies that a query chooses, added up as far as the target's rates allow it."""
    where, values = conditions(query)
    is_estimate = f"cost_status = '{CostStatus.ESTIMATED}'"
    known = ("sent IS NULL", "made IS NULL", "is_guess", "cost_usd IS NULL", is_estimate)
    tiers = (f"sent > {tier.above_input}" for tier in target.rates.tiers)
    groups = ", ".join((*known, *tiers, *_USED, _ALONE))
    inner = (
        f"SELECT id, {_billed('coalesce(input_tokens, input_estimate)')} AS sent,"
        f" {_billed('ifnull(cached_tokens, 0)')} AS read, {_billed('ifnull(cache_write_tokens, 0)')} AS written,"
        f" {_billed('ifnull(cache_write_1h_tokens, 0)')} AS written_1h, {_billed(_MADE)} AS made,"
        f" {_billed(f'{_IS_CUT_OFF} OR {_IS_UNREPORTED}')} AS is_guess,"
        f" CASE WHEN {IS_UNTRACKED} THEN NULL ELSE cost_usd END AS cost_usd, cost_status"
        f" FROM ledger WHERE {where} AND {_IS_REPLY} AND {IS_PLAIN}"
    )
    sql = (
        f"SELECT is_guess, {is_estimate}, count(*), count(cost_usd),"
        f" group_concat(cost_usd, ' '), min(sent), {', '.join(map(halves, _COUNTS))} FROM ({inner})"
        f" GROUP BY {groups}"
    )
    for is_guess, is_estimated, requests, priced, costs, input_each, *sums in connection.execute(sql, values):
        sent, read, written, written_1h, made = (whole(sums[at], sums[at + 1]) for at in range(0, len(sums), 2))
        usd = exact_total(costs) if priced else None
        paid = Money(requests, priced, usd, usd if usd is not None and is_estimated else Decimal(0))
        yield Sent(Usage(sent, read, written, written_1h, made), bool(is_guess), paid, input_each)
    odd = f"SELECT {COLUMNS} FROM ledger WHERE {where} AND {_IS_REPLY} AND NOT {IS_PLAIN}"
    yield from map(_sent, rows_of(connection.execute(odd, values)))


def _sent(row: LedgerRow) -> Sent:
    usage = row.usage
    paid = Money()
    # A price of 0 that somebody wrote is no measure for what it would be elsewhere.
    paid.add_cost(UNKNOWN_COST if row.cost.is_untracked else row.cost)
    made = usage.output_tokens
    if made is None and row.stop in FAILED and row.cost.status is CostStatus.COMPUTED and not row.cost.usd:
        return Sent(Usage(0, output_tokens=0), is_guess=False, paid=paid)
    is_cut_off = row.cost.status is CostStatus.ESTIMATED and row.stop in WASTED
    if made is None or (is_cut_off and row.output_estimate is not None and row.output_estimate > made):
        made = row.output_estimate
        if made is None and row.input_estimate is not None and row.stop in WASTED:
            made = 0
    counts = Usage(
        input_tokens=row.input_estimate if usage.input_tokens is None else usage.input_tokens,
        cached_tokens=usage.cached_tokens,
        cache_write_tokens=usage.cache_write_tokens,
        cache_write_1h_tokens=usage.cache_write_1h_tokens,
        output_tokens=made,
        cached_output_tokens=usage.cached_output_tokens,
        runs=usage.runs,
        is_approximate=usage.is_approximate,
    )
    return Sent(counts, is_cut_off or not usage.is_reported, paid)
