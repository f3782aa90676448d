"""`parley models`, against the demo server over loopback."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from providers.catalogue.loader import Catalogue
from providers.demo import DemoServer
from tests.cli.terminal import Terminal

CONFIG = """
favourite_models = ["work/house-model"]
[providers.chat]
type = "openai-compat"
base_url = "URL/v1"
api_key = "demo-key"
[providers.work]
type = "openai-compat"
base_url = "http://127.0.0.1:9/v1"
api_key = "x"
[[providers.work.models]]
id = "house-model"
cost_per_1m_in = 0
cost_per_1m_out = 0
[[providers.work.models]]
id = "house-model-large"
name = "House Model"
cost_per_1m_in = "0.50"
cost_per_1m_out = 1.5
context_window = 32000
supports_vision = true
tiers = [{ above_input = 16000, cost_per_1m_in = 1 }]
[[providers.work.models]]
id = "mystery"
[providers.keyless]
type = "anthropic"
[providers.off]
type = "groq"
enabled = false
"""


@pytest.fixture
def models(terminal: Terminal, demo: DemoServer) -> Terminal:
    terminal.home.mkdir(parents=True, exist_ok=True)
    terminal.locations.config_file.write_text(CONFIG.replace("URL", demo.url))
    return terminal


def by_id(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    assert all(next(iter(row)) == "id" for row in rows)
    return {row["id"]: row for row in rows}


def row(terminal: Terminal, model: str) -> list[str]:
    """The cells of a model's line."""
    line = next(line for line in terminal.out.splitlines() if line.startswith(model + " "))
    return [cell.strip() for cell in line.split("  ") if cell.strip()]


def test_the_table_tells_free_unknown_and_known_prices_apart(models: Terminal) -> None:
    assert models.run("models", "--provider", "work") == 0
    assert "free or untracked" in row(models, "work/house-model")
    assert row(models, "work/house-model-large")[1:] == [
        "House Model", "0.50", "—", "1.5", "32k", "vision", "config", "from config.toml",
    ]  # fmt: skip
    assert row(models, "work/mystery")[1:5] == ["—", "—", "—", "—"]


def test_json_has_every_fact(models: Terminal) -> None:
    rows = by_id(models.json("models"))
    assert rows["work/house-model"]["price"] == "free or untracked"
    assert rows["work/house-model"]["is_favourite"] is True
    assert rows["work/mystery"]["price"] == "unknown"
    assert rows["work/mystery"]["cost_per_1m_in"] is None
    large = rows["work/house-model-large"]
    assert large["price"] == "known"
    assert large["cost_per_1m_out"] == "1.5"
    assert large["tiers"][0]["above_input"] == 16000
    assert large["price_source"] == "config"
    assert large["supports_vision"] is True
    assert large["supports_function_calling"] is None
    retiring = rows["keyless/claude-sonnet-4-5-20250929"]
    assert retiring["retires_on"] == "2026-11-30"
    assert retiring["list"] == "catalogue"


def test_a_model_that_is_gone_says_so(models: Terminal) -> None:
    models.run("models", "--provider", "keyless")  # the clock of these tests stands before the day
    assert any("retires on 2026-11-30" in cell for cell in row(models, "keyless/claude-sonnet-4-5-20250929"))


def test_the_models_of_a_disabled_provider_are_not_there_and_that_is_said(models: Terminal) -> None:
    assert models.run("models", "--provider", "off") == 0
    assert "parley providers enable off" in models.err


def test_a_refresh_asks_the_servers_and_says_which_failed(models: Terminal) -> None:
    assert "chat/eliza" not in by_id(models.json("models"))
    assert models.run("models", "--refresh", "--json") == 0
    rows = by_id(json.loads(models.out))
    assert rows["chat/eliza"]["list"] == "server"
    assert rows["chat/eliza"]["state"] == "connected"
    failures = models.err.splitlines()
    assert any(line.startswith("work: ") and "127.0.0.1:9" in line for line in failures)
    assert "keyless: no key, so it was not asked." in failures
    assert not any(line.startswith(("chat:", "off:")) for line in failures)


def test_a_refresh_that_brings_nothing_fails(models: Terminal) -> None:
    assert models.run("models", "--refresh", "--provider", "work") == 1
    assert "work/house-model" in models.out
    assert models.run("models", "--refresh", "--provider", "chat") == 0
    assert models.run("models", "--refresh", "--provider", "off") == 1
    assert "off is disabled" in models.err


def test_a_provider_that_does_not_exist_is_named_with_those_that_do(models: Terminal) -> None:
    assert models.run("models", "--provider", "caht") == 2
    assert "caht" in models.err
    assert "chat, work, keyless, off" in models.err


PRICED = '[providers.claude]\ntype = "anthropic"\nauto_connect = false\n'


def test_a_price_has_its_source_its_day_and_its_age_beside_it(terminal: Terminal) -> None:
    terminal.home.mkdir(parents=True, exist_ok=True)
    terminal.locations.config_file.write_text(PRICED)
    checked = Catalogue().prices.checked
    terminal.now = datetime.combine(checked, time(12), UTC) + timedelta(days=19)
    assert terminal.run("models") == 0
    assert f"catalogue {checked}, 19 days old" in row(terminal, "claude/claude-sonnet-4-6")
    assert terminal.err == ""
    found = by_id(terminal.json("models"))["claude/claude-sonnet-4-6"]
    assert (found["price_source"], found["price_age_days"]) == (f"catalogue {checked}", 19)
    assert found["cost_per_1m_cache_write_1h"] == "6"


def test_that_prices_are_old_is_said_once_on_stderr(terminal: Terminal) -> None:
    terminal.home.mkdir(parents=True, exist_ok=True)
    terminal.locations.config_file.write_text(PRICED)
    terminal.now = datetime.combine(Catalogue().prices.checked, time(12), UTC) + timedelta(days=61)
    assert terminal.run("models") == 0
    assert "61 days old" in terminal.out
    (note,) = terminal.err.splitlines()
    assert "prices are old and may have changed" in note
