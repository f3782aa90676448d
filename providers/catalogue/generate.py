"""Writes `data/prices.json` from the `genai-prices` package, and the page about the catalogue in the documentation.

A developer's script, never run by Parley:

    python -m providers.catalogue.generate            # rewrites the files
    python -m providers.catalogue.generate --check    # says what would change, exit code 1 if anything

`prices.json` is the one place of every price that the package states for a preset. The presets are written by hand:
they price the models that the package does not know, each with its own `source` and `checked`, and say the context
windows that they know better; the others stand beside the prices.

Three rules make a price never too low: of prices that change with the time of day the dearest is taken, a model with
fees beside its tokens gets no price at all, and neither does one that does more than write text.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any

from genai_prices import data_snapshot
from genai_prices.types import ClauseEquals, ClauseOr, ModelInfo, ModelPrice, Provider, TieredPrices

from providers.catalogue.document import markdown
from providers.catalogue.loader import Catalogue
from providers.catalogue.records import Preset

SNAPSHOT = Path(__file__).with_name("data") / "prices.json"
PAGE = Path(__file__).parents[2] / "docs" / "providers.md"

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
    "perplexity": "perplexity",
    "together": "together",
}
"""Preset id to the id of the provider in `genai-prices`.

Most presets that are missing here have no price list there. `azure` has one, but no use for it: what is asked for at
Azure is the name that somebody gave to a deployment, and a deployment called `o3` may hold anything.
"""

_BUCKETS = {
    "cost_per_1m_in": "input_mtok",
    "cost_per_1m_out": "output_mtok",
    "cost_per_1m_in_cached": "cache_read_mtok",
    "cost_per_1m_cache_write": "cache_write_mtok",
    "cost_per_1m_cache_write_1h": "cache_write_1h_mtok",
}
_OTHER_OUTPUT = ("output_audio_mtok", "output_image_mtok", "output_video_mtok")
_RELEASE = f"genai-prices {version('genai-prices')}"
_FEES = ("requests_kcount", "output_reasoning_mtok", "output_citation_mtok")
_SEARCHES = re.compile(r"(^|[-_/.:])(search|sonar|deep-research|online)($|[-_/.:])")
"""Ids of models that search by themselves and charge for every search."""


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


def snapshot(price_lists: Mapping[str, Provider], presets: Mapping[str, Preset], day: date) -> dict[str, Any]:
    """What goes into `prices.json`: every id that a price list states exactly, and every one that a preset names."""
    rows: list[dict[str, Any]] = []
    ids: dict[str, dict[str, int]] = {}
    for preset_id, list_id in PRICE_LISTS.items():
        ids[preset_id] = {}
        for model_id, row in _priced_ids(price_lists[list_id], presets[preset_id], day):
            if row not in rows:
                rows.append(row)
            ids[preset_id].setdefault(model_id, rows.index(row))
    pages = {preset_id: price_lists[list_id].pricing_urls or [] for preset_id, list_id in PRICE_LISTS.items()}
    return {"source": _RELEASE, "checked": day.isoformat(), "lists": pages, "rows": rows, "ids": ids}


def _priced_ids(price_list: Provider, preset: Preset, day: date) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each id in lower case with its row; what the preset says of a context window is left to the preset."""
    with_window = {model.id.lower() for model in preset.models if model.context_window}
    for known in price_list.models:
        row = _row(known, day)
        # An id that an earlier model of the list catches, too, is priced by that one.
        own = [name for name in _exact_ids(known) if price_list.find_model(name) is known]
        own += [model.id.lower() for model in preset.models if price_list.find_model(model.id) is known]
        for name in dict.fromkeys(own if row else ()):
            yield name, {key: row[key] for key in row if key != "context_window" or name not in with_window}


def _row(known: ModelInfo, day: date) -> dict[str, Any]:
    """The row of a model; empty for one that is paid for otherwise than by its text."""
    price = _dearest(known, day)
    if any(getattr(price, other) is not None for other in _OTHER_OUTPUT) or _SEARCHES.search(known.id):
        return {}
    row = prices(price)
    return row and row | ({"context_window": known.context_window} if known.context_window else {})


def _exact_ids(known: ModelInfo) -> list[str]:
    """The ids that a model is matched by literally, in lower case as `genai-prices` compares them."""
    clauses = known.match.or_ if isinstance(known.match, ClauseOr) else [known.match]
    equal = [clause.equals for clause in clauses if isinstance(clause, ClauseEquals)]
    return list(dict.fromkeys(name.lower() for name in (known.id, *equal) if known.is_match(name)))


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


def refreshed(day: date) -> dict[Path, str]:
    """Every file this script owns, with the text it should have; a new day alone is no reason to write one."""
    price_lists = {provider.id: provider for provider in data_snapshot.get_snapshot().providers}
    presets = {preset.id: preset for preset in Catalogue().all_presets()}
    text = _by_lines(snapshot(price_lists, presets, day))
    written = SNAPSHOT.read_text("utf-8") if SNAPSHOT.exists() else ""
    text = written if _undated(written) == _undated(text) else text
    return {SNAPSHOT: text, PAGE: markdown(Catalogue(read_prices=text.encode))}


def main(arguments: list[str], day: date) -> int:
    """Refresh every file that differs. Returns: the exit code."""
    parser = argparse.ArgumentParser(description="Write data/prices.json from the genai-prices package.")
    parser.add_argument("--check", action="store_true", help="change nothing, and fail when something would change")
    is_check = parser.parse_args(arguments).check
    stale = {
        path: text for path, text in refreshed(day).items() if not path.exists() or path.read_text("utf-8") != text
    }
    for path, text in stale.items():
        print(f"{path.name}: {'prices differ' if is_check else 'refreshed'}")
        if not is_check:
            path.write_text(text, "utf-8")
    return 1 if is_check and stale else 0


def _by_lines(document: Mapping[str, Any]) -> str:
    """JSON with one line per row and per preset, so that a change of prices can be read in a diff."""
    rows = ",\n".join(json.dumps(row) for row in document["rows"])
    ids = ",\n".join(f"{json.dumps(preset)}: {json.dumps(index)}" for preset, index in document["ids"].items())
    pages = ",\n".join(f"{json.dumps(preset)}: {json.dumps(urls)}" for preset, urls in document["lists"].items())
    head = f'"source": {json.dumps(document["source"])},\n"checked": {json.dumps(document["checked"])}'
    return f'{{\n{head},\n"lists": {{\n{pages}\n}},\n"rows": [\n{rows}\n],\n"ids": {{\n{ids}\n}}\n}}\n'


def _undated(text: str) -> str:
    return re.sub(r'"checked": "[^"]*"', "", text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], datetime.now(UTC).date()))
