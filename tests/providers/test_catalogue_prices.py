"""The snapshot of prices: one place per fact, read on demand; and the order of the sources, pair by pair."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import providers.catalogue
from providers.catalogue.listing import parse
from providers.catalogue.loader import Catalogue
from providers.catalogue.prices import PriceTable
from providers.catalogue.records import ModelInfo, Preset
from providers.catalogue.rows import PRICE_KEYS, RowError, rates_from_row
from providers.costs import UNKNOWN_COST, CostStatus, Rates, price
from providers.usage import Usage

DATA = Path(providers.catalogue.__path__[0]) / "data"
SNAPSHOT = json.loads((DATA / "prices.json").read_bytes())
CATALOGUE = Catalogue()
PRESETS = CATALOGUE.all_presets()
GPT_5_4 = ModelInfo("gpt-5.4")

each_preset = pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.id)


def preset(preset_id: str) -> Preset:
    found = CATALOGUE.preset(preset_id)
    assert found is not None
    return found


def rates(preset_id: str, model_id: str) -> Rates:
    found = CATALOGUE.model(preset(preset_id), model_id).rates
    assert found is not None
    return found


def own_rows(preset_id: str) -> list[dict[str, object]]:
    rows = tomllib.loads((DATA / f"{preset_id}.toml").read_text("utf-8")).get("models", [])
    assert isinstance(rows, list)
    return rows


# ── one place per fact ────────────────────────────────────────────────────────


@each_preset
def test_no_model_is_priced_in_two_places_and_no_window_stands_in_two(preset: Preset) -> None:
    ids, rows = SNAPSHOT["ids"].get(preset.id, {}), SNAPSHOT["rows"]
    for own in own_rows(preset.id):
        number = ids.get(str(own["id"]).lower())
        in_snapshot = set() if number is None else set(rows[number])
        assert not PRICE_KEYS & own.keys() & in_snapshot
        assert not {"context_window"} & own.keys() & in_snapshot


def test_the_source_and_the_day_of_every_row_can_be_found() -> None:
    assert SNAPSHOT["source"].startswith("genai-prices ")
    assert date.fromisoformat(SNAPSHOT["checked"]) == CATALOGUE.prices.checked
    for preset_id, ids in SNAPSHOT["ids"].items():
        assert ids
        assert all(page.startswith("https://") for page in CATALOGUE.prices.pages(preset_id))
        assert CATALOGUE.prices.pages(preset_id)
    used = {number for ids in SNAPSHOT["ids"].values() for number in ids.values()}
    assert used == set(range(len(SNAPSHOT["rows"])))


def test_prices_are_written_as_texts_and_read_to_the_digit() -> None:
    for row in SNAPSHOT["rows"]:
        for table in (row, *row.get("tiers", [])):
            assert all(isinstance(value, str) for key, value in table.items() if key.startswith("cost_"))
    assert rates("anthropic", "claude-haiku-5-5").cache_write == Decimal("0.125")


@each_preset
def test_prices_are_plausible(preset: Preset) -> None:
    for known in CATALOGUE.named_models(preset):
        if known.rates is None:
            continue
        assert known.rates.source == "catalogue"
        assert known.rates.checked == CATALOGUE.prices.checked
        usd_in, usd_out, read = known.rates.input, known.rates.output, known.rates.cached_input
        assert usd_in is not None
        assert usd_out is not None
        assert Decimal(0) < usd_in <= usd_out < Decimal(1000)
        assert read is None or read < usd_in
        assert known.rates.cache_write_1h is None or known.rates.cache_write_1h > usd_in
        assert all(tier.input is not None and tier.input > usd_in for tier in known.rates.tiers)


def test_a_preset_file_itself_holds_no_price_of_a_known_model() -> None:
    assert [own["id"] for each in PRESETS for own in own_rows(each.id) if PRICE_KEYS & own.keys()] == []


# ── what it says ──────────────────────────────────────────────────────────────


def test_cache_prices_mean_what_their_names_say() -> None:
    sonnet = rates("anthropic", "claude-sonnet-4-6")
    assert (sonnet.input, sonnet.output) == (Decimal(3), Decimal(15))
    assert sonnet.cached_input == Decimal("0.30")
    assert (sonnet.cache_write, sonnet.cache_write_1h) == (Decimal("3.75"), Decimal(6))


def test_long_context_reprices_the_whole_request() -> None:
    long = rates("openai", "gpt-5.4").for_input(272_001)
    assert (long.input, long.output, long.cached_input) == (Decimal(5), Decimal("22.5"), Decimal("0.5"))


def test_a_price_that_nobody_published_is_unknown() -> None:
    assert CATALOGUE.model(preset("yi"), "yi-large").rates is None
    assert CATALOGUE.model(preset("glm"), "glm-5-turbo").rates is None


def test_fees_per_request_and_per_search_leave_the_price_unknown() -> None:
    assert all(known.rates is None for known in CATALOGUE.named_models(preset("perplexity")))
    assert CATALOGUE.model(preset("perplexity"), "sonar-pro-search").rates is None
    assert CATALOGUE.model(preset("openrouter"), "perplexity/sonar-deep-research").rates is None
    assert CATALOGUE.model(preset("openai"), "o3-deep-research").rates is None
    assert rates("perplexity", "r1-1776").output == Decimal(8)


def test_a_vendor_whose_name_ends_in_research_is_not_taken_for_a_search() -> None:
    assert rates("openrouter", "nousresearch/hermes-4-70b").input is not None


def test_the_deployments_of_azure_have_no_price_whatever_they_are_called() -> None:
    assert CATALOGUE.model(preset("azure"), "o3-mini").rates is None


def test_a_subscription_stays_flat_for_any_model() -> None:
    codex = preset("openai-codex")
    assert all(CATALOGUE.model(codex, name).rates == codex.rates for name in ("gpt-5.4", "unheard-of"))
    assert all(known.rates == codex.rates for known in CATALOGUE.models(codex))


def test_listed_models_that_the_preset_does_not_name_are_priced_from_the_snapshot() -> None:
    listed = [ModelInfo("gpt-4.1"), GPT_5_4, ModelInfo("unheard-of")]
    merged = {model.id: model for model in CATALOGUE.models(preset("openai"), listed)}
    assert list(merged) == ["gpt-5.4", "gpt-4.1", "unheard-of"]
    priced = merged["gpt-4.1"].rates
    assert priced is not None
    assert (priced.input, priced.output, priced.source) == (Decimal(2), Decimal(8), "catalogue")
    assert merged["unheard-of"].rates is None


def test_the_snapshot_compares_ids_without_case() -> None:
    assert CATALOGUE.model(preset("together"), "Qwen/Qwen3.5-9B").rates is not None


def test_the_window_is_that_of_the_preset_and_only_without_one_that_of_the_snapshot() -> None:
    assert CATALOGUE.model(preset("openai"), "gpt-5.4").context_window == 1_050_000
    assert CATALOGUE.model(preset("openai"), "gpt-4.1").context_window == 1_000_000


def test_the_table_is_read_when_a_price_is_wanted_and_only_once() -> None:
    reads: list[int] = []

    def read() -> bytes:
        reads.append(1)
        return (DATA / "prices.json").read_bytes()

    table = PriceTable(read, "catalogue")
    assert not reads
    assert [model.id for model in table.models("openai", ["GPT-4o", "nothing"])] == ["GPT-4o"]
    assert table.models("nobody", ["gpt-4o"]) == ()
    assert len(reads) == 1


def test_asking_for_a_preset_reads_no_price() -> None:
    code = (
        "import sys; from providers.catalogue.loader import Catalogue; c = Catalogue(); c.preset('openai').models;"
        "c.owner_of('https://api.openai.com/v1'); print('providers.catalogue.prices' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


# ── config, server, snapshot: each pair ───────────────────────────────────────


def test_a_price_of_the_config_goes_before_one_of_the_server() -> None:
    theirs, mine = Rates(Decimal(2), Decimal(10), source="server"), Rates(Decimal(1), Decimal(4), source="config")
    found = CATALOGUE.models(preset("sansa"), [ModelInfo("m", rates=theirs)], [ModelInfo("m", rates=mine)])
    assert {model.id: model.rates for model in found}["m"] == mine


def test_a_price_of_the_config_goes_before_one_of_the_snapshot() -> None:
    mine = Rates(Decimal(1), Decimal(4), source="config")
    found = CATALOGUE.models(preset("openai"), [], [ModelInfo("gpt-5.4", rates=mine)])
    assert found[0].rates == mine
    usage = Usage(300_000, 100_000, output_tokens=1_000)
    # No tier and no cached price of the snapshot slips in: 300,000 at 1 USD and 1,000 at 4 USD.
    assert price(usage, found[0].rates).usd == Decimal("0.304")


def test_a_price_of_the_server_goes_before_one_of_the_snapshot() -> None:
    theirs = Rates(Decimal(3), Decimal(16), source="server", checked=date(2026, 11, 24))
    found = CATALOGUE.models(preset("openai"), [ModelInfo("gpt-5.4", rates=theirs)])
    assert found[0].rates == theirs
    assert price(Usage(1_000, output_tokens=1_000), found[0].rates).usd == Decimal("0.019")


@pytest.mark.parametrize(
    ("preset_id", "row", "usd"),
    [
        (
            "openrouter",
            {
                "id": "anthropic/claude-sonnet-4.6",
                "pricing": {"prompt": "0.000004", "completion": "0.00002", "input_cache_read": "0.0000005"},
            },
            # 600 at 4, 400 at 0.5, 100 at 20 USD per million.
            "0.0046",
        ),
        (
            "together",
            {"id": "zai-org/GLM-5", "type": "chat", "pricing": {"input": 1.5, "output": 4, "cached_input": 0.25}},
            "0.0014",
        ),
        (
            "vercel",
            {"id": "openai/gpt-5.4", "type": "language", "pricing": {"input": "0.000002", "output": "0.00001"}},
            # No price of its own for what was cached: 1,000 at 2, 100 at 10.
            "0.003",
        ),
        (
            "venice",
            {
                "id": "claude-opus-4-6",
                "type": "text",
                "model_spec": {
                    "pricing": {"input": {"usd": 6}, "output": {"usd": 30}, "cache_input": {"usd": 0.6}},
                },
            },
            "0.00684",
        ),
        (
            "grok",
            {
                "id": "grok-4",
                "prompt_text_token_price": 25_000,
                "cached_prompt_text_token_price": 5_000,
                "completion_text_token_price": 120_000,
            },
            "0.0029",
        ),
    ],
)
def test_the_list_of_each_server_that_prices_goes_before_the_snapshot(
    preset_id: str, row: dict[str, object], usd: str
) -> None:
    found = preset(preset_id)
    listed = parse(found.listing, json.dumps({"data": [row]}).encode(), checked=date(2026, 11, 24))
    (model,) = (each for each in CATALOGUE.models(found, listed) if each.id == row["id"])
    cost = price(Usage(1_000, 400, output_tokens=100), model.rates)
    assert (cost.usd, cost.source) == (Decimal(usd), "server 2026-11-24")


def test_without_the_others_the_snapshot_holds() -> None:
    found = CATALOGUE.models(preset("openai"), [GPT_5_4])
    assert found[0].rates == rates("openai", "gpt-5.4")
    cost = price(Usage(1_000, 400, output_tokens=1_000), found[0].rates)
    # 600 at 2.50, 400 at 0.25, 1,000 at 15 USD.
    assert (cost.usd, cost.status) == (Decimal("0.0166"), CostStatus.COMPUTED)
    assert cost.source == f"catalogue {CATALOGUE.prices.checked}"


# ── anything in a price field ─────────────────────────────────────────────────


def test_a_bucket_without_a_price_makes_the_cost_unknown_only_when_it_is_used() -> None:
    one_sided = Rates(input=Decimal(1), source="config")
    assert price(Usage(1_000_000, output_tokens=0), one_sided).usd == Decimal(1)
    assert price(Usage(1_000_000, output_tokens=1), one_sided) == UNKNOWN_COST
    assert price(Usage(1, output_tokens=5), Rates(output=Decimal(1), source="config")) == UNKNOWN_COST


@pytest.mark.parametrize(
    ("written", "read"),
    [("3e-6", "0.000003"), ("3E+1", "30"), (" 0.30 ", "0.30"), (3, "3"), (0.1, "0.1"), (Decimal("1E+2"), "100")],
)
def test_a_price_is_read_as_it_was_meant(written: object, read: str) -> None:
    found = rates_from_row({"cost_per_1m_in": written}, source="catalogue", checked=None)
    assert found is not None
    assert found.input == Decimal(read)


@pytest.mark.parametrize(
    "written", ["$3", "1,50", "3 USD", "", "-3", -3, "NaN", "Infinity", float("nan"), "1e99", True, [], {}, "1_000"]
)
def test_what_is_no_price_is_one_sentence(written: object) -> None:
    with pytest.raises(RowError, match=r"^cost_per_1m_in must be .*USD per 1M tokens[^\n]*$"):
        rates_from_row({"cost_per_1m_in": written}, source="catalogue", checked=None)


def _values() -> Iterator[st.SearchStrategy[object]]:
    yield from (st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.decimals())
    yield st.from_regex(r"[-+]?\d{0,5}\.?\d{0,40}([eE][-+]?\d{1,25})?", fullmatch=True)


@given(st.sampled_from(sorted(PRICE_KEYS)), st.recursive(st.one_of(*_values()), st.lists, max_leaves=3))
def test_any_value_in_a_price_field_is_rates_or_nothing_or_one_sentence(key: str, value: object) -> None:
    try:
        found = rates_from_row({key: value}, source="catalogue", checked=None)
    except RowError as error:
        sentence = str(error)
        found = None
    else:
        sentence = key
    assert sentence.startswith(key)
    assert "\n" not in sentence
    assert found is None or not found.are_free
