"""The page of the documentation that lists all presets: `docs/providers.md`, written by `generate.py`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields

from providers.catalogue.loader import Catalogue
from providers.catalogue.records import NO_ABILITIES, Abilities, ModelInfo, Preset
from providers.costs import Rates, Tier

_HEAD = """# Providers

Written by `python -m providers.catalogue.generate` from `providers/catalogue/data`; do not edit it here.

What stands under **type** goes into `type` in `config.toml`. Everything else in these tables is what Parley then knows
by itself, and what `[providers.NAME]` may override. At any other address use `base_url` with a bare kind as type:
`openai` (OpenAI behind a gateway), `openai-compat` (everything that imitates it), `openai-responses`, `anthropic` or
`ollama`.
"""
_ABILITIES = """## What they offer

What their APIs can do beside replies. A dash means that nobody said.
"""
_PRICES = """## Models and prices

USD per 1M tokens, as read on the day beside them from the package `genai-prices`, which takes them from the pages named
under each table. A dash means that nobody published a price: Parley then calls the cost unknown. These are the models
that Parley names by itself; `prices.json` prices many more. What a provider's own list says goes before all of it, and
what you write into `config.toml` before that.
"""


def markdown(catalogue: Catalogue) -> str:
    """The whole page."""
    presets = catalogue.all_presets()
    rows = [_preset_row(preset) for preset in presets]
    head = ("type", "name", "wire formats", "base URL", "key from", "default model", "list")
    able = [preset for preset in presets if preset.abilities != NO_ABILITIES]
    names = [ability.name for ability in fields(Abilities)]
    offers = [(f"`{preset.id}`", *(getattr(preset.abilities, name) or "–" for name in names)) for preset in able]
    sections = [f"### {preset.name}\n\n{_prices(preset, catalogue)}" for preset in presets if preset.models]
    abilities = _table(("type", *names), offers)
    return "\n".join((_HEAD, _table(head, rows), _ABILITIES, abilities, _PRICES, "\n".join(sections)))


def _preset_row(preset: Preset) -> tuple[str, ...]:
    default = preset.default_model or ("*the first one listed*" if preset.default_is_first_listed else "–")
    return (
        f"`{preset.id}`",
        preset.name,
        ", ".join(preset.formats),
        f"`{preset.base_url}`" if preset.base_url else "*your own*",
        ", ".join(f"`{variable}`" for variable in preset.key_env) or "–",
        f"`{default}`" if preset.default_model else default,
        "yes" if preset.listing else "no",
    )


def _prices(preset: Preset, catalogue: Catalogue) -> str:
    head = ("model", "note", "context", "in", "cached in", "cache write", "for 1 h", "out", "read on")
    models = catalogue.named_models(preset)
    table = _table(head, [row for model in models for row in _model_rows(model)])
    pages = ", ".join(f"<{page}>" for page in catalogue.prices.pages(preset.id))
    return f"{table}\nPublished at {pages}.\n" if pages and any(model.rates for model in models) else table


def _model_rows(model: ModelInfo) -> list[tuple[str, ...]]:
    rates = model.rates or Rates()
    window = f"{model.context_window:,}" if model.context_window else "–"
    day = rates.checked.isoformat() if rates.checked else "–"
    rows: list[tuple[str, ...]] = [(f"`{model.id}`", model.note, window, *_five(rates), day)]
    rows += [("", f"above {tier.above_input:,} tokens of input", "", *_five(tier), "") for tier in rates.tiers]
    return rows


def _five(rates: Rates | Tier) -> Iterator[str]:
    """The cells of the prices, in the order of the head."""
    for price in (rates.input, rates.cached_input, rates.cache_write, rates.cache_write_1h, rates.output):
        yield "–" if price is None else f"{price:f}"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(cells)} |" for cells in (head, ("---",) * len(head), *rows)]
    return "\n".join(lines) + "\n"
