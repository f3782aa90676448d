"""Refreshes the prices in `data/` from the `genai-prices` package, and the page about them in the documentation.

A developer's script, never run by Parley:

    python -m providers.catalogue.generate            # rewrites the files
    python -m providers.catalogue.generate --check    # says what would change, exit code 1 if anything

In a preset it owns the `cost_per_1m_*`, `tiers` and `checked` keys of every model that `genai-prices` knows, fills
in a missing `context_window`, and leaves everything else as it was written by hand: comments, notes, order. Models
that the package does not know keep what they have. `prices.json` it writes whole: the models that no preset names.
Two rules make a price never too low: of prices that change with the time of day the dearest is taken, and a model
with fees beside its tokens gets no price at all.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any

from genai_prices import data_snapshot
from genai_prices.types import ClauseEquals, ClauseOr, ModelInfo, ModelPrice, Provider, TieredPrices

from providers.catalogue.document import markdown
from providers.catalogue.listing_rows import is_plainly_not_chat
from providers.catalogue.loader import Catalogue
from providers.catalogue.preset_file import parse_preset
from providers.catalogue.records import Preset

DATA = Path(__file__).with_name("data")
SNAPSHOT = DATA / "prices.json"
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
    "together": "together",
}
"""Preset id to the id of the provider in `genai-prices`. Presets that are missing here have no price list there."""

_MODEL = "\n[[models]]\n"
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


def refresh(text: str, price_list: Provider, day: date) -> str:
    """The text of a preset file with the prices of a day. The file has one key per line, and its models last."""
    rows = tomllib.loads(text).get("models", [])
    head, *blocks = text.split(_MODEL)
    fresh = [_refresh_block(block, row, price_list, day) for block, row in zip(blocks, rows, strict=True)]
    if fresh != blocks:
        head = re.sub(r"^checked = .*$", f"checked = {day}", head, flags=re.MULTILINE)
        head = re.sub(r"genai-prices [\d.]+", _RELEASE, head)
    return _MODEL.join((head, *fresh))


def _refresh_block(block: str, row: Mapping[str, Any], price_list: Provider, day: date) -> str:
    """The lines of one model, the price keys where they were or at the end."""
    known = price_list.find_model(row["id"])
    if known is None:
        return block
    wanted = prices(_dearest(known, day))
    if "context_window" not in row and known.context_window:
        wanted = {"context_window": known.context_window, **wanted}
    owned = {*_BUCKETS, "tiers", *wanted}
    if {key: row[key] for key in owned if key in row} == wanted:
        return block
    lines = block.split("\n")
    ours = [number for number, line in enumerate(lines) if line.partition(" = ")[0] in owned]
    place = ours[0] if ours else len(block.rstrip("\n").split("\n"))
    kept = [line for number, line in enumerate(lines) if number not in ours]
    kept[place:place] = [f"{key} = {_toml(value)}" for key, value in wanted.items()]
    return "\n".join(kept)


def _toml(value: Any) -> str:
    if isinstance(value, list):
        tables = (", ".join(f"{key} = {_toml(inner)}" for key, inner in table.items()) for table in value)
        return f"[{', '.join(f'{{ {table} }}' for table in tables)}]"
    return json.dumps(value)


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
    """What goes into `prices.json`: every id that a price list states exactly and its preset does not name."""
    rows: list[dict[str, Any]] = []
    ids: dict[str, dict[str, int]] = {}
    for preset_id, list_id in PRICE_LISTS.items():
        named = {model.id.lower() for model in presets[preset_id].models}
        ids[preset_id] = {}
        for known in price_lists[list_id].models:
            row = _snapshot_row(known, day)
            # An id that an earlier model of the list catches, too, is priced by that one.
            own = [i for i in _exact_ids(known) if price_lists[list_id].find_model(i) is known and i not in named]
            if row is None or not own:
                continue
            if row not in rows:
                rows.append(row)
            ids[preset_id] |= dict.fromkeys(own, rows.index(row))
    return {"source": _RELEASE, "checked": day.isoformat(), "rows": rows, "ids": ids}


def _snapshot_row(known: ModelInfo, day: date) -> dict[str, Any] | None:
    """The row of a chat model; None for a model that is paid for otherwise, or does something else."""
    price = _dearest(known, day)
    if any(getattr(price, other) is not None for other in _OTHER_OUTPUT) or is_plainly_not_chat(known.id):
        return None
    if "search" in known.id:
        # Models that search by themselves charge for every search.
        return None
    row = prices(price)
    if "cost_per_1m_in" not in row or "cost_per_1m_out" not in row:
        return None
    return row | ({"context_window": known.context_window} if known.context_window else {})


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
    """Every file this script owns, with the text it should have."""
    price_lists = {provider.id: provider for provider in data_snapshot.get_snapshot().providers}
    paths = {preset_id: DATA / f"{preset_id}.toml" for preset_id in PRICE_LISTS}
    texts = {
        preset_id: refresh(path.read_text("utf-8"), price_lists[PRICE_LISTS[preset_id]], day)
        for preset_id, path in paths.items()
    }
    presets = {preset_id: parse_preset(text, f"{preset_id}.toml") for preset_id, text in texts.items()}
    files = {paths[preset_id]: text for preset_id, text in texts.items()}
    files[SNAPSHOT] = _by_lines(snapshot(price_lists, presets, day))
    files[PAGE] = markdown(presets.get(preset.id, preset) for preset in Catalogue().all_presets())
    return files


def main(arguments: list[str], day: date) -> int:
    """Refresh every file that differs. Returns: the exit code."""
    parser = argparse.ArgumentParser(description="Refresh the prices in data/ from the genai-prices package.")
    parser.add_argument("--check", action="store_true", help="change nothing, and fail when something would change")
    is_check = parser.parse_args(arguments).check
    stale = {path: text for path, text in refreshed(day).items() if _without_day(path) != _undated(text)}
    for path, text in stale.items():
        print(f"{path.name}: {'prices differ' if is_check else 'refreshed'}")
        if not is_check:
            path.write_text(text, "utf-8")
    return 1 if is_check and stale else 0


def _by_lines(document: Mapping[str, Any]) -> str:
    """JSON with one line per row and per preset, so that a change of prices can be read in a diff."""
    rows = ",\n".join(json.dumps(row) for row in document["rows"])
    ids = ",\n".join(f"{json.dumps(preset)}: {json.dumps(index)}" for preset, index in document["ids"].items())
    head = f'"source": {json.dumps(document["source"])},\n"checked": {json.dumps(document["checked"])}'
    return f'{{\n{head},\n"rows": [\n{rows}\n],\n"ids": {{\n{ids}\n}}\n}}\n'


def _without_day(path: Path) -> str:
    return _undated(path.read_text("utf-8")) if path.exists() else ""


def _undated(text: str) -> str:
    """A snapshot without its day: a new day alone is no reason to write it."""
    return re.sub(r'"checked": "[^"]*"', "", text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], datetime.now(UTC).date()))
