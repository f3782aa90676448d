"""Parley's own TOML, from another machine or from an export."""

from __future__ import annotations

from decimal import Decimal

import tomli_w

from app.config.settings import ProviderSettings
from app.importing.reading import read_import
from providers.catalogue.records import ModelInfo
from providers.costs import Rates, Tier
from tests.importing.support import by_name, config_table, sample


def test_a_config_toml_is_taken_over_with_its_key_set_apart() -> None:
    imported = sample("parley/config.toml")
    assert imported.source == "Parley"
    assert [provider.settings for provider in imported.providers] == [
        ProviderSettings(name="claude", type="anthropic", secret_headers=("X-Gateway-Token",)),
        ProviderSettings(name="local", type="ollama"),
        ProviderSettings(
            name="work",
            type="openai-compat",
            base_url="https://llm.example.com/v1",
            api_key="$WORK_KEY",
            extra_headers={"X-Team": "blue"},
            extra_body={"temperature": 0.2},
            models=(
                ModelInfo(
                    "house-model",
                    rates=Rates(
                        input=Decimal("0.50"),
                        output=Decimal("1.50"),
                        tiers=(Tier(200_000, input=Decimal(6), output=Decimal("22.5")),),
                        source="config",
                    ),
                ),
            ),
        ),
    ]
    key = by_name(imported)["claude"].key
    assert key is not None
    assert key.reveal() == "sk-ant-planted-parley"
    assert imported.default_model == "claude/claude-sonnet-4-6"
    assert imported.fallback_model == "local/llama3.1"


def test_a_provider_with_a_mistake_is_left_out_and_the_mistake_said_with_its_line() -> None:
    imported = sample("parley/config.toml")
    assert imported.left_out == ("line 26: providers.broken.type: 'anthropc' is no preset that Parley knows", "theme")


def test_what_an_import_gives_can_be_exported_and_imported_again() -> None:
    for name in ("crush/crush.json", "opencode/opencode.jsonc", "aichat/config.yaml", "osaurus/remote.json"):
        before = [provider.settings for provider in sample(name).providers]
        exported = tomli_w.dumps({"providers": {settings.name: config_table(settings) for settings in before}})
        again = read_import(exported, "exported.toml")
        assert [provider.settings for provider in again.providers] == before
        assert again.left_out == ()
