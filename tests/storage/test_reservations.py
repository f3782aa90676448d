"""What was spent and is reserved, as every Parley on the store sees it."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from app.storage.periods import day_of, month_of
from app.storage.reservations import Outlay, Reservation, Spent
from app.storage.store import Store
from providers.costs import Cost, CostStatus
from tests.storage.stories import NOON, Clock, ledger_row

DAY, MONTH = day_of(NOON, UTC), month_of(NOON, UTC)


@pytest.fixture
async def stores(tmp_path: Path) -> AsyncIterator[tuple[Store, Store]]:
    """Two Parleys on one store."""
    async with AsyncExitStack() as stack:
        opened = []
        for _ in range(2):
            store = await Store.open(tmp_path / "parley.db", Clock())
            stack.push_async_callback(store.close)
            opened.append(store)
        yield opened[0], opened[1]


async def total(store: Store, provider: str = "") -> Spent:
    return (await store.reservations.outlay(DAY, MONTH)).of(provider)


async def reserve(store: Store, name: str, usd: str, *, most: str = "100") -> bool:
    """Reserve if no more than `most` is spent then. Returns whether it was."""
    amount, answers = Decimal(usd), []

    def may(outlay: Outlay) -> bool:
        answers.append(outlay.of("").day + amount <= Decimal(most))
        return answers[-1]

    await store.reservations.reserve(Reservation(name, "claude", amount), DAY, MONTH, may)
    return answers[0]


async def test_sums_are_exact_and_only_of_the_stretches_asked_for(stores: tuple[Store, Store]) -> None:
    store, _ = stores
    times = (MONTH[0] - timedelta(microseconds=1), MONTH[0], DAY[0], DAY[1] - timedelta(microseconds=1), DAY[1])
    for number, moment in enumerate(times):
        await store.ledger.add(ledger_row(f"r{number}", started_at=moment, usd=f"1.{number:030d}"))
    await store.ledger.add(ledger_row("unpriced", started_at=NOON, usd=None))
    assert await total(store) == Spent(
        Decimal(f"2.{5:030d}"), Decimal(f"4.{10:030d}"), lacks_day=True, lacks_month=True
    )
    assert await total(store, "nobody") == Spent()


async def test_rows_of_another_parley_count_and_so_do_rows_of_older_moments(stores: tuple[Store, Store]) -> None:
    one, two = stores
    await one.ledger.add(ledger_row("a", started_at=NOON, usd="1"))
    assert (await total(one), await total(two)) == (Spent(Decimal(1), Decimal(1)),) * 2
    await two.ledger.add(ledger_row("b", started_at=NOON - timedelta(days=2), usd="0.5"))
    await one.ledger.add(ledger_row("c", started_at=NOON - timedelta(days=60), usd="9"))
    assert (await total(one), await total(two)) == (Spent(Decimal(1), Decimal("1.5")),) * 2


@pytest.mark.parametrize("written", ["a lot", "NaN", "Infinity", "-7", "1e999999", ""])
async def test_an_amount_that_cannot_be_read_is_not_spent_and_stops_nothing(
    stores: tuple[Store, Store], tmp_path: Path, written: str
) -> None:
    store, _ = stores
    await store.ledger.add(ledger_row("a", usd="1"))
    await store.ledger.add(ledger_row("b", usd="2"))
    with sqlite3.connect(tmp_path / "parley.db") as connection:
        connection.execute("UPDATE ledger SET cost_usd = ? WHERE id = 'b'", (written,))
    assert await total(store) == Spent(Decimal(1), Decimal(1), lacks_day=True, lacks_month=True)
    assert not await reserve(store, "turn", "2", most="2.9")


async def test_a_request_without_a_price_makes_a_sum_a_lower_bound(stores: tuple[Store, Store]) -> None:
    store, _ = stores
    await store.ledger.add(ledger_row("a", usd="1"))
    await store.ledger.add(ledger_row("b", usd=None, started_at=DAY[0] - timedelta(hours=1)))
    assert await total(store) == Spent(Decimal(1), Decimal(1), lacks_month=True)
    untracked = Cost(Decimal(0), CostStatus.FREE, "config")
    await store.ledger.add(ledger_row("c", cost=untracked, provider="work"))
    assert await total(store, "work") == Spent(lacks_day=True, lacks_month=True)
    await store.ledger.add(ledger_row("d", usd="0", status=CostStatus.FREE, provider="local"))
    assert await total(store, "local") == Spent()


async def test_a_new_day_begins_at_nothing(stores: tuple[Store, Store]) -> None:
    store, _ = stores
    await store.ledger.add(ledger_row("a", started_at=NOON, usd="1"))
    assert (await total(store)).day == 1
    tomorrow = await store.reservations.outlay(day_of(NOON + timedelta(days=1), UTC), MONTH)
    assert tomorrow.of("claude") == Spent(Decimal(0), Decimal(1))


async def test_what_is_reserved_is_spent_for_everybody_until_it_is_released(stores: tuple[Store, Store]) -> None:
    one, two = stores
    assert await reserve(one, "turn", "3", most="5")
    assert await total(two) == Spent(Decimal(3), Decimal(3), guesses_day=True, guesses_month=True)
    assert not await reserve(two, "other", "2.01", most="5")
    assert await reserve(two, "other", "2", most="5")
    await one.reservations.release("turn")
    assert await total(one) == Spent(Decimal(2), Decimal(2), guesses_day=True, guesses_month=True)


async def test_a_sum_with_an_estimate_in_it_is_one_for_its_stretches_and_its_provider(
    stores: tuple[Store, Store],
) -> None:
    store, _ = stores
    await store.ledger.add(ledger_row("a", started_at=NOON, usd="1", provider="claude"))
    await store.ledger.add(ledger_row("nothing", started_at=NOON, usd="0", status=CostStatus.ESTIMATED))
    earlier = DAY[0] - timedelta(hours=1)
    guess = ledger_row("b", started_at=earlier, usd="1", status=CostStatus.ESTIMATED, provider="other")
    await store.ledger.add(guess)
    assert await total(store) == Spent(Decimal(1), Decimal(2), guesses_month=True)
    assert await total(store, "other") == Spent(Decimal(0), Decimal(1), guesses_month=True)
    assert await total(store, "claude") == Spent(Decimal(1), Decimal(1))


async def test_a_row_that_ends_a_reservation_is_at_no_moment_there_beside_it(stores: tuple[Store, Store]) -> None:
    one, two = stores
    assert await reserve(one, "turn", "3")
    assert await reserve(one, "other", "1")
    await one.ledger.add(ledger_row("a", usd="2.5"), instead_of="turn")
    assert (await total(two)).day == Decimal("3.5")


async def test_a_reservation_does_not_stand_in_its_own_way(stores: tuple[Store, Store]) -> None:
    store, _ = stores
    assert await reserve(store, "turn", "3", most="5")
    assert await reserve(store, "turn", "5", most="5")
    assert (await total(store)).day == 5


async def test_what_a_killed_parley_reserved_is_free_again(stores: tuple[Store, Store], tmp_path: Path) -> None:
    store, _ = stores
    with sqlite3.connect(tmp_path / "parley.db") as connection:
        connection.execute("INSERT INTO reservations VALUES ('lost', 'claude', '4', 'a process that is gone')")
    connection.close()
    assert await total(store) == Spent()
    assert await reserve(store, "turn", "5", most="5")
    assert await total(store) == Spent(Decimal(5), Decimal(5), guesses_day=True, guesses_month=True)
    await store.reservations.release("turn")
    with sqlite3.connect(tmp_path / "parley.db") as connection:
        assert connection.execute("SELECT count(*) FROM reservations").fetchone() == (0,)
    connection.close()


async def test_both_reads_are_by_index(stores: tuple[Store, Store], tmp_path: Path) -> None:
    """All of a month by its time, and what came since by its number: not the years before."""
    store, _ = stores
    seen: list[str] = []
    store._database._connection.set_trace_callback(seen.append)
    for name in ("a", "b"):
        await store.ledger.add(ledger_row(name, started_at=NOON))
        await total(store)
    store._database._connection.set_trace_callback(None)
    queries = [each for each in seen if each.startswith("SELECT provider, started_at")]
    with sqlite3.connect(tmp_path / "parley.db") as connection:
        plans = [connection.execute(f"EXPLAIN QUERY PLAN {each}").fetchone()[3] for each in queries]
    connection.close()
    assert [plan.split(" USING ")[1].split(" (")[0] for plan in plans] == [
        "INDEX ledger_by_time",
        "INTEGER PRIMARY KEY",
    ]
