"""The model lists that servers gave, kept from one start to the next: one TOML file for each provider.

The folder is a cache: a file that is broken, of another version or of another server is as good as none, and a
folder that cannot be written to costs the next start a request and nothing else.

A file holds one array for each field, with "" for what is unknown: `tomllib` reads that in half the time that a table
for each model takes (400 models with prices: 9 ms against 20).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from providers.catalogue.records import ModelInfo
from providers.costs import Rates, Tier

_VERSION = 1
_FIELDS: Mapping[str, type] = {
    "id": str,
    "name": str,
    "context_window": int,
    "max_output_tokens": int,
    "default_max_tokens": int,
    "can_reason": bool,
    "supports_attachments": bool,
    "supports_vision": bool,
    "supports_function_calling": bool,
    "note": str,
    "detail": str,
}
_TIER_PRICES = ("input", "output", "cached_input", "cache_write", "cache_write_1h")
_PRICES = (*_TIER_PRICES, "cached_output")
_UNKNOWN = ""
_MOST_DIGITS = 100
"""On either side of the point; a file that has more in a price was not written here."""
_UNSAFE = re.compile(r"[^a-z0-9]+")
_SLUG_LENGTH = 32


@dataclass(frozen=True, slots=True)
class CachedList:
    """Attributes:
    fetched_at: when the server gave this list, aware.
    """

    models: tuple[ModelInfo, ...]
    fetched_at: datetime


class ModelLists:
    """The cached lists in a folder. Reads and writes files: not for the event loop.

    Args:
        folder: created when the first list is saved.
        now: aware.
    """

    def __init__(self, folder: Path, now: Callable[[], datetime]) -> None:
        self._folder = folder
        self._now = now

    def save(self, provider: str, key: str, models: tuple[ModelInfo, ...]) -> bool:
        """Keep a list that was fetched just now; whether that was possible.

        Args:
            provider: the user's name for it.
            key: what the list belongs to (the base URL and wire format): only its digest is stored.
        """
        import tomli_w

        from app.config.files import write_private

        table = {
            "version": _VERSION,
            "provider": provider,
            "belongs_to": _digest(key),
            "fetched_at": self._now(),
            **_columns(models),
        }
        try:
            write_private(self._file(provider), tomli_w.dumps(table))
        except (OSError, UnicodeEncodeError):
            return False
        return True

    def load(self, provider: str, key: str) -> CachedList | None:
        """The list that was saved last; None when there is none of this server."""
        import tomllib

        try:
            table = tomllib.loads(self._file(provider).read_text("utf-8"))
            if (table["version"], table["provider"], table["belongs_to"]) != (_VERSION, provider, _digest(key)):
                return None
            fetched_at = table["fetched_at"]
            if not isinstance(fetched_at, datetime) or fetched_at.tzinfo is None:
                return None
            return CachedList(_models(table), fetched_at)
        except (OSError, ValueError, TypeError, LookupError, ArithmeticError, RecursionError):
            return None

    def _file(self, provider: str) -> Path:
        """Names may hold anything, and some file systems do not tell cases apart: the digest does."""
        slug = _UNSAFE.sub("-", provider.lower()).strip("-")[:_SLUG_LENGTH]
        return self._folder / f"{slug or 'provider'}-{_digest(provider)[:12]}.toml"


def _digest(text: str) -> str:
    from hashlib import sha256

    return sha256(text.encode(errors="surrogatepass")).hexdigest()


def _columns(models: tuple[ModelInfo, ...]) -> dict[str, Any]:
    """Each field of all models as one array. Prices are strings: they keep every digit."""
    fields = {name: [_or_unknown(getattr(model, name)) for model in models] for name in _FIELDS}
    priced = [(index, model.rates) for index, model in enumerate(models) if model.rates is not None]
    rates: dict[str, list[Any]] = {"index": [index for index, _ in priced]}
    rates |= {name: [_price_text(getattr(each, name)) for _, each in priced] for name in _PRICES}
    rates["source"] = [each.source for _, each in priced]
    rates["checked"] = [_or_unknown(each.checked) for _, each in priced]
    found = [(place, tier) for place, (_, each) in enumerate(priced) for tier in each.tiers]
    tiers: dict[str, list[Any]] = {"rates": [place for place, _ in found]}
    tiers["above_input"] = [tier.above_input for _, tier in found]
    tiers |= {name: [_price_text(getattr(tier, name)) for _, tier in found] for name in _TIER_PRICES}
    return {"fields": _said(fields), "rates": _said(rates), "tiers": _said(tiers)}


def _said(columns: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """The columns in which anything stands."""
    return {name: column for name, column in columns.items() if any(value != _UNKNOWN for value in column)}


def _or_unknown(value: Any) -> Any:
    return _UNKNOWN if value is None else value


def _price_text(price: Decimal | None) -> str:
    return _UNKNOWN if price is None else str(price)


def _models(table: Mapping[str, Any]) -> tuple[ModelInfo, ...]:
    """Raises: ValueError, TypeError, LookupError, ArithmeticError, for anything that `_columns` does not make."""
    fields, rates, tiers = (_typed(table[name], dict) for name in ("fields", "rates", "tiers"))
    count = len(fields.get("id", ()))
    columns = [_column(fields, name, count, kind) for name, kind in _FIELDS.items()]
    models = [ModelInfo(**dict(zip(_FIELDS, row, strict=True))) for row in zip(*columns, strict=True)]
    for index, each in _rates(rates, tiers):
        models[index] = replace(models[index], rates=each)
    return tuple(models)


def _rates(table: Mapping[str, Any], tiers: Mapping[str, Any]) -> Iterator[tuple[int, Rates]]:
    """Each with the number of its model."""
    count = len(table.get("index", ()))
    steps: dict[int, list[Tier]] = {}
    places = tiers.get("rates", ())
    limits = _column(tiers, "above_input", len(places), int)
    for place, above, prices in zip(places, limits, _prices(tiers, _TIER_PRICES, len(places)), strict=True):
        steps.setdefault(_typed(place, int), []).append(Tier(above, **prices))
    sources = _column(table, "source", count, str)
    days = _column(table, "checked", count, date)
    for place, prices in enumerate(_prices(table, _PRICES, count)):
        found = tuple(steps.get(place, ()))
        rates = Rates(**prices, tiers=found, source=sources[place], checked=days[place])
        yield _typed(table["index"][place], int), rates


def _prices(table: Mapping[str, Any], names: tuple[str, ...], count: int) -> Iterator[dict[str, Any]]:
    columns = [_column(table, name, count, str) for name in names]
    for row in zip(*columns, strict=True):
        yield {name: _price(text) for name, text in zip(names, row, strict=True)}


def _price(text: str) -> Decimal | None:
    price = Decimal(text) if text else None
    if price and not (price.is_finite() and price > 0 and abs(price.adjusted()) < _MOST_DIGITS):
        raise ValueError(text)
    return price


def _column(table: Mapping[str, Any], name: str, count: int, kind: type) -> list[Any]:
    """The values of one field; None for what is unknown, but "" in texts."""
    unknown = _UNKNOWN if kind is str else None
    column = table.get(name)
    if column is None:
        return [unknown] * count
    if len(column) != count:
        raise ValueError(name)
    return [unknown if value == _UNKNOWN else _typed(value, kind) for value in column]


def _typed(value: Any, kind: type) -> Any:
    """The value, if it is of just this type: True is no number. Raises: ValueError."""
    if type(value) is not kind:
        raise ValueError(kind.__name__)
    return value
