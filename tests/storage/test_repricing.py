"""What if all of it had been asked of another model: the same rule of pricing, and honest about what it lacks."""

from __future__ import annotations

from dataclasses import fields, replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from app.storage.encoding import exact_sum
from app.storage.records import LedgerRow, RequestKind
from app.storage.replies import replies_for
from app.storage.repricing import Repriced, Target, reprice
from app.storage.stats import StatsQuery
from providers.costs import Cost, CostStatus, Rates, Tier, WriteFactors, price
from providers.events import StopReason
from providers.usage import NO_USAGE, Usage
from tests.storage.random_ledgers import all_rates, book, ledgers, usual_ledgers
from tests.storage.stories import ledger_row

RATES = Rates(input=Decimal(4), output=Decimal(20), cached_input=Decimal("0.4"))
factors = st.builds(WriteFactors, st.sampled_from([None, Decimal("1.25")]), st.sampled_from([None, Decimal(2)]))


def repriced(target: Target, *ledger: LedgerRow) -> Repriced:
    return reprice(target, replies_for(book(ledger), StatsQuery(), target))


@given(ledgers, all_rates, factors)
def test_every_reply_is_priced_or_named(ledger: list[LedgerRow], rates: Rates, rule: WriteFactors) -> None:
    result = repriced(Target(rates, rule), *ledger)
    replies = [row for row in ledger if row.kind is RequestKind.REPLY]
    assert result.priced_requests + result.unknown_requests == len(replies)
    assert result.compared_requests <= result.priced_requests
    assert (result.usd is None) == (result.priced_requests == 0)
    assert (result.difference_usd is None) == (result.compared_requests == 0)
    paid = [row.cost.usd for row in replies if row.cost.usd is not None]
    if result.compared_requests == len(paid) and paid:
        assert result.actual_usd == exact_sum(paid)


@given(usual_ledgers | ledgers, all_rates, factors)
def test_a_whole_reply_costs_what_it_would_have_cost_there(
    ledger: list[LedgerRow], rates: Rates, rule: WriteFactors
) -> None:
    whole = [row for row in ledger if row.kind is RequestKind.REPLY and row.usage.is_reported]
    whole = [
        replace(
            row, stop=StopReason.STOP, usage=replace(row.usage, cache_write_tokens=None, cache_write_1h_tokens=None)
        )
        for row in whole
    ]
    expected = [price(replace(row.usage, service_tier=None), rates, rule) for row in whole]
    known = [cost.usd for cost in expected if cost.usd is not None]
    estimated = [cost.usd for cost in expected if cost.usd is not None and cost.status is CostStatus.ESTIMATED]
    result = repriced(Target(rates, rule), *whole)
    assert (result.usd, result.priced_requests) == (exact_sum(known) if known else None, len(known))
    assert result.estimated_usd == exact_sum(estimated)


@settings(max_examples=200)
@given(usual_ledgers | ledgers, all_rates, factors)
def test_all_together_cost_what_each_costs_by_itself(ledger: list[LedgerRow], rates: Rates, rule: WriteFactors) -> None:
    target = Target(rates, rule)
    together, alone = repriced(target, *ledger), [repriced(target, row) for row in ledger]
    assert together.is_flat is rates.is_flat
    for each in (each for each in fields(Repriced) if each.name != "is_flat"):
        parts = [value for part in alone if (value := getattr(part, each.name)) is not None]
        total = exact_sum(parts) if each.name.endswith("_usd") or each.name == "usd" else sum(parts)
        assert (getattr(together, each.name) or 0) == total, each.name


def test_what_the_provider_charged_and_its_tier_make_no_difference() -> None:
    usage = Usage(1000, output_tokens=100, cost_usd=Decimal(7), service_tier="priority")
    result = repriced(Target(RATES), ledger_row("1", usage=usage, usd="7", status=CostStatus.REPORTED))
    assert (result.usd, result.estimated_usd, result.actual_usd) == (Decimal("0.006"), Decimal(0), Decimal(7))
    assert result.difference_usd == Decimal("-6.994")


def test_cache_reads_stay_cache_reads_and_cost_the_input_rate_where_there_is_no_other() -> None:
    row = ledger_row("1", usage=Usage(1000, 400, output_tokens=0))
    assert repriced(Target(RATES), row).usd == Decimal("0.00256")
    assert repriced(Target(replace(RATES, cached_input=None)), row).usd == Decimal("0.004")


def test_cache_writes_cost_the_write_rate_or_the_factor_or_are_ordinary_input() -> None:
    row = ledger_row("1", usage=Usage(1000, None, 500, None, 0))
    assert repriced(Target(replace(RATES, cache_write=Decimal(8))), row).usd == Decimal("0.006")
    assert repriced(Target(RATES, WriteFactors(Decimal("1.25"))), row).usd == Decimal("0.0045")
    assert repriced(Target(RATES), row).usd == Decimal("0.004")


def test_runs_are_priced_one_by_one_and_approximate_usage_makes_an_estimate() -> None:
    tiers = (Tier(1000, input=Decimal(8)),)
    runs = (Usage(900, output_tokens=0), Usage(900, None, 100, None, 0))
    usage = Usage(1800, None, 100, None, 0, runs=runs, is_approximate=True)
    result = repriced(Target(replace(RATES, tiers=tiers)), ledger_row("1", usage=usage))
    assert result.usd == result.estimated_usd == Decimal("0.0072")


def test_our_own_counts_stand_in_and_make_an_estimate() -> None:
    unreported = ledger_row("1", usage=NO_USAGE, usd=None, input_estimate=1000, output_estimate=100)
    result = repriced(Target(RATES), unreported)
    assert (result.usd, result.estimated_usd) == (Decimal("0.006"), Decimal("0.006"))
    # The server said 3 before the reply was cut off; 100 had arrived.
    cut_off = {"stop": StopReason.CANCELLED, "status": CostStatus.ESTIMATED, "output_estimate": 100}
    result = repriced(Target(RATES), ledger_row("2", usage=Usage(1000, output_tokens=3), **cut_off))
    assert (result.usd, result.estimated_usd) == (Decimal("0.006"), Decimal("0.006"))


def test_a_reply_that_was_stopped_before_its_first_token_is_priced_by_our_count_of_the_prompt() -> None:
    stopped = {"stop": StopReason.CANCELLED, "usage": NO_USAGE, "input_estimate": 1000}
    unpriced, estimated = ledger_row("1", usd=None, **stopped), ledger_row("2", status=CostStatus.ESTIMATED, **stopped)
    result = repriced(Target(RATES), unpriced, estimated)
    assert (result.usd, result.estimated_usd) == (Decimal("0.008"), Decimal("0.008"))
    assert (result.compared_usd, result.compared_estimated_usd) == (Decimal("0.004"), Decimal("0.004"))
    assert (result.unknown_requests, result.unpriced.usd) == (0, Decimal("0.004"))


def test_a_request_that_was_refused_would_have_cost_nothing_there_either() -> None:
    refused = ledger_row("1", stop=StopReason.ERROR, usage=NO_USAGE, usd="0", input_estimate=1000)
    result = repriced(Target(RATES), refused)
    assert (result.usd, result.estimated_usd, result.compared_requests) == (Decimal(0), Decimal(0), 1)


def test_only_what_was_guessed_is_an_estimate() -> None:
    usage = Usage(1000, output_tokens=0)
    estimated = {"usage": usage, "status": CostStatus.ESTIMATED}
    whole, cut_off = ledger_row("1", **estimated), ledger_row("2", stop=StopReason.CANCELLED, **estimated)
    result = repriced(Target(RATES), whole, cut_off)
    assert (result.usd, result.estimated_usd) == (Decimal("0.008"), Decimal("0.004"))


def test_counts_that_contradict_each_other_are_not_mixed_with_others() -> None:
    more_written_than_sent = ledger_row("1", usage=Usage(1000, 500, 9000, None, 0))
    more_cached_than_sent = ledger_row("2", usage=Usage(1000, 1500, 10, None, 0))
    target = Target(replace(RATES, cache_write=Decimal(5)))
    result = repriced(target, more_written_than_sent, more_cached_than_sent)
    assert result.usd == Decimal("0.0002") + Decimal("0.0025") + Decimal("0.0004")


def test_what_nobody_counted_is_named_and_not_zero() -> None:
    result = repriced(Target(RATES), ledger_row("1", usage=NO_USAGE, cost=Cost(None, CostStatus.UNKNOWN)))
    assert (result.usd, result.unknown_requests, result.difference_usd) == (None, 1, None)
    assert result.uncounted_requests == 1


def test_a_rate_that_is_missing_there_is_told_from_tokens_that_nobody_counted() -> None:
    result = repriced(Target(Rates(input=Decimal(4))), ledger_row("1"))
    assert (result.usd, result.unknown_requests, result.uncounted_requests) == (None, 1, 0)
