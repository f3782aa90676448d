"""What was used and what it cost: the answers behind the stats screen, ready to be drawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from app.session.runtime import Runtime
from app.storage.overview import Overview, Series, last_periods, series_of
from app.storage.repricing import Repriced, Target, reprice
from app.storage.stats import Grouping, RequestsPage, Stats, StatsQuery
from app.storage.totals import NOTHING
from providers.reference import ModelRef

if TYPE_CHECKING:
    from app.connections.connections import Connections


class Spending:
    """Without a store every answer is the empty one. All calls raise `StoreError` when the store fails."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    @property
    def zone(self) -> tzinfo:
        """Where days begin and end: here."""
        return self._runtime.zone()

    @property
    def now(self) -> datetime:
        """This moment, aware."""
        return self._runtime.now()

    @property
    def is_kept(self) -> bool:
        """Whether there is a store that remembers what was spent."""
        return self._runtime.store is not None

    async def stats(self, query: StatsQuery) -> Stats:
        """Requests grouped and added up."""
        store = self._runtime.store
        return await store.ledger.stats(query) if store else Stats(query)

    async def overview(self) -> Overview:
        """Figures of today, this week and this month here, and of all time."""
        store = self._runtime.store
        if store is None:
            return Overview(NOTHING, NOTHING, NOTHING, NOTHING)
        return await store.ledger.overview(self._runtime.now(), self.zone)

    async def series(self, query: StatsQuery, by: Grouping = Grouping.DAY, count: int = 30) -> Series:
        """The last so many days, weeks or months, the present one last, of what the query chooses.

        Args:
            query: its stretch of time and grouping make no difference.
            by: a grouping by time.
        """
        store, now = self._runtime.store, self._runtime.now()
        if store is None:
            return series_of(last_periods(by, count, now, query.zone), Stats(replace(query, by=by)))
        return await store.ledger.series(query, by, count, now)

    async def requests(self, query: StatsQuery, limit: int = 50, offset: int = 0) -> RequestsPage:
        """Single requests, the newest first."""
        store = self._runtime.store
        return await store.ledger.requests(query, limit, offset) if store else RequestsPage((), 0, 0)

    async def reprice(self, query: StatsQuery, ref: ModelRef) -> Repriced | None:
        """What all that a query chooses would have cost with another model; None when nobody knows its price.

        Raises:
            BadConfig: the model's provider is not configured, or its configuration is wrong.
        """
        store, target = self._runtime.store, target_for(self._runtime.connections, ref)
        if target is None:
            return None
        return await store.ledger.reprice(query, target) if store else reprice(target, ())


def target_for(connections: Connections, ref: ModelRef) -> Target | None:
    """The rates of a model and its wire format's rule for cache writes; None when nobody knows a price.

    Raises:
        BadConfig: see `Spending.reprice`.
    """
    from providers.formats import wire_format

    entry = connections.roster.entry(ref.provider)
    info, _ = connections.models.describe(ref)
    if info is None or info.rates is None:
        return None
    return Target(info.rates, wire_format(connections.roster.route_of(entry).endpoint.format).WRITE_FACTORS)
