"""What a provider says that it charged for a request, where it says so."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from providers.catalogue.quirks import Quirks
from providers.costs import EXACT
from providers.formats.accounting import exact, money
from providers.formats.payload import count_of, object_of

_TICK_POWER = -10
"""xAI counts cost in ticks of 1e-10 USD."""


def charge(usage: Mapping[str, Any], quirks: Quirks) -> Decimal | None:
    """The charge in a usage object, in USD; None where the provider is not known to name it."""
    if quirks.cost_ticks:
        return money(usage.get("cost_in_usd_ticks"), power=_TICK_POWER)
    if quirks.total_cost:
        return money(object_of(usage.get("cost")).get("total_cost"))
    return _fee_and_rest(usage) if quirks.reported_cost else None


def has_fees(usage: Mapping[str, Any]) -> bool:
    """Whether searches are charged beside the tokens (Perplexity, xAI, Anthropic)."""
    counts = (
        usage.get("num_search_queries"),
        usage.get("citation_tokens"),
        usage.get("num_sources_used"),
        object_of(usage.get("server_tool_use")).get("web_search_requests"),
    )
    return any(count_of(count) for count in counts)


def names_cost(usage: Mapping[str, Any], quirks: Quirks) -> bool:
    """Whether this usage holds an amount whose digits matter (see `accounting.exact`)."""
    return (quirks.reported_cost or quirks.total_cost) and "cost" in usage


def exact_usage(usage: Mapping[str, Any], data: bytes, path: tuple[str, ...], quirks: Quirks) -> Mapping[str, Any]:
    """The usage object with all digits of its amount, where it holds one.

    Args:
        data: the JSON text in which the object stands at `path`.
    """
    if not names_cost(usage, quirks):
        return usage
    value = exact(data)
    for name in path:
        value = object_of(value).get(name)
    return object_of(value) or usage


def _fee_and_rest(usage: Mapping[str, Any]) -> Decimal | None:
    """OpenRouter's `cost`. With a key of one's own it is only the fee, and the rest is the upstream cost."""
    cost = money(usage.get("cost"))
    upstream = money(object_of(usage.get("cost_details")).get("upstream_inference_cost"))
    is_own_key = usage.get("is_byok", upstream is not None)
    if cost is None or not is_own_key:
        return cost
    return None if upstream is None else EXACT.add(cost, upstream)
