"""The models and prices in a parsed `config.toml`."""

from __future__ import annotations

from typing import Any

from app.config.reader import TableReader
from providers.catalogue.records import ModelInfo
from providers.costs import BY_HAND, Rates, Tier

TIER_PRICES = {
    "cost_per_1m_in": "input",
    "cost_per_1m_out": "output",
    "cost_per_1m_in_cached": "cached_input",
    "cost_per_1m_cache_write": "cache_write",
    "cost_per_1m_cache_write_1h": "cache_write_1h",
}
PRICES = TIER_PRICES | {"cost_per_1m_out_cached": "cached_output"}
"""The keys of prices, and the rates that they hold."""


def read_models(table: TableReader) -> tuple[ModelInfo, ...]:
    """The `[[models]]` of a provider."""
    models: dict[str, ModelInfo] = {}
    for row in table.tables("models"):
        model = _model(row)
        if not model.id:
            row.complain("", "has no id", "Add the id of the model as the server knows it.")
        elif model.id in models:
            row.complain("id", f"{model.id!r} is listed twice", "Keep one of the two.")
        models[model.id] = model
    return tuple(models.values())


def _model(row: TableReader) -> ModelInfo:
    prices: dict[str, Any] = {name: row.money(key) for key, name in PRICES.items()}
    tiers = tuple(_tier(tier) for tier in row.tables("tiers"))
    rates = Rates(**prices, tiers=tiers, source=BY_HAND, checked=None)
    model = ModelInfo(
        id=row.text("id"),
        name=row.text("name"),
        rates=rates if tiers or any(price is not None for price in prices.values()) else None,
        context_window=row.optional_whole("context_window", least=1),
        max_output_tokens=row.optional_whole("max_output_tokens", least=1),
        default_max_tokens=row.optional_whole("default_max_tokens", least=1),
        can_reason=row.optional_flag("can_reason"),
        supports_attachments=row.optional_flag("supports_attachments"),
        supports_vision=row.optional_flag("supports_vision"),
        supports_function_calling=row.optional_flag("supports_function_calling"),
    )
    row.finish()
    return model


def _tier(table: TableReader) -> Tier:
    if "above_input" not in table:
        table.complain("", "has no above_input", "Add the number of input tokens above which these prices hold.")
    prices = {name: table.money(key) for key, name in TIER_PRICES.items()}
    tier = Tier(table.whole("above_input", 0), **prices)
    table.finish()
    return tier
