"""Prices in model lists, each family in its own unit, to the digit; and what a request then costs."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.catalogue.listing import LISTINGS, parse
from providers.costs import Rates, Tier, price
from providers.usage import Usage

TODAY = date(2026, 11, 21)


def rates(family: str, **row: object) -> Rates | None:
    (model,) = parse(family, json.dumps({"data": [{"id": "m", **row}]}).encode(), checked=TODAY)
    return model.rates


def from_server(*, tiers: tuple[Tier, ...] = (), **prices: str) -> Rates:
    known: dict[str, Any] = {name: Decimal(usd) for name, usd in prices.items()}
    return Rates(**known, tiers=tiers, source="server", checked=TODAY)


def test_openrouter_per_token_with_both_kinds_of_cache_writes() -> None:
    pricing = {
        "prompt": "0.000003",
        "completion": "0.000015",
        "request": "0",
        "input_cache_read": "0.0000003",
        "input_cache_write": "0.00000375",
        "input_cache_write_1h": "0.000006",
    }
    known = rates("openrouter", pricing=pricing)
    assert known == from_server(input="3", output="15", cached_input="0.3", cache_write="3.75", cache_write_1h="6")
    usage = Usage(100_000, 50_000, 30_000, 10_000, 2_000)
    # 20,000 at 3, 50,000 at 0.3, 20,000 at 3.75, 10,000 at 6 and 2,000 at 15 USD.
    assert price(usage, known).usd == Decimal("0.24")


def test_xai_in_ten_thousandths_of_a_dollar_and_dearer_from_a_length_on() -> None:
    known = rates(
        "xai",
        prompt_text_token_price=12_500,
        cached_prompt_text_token_price=2_000,
        completion_text_token_price=25_000,
        prompt_text_token_price_long_context=25_000,
        cached_prompt_text_token_price_long_context=0,
        completion_text_token_price_long_context=50_000,
        long_context_threshold=200_000,
    )
    long = Tier(199_999, Decimal("2.5"), Decimal(5))
    assert known == from_server(input="1.25", output="2.5", cached_input="0.2", tiers=(long,))
    assert price(Usage(199_999, 0, output_tokens=1_000), known).usd == Decimal("0.25249875")
    assert price(Usage(200_000, 0, output_tokens=1_000), known).usd == Decimal("0.505")


def test_xai_without_a_length_has_no_tier() -> None:
    known = rates(
        "xai",
        prompt_text_token_price=2_000,
        completion_text_token_price=5_000,
        prompt_text_token_price_long_context=0,
        long_context_threshold=0,
    )
    assert known == from_server(input="0.2", output="0.5")


def test_together_per_million() -> None:
    known = rates("together", type="chat", pricing={"hourly": 0, "input": 1.25, "output": 3.75, "cached_input": 0.0625})
    assert known == from_server(input="1.25", output="3.75", cached_input="0.0625")
    # 600 at 1.25, 400 at 0.0625 and 7 at 3.75 USD.
    assert price(Usage(1_000, 400, output_tokens=7), known).usd == Decimal("0.00080125")


def test_vercel_per_token_with_tiers_by_the_length_of_the_input() -> None:
    pricing = {
        "input": "0.0000025",
        "output": "0.000015",
        "input_cache_read": "0.00000025",
        "input_tiers": [{"cost": "0.0000025", "min": 0, "max": 272_000}, {"cost": "0.000005", "min": 272_000}],
        "output_tiers": [{"cost": "0.000015", "max": 272_000}, {"cost": "0.0000225", "min": 272_000}],
        "input_cache_read_tiers": [{"cost": "0.0000005", "min": 272_000}],
    }
    known = rates("vercel", type="language", pricing=pricing)
    long = Tier(271_999, Decimal(5), Decimal("22.5"), Decimal("0.5"))
    assert known == from_server(input="2.5", output="15", cached_input="0.25", tiers=(long,))


def test_vercel_tiers_alone_are_a_price_too() -> None:
    tiers = [{"cost": "0.000001", "max": 1_000}, {"cost": "0.000002", "min": 1_000}, {"cost": "junk", "min": 7}]
    known = rates("vercel", pricing={"input_tiers": tiers[:2], "output": "0.000004"})
    assert known == from_server(input="1", output="4", tiers=(Tier(999, Decimal(2)),))
    free = rates("vercel", pricing={"input": "0", "output": "0"})
    assert free is not None
    assert free.are_free


def test_venice_per_million_with_cache_prices_and_long_prompts() -> None:
    pricing = {
        "input": {"usd": 6, "diem": 6},
        "output": {"usd": 30, "diem": 30},
        "cache_input": {"usd": 0.6, "diem": 0.6},
        "cache_write": {"usd": 7.5, "diem": 7.5},
        "extended": {
            "context_token_threshold": 200_000,
            "input": {"usd": 11},
            "output": {"usd": 41.25},
            "cache_input": {"usd": 1.1},
            "cache_write": {"usd": 13.75},
        },
    }
    known = rates("venice", type="text", model_spec={"pricing": pricing})
    long = Tier(200_000, Decimal(11), Decimal("41.25"), Decimal("1.1"), Decimal("13.75"))
    assert known == from_server(input="6", output="30", cached_input="0.6", cache_write="7.5", tiers=(long,))
    # 200,001 tokens of input, of which one was cached, at the long prices.
    assert price(Usage(200_001, 1, output_tokens=0), known).usd == Decimal("2.2000011")


def test_nothing_is_written_to_a_cache_for_nothing_either() -> None:
    pricing = {"prompt": "0.000002", "completion": "0.000004", "input_cache_write": "0", "input_cache_write_1h": "0"}
    known = rates("openrouter", pricing=pricing)
    assert known == from_server(input="2", output="4")
    assert price(Usage(1_000, cache_write_tokens=1_000, output_tokens=0), known).usd is None
    long = {"context_token_threshold": 200_000, "input": {"usd": 4}, "output": {"usd": 8}, "cache_input": {"usd": 0}}
    base = {"input": {"usd": 2}, "output": {"usd": 4}, "cache_write": {"usd": 0}, "extended": long}
    tier = Tier(200_000, input=Decimal(4), output=Decimal(8))
    assert rates("venice", type="text", model_spec={"pricing": base}) == from_server(
        input="2", output="4", tiers=(tier,)
    )


@pytest.mark.parametrize("family", ["together", "venice", "vercel"])
def test_a_cached_price_of_nothing_beside_a_real_one_was_not_said(family: str) -> None:
    per_token = {"input": "0.000002", "output": "0.000004", "input_cache_read": "0"}
    per_1m = {"input": 2, "output": 4, "cached_input": 0}
    spec = {"pricing": {"input": {"usd": 2}, "output": {"usd": 4}, "cache_input": {"usd": 0}}}
    known = rates(family, pricing=per_token if family == "vercel" else per_1m, model_spec=spec)
    assert known == from_server(input="2", output="4")


@pytest.mark.parametrize("family", ["together", "venice", "vercel", "xai"])
def test_a_server_without_prices_leaves_them_to_others(family: str) -> None:
    assert rates(family) is None


PRICED = ("openrouter", "together", "venice", "vercel", "xai")
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["1e-6", "$3", "1,5", "-1"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["usd", "cost", "min", "input", "prompt", "extended", "context_token_threshold"]), inner
        )
    ),
    max_leaves=8,
)
fields = st.sampled_from(
    ["input", "output", "prompt", "completion", "request", "input_cache_read", "input_tiers", "cache_input", "extended"]
)


@given(st.sampled_from(PRICED), st.dictionaries(fields, anything), st.dictionaries(st.text(), anything))
def test_anything_in_a_price_field_of_a_list_is_rates_or_nothing(
    family: str, pricing: dict[str, object], more: dict[str, object]
) -> None:
    xai = {f"{kind}_text_token_price": pricing.get("input") for kind in ("prompt", "completion")}
    row = {**more, **xai, "id": "m", "type": "", "pricing": pricing, "model_spec": {"pricing": pricing}}
    for model in parse(family, json.dumps([row]).encode()):
        for rate in (model.rates.input, model.rates.output, model.rates.cached_input) if model.rates else ():
            assert rate is None or (rate.is_finite() and 0 <= rate <= 1_000_000)
    assert family in LISTINGS
