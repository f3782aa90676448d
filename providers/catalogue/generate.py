"""Refreshes the prices in `data/` from the `genai-prices` package. A developer's script, never run by Parley:

    python -m providers.catalogue.generate            # rewrites the files
    python -m providers.catalogue.generate --check    # says what would change, exit code 1 if anything

It owns the `cost_per_1m_*`, `tiers` and `checked` keys of every model that `genai-prices` knows, fills in a missing
`context_window`, and leaves everything else as it was written by hand: comments, notes, order. Models that the
package does not know keep what they have. Two rules make a price never too low: of prices that change with the time
of day the dearest is taken, and a model with fees beside its tokens gets no price at all.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any

import tomlkit
from genai_prices import data_snapshot
from genai_prices.types import ModelInfo, ModelPrice, Provider, TieredPrices
from tomlkit.items import Array, Table

DATA = Path(__file__).with_name("data")

PRICE_LISTS: Mapping[str, str] = {
    "anthropic": "anthropic",
    "cohere": "cohere",
    "deepseek": "deepseek",
    "fireworks": "fireworks",
    "gemini": "google",
    "glm": "zai",
    "grok": "x-ai",
    "groq": "groq",
    "minimax": "minimax",
    "mistral": "mistral",
    "moonshot": "moonshotai",
    "openai": "openai",
    "openrouter": "openrouter",
    "together": "together",
}
"""Preset id to the id of the provider in `genai-prices`. Presets that are missing here have no price list there."""

_BUCKETS = {
    "cost_per_1m_in": "input_mtok",
    "cost_per_1m_out": "output_mtok",
    "cost_per_1m_in_cached": "cache_read_mtok",
    "cost_per_1m_cache_write": "cache_write_mtok",
    "cost_per_1m_cache_write_1h": "cache_write_1h_mtok",
}
_FEES = ("requests_kcount", "output_reasoning_mtok", "output_citation_mtok")


def refresh(text: str, price_list: Provider, day: date) -> str:
    """The text of a preset file with the prices of a day."""
    document = tomlkit.parse(text)
    has_changed = False
    for row in document.get("models", []):
        known = price_list.find_model(row["id"])
        if known is not None:
            has_changed |= _refresh_row(row, known, day)
    if has_changed:
        document["checked"] = day
        release = f"genai-prices {version('genai-prices')}"
        document["source"] = re.sub(r"genai-prices [\d.]+", release, document["source"])
    return tomlkit.dumps(document)


def _refresh_row(row: Table, known: ModelInfo, day: date) -> bool:
    """Write one model's prices. Returns: whether anything is different now."""
    has_window = "context_window" in row or not known.context_window
    if not has_window:
        row["context_window"] = known.context_window
    wanted = prices(_dearest(known, day))
    owned = (*_BUCKETS, "tiers")
    if {key: row[key].unwrap() for key in owned if key in row} == wanted:
        return not has_window
    for key in owned:
        if key in wanted:
            row[key] = _inline(wanted[key]) if key == "tiers" else wanted[key]
        else:
            row.pop(key, None)
    return True


def prices(price: ModelPrice) -> dict[str, Any]:
    """The price keys of a model row: texts, and under `tiers` a list of tables."""
    if any(getattr(price, fee, None) for fee in _FEES):
        return {}
    buckets = {key: getattr(price, bucket) for key, bucket in _BUCKETS.items()}
    tiered = {key: value for key, value in buckets.items() if isinstance(value, TieredPrices)}
    row: dict[str, Any] = {key: _text(_base(value)) for key, value in buckets.items() if value is not None}
    starts = sorted({tier.start for value in tiered.values() for tier in value.tiers})
    if starts:
        row["tiers"] = [
            {"above_input": start, **{key: _text(_at(value, start)) for key, value in tiered.items()}}
            for start in starts
        ]
    return row


def _inline(tiers: list[dict[str, Any]]) -> Array:
    """One line, where tomlkit by itself would write a `[[models.tiers]]` section."""
    array = tomlkit.array()
    for tier in tiers:
        table = tomlkit.inline_table()
        table.update(tier)
        array.append(table)
    return array


def _dearest(known: ModelInfo, day: date) -> ModelPrice:
    """The prices of the dearest hour of a day."""
    of_the_day = [known.get_prices(datetime.combine(day, time(hour, 30), UTC)) for hour in range(24)]
    return max(of_the_day, key=lambda price: _base(price.output_mtok) or Decimal(0))


def _base(value: Decimal | TieredPrices | None) -> Decimal | None:
    return value.base if isinstance(value, TieredPrices) else value


def _at(value: TieredPrices, start: int) -> Decimal:
    reached = [tier for tier in value.tiers if tier.start <= start]
    return max(reached, key=lambda tier: tier.start).price if reached else value.base


def _text(price: Decimal | None) -> str:
    return format((price or Decimal(0)).normalize(), "f")


def main(arguments: list[str], day: date) -> int:
    """Refresh every preset that has a price list. Returns: the exit code."""
    parser = argparse.ArgumentParser(description="Refresh the prices in data/ from the genai-prices package.")
    parser.add_argument("--check", action="store_true", help="change nothing, and fail when something would change")
    is_check = parser.parse_args(arguments).check
    price_lists = {provider.id: provider for provider in data_snapshot.get_snapshot().providers}
    stale = 0
    for preset_id, list_id in PRICE_LISTS.items():
        path = DATA / f"{preset_id}.toml"
        before = path.read_text("utf-8")
        after = refresh(before, price_lists[list_id], day)
        if after != before:
            stale += 1
            print(f"{path.name}: {'prices differ' if is_check else 'refreshed'}")
            if not is_check:
                path.write_text(after, "utf-8")
    return 1 if is_check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], datetime.now(UTC).date()))
