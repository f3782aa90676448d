"""Money: exact, and honest about what is not known."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.costs import Cost, CostStatus, Rates, Tier, WriteFactors, price, saved_by_cache
from providers.usage import Usage

SONNET = Rates(
    input=Decimal(3),
    output=Decimal(15),
    cached_input=Decimal("0.30"),
    cache_write=Decimal("3.75"),
    cache_write_1h=Decimal(6),
    source="catalogue",
    checked=date(2026, 11, 20),
)
ANTHROPIC = WriteFactors(Decimal("1.25"), Decimal(2))


def usd(usage: Usage, rates: Rates | None = SONNET, factors: WriteFactors = ANTHROPIC) -> Decimal | None:
    return price(usage, rates, factors).usd


def test_plain_tokens_cost_their_rates() -> None:
    assert usd(Usage(input_tokens=1_000, output_tokens=200)) == Decimal("0.006")


def test_cache_reads_and_both_kinds_of_writes_have_their_own_rates() -> None:
    usage = Usage(
        input_tokens=10_000, cached_tokens=4_000, cache_write_tokens=5_000, cache_write_1h_tokens=2_000, output_tokens=0
    )
    # 1,000 plain at 3, 4,000 read at 0.30, 3,000 written at 3.75, 2,000 written for an hour at 6
    assert usd(usage) == Decimal("0.003") + Decimal("0.0012") + Decimal("0.01125") + Decimal("0.012")


def test_a_missing_cached_rate_means_the_input_rate_not_zero() -> None:
    rates = Rates(input=Decimal(2), output=Decimal(8))
    assert usd(Usage(input_tokens=1_000, cached_tokens=600, output_tokens=0), rates) == Decimal("0.002")


def test_a_write_without_a_rate_costs_the_documented_factor() -> None:
    rates = Rates(input=Decimal(3), output=Decimal(15))
    usage = Usage(input_tokens=1_000, cache_write_tokens=1_000, output_tokens=0)
    assert usd(usage, rates) == Decimal("0.00375")


def test_a_write_without_a_rate_or_a_rule_makes_the_cost_unknown() -> None:
    usage = Usage(input_tokens=1_000, cache_write_tokens=1_000, output_tokens=0)
    assert price(usage, Rates(input=Decimal(3), output=Decimal(15))) == Cost(None, CostStatus.UNKNOWN)


def test_an_unknown_price_is_not_free() -> None:
    assert price(Usage(input_tokens=10, output_tokens=10), None).usd is None


def test_one_side_without_a_price_makes_the_whole_unknown() -> None:
    assert usd(Usage(input_tokens=10, output_tokens=10), Rates(input=Decimal(1))) is None


def test_a_side_without_a_price_does_not_matter_when_it_is_not_used() -> None:
    assert usd(Usage(input_tokens=1_000_000, output_tokens=0), Rates(input=Decimal(1))) == 1


def test_missing_usage_makes_the_cost_unknown() -> None:
    assert price(Usage(input_tokens=10), SONNET).status is CostStatus.UNKNOWN


def test_an_explicit_zero_is_free_even_without_usage() -> None:
    cost = price(Usage(), Rates(input=Decimal(0), output=Decimal(0)))
    assert cost.usd == 0
    assert cost.status is CostStatus.FREE


def test_what_the_provider_reports_beats_what_can_be_computed() -> None:
    usage = Usage(input_tokens=1_000, output_tokens=200, cost_usd=Decimal("0.0123"))
    assert price(usage, SONNET) == Cost(Decimal("0.0123"), CostStatus.REPORTED, "provider")


@pytest.mark.parametrize(("input_tokens", "expected"), [(272_000, "0.68"), (272_001, "1.360005")])
def test_a_tier_reprices_the_whole_request_above_its_edge(input_tokens: int, expected: str) -> None:
    rates = Rates(
        input=Decimal("2.50"),
        output=Decimal(15),
        tiers=(Tier(272_000, input=Decimal(5), output=Decimal("22.50")),),
    )
    assert usd(Usage(input_tokens=input_tokens, output_tokens=0), rates) == Decimal(expected)


def test_a_cost_names_the_source_of_its_rates_and_their_date() -> None:
    assert price(Usage(input_tokens=1, output_tokens=1), SONNET).source == "catalogue 2026-11-20"


@pytest.mark.parametrize(
    ("tier", "status"),
    [
        (None, "computed"),
        ("default", "computed"),
        ("standard", "computed"),
        ("batch", "computed"),
        ("priority", "estimated"),
    ],
)
def test_a_service_tier_with_other_prices_makes_the_cost_an_estimate(tier: str | None, status: str) -> None:
    usage = Usage(input_tokens=1_000, output_tokens=200, service_tier=tier)
    assert price(usage, SONNET).status == status


def test_saved_money_is_the_difference_to_the_input_rate() -> None:
    assert saved_by_cache(Usage(input_tokens=2_000, cached_tokens=1_000, output_tokens=0), SONNET) == Decimal("0.0027")


def test_a_batch_saves_half_as_much() -> None:
    usage = Usage(input_tokens=2_000, cached_tokens=1_000, output_tokens=0, service_tier="batch")
    assert saved_by_cache(usage, SONNET) == Decimal("0.00135")


def test_each_run_saves_by_the_tier_that_it_reached_itself() -> None:
    rates = Rates(input=Decimal(3), cached_input=Decimal(1), tiers=(Tier(1_000, input=Decimal(6)),))
    runs = (Usage(1_000, 100, output_tokens=1), Usage(1_001, 100, output_tokens=1), Usage(1_000, output_tokens=1))
    # 100 × (3 − 1) + 100 × (6 − 1); as one request of 3,001 tokens it would be 200 × (6 − 1)
    assert saved_by_cache(Usage(3_001, 200, output_tokens=3, runs=runs), rates) == Decimal("0.0007")


counts = st.integers(0, 10**7)


@given(counts, counts, counts, counts, counts)
def test_no_split_of_the_input_costs_less_than_reads_or_more_than_hourly_writes(
    total: int, read: int, written: int, hourly: int, output: int
) -> None:
    usage = Usage(total, read, written, hourly, output)
    cost = usd(usage)
    assert cost is not None
    assert total * Decimal("0.30") <= cost * 10**6 - output * 15 <= total * 6


@given(counts, counts, st.decimals(0, 10**6, places=30), st.decimals(0, 10**6, places=30))
def test_tokens_times_rates_keeps_every_digit(sent: int, made: int, rate_in: Decimal, rate_out: Decimal) -> None:
    cost = usd(Usage(sent, output_tokens=made), Rates(input=rate_in, output=rate_out))
    assert cost is not None
    assert Fraction(cost) == (sent * Fraction(rate_in) + made * Fraction(rate_out)) / 10**6
