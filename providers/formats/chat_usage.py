"""Usage as chat servers report it, to one accounting."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from providers.catalogue.quirks import Quirks
from providers.formats.accounting import add, consistent, money
from providers.formats.payload import count_of, object_of
from providers.usage import NO_USAGE, Usage

_TICK_EXPONENT = -10
"""xAI counts cost in ticks of 1e-10 USD."""


def raw_usage(chunk: Mapping[str, Any], choice: Mapping[str, Any]) -> Mapping[str, Any]:
    """The usage object of a chunk, in any of the places where servers put it; empty when there is none."""
    return (
        object_of(chunk.get("usage"))
        or object_of(choice.get("usage"))
        or object_of(object_of(chunk.get("x_groq")).get("usage"))
    )


def names_cost(raw: Mapping[str, Any], quirks: Quirks) -> bool:
    """Whether this usage holds an amount whose digits matter (see `accounting.exact`)."""
    return (quirks.reported_cost or quirks.total_cost) and "cost" in raw


def usage_from(
    raw: Mapping[str, Any], quirks: Quirks, service_tier: str | None = None, exact: Mapping[str, Any] | None = None
) -> Usage:
    """Normalise a usage object.

    Args:
        raw: as parsed; any type may stand anywhere.
        service_tier: as the chunk names it.
        exact: the same object with exact decimals, where `names_cost` asks for it.
    """
    prompt = _first_count(raw, "prompt_tokens", "input_tokens")
    completion = _first_count(raw, "completion_tokens", "output_tokens")
    cost = _cost(raw if exact is None else exact, quirks)
    if not prompt and not completion:
        # No request is answered without a token sent: zeros are a server that does not count.
        return consistent(Usage(cost_usd=cost, service_tier=service_tier)) if cost is not None else NO_USAGE
    details = object_of(raw.get("prompt_tokens_details"))
    cached = _cached(raw, details, quirks)
    if quirks.output_excludes_reasoning and prompt is not None and (cached or 0) > prompt:
        prompt = add(prompt, cached)  # xAI leaves cache reads out at times.
    output, reasoning = _output(raw, prompt, completion, quirks)
    return consistent(
        Usage(
            input_tokens=prompt,
            cached_tokens=cached,
            cache_write_tokens=count_of(details.get("cache_write_tokens")),
            output_tokens=output,
            reasoning_tokens=reasoning,
            cost_usd=cost,
            service_tier=service_tier,
        )
    )


def _cached(raw: Mapping[str, Any], details: Mapping[str, Any], quirks: Quirks) -> int | None:
    cached = count_of(details.get("cached_tokens"))
    if cached is None and quirks.cache_hit_tokens:
        cached = count_of(raw.get("prompt_cache_hit_tokens"))
    if cached is None and quirks.top_level_cached_tokens:
        cached = count_of(raw.get("cached_tokens"))
    return cached


def _output(
    raw: Mapping[str, Any], prompt: int | None, completion: int | None, quirks: Quirks
) -> tuple[int | None, int | None]:
    """Everything generated and billed, and the reasoning in it.

    Whether `completion_tokens` holds the reasoning is a provider's choice; the total shows which it took.
    """
    reasoning = count_of(object_of(raw.get("completion_tokens_details")).get("reasoning_tokens"))
    if reasoning is None:
        reasoning = count_of(raw.get("reasoning_tokens"))
    total = count_of(raw.get("total_tokens"))
    if quirks.output_from_total and total is not None and prompt is not None:
        beyond = total - prompt - (completion or 0)
        if beyond > 0:
            return total - prompt, beyond if reasoning is None else reasoning
    if not reasoning or completion is None:
        return completion, reasoning
    without, with_reasoning = add(prompt, completion), add(prompt, completion, reasoning)
    is_left_out = total != without if quirks.output_excludes_reasoning else total == with_reasoning
    return (completion + reasoning if is_left_out else completion), reasoning


def _cost(raw: Mapping[str, Any], quirks: Quirks) -> Decimal | None:
    """What the provider says it charged, in USD."""
    if quirks.cost_ticks:
        ticks = money(raw.get("cost_in_usd_ticks"))
        return None if ticks is None else ticks.scaleb(_TICK_EXPONENT)
    if quirks.total_cost:
        return money(object_of(raw.get("cost")).get("total_cost"))
    return _charged(raw) if quirks.reported_cost else None


def _charged(raw: Mapping[str, Any]) -> Decimal | None:
    """OpenRouter's `cost`. With a key of one's own it is only the fee, and the rest is the upstream cost."""
    cost = money(raw.get("cost"))
    upstream = money(object_of(raw.get("cost_details")).get("upstream_inference_cost"))
    is_own_key = raw.get("is_byok", upstream is not None)
    if cost is None or not is_own_key:
        return cost
    return None if upstream is None else cost + upstream


def _first_count(raw: Mapping[str, Any], *names: str) -> int | None:
    return next((number for name in names if (number := count_of(raw.get(name))) is not None), None)
