"""The ledger: exact money, unknown is not zero, and totals that equal their rows to the last digit."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.storage.encoding import exact_sum, from_money, from_rates, to_money, to_rates
from app.storage.records import LedgerRow
from app.storage.stats import Grouping, StatsQuery, group
from app.storage.store import Store
from app.storage.totals import NOTHING, add_up, totals_by_model
from providers.costs import Cost, CostStatus, Rates, Tier
from providers.events import StopReason
from providers.reference import ModelRef
from providers.usage import NO_USAGE, Usage
from tests.storage.stories import NOON, SONNET, ledger_row

amounts = st.decimals(min_value=0, max_value=10**12, places=20, allow_nan=False, allow_infinity=False)
counts = st.none() | st.integers(0, 10**9)
costs = st.one_of(
    st.builds(Cost, amounts, st.sampled_from([CostStatus.COMPUTED, CostStatus.REPORTED, CostStatus.ESTIMATED])),
    st.just(Cost(None, CostStatus.UNKNOWN)),
    st.just(Cost(Decimal(0), CostStatus.FREE)),
)
rows = st.builds(
    ledger_row,
    st.uuids().map(str),
    started_at=st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    provider=st.sampled_from(["claude", "local"]),
    model=st.sampled_from(["a", "b/c"]),
    conversation_id=st.sampled_from([None, "one", "two"]),
    cost=costs,
    usage=st.builds(Usage, input_tokens=counts, cached_tokens=counts, output_tokens=counts),
    first_token_ms=st.none() | st.integers(0, 10**6),
)
optional_amounts = st.none() | amounts
all_rates = st.builds(
    Rates,
    input=optional_amounts,
    output=optional_amounts,
    cached_input=optional_amounts,
    cached_output=optional_amounts,
    cache_write=optional_amounts,
    cache_write_1h=optional_amounts,
    tiers=st.lists(st.builds(Tier, st.integers(0, 10**6), optional_amounts, optional_amounts), max_size=2).map(tuple),
    source=st.sampled_from(["", "config", "catalogue"]),
    checked=st.none() | st.dates(),
    is_flat=st.booleans(),
)


@given(all_rates)
def test_rates_come_back_as_they_were(rates: Rates) -> None:
    assert to_rates(from_rates(rates)) == rates


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30))
def test_money_comes_back_to_the_last_digit_and_without_exponent(amount: Decimal) -> None:
    text = from_money(amount)
    assert text is not None
    assert "E" not in text
    assert to_money(text) == amount


def test_sums_keep_more_digits_than_python_would() -> None:
    parts = [Decimal(10) ** 20, Decimal("1e-20")]
    assert str(exact_sum(parts)) == "100000000000000000000.00000000000000000001"


@given(st.lists(rows, max_size=12), st.sampled_from(Grouping))
def test_the_total_equals_the_sum_of_its_rows_to_the_last_digit(members: list[LedgerRow], by: Grouping) -> None:
    stats = group(StatsQuery(by), members)
    parts = [row.figures for row in stats.rows]
    assert stats.total.requests == sum(part.requests for part in parts) == len(members)
    assert stats.total.unpriced_requests == sum(part.unpriced_requests for part in parts)
    assert (stats.total.usd or 0) == exact_sum(part.usd for part in parts if part.usd is not None)
    assert stats.total.estimated_usd == exact_sum(part.estimated_usd for part in parts)
    saved = [part.saved_by_cache_usd for part in parts if part.saved_by_cache_usd is not None]
    assert (stats.total.saved_by_cache_usd or 0) == exact_sum(saved)
    for name in ("input_tokens", "cached_tokens", "output_tokens"):
        assert (getattr(stats.total.usage, name) or 0) == sum(getattr(part.usage, name) or 0 for part in parts)


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


def test_days_follow_the_clocks_of_the_place() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    moments = [
        datetime(2026, 3, 28, 22, 59, tzinfo=UTC),  # 23:59 in winter time
        datetime(2026, 3, 28, 23, 0, tzinfo=UTC),  # midnight
        datetime(2026, 3, 29, 21, 59, tzinfo=UTC),  # 23:59 in summer time: the day had 23 hours
        datetime(2026, 3, 29, 22, 0, tzinfo=UTC),
    ]
    members = [ledger_row(str(index), started_at=moment) for index, moment in enumerate(moments)]
    keys = [(row.key, row.figures.requests) for row in group(StatsQuery(Grouping.DAY, zone=berlin), members).rows]
    assert keys == [("2026-03-28", 1), ("2026-03-29", 2), ("2026-03-30", 1)]


def test_groups_of_every_kind() -> None:
    members = [
        ledger_row("1", started_at=datetime(2027, 1, 1, tzinfo=UTC), conversation_id="c", usd="1"),
        ledger_row("2", started_at=datetime(2026, 12, 31, tzinfo=UTC), provider="local", model="x/y", usd="2"),
    ]

    def keys(by: Grouping) -> list[str]:
        return [row.key for row in group(StatsQuery(by), members).rows]

    assert keys(Grouping.WEEK) == ["2026-W53"]
    assert keys(Grouping.MONTH) == ["2026-12", "2027-01"]
    assert keys(Grouping.PROVIDER) == ["local", "claude"]
    assert keys(Grouping.MODEL) == ["local/x/y", str(SONNET)]
    assert keys(Grouping.CONVERSATION) == ["", "c"]


def test_stats_of_one_provider_or_model() -> None:
    members = [ledger_row("1"), ledger_row("2", provider="local", model="x/y")]
    for query in (
        StatsQuery(provider="local"),
        StatsQuery(model="x/y"),
        StatsQuery(model="local/x/y"),
        StatsQuery(provider="local", model="x/y"),
    ):
        assert [row.key for row in group(query, members).rows] == ["local/x/y"]
    assert group(StatsQuery(provider="claude", model="x/y"), members).total == NOTHING


async def test_stats_choose_by_time(store: Store) -> None:
    for day in (20, 21, 22):
        await store.ledger.add(ledger_row(str(day), started_at=datetime(2026, 11, day, tzinfo=UTC)))
    query = StatsQuery(Grouping.DAY, since=datetime(2026, 11, 21, tzinfo=UTC), until=datetime(2026, 11, 22, tzinfo=UTC))
    assert [row.key for row in (await store.ledger.stats(query)).rows] == [date(2026, 11, 21).isoformat()]
