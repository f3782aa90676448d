"""What was spent in a day and in a month, and what turns on their way have reserved; all Parleys on a store agree."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from app.storage.choosing import IS_UNTRACKED
from app.storage.database import Database
from app.storage.encoding import exact_sum, from_moment, from_money
from app.storage.errors import StoreError
from app.storage.ledger_rows import readable_money
from app.storage.periods import Stretch
from app.storage.presence import Presence
from app.storage.records import RequestKind
from providers.costs import CostStatus

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Spent:
    """USD, estimates and the requests on their way included; what has no price is not in it.

    Attributes:
        guesses_day, guesses_month: whether a part of it is an estimate.
        lacks_day, lacks_month: whether some request had no price, or one that nobody tracked.
    """

    day: Decimal = _NOTHING
    month: Decimal = _NOTHING
    guesses_day: bool = False
    guesses_month: bool = False
    lacks_day: bool = False
    lacks_month: bool = False

    def __add__(self, other: Spent) -> Spent:
        return Spent(
            exact_sum((self.day, other.day)),
            exact_sum((self.month, other.month)),
            self.guesses_day or other.guesses_day,
            self.guesses_month or other.guesses_month,
            self.lacks_day or other.lacks_day,
            self.lacks_month or other.lacks_month,
        )


@dataclass(frozen=True, slots=True)
class Outlay:
    """Attributes:
    by_provider: under the names that the requests were sent with.
    """

    by_provider: Mapping[str, Spent] = field(default_factory=dict)

    def of(self, provider: str) -> Spent:
        """What one provider was paid; "" for all together."""
        if provider:
            return self.by_provider.get(provider, Spent())
        return sum(self.by_provider.values(), Spent())


@dataclass(frozen=True, slots=True)
class Reservation:
    """What a turn on its way is expected to cost.

    Attributes:
        id: of the turn; a second reservation under it takes the place of the first.
    """

    id: str
    provider: str
    usd: Decimal


class _Sums:
    """The ledger, added up as far as it was read. Belongs to the thread of the store.

    Rows are never changed and rise in number, whoever writes them: each is read once. Of a new day the month is
    read again.
    """

    def __init__(self) -> None:
        self._stretches: tuple[str, ...] = ()
        self._last = 0
        self._by_provider: dict[str, Spent] = {}

    def read(self, connection: sqlite3.Connection, day: Stretch, month: Stretch) -> Mapping[str, Spent]:
        stretches = tuple(from_moment(each) for each in (*day, *month))
        (newest,) = connection.execute("SELECT coalesce(max(rowid), 0) FROM ledger").fetchone()
        if stretches != self._stretches or newest < self._last:
            self._stretches, self._last, self._by_provider = stretches, 0, {}
        if newest > self._last:
            self._add(connection)
            self._last = newest
        return self._by_provider

    def _add(self, connection: sqlite3.Connection) -> None:
        day, day_end, month, month_end = self._stretches
        new: dict[str, _Parts] = {}
        # All of a month is found by its time, what has come since by its number: a plus hides an index from SQLite.
        moment = "+started_at" if self._last else "started_at"
        sql = (
            f"SELECT provider, started_at, cost_usd, cost_status, {IS_UNTRACKED} FROM ledger"
            f" WHERE {moment} >= ? AND {moment} < ? AND rowid > ? AND kind <> '{RequestKind.COUNT}'"
        )
        for provider, sent_at, text, status, is_untracked in connection.execute(
            sql, (min(day, month), max(day_end, month_end), self._last)
        ):
            usd = None if text is None else readable_money(text)
            sums = new.setdefault(provider, _Parts())
            is_guess = bool(usd) and status == CostStatus.ESTIMATED
            is_lacking = usd is None or bool(is_untracked)
            if day <= sent_at < day_end:
                sums.day.take(usd, is_guess=is_guess, is_lacking=is_lacking)
            if month <= sent_at < month_end:
                sums.month.take(usd, is_guess=is_guess, is_lacking=is_lacking)
        for provider, sums in new.items():
            self._by_provider[provider] = self._by_provider.get(provider, Spent()) + sums.spent


@dataclass(slots=True)
class _Part:
    """A sum under way."""

    amounts: list[Decimal] = field(default_factory=list)
    has_guess: bool = False
    is_lacking: bool = False

    def take(self, usd: Decimal | None, *, is_guess: bool, is_lacking: bool) -> None:
        if usd:
            self.amounts.append(usd)
        self.has_guess |= is_guess
        self.is_lacking |= is_lacking


@dataclass(slots=True)
class _Parts:
    day: _Part = field(default_factory=_Part)
    month: _Part = field(default_factory=_Part)

    @property
    def spent(self) -> Spent:
        day, month = self.day, self.month
        return Spent(
            exact_sum(day.amounts),
            exact_sum(month.amounts),
            day.has_guess,
            month.has_guess,
            day.is_lacking,
            month.is_lacking,
        )


def let_go(connection: sqlite3.Connection, reservation_id: str) -> None:
    connection.execute("DELETE FROM reservations WHERE id = ?", (reservation_id,))


class ReservationRepository:
    """All calls raise `StoreError` when the store fails."""

    def __init__(self, database: Database, presence: Presence) -> None:
        self._database = database
        self._presence = presence
        self._sums = _Sums()

    async def outlay(self, day: Stretch, month: Stretch, *, without: Collection[str] = ()) -> Outlay:
        """What the ledger says of these stretches, and what is reserved. Args: without: turns that are left out."""
        return await self._database.read(lambda connection: self._outlay(connection, day, month, without=without))

    async def reserve(self, wanted: Reservation, day: Stretch, month: Stretch, may: Callable[[Outlay], bool]) -> Outlay:
        """Reserve what a turn may cost, if it may cost that. Nobody can reserve anything in between.

        Args:
            may: decides, by what was spent and reserved besides; runs in the thread of the store.
        Returns: what was spent and reserved besides.
        """

        def work(connection: sqlite3.Connection) -> Outlay:
            outlay = self._outlay(connection, day, month, without=(wanted.id,))
            if may(outlay):
                self._write(connection, wanted)
            return outlay

        return await self._database.run(work)

    async def release(self, reservation_id: str) -> None:
        """The turn has ended, and what it cost is in the ledger."""
        await self._database.run(lambda connection: let_go(connection, reservation_id))

    def _outlay(
        self, connection: sqlite3.Connection, day: Stretch, month: Stretch, *, without: Collection[str]
    ) -> Outlay:
        by_provider = dict(self._sums.read(connection, day, month))
        sql = "SELECT id, provider, usd, owner FROM reservations"
        for name, provider, text, owner in connection.execute(sql).fetchall():
            if name not in without and self._presence.is_alive(owner):
                usd = Decimal(text)
                reserved = Spent(usd, usd, guesses_day=usd > 0, guesses_month=usd > 0)
                by_provider[provider] = by_provider.get(provider, Spent()) + reserved
        return Outlay(by_provider)

    def _write(self, connection: sqlite3.Connection, wanted: Reservation) -> None:
        try:
            self._presence.announce()
        except OSError as error:
            raise StoreError(f"What a reply costs cannot be reserved: {error.strerror or error}") from error
        for (owner,) in connection.execute("SELECT DISTINCT owner FROM reservations").fetchall():
            if not self._presence.is_alive(owner):
                connection.execute("DELETE FROM reservations WHERE owner = ?", (owner,))
        connection.execute(
            "INSERT OR REPLACE INTO reservations VALUES (?, ?, ?, ?)",
            (wanted.id, wanted.provider, from_money(wanted.usd), self._presence.owner),
        )
