"""llm: keys by name, and models grouped by the server they are on."""

from __future__ import annotations

from app.config.settings import ProviderSettings
from providers.catalogue.records import ModelInfo
from tests.importing.support import by_name, sample


def test_keys_become_providers_of_the_presets_they_are_called_after() -> None:
    imported = sample("llm/keys.json")
    assert [provider.settings for provider in imported.providers] == [
        ProviderSettings(name="openai", type="openai"),
        ProviderSettings(name="claude", type="anthropic"),
    ]
    assert [provider.key and provider.key.reveal() for provider in imported.providers] == [
        "sk-planted-llm-openai",
        "sk-ant-planted",
    ]
    assert imported.left_out == (
        "personal: it is a key of no provider that Parley knows: give it with `parley keys set`",
    )


def test_models_on_one_server_are_one_provider() -> None:
    imported = sample("llm/extra-openai-models.yaml")
    assert [provider.settings for provider in imported.providers] == [
        ProviderSettings(name="openai", type="openai", models=(ModelInfo("gpt-3.5-turbo-0613"),)),
        ProviderSettings(
            name="openai-compat",
            type="openai-compat",
            base_url="http://localhost:8080",
            models=(ModelInfo("orca-mini-3b.ggmlv3", "orca-openai-compat"),),
        ),
        ProviderSettings(
            name="openrouter",
            type="openrouter",
            extra_headers={"HTTP-Referer": "https://llm.datasette.io/", "X-Title": "LLM"},
            models=(
                ModelInfo("anthropic/claude-2", "claude"),
                ModelInfo("moonshotai/kimi-k2", "kimi", supports_vision=True, supports_function_calling=True),
            ),
        ),
        ProviderSettings(
            name="yourcustomproxy",
            type="openai-responses",
            base_url="https://yourcustomproxy.example.com/",
            secret_headers=("apikey",),
            models=(ModelInfo("gpt-4o", "wagtail"),),
        ),
    ]
    assert imported.left_out == ("davinci: it uses the old API for completions, which Parley does not speak",)


def test_a_key_kept_under_a_name_is_said_and_a_secret_header_moved() -> None:
    providers = by_name(sample("llm/extra-openai-models.yaml"))
    assert (
        "its key is kept under the name openrouter in keys.json of llm, not in this file"
        in providers["openrouter"].notes
    )
    assert providers["yourcustomproxy"].secret_headers["apikey"].reveal() == "planted-llm-header"
    assert providers["openai"].left_out == ("[].aliases",)
