"""KruxOS: providers, defaults, `local` and `endpoint`; its keys are in a vault."""

from __future__ import annotations

from app.config.settings import ProviderSettings
from tests.importing.support import by_name, sample


def test_a_kruxos_file_with_an_anchor_merged() -> None:
    imported = sample("kruxos/models.yaml")
    assert imported.source == "KruxOS"
    assert [provider.settings for provider in imported.providers] == [
        ProviderSettings(name="claude-api", type="anthropic", label="Claude Sonnet 4.6", model="claude-sonnet-4-6"),
        ProviderSettings(
            name="deepseek",
            type="deepseek",
            label="DeepSeek V3",
            base_url="https://api.deepseek.com/v1",
            model="deepseek-chat",
        ),
        ProviderSettings(name="mistral", type="mistral", label="Mistral Large", model="mistral-large-latest"),
        ProviderSettings(
            name="openrouter",
            type="openrouter",
            label="OpenRouter",
            model="meta-llama/llama-3.1-405b-instruct",
            enabled=False,
        ),
        ProviderSettings(
            name="local-default",
            type="ollama",
            label="Local Llama",
            base_url="http://localhost:11434",
            auth="none",
            model="llama3.3:8b",
        ),
        ProviderSettings(
            name="llama-cpp",
            type="openai-compat",
            base_url="http://192.168.1.50:8080/v1",
            auth="none",
            model="qwen",
        ),
    ]


def test_the_defaults_for_chat_and_fallback_are_taken_over_with_their_models() -> None:
    imported = sample("kruxos/models.yaml")
    assert imported.default_model == "claude-api/claude-sonnet-4-6"
    assert imported.fallback_model == "local-default/llama3.3:8b"
    assert imported.left_out == (
        "codex-subscription: signing in with a ChatGPT account is not supported",
        "defaults.autonomous",
    )


def test_a_key_in_the_vault_of_kruxos_is_said_to_be_elsewhere() -> None:
    providers = by_name(sample("kruxos/models.yaml"))
    assert providers["claude-api"].key_elsewhere
    assert providers["claude-api"].notes == ("its key is kept in the vault of KruxOS, not in this file",)
    assert providers["claude-api"].left_out == ("thinking_effort",)
    assert not providers["local-default"].key_elsewhere
