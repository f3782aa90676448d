"""What the tests of imports share: the samples, and config.toml as Parley would write it."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any

from app.config.settings import ProviderSettings
from app.importing.files import import_file
from app.importing.values import Imported, ImportedProvider
from providers.catalogue.records import ModelInfo
from providers.costs import Rates, Tier

SAMPLES = Path(__file__).with_name("samples")
PLANTED = "planted"
"""Part of every secret in the samples."""

_PRICES = {
    "input": "cost_per_1m_in",
    "output": "cost_per_1m_out",
    "cached_input": "cost_per_1m_in_cached",
    "cached_output": "cost_per_1m_out_cached",
    "cache_write": "cost_per_1m_cache_write",
    "cache_write_1h": "cost_per_1m_cache_write_1h",
}


def sample(name: str) -> Imported:
    return import_file(SAMPLES / name)


def by_name(imported: Imported) -> dict[str, ImportedProvider]:
    return {provider.name: provider for provider in imported.providers}


def config_rates(**prices: str) -> Rates:
    """Prices as they come from config.toml."""
    return Rates(**{name: Decimal(price) for name, price in prices.items()}, source="config")  # type: ignore[arg-type]


def config_table(settings: ProviderSettings) -> dict[str, Any]:
    """A provider's settings as a table of config.toml."""
    plain = ProviderSettings(name=settings.name, type="")
    table: dict[str, Any] = {}
    for each in fields(ProviderSettings):
        value = getattr(settings, each.name)
        if each.name not in ("name", "models", "found") and value != getattr(plain, each.name):
            table[each.name] = value
    if settings.models:
        table["models"] = [_row(model) for model in settings.models]
    return table


def _row(model: ModelInfo) -> dict[str, Any]:
    row = {
        each.name: value
        for each in fields(ModelInfo)
        if each.name != "rates" and (value := getattr(model, each.name)) not in (None, "")
    }
    if model.rates:
        row |= _prices(model.rates)
        if model.rates.tiers:
            row["tiers"] = [{"above_input": tier.above_input, **_prices(tier)} for tier in model.rates.tiers]
    return row


def _prices(prices: Rates | Tier) -> dict[str, Decimal]:
    found = {key: getattr(prices, field, None) for field, key in _PRICES.items()}
    return {key: price for key, price in found.items() if price is not None}
