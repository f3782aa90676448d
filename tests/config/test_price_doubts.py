"""Prices in config.toml: read exactly or refused in one sentence, and doubted once where they look like a slip."""

from __future__ import annotations

from decimal import Decimal

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from app.config.load import load_text
from app.config.price_doubts import opening_notice

HEAD = '[providers.work]\ntype = "openai"\n[[providers.work.models]]\nid = "m"\n'

NO_PRICES = (
    *("-1", '"-0.5"', "nan", "inf", '"NaN"', '"$3"', '"1,50"', '"3 USD"', '""', '"0x10"', '"1_000"', '"٣"'),
    *("true", "[]", "{}", "2026-01-01", "1e99999999999999999999", "1e-30", "1e400", "1000000000"),
)


def doubted(**prices: str) -> dict[str, str]:
    """The warnings for a model with these prices: what follows `cost_per_1m_`, and the whole sentence."""
    lines = "".join(f"{key if key == 'tiers' else f'cost_per_1m_{key}'} = {usd}\n" for key, usd in prices.items())
    loaded = load_text(HEAD + lines, {})
    assert not loaded.problems
    start = "providers.work.models[0]."
    for warning in loaded.warnings:
        assert warning.key.startswith(start)
        assert warning.line is not None
        assert "m)" in warning.message
        assert warning.hint
    return {
        warning.key.removeprefix(start).replace("cost_per_1m_", ""): f"{warning.message}. {warning.hint}"
        for warning in loaded.warnings
    }


@pytest.mark.parametrize(
    "prices",
    [
        {"in": "3", "out": "15", "in_cached": "0.3", "cache_write": "3.75", "cache_write_1h": "6"},
        {"in": "0", "out": "0"},
        {"in": "0", "out": "0", "in_cached": "0", "out_cached": "0"},
        {"in": "1", "out": "1"},
        {"in": "1", "out": "0.6"},
        {"in": "2", "out": "8", "in_cached": "2"},
        {"in": "0.004", "out": "0.01"},
        {"in": "150", "out": "600"},
        {"in": "3", "out": "15", "tiers": "[{ above_input = 200000, cost_per_1m_in = 6, cost_per_1m_out = 22.5 }]"},
    ],
)
def test_usual_prices_are_not_doubted(prices: dict[str, str]) -> None:
    assert doubted(**prices) == {}


def test_a_price_per_token_is_told_as_what_it_would_be() -> None:
    assert doubted(**{"in": "0.000003", "out": '"1.5e-5"'}) == {
        "in": "is 0.000003 USD for a million tokens, which looks like a price per token (for m). "
        "Per million it would be 3.",
        "out": "is 0.000015 USD for a million tokens, which looks like a price per token (for m). "
        "Per million it would be 15.",
    }


def test_cache_reads_dearer_than_input_are_doubted() -> None:
    (sentence,) = doubted(**{"in": "3", "out": "15", "in_cached": "3.75"}).values()
    assert sentence.startswith("is 3.75, above the 3 of fresh input (for m). ")
    assert "cost_per_1m_cache_write" in sentence


def test_each_slip_is_doubted_once_and_at_its_own_key() -> None:
    assert list(doubted(**{"in": "30", "out": "1.5"})) == ["out"]
    assert list(doubted(**{"in": "30", "out": "0"})) == ["out"]
    assert list(doubted(**{"in": "0", "out": "15"})) == ["in"]
    assert list(doubted(**{"in": "3", "out": "15", "in_cached": "2", "cache_write": "0.3"})) == ["cache_write"]
    assert list(doubted(**{"in": "3", "out": "15", "cache_write": "6", "cache_write_1h": "3.75"})) == ["cache_write_1h"]
    assert list(doubted(**{"in": "3000", "out": "15000"})) == ["in", "out"]


def test_a_tier_that_is_cheaper_than_what_is_below_it_is_doubted() -> None:
    two = "[{ above_input = 200, cost_per_1m_in = 5 }, { above_input = 100, cost_per_1m_in = 6 }]"
    found = doubted(**{"in": "3", "out": "15", "tiers": two})
    assert found == {
        "tiers[0].in": "is 5, below the 6 of shorter input (for m). "
        "A tier re-prices the whole request, and long requests cost more."
    }


def test_half_a_price_list_leaves_costs_unknown_and_says_so() -> None:
    assert doubted(**{"in": "3"}) == {
        "in": "stands there without cost_per_1m_out, so that costs stay unknown (for m). Add cost_per_1m_out."
    }
    assert list(doubted(in_cached="3")) == ["in_cached"]


def test_at_the_start_there_is_one_sentence_however_many_slips_there_are() -> None:
    one, more = (f"{HEAD}cost_per_1m_in = 0.000003\ncost_per_1m_out = {usd}" for usd in ("15", "0.000015"))
    assert opening_notice(load_text(one, {}).settings) == (
        "A price in config.toml looks like a slip: providers.work, cost_per_1m_in is 0.000003 USD for a million "
        "tokens, which looks like a price per token (for m). Per million it would be 3."
    )
    assert opening_notice(load_text(more, {}).settings) == (
        "2 prices in config.toml look like slips: `parley config check` names them."
    )
    assert opening_notice(load_text(HEAD, {}).settings) == ""


@pytest.mark.parametrize(
    ("written", "read"),
    [("3e-6", "0.000003"), ('"3E-6"', "0.000003"), ("3E+1", "30"), ('" 0.30 "', "0.30"), ("0.1", "0.1"), ("-0.0", "0")],
)
def test_a_price_is_read_to_the_digit_also_with_an_exponent(written: str, read: str) -> None:
    loaded = load_text(f"{HEAD}cost_per_1m_in = {written}\ncost_per_1m_out = 100", {})
    rates = loaded.settings.providers["work"].models[0].rates
    assert rates is not None
    assert (rates.input, rates.input.is_signed() if rates.input is not None else None) == (Decimal(read), False)


@pytest.mark.parametrize("written", NO_PRICES)
def test_what_is_no_price_is_one_sentence_with_its_line(written: str) -> None:
    loaded = load_text(f"{HEAD}cost_per_1m_in = {written}", {})
    (problem,) = loaded.problems
    assert str(problem) == (
        "line 5: providers.work.models[0].cost_per_1m_in: must be an amount of USD that is not negative, "
        'such as 3 or "0.25"'
    )


prices = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.from_regex(r"[-+$]?\d{0,4}[.,]?\d{0,30}([eE][-+]?\d{1,25})?", fullmatch=True),
    st.just([]),
    st.just({}),
)
keys = st.sampled_from(
    [f"cost_per_1m_{key}" for key in ("in", "out", "in_cached", "out_cached", "cache_write", "cache_write_1h")]
)


@given(st.dictionaries(keys, prices), st.dictionaries(keys, prices))
def test_any_value_in_a_price_field_is_a_price_or_one_sentence(row: dict[str, object], tier: dict[str, object]) -> None:
    models = [{"id": "m", **row, "tiers": [{"above_input": 1000, **tier}]}]
    loaded = load_text(tomli_w.dumps({"providers": {"work": {"type": "openai", "models": models}}}), {})
    keys_of = [problem.key for problem in loaded.problems]
    assert len(set(keys_of)) == len(keys_of)
    assert all("cost_per_1m_" in key for key in keys_of)
    if not loaded.problems:
        assert loaded.settings.providers["work"].models[0].rates is not None
