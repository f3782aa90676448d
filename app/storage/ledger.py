"""The ledger: one row per request sent, never changed afterwards."""

from __future__ import annotations

import sqlite3
from datetime import datetime, tzinfo

from app.storage.choosing import conditions
from app.storage.database import Database
from app.storage.encoding import from_moment
from app.storage.ledger_rows import COLUMNS, rows_of, values_of
from app.storage.overview import Overview, Series, last_periods, series_of, series_query
from app.storage.periods import period_at
from app.storage.records import LedgerRow, ModelTotal, RequestKind
from app.storage.replies import replies_for
from app.storage.repricing import Repriced, Target, reprice
from app.storage.reservations import let_go
from app.storage.stats import TIME_KEYS, Grouping, Request, RequestsPage, Stats, StatsQuery
from app.storage.sums import LedgerSums
from app.storage.totals import totals_by_model
from providers.reference import ModelRef

_INSERT = f"INSERT INTO ledger ({COLUMNS}) VALUES ({', '.join('?' for _ in COLUMNS.split(','))})"


class LedgerRepository:
    """All calls raise `StoreError` when the store fails. Stretches of time include `since`, not `until`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, row: LedgerRow, *, instead_of: str = "") -> None:
        """Args: instead_of: the reservation that ends with this row: what was spent is at no moment there twice."""

        def work(connection: sqlite3.Connection) -> None:
            insert_row(connection, row)
            let_go(connection, instead_of)

        await self._database.run(work)

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
        """Requests grouped and added up."""
        return await self._database.read(lambda connection: LedgerSums(connection).stats(query))

    async def overview(self, now: datetime, zone: tzinfo) -> Overview:
        """What was spent in the day, week and month that `now` lies in there, and ever."""
        everything = StatsQuery(zone=zone)
        present = [everything.during(period_at(now, zone, key_of)) for key_of in TIME_KEYS.values()]
        return await self._database.read(
            lambda connection: Overview(*map(LedgerSums(connection).spent, (*present, everything)))
        )

    async def series(self, query: StatsQuery, by: Grouping, count: int, now: datetime) -> Series:
        """The last so many days, weeks or months, the present one last, of what the query chooses.

        Args:
            query: its stretch of time and grouping make no difference.
            by: a grouping by time.
            count: at least 1.
        """
        periods = last_periods(by, count, now, query.zone)
        return series_of(periods, await self.stats(series_query(query, by, periods)))

    async def requests(self, query: StatsQuery, limit: int | None = None, offset: int = 0) -> RequestsPage:
        """Single requests, the newest first, those that only counted tokens among them; no limit means all."""
        return await self._database.read(lambda connection: page_of(connection, query, limit, offset))

    async def reprice(self, query: StatsQuery, target: Target) -> Repriced:
        """What the replies of a query would have cost at other rates; the grouping makes no difference."""
        return await self._database.read(lambda connection: reprice(target, replies_for(connection, query, target)))

    async def counted_rows(self, ref: ModelRef, limit: int) -> tuple[LedgerRow, ...]:
        """The newest rows of a model that hold counts of our own, the newest first."""
        sql = (
            f"SELECT {COLUMNS} FROM ledger WHERE provider = ? AND model = ? AND counter <> ''"
            " ORDER BY started_at DESC, rowid DESC LIMIT ?"
        )
        values = (ref.provider, ref.model, limit)
        return await self._database.read(lambda connection: tuple(rows_of(connection.execute(sql, values))))

    async def recent_models(self, limit: int) -> tuple[ModelRef, ...]:
        """The models that were asked last, the newest first; one that only counted was not asked."""
        sql = (
            "SELECT provider, model FROM ledger WHERE kind <> ? GROUP BY provider, model"
            " ORDER BY max(started_at) DESC LIMIT ?"
        )
        values = (RequestKind.COUNT.value, limit)
        rows = await self._database.read(lambda connection: connection.execute(sql, values).fetchall())
        return tuple(ModelRef(provider, model) for provider, model in rows)


def insert_row(connection: sqlite3.Connection, row: LedgerRow) -> None:
    connection.execute(_INSERT, values_of(row))


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
    # Where clocks jumped or stood still, in the order in which they were recorded.
    sql = f"SELECT {COLUMNS} FROM ledger {where} ORDER BY started_at, rowid"
    return tuple(rows_of(connection.execute(sql, tuple(wanted.values()))))


def page_of(connection: sqlite3.Connection, query: StatsQuery, limit: int | None, offset: int) -> RequestsPage:
    """See `LedgerRepository.requests`."""
    where, values = conditions(query)
    total: int = connection.execute(f"SELECT count(*) FROM ledger WHERE {where}", values).fetchone()[0]
    title = "(SELECT title FROM conversations WHERE conversations.id = conversation_id)"
    sql = f"SELECT {COLUMNS}, {title} FROM ledger WHERE {where} ORDER BY started_at DESC, id DESC LIMIT ? OFFSET ?"
    raw = connection.execute(sql, (*values, -1 if limit is None else limit, offset)).fetchall()
    rows = zip(rows_of(raw), raw, strict=True)
    return RequestsPage(tuple(Request(row, each[-1] or "") for row, each in rows), offset, total)
