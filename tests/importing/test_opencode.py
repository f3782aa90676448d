"""opencode: its config with comments, and its auth.json."""

from __future__ import annotations

from decimal import Decimal

from app.config.settings import ProviderSettings
from app.importing.reading import read_import
from providers.catalogue.records import ModelInfo
from providers.costs import Rates, Tier
from tests.importing.support import by_name, sample


def test_a_custom_provider_keeps_references_headers_and_all_it_says_of_models() -> None:
    provider = by_name(sample("opencode/opencode.jsonc"))["myprovider"]
    assert provider.settings == ProviderSettings(
        name="myprovider",
        type="openai-compat",
        label="My AI Provider",
        base_url="https://api.myprovider.com/v1",
        api_key="$MYPROVIDER_API_KEY",
        extra_headers={"Authorization": "Bearer ${MYPROVIDER_TOKEN}", "X-Plan": "team"},
        models=(
            ModelInfo(
                "my-large-2026",
                "My Large",
                rates=Rates(
                    input=Decimal("1.25"),
                    output=Decimal(10),
                    cached_input=Decimal("0.125"),
                    cache_write=Decimal("1.5625"),
                    tiers=(Tier(200_000, input=Decimal("2.5"), output=Decimal(15)),),
                    source="config",
                ),
                context_window=400_000,
                max_output_tokens=65_536,
                can_reason=True,
                supports_attachments=True,
                supports_vision=True,
                supports_function_calling=True,
            ),
            ModelInfo("small"),
        ),
    )
    assert provider.left_out == ("models[].options", "models[].modalities.output")


def test_the_other_providers_of_an_opencode_config() -> None:
    imported = sample("opencode/opencode.jsonc")
    settings = {provider.name: provider.settings for provider in imported.providers}
    assert list(settings) == [
        "anthropic",
        "myprovider",
        "gateway",
        "poolside",
        "lmstudio",
        "openrouter",
        "azure",
    ]
    assert settings["anthropic"] == ProviderSettings(
        name="anthropic", type="anthropic", base_url="https://api.anthropic.com/v1"
    )
    assert settings["gateway"] == ProviderSettings(
        name="gateway", type="openai-responses", base_url="https://gateway.example.com/v1"
    )
    assert settings["poolside"] == ProviderSettings(
        name="poolside",
        type="openai-compat",
        base_url="https://poolside.example.com/openai/v1",
        models=(ModelInfo("laguna", "Laguna"),),
    )
    assert settings["lmstudio"] == ProviderSettings(
        name="lmstudio",
        type="lmstudio",
        base_url="http://127.0.0.1:1234/v1",
        models=(ModelInfo("google/gemma-3n-e4b", "Gemma 3n-e4b (local)"),),
    )
    assert settings["openrouter"] == ProviderSettings(
        name="openrouter", type="openrouter", enabled=False, models=(ModelInfo("moonshotai/kimi-k2"),)
    )
    assert settings["azure"] == ProviderSettings(
        name="azure", type="azure", base_url="https://corp.openai.azure.com", api_key="$AZURE_KEY"
    )


def test_the_default_of_opencode_is_named_as_the_server_knows_it() -> None:
    imported = sample("opencode/opencode.jsonc")
    assert imported.default_model == "myprovider/my-large-2026"
    assert imported.left_out == (
        "amazon-bedrock: Amazon Bedrock is not supported",
        "small_model",
        "mcp",
        "permission",
    )


def test_a_default_whose_provider_is_not_in_the_file_is_said() -> None:
    text = '{"model": "anthropic/claude-sonnet-4-6", "provider": {"lmstudio": {}}}'
    imported = read_import(text, "opencode.json")
    assert imported.default_model == ""
    assert imported.left_out == ("the default model anthropic/claude-sonnet-4-6: its provider is not among these",)


def test_a_key_in_another_file_is_not_opened() -> None:
    provider = by_name(sample("opencode/opencode.jsonc"))["poolside"]
    assert provider.key is None
    assert provider.settings.api_key == ""
    assert provider.key_elsewhere
    assert provider.notes == ("its key is read from another file, which Parley does not open",)


def test_a_literal_key_goes_to_the_key_store() -> None:
    key = by_name(sample("opencode/opencode.jsonc"))["gateway"].key
    assert key is not None
    assert key.reveal() == "sk-planted-opencode"


def test_auth_json_gives_keys_to_presets_and_names_the_rest() -> None:
    imported = sample("opencode/auth.json")
    keys = {
        provider.name: (provider.settings.type, provider.key and provider.key.reveal())
        for provider in imported.providers
    }
    assert keys == {"openrouter": ("openrouter", "sk-or-planted"), "google": ("gemini", "planted-gemini-key")}
    assert imported.left_out == (
        "anthropic: it signs in with OAuth, which Parley does not do",
        "myprovider: its address is in opencode.json: import that, then give it the key",
        "amazon-bedrock: Amazon Bedrock is not supported",
    )
