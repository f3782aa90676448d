"""A ledger that the first Parley wrote, opened by this one."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from app.storage.database import Database
from app.storage.migrate import shipped_migrations
from app.storage.records import RequestKind
from app.storage.store import Store
from providers.costs import Cost, CostStatus
from providers.events import StopReason
from providers.usage import Usage
from tests.storage.stories import NOON, SONNET_RATES, Clock, ledger_row

FIRST = """
INSERT INTO ledger VALUES (
    'whole', '2026-11-21T12:00:00.000000+00:00', 'claude', 'claude-sonnet-4-6', 'anthropic-messages', 'anthropic',
    'stop',
    '', 2, 'c', 'm', 1000, 400, 0, NULL, 200, NULL, NULL, 'standard', '0.00492000000000000000000000000001', 'computed',
    'catalogue', '{"input":"3","output":"15","cached_input":"0.30","source":"catalogue"}', 900, 2400
);
INSERT INTO ledger VALUES (
    'broken', '2026-11-21T13:00:00.000000+00:00', 'claude', 'claude-sonnet-4-6', 'anthropic-messages', '',
    'melted', 'Hm.',
    1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '1', 'guessed', '', '{"input":"3","ou', NULL, NULL
);
"""
WHOLE = ledger_row(
    "whole",
    preset="anthropic",
    attempt=2,
    conversation_id="c",
    message_id="m",
    usage=Usage(1000, 400, 0, None, 200, service_tier="standard"),
    cost=Cost(Decimal("0.00492000000000000000000000000001"), CostStatus.COMPUTED, "catalogue"),
    rates=SONNET_RATES,
)


@pytest.fixture
async def first_database(database_path: Path) -> Path:
    """A database of the first schema, with two requests."""
    await (await Database.open(database_path, NOON, shipped_migrations()[:1])).close()
    with closing(sqlite3.connect(database_path)) as connection:
        connection.executescript(FIRST)
    return database_path


async def test_rows_of_the_first_schema_are_as_they_were(first_database: Path, clock: Clock) -> None:
    store = await Store.open(first_database, clock)
    whole, broken = await store.ledger.rows()
    assert whole == WHOLE
    assert (whole.kind, whole.input_estimate, whole.output_estimate, whole.counter) == (
        RequestKind.REPLY,
        None,
        None,
        "",
    )
    assert (broken.id, broken.stop, broken.cost.usd, broken.rates) == ("broken", StopReason.INCOMPLETE, None, None)
    assert "cost, end" in broken.problem
    await store.close()


async def test_they_count_and_new_rows_join_them(first_database: Path, clock: Clock) -> None:
    store = await Store.open(first_database, clock)
    await store.ledger.add(ledger_row("new", started_at=NOON + timedelta(hours=2), usd="0.5"))
    (total,) = await store.ledger.totals_by_model()
    assert (total.requests, total.unpriced_requests) == (3, 1)
    assert total.usd == Decimal("0.50492000000000000000000000000001")
    await store.close()


async def test_a_copy_of_the_first_schema_stays_beside_it(first_database: Path, clock: Clock) -> None:
    await (await Store.open(first_database, clock)).close()
    newest = shipped_migrations()[-1].number
    with closing(sqlite3.connect(first_database.with_name(f"parley.db.before-v{newest}"))) as copy:
        assert copy.execute("PRAGMA user_version").fetchone() == (1,)
        assert copy.execute("SELECT id FROM ledger ORDER BY id").fetchall() == [("broken",), ("whole",)]


async def test_two_parleys_that_open_it_at_once_migrate_it_once(first_database: Path, clock: Clock) -> None:
    stores = await asyncio.gather(*(Store.open(first_database, clock) for _ in range(4)))
    for store in stores:
        assert [row.id for row in await store.ledger.rows()] == ["whole", "broken"]
        await store.close()
