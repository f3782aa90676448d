"""The ledger: exact money, unknown is not zero, and totals that equal their rows to the last digit."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.storage.encoding import exact_sum, from_money, from_rates, to_rates
from app.storage.records import RequestKind
from app.storage.store import Store
from app.storage.totals import NOTHING, add_up, totals_by_model
from providers.costs import Cost, CostStatus, Rates
from providers.events import StopReason
from providers.reference import ModelRef
from providers.usage import NO_USAGE, Usage
from tests.storage.random_ledgers import all_rates
from tests.storage.stories import NOON, SONNET, ledger_row


@given(all_rates)
def test_rates_come_back_as_they_were(rates: Rates) -> None:
    assert to_rates(from_rates(rates)) == rates


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30))
def test_money_comes_back_to_the_last_digit_and_without_exponent(amount: Decimal) -> None:
    text = from_money(amount)
    assert text is not None
    assert "E" not in text
    assert Decimal(text) == amount


def test_sums_keep_more_digits_than_python_would() -> None:
    parts = [Decimal(10) ** 20, Decimal("1e-20")]
    assert str(exact_sum(parts)) == "100000000000000000000.00000000000000000001"


async def test_a_row_comes_back_as_it_was(store: Store) -> None:
    full = ledger_row(
        "full",
        preset="anthropic",
        stop=StopReason.ERROR,
        error="Overloaded.",
        attempt=2,
        conversation_id="c",
        message_id="m",
        usage=Usage(1, 2, 3, 4, 5, 6, Decimal("0.00000000000000000001"), "priority"),
        cost=Cost(Decimal("12345678901234567890.123456789"), CostStatus.REPORTED, "provider"),
    )
    bare = ledger_row("bare", usd=None, usage=NO_USAGE, rates=None, first_token_ms=None, total_ms=None)
    await store.ledger.add(full)
    await store.ledger.add(bare)
    assert set(await store.ledger.rows()) == {full, bare}


async def test_rows_are_chosen_by_conversation_and_by_time(store: Store) -> None:
    for hour in range(4):
        row = ledger_row(f"row{hour}", started_at=NOON + timedelta(hours=hour), conversation_id=f"c{hour % 2}")
        await store.ledger.add(row)
    between = await store.ledger.rows(since=NOON + timedelta(hours=1), until=NOON + timedelta(hours=3))
    assert [row.id for row in between] == ["row1", "row2"]
    assert [row.id for row in await store.ledger.rows(conversation_id="c1")] == ["row1", "row3"]
    (total,) = await store.ledger.totals_by_model("c1", since=NOON + timedelta(hours=2))
    assert (total.ref, total.requests) == (SONNET, 1)


async def test_the_models_used_last_come_first(store: Store) -> None:
    for hour, model in enumerate(["a", "b", "a", "c"]):
        await store.ledger.add(ledger_row(f"row{hour}", started_at=NOON + timedelta(hours=hour), model=model))
    assert await store.ledger.recent_models(2) == (ModelRef("claude", "c"), ModelRef("claude", "a"))


def test_unknown_is_not_zero() -> None:
    figures = add_up([ledger_row("a", usd=None, usage=NO_USAGE, rates=None, first_token_ms=None)])
    assert figures.usd is None
    assert figures.usage == NO_USAGE
    assert figures.unpriced_requests == 1
    assert figures.saved_by_cache_usd is None
    assert figures.first_token_ms_median is None
    assert not figures.is_free


def test_estimates_are_counted_and_told_apart() -> None:
    figures = add_up([ledger_row("a", usd="0.1"), ledger_row("b", usd="0.02", status=CostStatus.ESTIMATED)])
    assert (figures.usd, figures.estimated_usd) == (Decimal("0.12"), Decimal("0.02"))


def test_free_means_that_nothing_cost_anything() -> None:
    free = ledger_row("free", usd="0", status=CostStatus.FREE)
    flat = ledger_row("flat", usd="0", status=CostStatus.FLAT)
    refused = ledger_row("refused", usd="0")
    assert add_up([free, flat, refused]).is_free
    assert not add_up([free, ledger_row("paid")]).is_free
    assert not add_up([free, ledger_row("unpriced", usd=None)]).is_free
    assert not add_up([refused]).is_free
    assert not NOTHING.is_free


def test_what_somebody_priced_at_nothing_is_counted_apart_from_what_is_free() -> None:
    free = replace(ledger_row("free"), cost=Cost(Decimal(0), CostStatus.FREE, "server 2026-11-20"))
    untracked = replace(ledger_row("untracked"), cost=Cost(Decimal(0), CostStatus.FREE, "config"))
    assert add_up([free, untracked]).untracked_requests == 1
    assert totals_by_model([untracked, ledger_row("paid")])[0].untracked_requests == 1
    assert add_up([free, ledger_row("paid")]).untracked_requests == 0


def test_what_the_cache_saved_is_the_difference_of_the_rates() -> None:
    assert add_up([ledger_row("a")]).saved_by_cache_usd == 400 * Decimal("2.70") / 1_000_000


@pytest.mark.parametrize(("waits", "median"), [([5], 5), ([9, 1], 5), ([3, 900, 4], 4), ([1, 2, 3, 10], 2)])
def test_the_median_wait(waits: list[int], median: int) -> None:
    members = [ledger_row(str(index), first_token_ms=wait) for index, wait in enumerate(waits)]
    assert add_up([*members, ledger_row("none", first_token_ms=None)]).first_token_ms_median == median


def test_totals_by_model_keep_the_order_of_first_use() -> None:
    members = [ledger_row("1", model="b"), ledger_row("2", model="a"), ledger_row("3", model="b", usd="1")]
    first, second = totals_by_model(members)
    assert (first.ref.model, first.requests, first.usd) == ("b", 2, Decimal("1.0042"))
    assert second.ref.model == "a"


async def test_a_model_that_only_counted_has_no_total(store: Store) -> None:
    await store.ledger.add(ledger_row("asked", usd="0", status=CostStatus.FREE))
    await store.ledger.add(ledger_row("counted", model="other", usd="0", kind=RequestKind.COUNT))
    (total,) = await store.ledger.totals_by_model()
    assert (total.ref, total.requests, total.is_free) == (SONNET, 1, True)
