"""Ledger rows in the database: exact, and none of them lost, whatever stands in them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.storage.encoding import exact_sum, to_rates
from app.storage.ledger_rows import COLUMNS, rows_of, values_of
from app.storage.migrate import shipped_migrations, statements
from app.storage.records import LedgerRow, RequestKind
from app.storage.store import Store
from providers.costs import Cost, CostStatus, Rates, Tier
from providers.events import StopReason
from providers.usage import NO_USAGE, Usage
from tests.storage.stories import NOON, SONNET, Clock, ledger_row

LARGEST = 2**63 - 1

counts = st.none() | st.integers(0, LARGEST)
amounts = st.decimals(min_value=0, allow_nan=False, allow_infinity=False).filter(
    lambda each: abs(each.adjusted()) < 900
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
token_counts = {each.name: counts for each in fields(Usage) if each.name.endswith("_tokens")}
runs = st.lists(st.builds(lambda **known: replace(NO_USAGE, **known), **token_counts), max_size=3).map(tuple)
usages = st.builds(
    Usage,
    **token_counts,
    cost_usd=st.none() | amounts,
    service_tier=st.none() | texts,
    runs=runs,
    is_approximate=st.booleans(),
)
priced = st.sampled_from([each for each in CostStatus if each is not CostStatus.UNKNOWN])
costs = st.builds(Cost, amounts, priced, texts) | st.builds(Cost, st.none(), st.just(CostStatus.UNKNOWN), texts)
optional_amounts = st.none() | amounts
tiers = st.builds(Tier, st.integers(0, 10**9), *[optional_amounts] * 5)
rates = st.builds(
    Rates,
    *[optional_amounts] * 6,
    tiers=st.lists(tiers, max_size=2).map(tuple),
    source=texts,
    checked=st.none() | st.dates(),
    is_flat=st.booleans(),
)
ledger_rows = st.builds(
    LedgerRow,
    id=st.uuids().map(str),
    started_at=st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 - naive bounds
    provider=texts,
    model=texts,
    format=texts,
    stop=st.sampled_from(StopReason),
    usage=usages,
    cost=costs,
    rates=st.none() | rates,
    first_token_ms=counts,
    total_ms=counts,
    attempt=st.integers(1, 100),
    conversation_id=st.none() | texts,
    message_id=st.none() | texts,
    preset=texts,
    error=texts,
    kind=st.sampled_from(RequestKind),
    input_estimate=counts,
    output_estimate=counts,
    counter=texts,
)


def stored(*rows: LedgerRow) -> tuple[LedgerRow, ...]:
    """The rows, once through SQLite."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for migration in shipped_migrations():
            for statement in statements(migration.sql):
                connection.execute(statement)
        marks = ", ".join("?" for _ in COLUMNS.split(","))
        connection.executemany(f"INSERT INTO ledger ({COLUMNS}) VALUES ({marks})", map(values_of, rows))
        return tuple(rows_of(connection.execute(f"SELECT {COLUMNS} FROM ledger ORDER BY rowid")))


@given(ledger_rows)
def test_every_row_comes_back_as_it_was(row: LedgerRow) -> None:
    (found,) = stored(row)
    assert found == row
    if row.cost.usd is not None:
        assert found.cost.usd is not None
        assert str(found.cost.usd.normalize()) == str(row.cost.usd.normalize())


@given(st.lists(amounts, max_size=8))
def test_the_sum_of_what_is_stored_is_exact(spent: list[Decimal]) -> None:
    rows = [ledger_row(str(at), cost=Cost(usd, CostStatus.REPORTED)) for at, usd in enumerate(spent)]
    total = exact_sum(row.cost.usd for row in stored(*rows) if row.cost.usd is not None)
    assert Fraction(total) == sum(map(Fraction, spent))


@pytest.mark.parametrize("absurd", [2**63, 2**70, -1])
def test_a_count_that_sqlite_cannot_hold_is_unknown_and_the_row_is_kept(absurd: int) -> None:
    usage = Usage(absurd, absurd, absurd, absurd, absurd, absurd, cached_output_tokens=7)
    row = ledger_row("a", usage=usage, first_token_ms=absurd, total_ms=absurd, input_estimate=absurd)
    (found,) = stored(row)
    assert found.usage == Usage(cached_output_tokens=7)
    assert (found.first_token_ms, found.total_ms, found.input_estimate) == (None, None, None)
    assert found.cost == row.cost


async def test_halves_of_characters_lose_no_row(store: Store) -> None:
    half = "a \ud83d b"
    usage = Usage(1, output_tokens=2, service_tier=half)
    cost = Cost(Decimal(1), CostStatus.REPORTED, half)
    row = ledger_row("a", model=half, provider=half, preset=half, error=half, usage=usage, cost=cost)
    await store.ledger.add(row)
    (found,) = await store.ledger.rows()
    assert {found.model, found.provider, found.preset, found.error, found.cost.source} == {"a ? b"}
    assert found.usage.service_tier == "a ? b"


def spoiled(**columns: object) -> LedgerRow:
    """A row of which something else stands in the database than Parley writes there."""
    values = dict(zip(COLUMNS.replace(" ", "").split(","), values_of(ledger_row("a")), strict=True))
    (found,) = rows_of([tuple({**values, **columns}.values())])
    return found


def changed(row: LedgerRow) -> dict[str, Any]:
    """What is not as it was written."""
    whole = ledger_row("a")
    return {
        each.name: getattr(row, each.name)
        for each in fields(LedgerRow)
        if getattr(row, each.name) != getattr(whole, each.name) and each.name != "problem"
    }


UNKNOWN = Cost(None, CostStatus.UNKNOWN)
HALF_WRITTEN = '{"input":"3","outpu'


@pytest.mark.parametrize(
    ("columns", "named", "becomes"),
    [
        ({"cost_status": "haggled"}, "cost", {"cost": UNKNOWN}),
        ({"cost_status": "unknown"}, "cost", {"cost": UNKNOWN}),
        ({"cost_usd": None}, "cost", {"cost": UNKNOWN}),
        ({"cost_usd": "much"}, "cost", {"cost": UNKNOWN}),
        ({"cost_usd": "NaN"}, "cost", {"cost": UNKNOWN}),
        ({"cost_usd": "-1"}, "cost", {"cost": UNKNOWN}),
        ({"cost_usd": "1e999999"}, "cost", {"cost": UNKNOWN}),
        ({"reported_usd": "?"}, "cost", {}),
        ({"stop": "paused"}, "end", {"stop": StopReason.INCOMPLETE}),
        ({"kind": "dream"}, "kind", {}),
        ({"started_at": "yesterday"}, "time", {"started_at": datetime(1970, 1, 1, tzinfo=UTC)}),
        ({"rates": HALF_WRITTEN}, "rates", {"rates": None}),
        ({"rates": "[]"}, "rates", {"rates": None}),
        ({"rates": "3"}, "rates", {"rates": None}),
        ({"rates": '{"input":null}'}, "rates", {"rates": None}),
        ({"rates": '{"input":"NaN"}'}, "rates", {"rates": None}),
        ({"rates": '{"input":"-3"}'}, "rates", {"rates": None}),
        ({"rates": '{"input":"3","per_image":"1"}'}, "rates", {"rates": None}),
        ({"rates": '{"tiers":[{"input":"3"}]}'}, "rates", {"rates": None}),
        ({"rates": '{"tiers":[{"above_input":"long"}]}'}, "rates", {"rates": None}),
        ({"rates": '{"checked":"yesterday"}'}, "rates", {"rates": None}),
        ({"output_tokens": -5}, "token counts", {"usage": Usage(1000, 400)}),
        (
            {"usage_details": '{"runs":[{"input_tok'},
            "usage",
            {"usage": Usage(1000, 400, output_tokens=200, is_approximate=True)},
        ),
        (
            {"usage_details": '{"images":3}'},
            "usage",
            {"usage": Usage(1000, 400, output_tokens=200, is_approximate=True)},
        ),
    ],
    ids=str,
)
def test_what_cannot_be_read_is_unknown_and_said_and_all_else_is_kept(
    columns: dict[str, object], named: str, becomes: dict[str, object]
) -> None:
    row = spoiled(**columns)
    assert changed(row) == becomes
    assert f"this request's {named} cannot be read" in row.problem


def test_several_things_that_cannot_be_read_are_one_sentence() -> None:
    assert "this request's cost, end cannot be read" in spoiled(cost_status="haggled", stop="paused").problem


def test_a_moment_without_an_offset_is_one_in_utc() -> None:
    row = spoiled(started_at="2026-11-21T12:00:00")
    assert (row.started_at, row.problem) == (NOON, "")


@given(st.text(max_size=30) | st.from_regex(r'\{"(input|tiers|checked|is_flat)":.{0,20}\}', fullmatch=True))
def test_any_text_is_rates_or_a_value_error(text: str) -> None:
    try:
        found = to_rates(text)
    except ValueError:
        return
    assert isinstance(found, Rates)


async def test_a_spoiled_row_leaves_the_others_alone(store: Store, database_path: Path) -> None:
    for name in ("a", "b"):
        await store.ledger.add(ledger_row(name))
    with closing(sqlite3.connect(database_path)) as connection, connection:
        connection.execute(
            "UPDATE ledger SET cost_status = 'haggled', rates = ?, stop = '' WHERE id = 'a'", (HALF_WRITTEN,)
        )
    bad, good = await store.ledger.rows()
    assert (bad.cost, good) == (UNKNOWN, ledger_row("b"))
    (total,) = await store.ledger.totals_by_model()
    assert (total.requests, total.usd, total.unpriced_requests) == (2, Decimal("0.0042"), 1)


async def test_rows_of_a_clock_that_stands_still_or_jumps_back_keep_an_order(store: Store, clock: Clock) -> None:
    moments = [NOON, NOON, NOON - timedelta(hours=1), NOON]
    for name, moment in zip("zcxa", moments, strict=True):
        await store.ledger.add(ledger_row(name, started_at=moment))
    assert [row.id for row in await store.ledger.rows()] == ["x", "z", "c", "a"]


async def test_a_model_that_only_counted_is_not_one_that_was_used(store: Store) -> None:
    await store.ledger.add(ledger_row("asked"))
    later = NOON + timedelta(hours=1)
    await store.ledger.add(ledger_row("counted", model="other", kind=RequestKind.COUNT, started_at=later))
    assert await store.ledger.recent_models(5) == (SONNET,)
    assert [row.kind for row in await store.ledger.rows()] == [RequestKind.REPLY, RequestKind.COUNT]
