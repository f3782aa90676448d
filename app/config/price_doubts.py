"""Prices that are taken as they are written, and look like a slip: in another unit, or in the wrong place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from app.config.check_models import PRICES, TIER_PRICES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.config.layout import KeyPath
    from app.config.settings import Settings
    from providers.catalogue.records import ModelInfo
    from providers.costs import Rates, Tier

_MILLION = 1_000_000
_LEAST = Decimal("0.0005")
"""Nothing costs so little per million tokens, and nothing so much per token."""
_MOST = Decimal(2_000)
_FAR_BELOW = 2
"""Times: a reply costs at least as much as what was asked, and what is a little cheaper may be an offer."""
_BOTH = "Write the price, or 0 for both where nothing is to be counted."
_NAMED_AT_MOST = 3
_KEYS: Mapping[str, str] = {name: key for key, name in PRICES.items()}


@dataclass(frozen=True, slots=True)
class PriceDoubt:
    """Attributes:
    key: below the table of the model.
    message: after the key; names the model.
    hint: what to write if it was a slip.
    """

    key: KeyPath
    message: str
    hint: str


def price_doubts(model: ModelInfo) -> Iterator[PriceDoubt]:
    """At most one for each price of a model."""
    if model.rates is None:
        return
    found: dict[KeyPath, PriceDoubt] = {}
    for key, message, hint in _doubts(model.rates):
        found.setdefault(key, PriceDoubt(key, f"{message} (for {model.id})", hint))
    yield from found.values()


def in_short(models: Iterable[ModelInfo]) -> Iterator[str]:
    """What an import says of the prices that it takes over: a clause for each, or one for many."""
    found = [f"{'.'.join(map(str, doubt.key))} {doubt.message}" for model in models for doubt in price_doubts(model)]
    if len(found) <= _NAMED_AT_MOST:
        yield from found
    else:
        yield f"{len(found)} of its prices look like slips: `parley config check` names them once they are there"


def opening_notice(settings: Settings) -> str:
    """What is said at the start about all doubtful prices together; "" without any."""
    found = [
        f"providers.{provider.name}, {'.'.join(map(str, doubt.key))} {doubt.message}. {doubt.hint}"
        for provider in settings.providers.values()
        for model in provider.models
        for doubt in price_doubts(model)
    ]
    if len(found) > 1:
        return f"{len(found)} prices in config.toml look like slips: `parley config check` names them."
    return f"A price in config.toml looks like a slip: {found[0]}" if found else ""


def _doubts(rates: Rates) -> Iterator[tuple[KeyPath, str, str]]:
    yield from _units(rates, PRICES, ())
    yield from _order(rates, ())
    yield from _missing(rates)
    before: Rates | Tier = rates
    for number, tier in sorted(enumerate(rates.tiers), key=lambda each: each[1].above_input):
        place: KeyPath = ("tiers", number)
        yield from _units(tier, TIER_PRICES, place)
        yield from _steps(before, tier, place)
        yield from _order(rates.for_input(tier.above_input + 1), place, tier)
        before = tier


def _units(prices: Rates | Tier, keys: Mapping[str, str], place: KeyPath) -> Iterator[tuple[KeyPath, str, str]]:
    for key, name in keys.items():
        usd = getattr(prices, name)
        if usd and usd < _LEAST:
            message = f"is {usd:f} USD for a million tokens, which looks like a price per token"
            yield (*place, key), message, f"Per million it would be {_short(usd * _MILLION)}."
        elif usd and usd > _MOST:
            message = f"is {usd:f} USD for a million tokens, more than any model costs"
            yield (*place, key), message, "Prices are in USD for a million tokens."


def _order(rates: Rates, place: KeyPath, tier: Tier | None = None) -> Iterator[tuple[KeyPath, str, str]]:
    """Prices that stand in an unusual order. Args: tier: only what is written there is doubted."""
    usd_in, usd_out, read, write = rates.input, rates.output, rates.cached_input, rates.cache_write

    def key_of(name: str) -> KeyPath | None:
        return (*place, _KEYS[name]) if tier is None or getattr(tier, name) is not None else None

    if usd_in and usd_out is not None and usd_out * _FAR_BELOW < usd_in and (key := key_of("output")):
        cheap = "costs nothing" if not usd_out else f"costs {_short(usd_out)}"
        yield key, f"{cheap}, far less than the {_short(usd_in)} of cost_per_1m_in", "Are the two mixed up?"
    if usd_out and usd_in == 0 and (key := key_of("input")):
        yield key, f"is 0 although cost_per_1m_out is {_short(usd_out)}: all input is counted as free", _BOTH
    if read is not None and usd_in is not None and read > usd_in and (key := key_of("cached_input")):
        message = f"is {_short(read)}, above the {_short(usd_in)} of fresh input"
        yield key, message, "The price of writing to the cache is cost_per_1m_cache_write."
    if write and read is not None and write < read and (key := key_of("cache_write")):
        message = f"is {_short(write)}, below the {_short(read)} that reading from the cache costs"
        yield key, message, "Are cost_per_1m_cache_write and cost_per_1m_in_cached mixed up?"
    hour = rates.cache_write_1h
    if hour is not None and write is not None and hour < write and (key := key_of("cache_write_1h")):
        message = f"is {_short(hour)}, below the {_short(write)} of cost_per_1m_cache_write"
        yield key, message, "What is kept for an hour costs more than what is kept for five minutes."


def _steps(before: Rates | Tier, tier: Tier, place: KeyPath) -> Iterator[tuple[KeyPath, str, str]]:
    for key, name in TIER_PRICES.items():
        usd, usual = getattr(tier, name), getattr(before, name)
        if usd is not None and usual is not None and usd < usual:
            message = f"is {_short(usd)}, below the {_short(usual)} of shorter input"
            yield (*place, key), message, "A tier re-prices the whole request, and long requests cost more."


def _missing(rates: Rates) -> Iterator[tuple[KeyPath, str, str]]:
    """A price list of which one side is missing: every reply then costs something unknown."""
    written = [key for key, name in PRICES.items() if getattr(rates, name) is not None]
    if lacking := [key for key in ("cost_per_1m_in", "cost_per_1m_out") if key not in written]:
        place: KeyPath = (written[0],) if written else ("tiers",)
        both = " and ".join(lacking)
        yield place, f"stands there without {both}, so that costs stay unknown", f"Add {both}."


def _short(usd: Decimal) -> str:
    return f"{usd.normalize():f}"
