"""The script that refreshes prices: it touches prices only, and the files agree with what it read."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from importlib.metadata import version

import pytest

pytest.importorskip("genai_prices")

from genai_prices import data_snapshot
from genai_prices.types import ClauseEquals, ClauseOr, ModelInfo, ModelPrice, Provider, Tier, TieredPrices

from providers.catalogue.generate import PRICE_LISTS, SNAPSHOT, prices, refresh, refreshed, snapshot
from providers.catalogue.loader import Catalogue
from providers.catalogue.preset_file import parse_preset
from providers.catalogue.records import ModelInfo as RowModel
from providers.catalogue.records import Preset

DAY = date(2026, 11, 21)
FILE = """# A comment.
id = "openai"
name = "OpenAI"
format = "openai-chat"
auth = "bearer"
source = "somewhere; prices from genai-prices 0.0.1"
checked = 2020-01-01

[[models]]
id = "gpt-4o"  # kept
note = "legacy"
cost_per_1m_in = "1"
cost_per_1m_cache_write = "7"

[[models]]
id = "unheard-of"
cost_per_1m_in = "9"
"""


@pytest.fixture(scope="module")
def price_lists() -> dict[str, Provider]:
    return {provider.id: provider for provider in data_snapshot.get_snapshot().providers}


@pytest.mark.skipif(
    json.loads(SNAPSHOT.read_bytes())["source"] != f"genai-prices {version('genai-prices')}",
    reason="another release of genai-prices than the one the files were made from",
)
def test_the_files_are_what_the_script_writes() -> None:
    day = date.fromisoformat(json.loads(SNAPSHOT.read_bytes())["checked"])
    for path, text in refreshed(day).items():
        assert path.read_text("utf-8") == text, path.name


def test_every_price_in_the_catalogue_comes_from_a_price_list() -> None:
    for preset in Catalogue().all_presets():
        if any(model.rates for model in preset.models):
            assert preset.id in PRICE_LISTS


def test_prices_are_replaced_and_everything_else_stays(price_lists: dict[str, Provider]) -> None:
    text = refresh(FILE, price_lists["openai"], DAY)
    assert text.startswith("# A comment.\n")
    assert 'id = "gpt-4o"  # kept\nnote = "legacy"\ncontext_window = 128000\ncost_per_1m_in = "2.5"\n' in text
    assert "cost_per_1m_cache_write" not in text
    assert 'id = "unheard-of"\ncost_per_1m_in = "9"\n' in text
    assert "checked = 2026-11-21" in text
    assert "genai-prices 0.0.1" not in text
    assert parse_preset(text, "openai.toml").models[0].context_window == 128_000


def test_refreshing_again_changes_nothing_on_any_later_day(price_lists: dict[str, Provider]) -> None:
    once = refresh(FILE, price_lists["openai"], DAY)
    assert refresh(once, price_lists["openai"], date(2026, 11, 22)) == once


def test_of_prices_by_the_hour_the_dearest_is_taken(price_lists: dict[str, Provider]) -> None:
    text = FILE.replace("gpt-4o", "deepseek-chat")
    model = parse_preset(refresh(text, price_lists["deepseek"], DAY), "openai.toml").models[0]
    assert model.rates is not None
    assert (model.rates.input, model.rates.output) == (Decimal("0.27"), Decimal("1.1"))


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


def test_the_snapshot_prices_exact_ids_of_chat_models_that_no_preset_names() -> None:
    price = ModelPrice(input_mtok=Decimal(1), output_mtok=Decimal(2))
    both = ClauseOr([ClauseEquals("chatty"), ClauseEquals("chatty-2026-01-01")])
    known = Provider(
        id="openai",
        name="OpenAI",
        api_pattern="",
        models=[
            ModelInfo(id="named", match=ClauseEquals("named"), prices=price),
            ModelInfo(id="Chatty", match=both, prices=price, context_window=8192),
            ModelInfo(id="chatty-2026-01-01", match=ClauseEquals("chatty-2026-01-01"), prices=ModelPrice()),
            ModelInfo(id="some-embedding", match=ClauseEquals("some-embedding"), prices=price),
            ModelInfo(id="searcher-search", match=ClauseEquals("searcher-search"), prices=price),
            ModelInfo(id="free", match=ClauseEquals("free"), prices=ModelPrice()),
        ],
    )
    empty = {list_id: Provider(id=list_id, name="", api_pattern="", models=[]) for list_id in PRICE_LISTS.values()}
    presets = {name: Preset(name, name, "openai-chat", "", models=(RowModel("named"),)) for name in PRICE_LISTS}
    made = snapshot({**empty, "openai": known}, presets, DAY)
    assert made["ids"]["openai"] == {"chatty": 0, "chatty-2026-01-01": 0}
    assert made["rows"] == [{"cost_per_1m_in": "1", "cost_per_1m_out": "2", "context_window": 8192}]
