"""One `[[models]]` table of a preset to a `ModelInfo`. Every mistake is one sentence that names the field."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any

from providers.amounts import amount
from providers.catalogue.records import ModelInfo
from providers.costs import Rates, Tier

_TIER_PRICES = {
    "cost_per_1m_in": "input",
    "cost_per_1m_out": "output",
    "cost_per_1m_in_cached": "cached_input",
    "cost_per_1m_cache_write": "cache_write",
    "cost_per_1m_cache_write_1h": "cache_write_1h",
}
_PRICES = _TIER_PRICES | {"cost_per_1m_out_cached": "cached_output"}
_OTHERS = frozenset(field.name for field in fields(ModelInfo)) - {"rates", "detail"}
PRICE_KEYS = frozenset((*_PRICES, "tiers"))
_KNOWN = frozenset((*_OTHERS, *PRICE_KEYS, "source", "checked"))


class RowError(ValueError):
    """A table that cannot be read; `str()` is one sentence for the person who wrote it."""


def model_from_row(
    row: Mapping[str, Any],
    *,
    source: str,
    checked: date | None = None,
    extra_keys: frozenset[str] = frozenset(),
) -> ModelInfo:
    """Read one model.

    Args:
        source: what the prices are called wherever a cost is shown.
        checked: the day the file was checked; a date in the row itself goes before it.
    Raises:
        RowError: for an unknown key, a missing id, or a value of the wrong kind.
    """
    check_keys(row, _KNOWN)
    own_day = row.get("checked", checked)
    if own_day is not None and not isinstance(own_day, date):
        raise RowError("checked must be a date such as 2026-11-20")
    model_id = _text(row, "id")
    if not model_id:
        raise RowError("a model needs an id")
    return ModelInfo(
        model_id,
        name=_text(row, "name"),
        rates=rates_from_row(row, source=source, checked=own_day),
        context_window=_count(row, "context_window"),
        max_output_tokens=_count(row, "max_output_tokens"),
        default_max_tokens=_count(row, "default_max_tokens"),
        can_reason=_flag(row, "can_reason"),
        supports_attachments=_flag(row, "supports_attachments"),
        supports_vision=_flag(row, "supports_vision"),
        supports_function_calling=_flag(row, "supports_function_calling"),
        note=_text(row, "note"),
    )


def rates_from_row(row: Mapping[str, Any], *, source: str, checked: date | None) -> Rates | None:
    """The prices of a table; None when it has none. Raises: RowError."""
    prices: dict[str, Any] = {field: _price(row, key) for key, field in _PRICES.items()}
    tiers = tuple(_tier(tier) for tier in _tables(row, "tiers"))
    if not tiers and all(price is None for price in prices.values()):
        return None
    return Rates(**prices, tiers=tiers, source=source, checked=checked)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A clause to append to "… is not known": the nearest known word, or nothing."""
    meant = nearest(word, known)
    return f"; did you mean '{meant}'?" if meant else ""


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that is spelled most like this one; "" when none is near."""
    return next(iter(difflib.get_close_matches(word, sorted(known), n=1)), "")


def check_keys(table: Mapping[str, Any], known: Iterable[str]) -> None:
    """Refuse a key that nobody reads. Raises: RowError, which names the nearest known one."""
    known = frozenset(known)
    for key in table:
        if key not in known:
            raise RowError(f"'{key}' is not known here{did_you_mean(key, known)}")


def _tier(row: Mapping[str, Any]) -> Tier:
    check_keys(row, ("above_input", *_TIER_PRICES))
    above = _count(row, "above_input")
    if above is None:
        raise RowError("a tier needs above_input, the number of input tokens above which it holds")
    return Tier(above, **{field: _price(row, key) for key, field in _TIER_PRICES.items()})


def _tables(row: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = row.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise RowError(f"{key} must be a list of tables")
    return value


def _text(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key, "")
    if not isinstance(value, str):
        raise RowError(f"{key} must be a text in quotes")
    return value.strip()


def _count(row: Mapping[str, Any], key: str) -> int | None:
    value = row.get(key)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise RowError(f"{key} must be a whole number above 0")
    return int(value)


def _flag(row: Mapping[str, Any], key: str) -> bool | None:
    value = row.get(key)
    if value is not None and not isinstance(value, bool):
        raise RowError(f"{key} must be true or false")
    return value


def _price(row: Mapping[str, Any], key: str) -> Decimal | None:
    value = row.get(key)
    if value is None:
        return None
    price = amount(value)
    if price is None:
        raise RowError(f"{key} must be a price in USD per 1M tokens, such as 0.30")
    if price < 0:
        raise RowError(f"{key} must be 0 or more USD per 1M tokens")
    return price
