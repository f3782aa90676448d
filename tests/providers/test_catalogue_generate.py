"""The script that writes the snapshot of prices: the files agree with what it reads, and nothing is too low."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from importlib.metadata import version
from typing import Any

import pytest

pytest.importorskip("genai_prices")

from genai_prices import data_snapshot
from genai_prices.types import (
    ClauseEquals,
    ClauseOr,
    ClauseStartsWith,
    ModelInfo,
    ModelPrice,
    Provider,
    Tier,
    TieredPrices,
)

from providers.catalogue.generate import PAGE, PRICE_LISTS, SNAPSHOT, main, prices, refreshed, snapshot
from providers.catalogue.loader import Catalogue
from providers.catalogue.records import ModelInfo as RowModel
from providers.catalogue.records import Preset

DAY = date(2026, 11, 21)


same_release = pytest.mark.skipif(
    json.loads(SNAPSHOT.read_bytes())["source"] != f"genai-prices {version('genai-prices')}",
    reason="another release of genai-prices than the one the files were made from",
)


def price_list(list_id: str, *models: ModelInfo) -> Provider:
    return Provider(id=list_id, name="", api_pattern="", pricing_urls=[f"https://{list_id}.example"], models=[*models])


def made_of(*models: ModelInfo, named: tuple[RowModel, ...] = ()) -> dict[str, Any]:
    """The snapshot where OpenAI's list holds these models, and its preset names those."""
    lists = {list_id: price_list(list_id) for list_id in PRICE_LISTS.values()}
    presets = {name: Preset(name, name, "openai-chat", "") for name in PRICE_LISTS}
    presets["openai"] = replace(presets["openai"], models=named)
    return snapshot({**lists, "openai": price_list("openai", *models)}, presets, DAY)


@same_release
def test_the_files_are_what_the_script_writes() -> None:
    day = date.fromisoformat(json.loads(SNAPSHOT.read_bytes())["checked"])
    files = refreshed(day)
    assert set(files) == {SNAPSHOT, PAGE}
    for path, text in files.items():
        assert path.read_text("utf-8") == text, path.name


@same_release
def test_a_new_day_alone_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    day = date.fromisoformat(json.loads(SNAPSHOT.read_bytes())["checked"])
    assert main(["--check"], day + timedelta(days=1)) == 0
    assert capsys.readouterr().out == ""


@same_release
def test_every_model_that_a_price_list_prices_by_its_text_is_there() -> None:
    """Counted by another way: straight through the package, id by id."""
    known = json.loads(SNAPSHOT.read_bytes())["ids"]
    lists = {provider.id: provider for provider in data_snapshot.get_snapshot().providers}
    left_out = {
        f"{preset_id}/{model.id}"
        for preset_id, list_id in PRICE_LISTS.items()
        for model in lists[list_id].models
        if model.id.lower() not in known[preset_id] and isinstance(model.prices, ModelPrice)
        if model.prices.input_mtok is not None and model.prices.requests_kcount is None
        if all(getattr(model.prices, f"output_{kind}_mtok") is None for kind in ("audio", "image", "video"))
        if model.is_match(model.id) and lists[list_id].find_model(model.id) is model
    }
    assert {name for name in left_out if "search" not in name and "sonar" not in name} == set()


def test_presets_that_are_priced_are_there() -> None:
    assert set(PRICE_LISTS) <= set(Catalogue().preset_ids())


def test_of_prices_by_the_hour_the_dearest_is_taken() -> None:
    lists = {provider.id: provider for provider in data_snapshot.get_snapshot().providers}
    presets = {preset.id: preset for preset in Catalogue().all_presets()}
    made = snapshot(lists, presets, DAY)
    row = made["rows"][made["ids"]["deepseek"]["deepseek-chat"]]
    assert (row["cost_per_1m_in"], row["cost_per_1m_out"]) == ("0.27", "1.1")


def test_tiers_of_all_buckets_are_joined() -> None:
    price = ModelPrice(
        input_mtok=TieredPrices(Decimal(1), [Tier(100, Decimal(2)), Tier(200, Decimal(3))]),
        output_mtok=TieredPrices(Decimal(10), [Tier(200, Decimal(30))]),
        cache_read_mtok=Decimal("0.10"),
    )
    assert prices(price) == {
        "cost_per_1m_in": "1",
        "cost_per_1m_out": "10",
        "cost_per_1m_in_cached": "0.1",
        "tiers": [
            {"above_input": 100, "cost_per_1m_in": "2", "cost_per_1m_out": "10"},
            {"above_input": 200, "cost_per_1m_in": "3", "cost_per_1m_out": "30"},
        ],
    }


def test_a_fee_per_request_means_no_price() -> None:
    assert prices(ModelPrice(input_mtok=Decimal(1), output_mtok=Decimal(1), requests_kcount=Decimal(12))) == {}


def test_the_snapshot_prices_exact_ids() -> None:
    price = ModelPrice(input_mtok=Decimal(1), output_mtok=Decimal(2))
    both = ClauseOr([ClauseEquals("chatty"), ClauseEquals("chatty-2026-01-01")])
    made = made_of(
        ModelInfo(id="Chatty", match=both, prices=price, context_window=8192),
        ModelInfo(id="chatty-2026-01-01", match=ClauseEquals("chatty-2026-01-01"), prices=ModelPrice()),
        ModelInfo(id="family", match=ClauseStartsWith("family-"), prices=price),
        ModelInfo(id="some-embedding", match=ClauseEquals("some-embedding"), prices=ModelPrice(input_mtok=Decimal(3))),
        ModelInfo(id="unpriced", match=ClauseEquals("unpriced"), prices=ModelPrice()),
    )
    assert made["ids"]["openai"] == {"chatty": 0, "chatty-2026-01-01": 0, "some-embedding": 1}
    assert made["rows"] == [
        {"cost_per_1m_in": "1", "cost_per_1m_out": "2", "context_window": 8192},
        {"cost_per_1m_in": "3"},
    ]
    assert made["lists"]["openai"] == ["https://openai.example"]


@pytest.mark.parametrize("searches", ["a-search", "searching/search-large", "o9-deep-research", "perplexity/sonar-pro"])
def test_what_searches_by_itself_has_no_price(searches: str) -> None:
    price = ModelPrice(input_mtok=Decimal(1), output_mtok=Decimal(2))
    names = (searches, "nousresearch/hermes", "gpt-rosalind-research")
    made = made_of(*(ModelInfo(id=name, match=ClauseEquals(name), prices=price) for name in names))
    assert list(made["ids"]["openai"]) == ["nousresearch/hermes", "gpt-rosalind-research"]


def test_what_makes_pictures_or_sound_has_no_price() -> None:
    price = ModelPrice(input_mtok=Decimal(1), output_mtok=Decimal(2), output_image_mtok=Decimal(30))
    assert made_of(ModelInfo(id="painter", match=ClauseEquals("painter"), prices=price))["ids"]["openai"] == {}


def test_a_model_that_a_preset_names_is_priced_by_the_family_that_it_belongs_to_and_keeps_its_window() -> None:
    price = ModelPrice(input_mtok=Decimal(1), output_mtok=Decimal(2))
    family = ModelInfo(id="family", match=ClauseStartsWith("family-"), prices=price, context_window=8192)
    made = made_of(family, named=(RowModel("Family-7", context_window=9000), RowModel("family-8")))
    assert made["ids"]["openai"] == {"family-7": 0, "family-8": 1}
    base = {"cost_per_1m_in": "1", "cost_per_1m_out": "2"}
    assert made["rows"] == [base, base | {"context_window": 8192}]
