"""Usage as chat servers report it, to one accounting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from providers.catalogue.quirks import Quirks
from providers.formats.accounting import add, consistent
from providers.formats.charges import charge, has_fees
from providers.formats.payload import count_of, object_of
from providers.usage import NO_USAGE, Usage


def raw_usage(chunk: Mapping[str, Any], choice: Mapping[str, Any]) -> Mapping[str, Any]:
    """The usage object of a chunk, in any of the places where servers put it; empty when there is none."""
    return (
        object_of(chunk.get("usage"))
        or object_of(choice.get("usage"))
        or object_of(object_of(chunk.get("x_groq")).get("usage"))
    )


def usage_from(raw: Mapping[str, Any], quirks: Quirks, service_tier: str | None = None) -> Usage:
    """Normalise a usage object.

    Args:
        raw: as parsed; any type may stand anywhere.
        service_tier: as the chunk names it.
    """
    # No request is answered without a token sent: a zero is a server that does not count.
    prompt = _first_count(raw, "prompt_tokens", "input_tokens") or None
    completion = _first_count(raw, "completion_tokens", "output_tokens")
    cost = charge(raw, quirks)
    if prompt is None and not completion:
        return NO_USAGE if cost is None else Usage(cost_usd=cost, service_tier=service_tier)
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
            cached_output_tokens=count_of(object_of(raw.get("completion_tokens_details")).get("cached_tokens")),
            is_approximate=has_fees(raw),
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


def _first_count(raw: Mapping[str, Any], *names: str) -> int | None:
    return next((number for name in names if (number := count_of(raw.get(name))) is not None), None)
