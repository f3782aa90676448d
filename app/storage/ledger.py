"""The ledger: one row per request sent, never changed afterwards."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from app.storage.database import Database
from app.storage.encoding import (
    from_moment,
    from_money,
    from_rates,
    storable,
    to_moment,
    to_money,
    to_rates,
)
from app.storage.records import LedgerRow, ModelTotal
from app.storage.stats import Stats, StatsQuery, group
from app.storage.totals import totals_by_model
from providers.costs import Cost, CostStatus, Rates
from providers.events import StopReason
from providers.reference import ModelRef
from providers.usage import Usage

_COLUMNS = (
    "id, started_at, provider, model, format, preset, stop, error, attempt, conversation_id, message_id,"
    " input_tokens, cached_tokens, cache_write_tokens, cache_write_1h_tokens, output_tokens, reasoning_tokens,"
    " reported_usd, service_tier, cost_usd, cost_status, cost_source, rates, first_token_ms, total_ms"
)


class LedgerRepository:
    """All calls raise `StoreError` when the store fails. Stretches of time include `since`, not `until`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, row: LedgerRow) -> None:
        await self._database.run(lambda connection: insert_row(connection, row))

    async def rows(
        self,
        *,
        conversation_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> tuple[LedgerRow, ...]:
        """Rows in the order in which they were sent; None everywhere means all."""
        return await self._database.read(lambda connection: _select(connection, conversation_id, since, until))

    async def totals_by_model(
        self,
        conversation_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> tuple[ModelTotal, ...]:
        """One total per model, in the order of first use."""
        return await self._database.read(
            lambda connection: totals_by_model(_select(connection, conversation_id, since, until))
        )

    async def stats(self, query: StatsQuery) -> Stats:
        """Rows grouped and added up."""
        # In the store's thread: adding up years of use must not freeze a screen.
        return await self._database.read(
            lambda connection: group(query, _select(connection, None, query.since, query.until))
        )

    async def recent_models(self, limit: int) -> tuple[ModelRef, ...]:
        """The models used last, the newest first."""
        sql = "SELECT provider, model FROM ledger GROUP BY provider, model ORDER BY max(started_at) DESC LIMIT ?"
        rows = await self._database.read(lambda connection: connection.execute(sql, (limit,)).fetchall())
        return tuple(ModelRef(provider, model) for provider, model in rows)


def insert_row(connection: sqlite3.Connection, row: LedgerRow) -> None:
    usage, cost = row.usage, row.cost
    values = (
        row.id,
        from_moment(row.started_at),
        row.provider,
        row.model,
        row.format,
        row.preset,
        row.stop.value,
        storable(row.error),
        row.attempt,
        row.conversation_id,
        row.message_id,
        usage.input_tokens,
        usage.cached_tokens,
        usage.cache_write_tokens,
        usage.cache_write_1h_tokens,
        usage.output_tokens,
        usage.reasoning_tokens,
        from_money(usage.cost_usd),
        usage.service_tier,
        from_money(cost.usd),
        cost.status.value,
        cost.source,
        from_rates(row.rates),
        row.first_token_ms,
        row.total_ms,
    )
    connection.execute(f"INSERT INTO ledger ({_COLUMNS}) VALUES ({', '.join('?' * len(values))})", values)


def _select(
    connection: sqlite3.Connection,
    conversation_id: str | None,
    since: datetime | None,
    until: datetime | None,
) -> tuple[LedgerRow, ...]:
    conditions = {
        "conversation_id = ?": conversation_id,
        "started_at >= ?": from_moment(since) if since else None,
        "started_at < ?": from_moment(until) if until else None,
    }
    wanted = {sql: value for sql, value in conditions.items() if value is not None}
    where = f"WHERE {' AND '.join(wanted)}" if wanted else ""
    sql = f"SELECT {_COLUMNS} FROM ledger {where} ORDER BY started_at, id"
    return _rows(connection.execute(sql, tuple(wanted.values())))


def _rows(raw: Iterable[tuple[Any, ...]]) -> tuple[LedgerRow, ...]:
    # Thousands of rows share a handful of rates; each is read from its JSON once.
    rates: dict[str | None, Rates | None] = {}
    rows = []
    for each in raw:
        if each[22] not in rates:
            rates[each[22]] = to_rates(each[22])
        rows.append(_row(each, rates[each[22]]))
    return tuple(rows)


def _row(raw: tuple[Any, ...], rates: Rates | None) -> LedgerRow:
    return LedgerRow(
        id=raw[0],
        started_at=to_moment(raw[1]),
        provider=raw[2],
        model=raw[3],
        format=raw[4],
        preset=raw[5],
        stop=StopReason(raw[6]),
        error=raw[7],
        attempt=raw[8],
        conversation_id=raw[9],
        message_id=raw[10],
        usage=Usage(
            input_tokens=raw[11],
            cached_tokens=raw[12],
            cache_write_tokens=raw[13],
            cache_write_1h_tokens=raw[14],
            output_tokens=raw[15],
            reasoning_tokens=raw[16],
            cost_usd=to_money(raw[17]),
            service_tier=raw[18],
        ),
        cost=Cost(to_money(raw[19]), CostStatus(raw[20]), raw[21]),
        rates=rates,
        first_token_ms=raw[23],
        total_ms=raw[24],
    )
