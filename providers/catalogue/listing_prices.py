"""What servers write about prices in their model lists, each in a unit of its own, to USD per million tokens.

A server that names no price gives None, so that others may. What does not fit into rates per token (a fee per request)
leaves them unknown: a total without it would be too low.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from providers.catalogue.listing_rows import Row
from providers.costs import Rates, Tier

SOURCE = "server"
"""What prices from a list are called wherever a cost is shown."""

_OPENROUTER = {
    "input": "prompt",
    "output": "completion",
    "cached_input": "input_cache_read",
    "cache_write": "input_cache_write",
    "cache_write_1h": "input_cache_write_1h",
}
_XAI = {
    "input": "prompt_text_token_price",
    "output": "completion_text_token_price",
    "cached_input": "cached_prompt_text_token_price",
}
_VERCEL = {
    "input": "input",
    "output": "output",
    "cached_input": "input_cache_read",
    "cache_write": "input_cache_write",
}
_VENICE = {
    "input": "input",
    "output": "output",
    "cached_input": "cache_input",
    "cache_write": "cache_write",
}
_OF_CACHES = ("cached_input", "cache_write", "cache_write_1h")


def free(checked: date | None) -> Rates:
    """What runs on a machine of one's own."""
    return Rates(Decimal(0), Decimal(0), source=SOURCE, checked=checked)


def unpriced(checked: date | None) -> Rates:
    """The server says that there is a price, and that it cannot be told."""
    return Rates(source=SOURCE, checked=checked)


def openrouter(row: Row, checked: date | None) -> Rates | None:
    """Texts in USD per token; "-1" marks a router whose price depends on the model it picks."""
    if not row.has("pricing"):
        return None
    pricing = row.row("pricing")
    if pricing.usd_per_token("request"):
        return unpriced(checked)
    prices = {name: pricing.usd_per_token(key) for name, key in _OPENROUTER.items()}
    return _rates(prices, (), checked)


def xai(row: Row, checked: date | None) -> Rates | None:
    """Whole numbers in 1/10000 USD per 1M; 0 means of a long prompt that it has no price of its own.

    From `long_context_threshold` tokens on, the whole request is paid at other prices.
    """
    base = {name: row.usd_per_10_000th(key) for name, key in _XAI.items()}
    long = {name: row.usd_per_10_000th(f"{key}_long_context") or None for name, key in _XAI.items()}
    edge = row.count("long_context_threshold")
    tiers = (Tier(edge - 1, **long),) if edge and any(long.values()) else ()
    return _known(base, tiers, checked)


def together(row: Row, checked: date | None) -> Rates | None:
    """Numbers in USD per 1M. Zeros stand beside models that are rented by the hour, too."""
    pricing = row.row("pricing")
    prices = {name: pricing.usd_per_1m(name) for name in ("input", "output", "cached_input")}
    is_free = row.text("id").endswith("-Free")
    return _known(prices, (), checked) if is_free or any(prices.values()) else None


def vercel(row: Row, checked: date | None) -> Rates | None:
    """Texts in USD per token; `…_tiers` tell what holds from how many tokens of input on."""
    pricing = row.row("pricing")
    steps = {
        name: {tier.count("min") or 0: tier.usd_per_token("cost") for tier in pricing.rows(f"{key}_tiers")}
        for name, key in _VERCEL.items()
    }
    base = {
        name: steps[name].get(0) if (said := pricing.usd_per_token(key)) is None else said
        for name, key in _VERCEL.items()
    }
    edges = sorted({edge for each in steps.values() for edge in each if edge})
    tiers = (Tier(edge - 1, **{name: _reached(each, edge) for name, each in steps.items()}) for edge in edges)
    return _known(base, tuple(tiers), checked)


def venice(row: Row, checked: date | None) -> Rates | None:
    """Numbers in USD per 1M; `extended` holds those of long prompts."""
    pricing = row.row("model_spec").row("pricing")
    base, long = (
        {name: part.row(key).usd_per_1m("usd") for name, key in _VENICE.items()}
        for part in (pricing, pricing.row("extended"))
    )
    edge = pricing.row("extended").count("context_token_threshold")
    return _known(base, (Tier(edge, **long),) if edge and any(long.values()) else (), checked)


def _reached(steps: dict[int, Decimal | None], edge: int) -> Decimal | None:
    """The price of the highest step that is not above the edge."""
    reached = [step for step in steps if 0 < step <= edge]
    return steps[max(reached)] if reached else None


def _known(prices: dict[str, Decimal | None], tiers: tuple[Tier, ...], checked: date | None) -> Rates | None:
    if prices["input"] is None and prices["output"] is None:
        return None
    return _rates(prices, tiers, checked)


def _rates(prices: dict[str, Any], tiers: tuple[Tier, ...], checked: date | None) -> Rates:
    """Beside a price for input, 0 for what a cache does means that nobody said: nothing is given away."""
    if prices["input"]:
        prices = _without_gifts(prices)
        tiers = tuple(
            replace(tier, **_without_gifts({key: getattr(tier, key) for key in _OF_CACHES})) for tier in tiers
        )
    return Rates(**prices, tiers=tiers, source=SOURCE, checked=checked)


def _without_gifts(prices: dict[str, Decimal | None]) -> dict[str, Any]:
    return {name: (usd or None) if name in _OF_CACHES else usd for name, usd in prices.items()}
