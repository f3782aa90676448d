"""What the next turn would cost, before it is sent."""

from __future__ import annotations

from decimal import Decimal

from app.session.quote import quote
from providers.catalogue.records import ModelInfo
from providers.costs import NO_WRITE_RULE, CostStatus, Rates, Tier
from providers.reference import ModelRef

REF = ModelRef("claude", "sonnet")
RATES = Rates(
    input=Decimal(3),
    output=Decimal(15),
    cached_input=Decimal("0.3"),
    tiers=(Tier(200_000, input=Decimal(6), output=Decimal("22.5")),),
)
SONNET = ModelInfo("sonnet", rates=RATES, context_window=1_000_000, max_output_tokens=64_000, default_max_tokens=8_000)


def test_a_quote_ranges_from_the_input_alone_to_the_longest_reply() -> None:
    given = quote(REF, SONNET, NO_WRITE_RULE, input_tokens=10_000, cached_tokens=4_000)
    assert given.least.usd == Decimal("0.0192")  # 6,000 at 3 and 4,000 at 0.30
    assert given.most.usd == Decimal("0.1392")  # and 8,000 at 15
    assert given.least.status is CostStatus.ESTIMATED
    assert given.context.share == 0.01
    assert given.next_tier == 200_000


def test_above_a_tier_the_whole_turn_costs_more() -> None:
    given = quote(REF, SONNET, NO_WRITE_RULE, input_tokens=200_001)
    assert given.least.usd == Decimal("1.200006")
    assert given.next_tier is None


def test_without_a_price_a_quote_says_so_and_without_a_limit_it_has_no_upper_end() -> None:
    unpriced = quote(REF, ModelInfo("sonnet"), NO_WRITE_RULE, input_tokens=10)
    assert (unpriced.least.usd, unpriced.most.usd) == (None, None)
    endless = quote(REF, ModelInfo("sonnet", rates=Rates(Decimal(3), Decimal(15))), NO_WRITE_RULE, input_tokens=10)
    assert endless.least.usd == Decimal("0.00003")
    assert endless.most.usd is None


def test_a_reply_cannot_be_longer_than_what_the_window_leaves() -> None:
    info = ModelInfo("small", rates=RATES, context_window=9_000, max_output_tokens=8_000)
    assert quote(REF, info, NO_WRITE_RULE, input_tokens=8_500).output_limit == 500
    assert quote(REF, info, NO_WRITE_RULE, input_tokens=9_500).output_limit == 0
