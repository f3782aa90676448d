"""From settings back to what stands in `config.toml`: only what differs from the defaults, prices to the digit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from app.config.check_models import PRICES, TIER_PRICES
from app.config.settings import BudgetLimits, ProviderSettings

if TYPE_CHECKING:
    from providers.catalogue.records import ModelInfo
    from providers.costs import Rates, Tier

_NOT_WRITTEN = ("name", "type", "models", "found")
_NOT_BY_ITSELF = ("id", "name", "rates", "note", "detail")


def table_of(settings: ProviderSettings) -> dict[str, Any]:
    """The `[providers.NAME]` table that says what these settings say. Fractions are Decimals."""
    table: dict[str, Any] = {"type": settings.type}
    default = ProviderSettings(settings.name, settings.type)
    for field in fields(ProviderSettings):
        value = getattr(settings, field.name)
        if field.name not in _NOT_WRITTEN and value != getattr(default, field.name):
            table[field.name] = _plain(value)
    if settings.models:
        table["models"] = [_row(model) for model in settings.models]
    return table


def _row(model: ModelInfo) -> dict[str, Any]:
    row: dict[str, Any] = {"id": model.id}
    if model.name:
        row["name"] = model.name
    if model.rates is not None:
        row |= _prices(model.rates, PRICES)
    for field in fields(model):
        value = getattr(model, field.name)
        if field.name not in _NOT_BY_ITSELF and value is not None:
            row[field.name] = value
    if model.rates is not None and model.rates.tiers:
        row["tiers"] = [{"above_input": tier.above_input, **_prices(tier, TIER_PRICES)} for tier in model.rates.tiers]
    return row


def _prices(rates: Rates | Tier, keys: Mapping[str, str]) -> dict[str, Decimal]:
    found = {key: getattr(rates, name) for key, name in keys.items()}
    return {key: Decimal(f"{value:f}") for key, value in found.items() if value is not None}


def _plain(value: Any) -> Any:
    match value:
        case BudgetLimits():
            return _limits(value)
        case float() if value.is_integer():
            return int(value)
        case float():
            return Decimal(repr(value))
        case Mapping():
            return {key: _plain_json(inner) for key, inner in value.items()}
        case tuple():
            return list(value)
        case _:
            return value


def _limits(limits: BudgetLimits) -> dict[str, Any]:
    said = {field.name: getattr(limits, field.name) for field in fields(limits)}
    return {
        name: Decimal(f"{value:f}") if isinstance(value, Decimal) else value
        for name, value in said.items()
        if value not in (None, "")
    }


def _plain_json(value: Any) -> Any:
    """A value of a body: whether a number has a point is for the server to care about, so it stays."""
    match value:
        case float():
            return Decimal(repr(value))
        case Mapping():
            return {key: _plain_json(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_plain_json(inner) for inner in value]
        case _:
            return value
