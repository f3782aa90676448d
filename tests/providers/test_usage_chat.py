"""Usage of the chat format, provider by provider (the recorded streams test the rest)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.catalogue.quirks import NO_QUIRKS, Quirks
from providers.formats.accounting import consistent, exact, money
from providers.formats.chat_usage import usage_from
from providers.usage import NO_USAGE, Usage


def counts(prompt: object, completion: object, total: object = None, **more: object) -> dict[str, object]:
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total, **more}


def thinking(tokens: object) -> dict[str, object]:
    return {"completion_tokens_details": {"reasoning_tokens": tokens}}


def cached(tokens: object, written: object = None) -> dict[str, object]:
    return {"prompt_tokens_details": {"cached_tokens": tokens, "cache_write_tokens": written}}


XAI = Quirks(output_excludes_reasoning=True, cost_ticks=True)
GEMINI = Quirks(output_from_total=True)
OPENROUTER = Quirks(reported_cost=True)


@pytest.mark.parametrize(
    ("raw", "quirks", "usage"),
    [
        (counts(10, 5, 15), NO_QUIRKS, Usage(10, output_tokens=5)),
        (counts(10, 5, 15, **thinking(3)), NO_QUIRKS, Usage(10, output_tokens=5, reasoning_tokens=3)),
        # The total shows that reasoning was left out of completion_tokens.
        (counts(10, 5, 18, **thinking(3)), NO_QUIRKS, Usage(10, output_tokens=8, reasoning_tokens=3)),
        (counts(10, 5, 15, **thinking(9)), NO_QUIRKS, Usage(10, output_tokens=5, reasoning_tokens=5)),
        (counts(10, 5, 15, **cached(99)), NO_QUIRKS, Usage(10, 10, output_tokens=5)),
        (counts(10, 5, 15, **cached(4, 99)), NO_QUIRKS, Usage(10, 4, 6, output_tokens=5)),
        (counts(10, 5, 308, **thinking(293)), XAI, Usage(10, output_tokens=298, reasoning_tokens=293)),
        (counts(10, 5, None, **thinking(293)), XAI, Usage(10, output_tokens=298, reasoning_tokens=293)),
        (counts(10, 5, 15, **thinking(3)), XAI, Usage(10, output_tokens=5, reasoning_tokens=3)),
        (counts(10, 5, 15, **cached(64)), XAI, Usage(74, 64, output_tokens=5)),
        (counts(10, 5, 40), GEMINI, Usage(10, output_tokens=30, reasoning_tokens=25)),
        (counts(10, 5, 15), GEMINI, Usage(10, output_tokens=5)),
        (counts(10, None, 40), GEMINI, Usage(10, output_tokens=30, reasoning_tokens=30)),
        (counts(10, 5, prompt_cache_hit_tokens=8), Quirks(cache_hit_tokens=True), Usage(10, 8, output_tokens=5)),
        (counts(10, 5, prompt_cache_hit_tokens=8), NO_QUIRKS, Usage(10, output_tokens=5)),
        (counts(10, 5, cached_tokens=8), Quirks(top_level_cached_tokens=True), Usage(10, 8, output_tokens=5)),
        (counts(10, 5, reasoning_tokens=2), NO_QUIRKS, Usage(10, output_tokens=5, reasoning_tokens=2)),
        ({"input_tokens": 10, "output_tokens": 5}, NO_QUIRKS, Usage(10, output_tokens=5)),
        (counts(10, None), NO_QUIRKS, Usage(10)),
        (counts("10", "5", "15"), NO_QUIRKS, NO_USAGE),
        (counts(-1, 5), NO_QUIRKS, Usage(output_tokens=5)),
        (counts(10, 1e300), NO_QUIRKS, Usage(10)),
        (counts(10.0, 5.5), NO_QUIRKS, Usage(10)),
        (counts(True, [5]), NO_QUIRKS, NO_USAGE),
        (counts(0, 0, 0), NO_QUIRKS, NO_USAGE),
        ({}, NO_QUIRKS, NO_USAGE),
    ],
)
def test_usage_is_normalised(raw: dict[str, Any], quirks: Quirks, usage: Usage) -> None:
    assert usage_from(raw, quirks) == usage


@pytest.mark.parametrize(
    ("more", "quirks", "usd"),
    [
        ({"cost": 0.00014}, OPENROUTER, "0.00014"),
        ({"cost": 1e-05, "is_byok": False}, OPENROUTER, "0.00001"),
        ({"cost": 0.5, "is_byok": False, "cost_details": {"upstream_inference_cost": 0.5}}, OPENROUTER, "0.5"),
        ({"cost": 0.05, "is_byok": True, "cost_details": {"upstream_inference_cost": 1}}, OPENROUTER, "1.05"),
        ({"cost": 0.05, "cost_details": {"upstream_inference_cost": 1}}, OPENROUTER, "1.05"),
        ({"cost": 0.05, "is_byok": True}, OPENROUTER, None),
        ({"cost": 0}, OPENROUTER, "0"),
        ({"cost": -1}, OPENROUTER, None),
        ({"cost": float("nan")}, OPENROUTER, None),
        ({"cost": "much"}, OPENROUTER, None),
        ({"cost": 0.5}, NO_QUIRKS, None),
        ({"cost_in_usd_ticks": 37756000}, XAI, "0.0037756"),
        ({"cost_in_usd_ticks": None}, XAI, None),
        ({"cost": {"total_cost": 0.005012}}, Quirks(total_cost=True), "0.005012"),
        ({"cost": 3}, Quirks(total_cost=True), None),
    ],
)
def test_what_the_provider_charged_is_taken_where_it_says_so(
    more: dict[str, Any], quirks: Quirks, usd: str | None
) -> None:
    expected = None if usd is None else Decimal(usd)
    assert usage_from({**counts(1, 1), **more}, quirks).cost_usd == expected


def test_a_cost_without_counts_is_kept() -> None:
    assert usage_from({"cost": 0.1}, OPENROUTER) == Usage(cost_usd=Decimal("0.1"))


def test_exact_numbers_keep_every_digit() -> None:
    assert money(exact(b'{"cost": 0.12345678901234567890123}')["cost"]) == Decimal("0.12345678901234567890123")
    assert exact(b'{"cost": ') is None


ANYTHING = st.none() | st.booleans() | st.integers(-5, 50) | st.floats() | st.text(max_size=3) | st.integers()
FLAGS = st.builds(
    Quirks,
    output_excludes_reasoning=st.booleans(),
    output_from_total=st.booleans(),
    cache_hit_tokens=st.booleans(),
    reported_cost=st.booleans(),
    cost_ticks=st.booleans(),
)


@given(ANYTHING, ANYTHING, ANYTHING, ANYTHING, ANYTHING, ANYTHING, FLAGS)
def test_no_bucket_ever_exceeds_its_whole(
    prompt: object, completion: object, total: object, read: object, thought: object, cost: object, quirks: Quirks
) -> None:
    more = {**thinking(thought), **cached(read, read), "cost": cost, "cost_in_usd_ticks": cost}
    usage = usage_from(counts(prompt, completion, total, **more), quirks)
    assert usage == consistent(usage)
    for number in (usage.input_tokens, usage.cached_tokens, usage.output_tokens, usage.reasoning_tokens):
        assert number is None or number >= 0
    if usage.input_tokens is not None:
        assert (usage.cached_tokens or 0) + (usage.cache_write_tokens or 0) <= usage.input_tokens
    if usage.output_tokens is not None:
        assert (usage.reasoning_tokens or 0) <= usage.output_tokens
    assert usage.cost_usd is None or usage.cost_usd >= 0
