"""Craft Agents: connections of both generations, as stored and as its documentation prints them."""

from __future__ import annotations

from app.config.settings import ProviderSettings
from app.importing.reading import read_import
from providers.catalogue.records import ModelInfo
from tests.importing.support import by_name, sample


def test_the_connections_of_a_config_json() -> None:
    imported = sample("craft/config.json")
    assert imported.source == "Craft Agents"
    assert [provider.settings for provider in imported.providers] == [
        ProviderSettings(
            name="anthropic-api", type="anthropic", label="Anthropic (API Key)", model="claude-sonnet-4-6"
        ),
        ProviderSettings(
            name="openrouter",
            type="openrouter",
            label="OpenRouter",
            base_url="https://openrouter.ai/api",
            model="anthropic/claude-opus-4.6",
            models=(ModelInfo("anthropic/claude-opus-4.6"), ModelInfo("openai/gpt-5")),
        ),
        ProviderSettings(
            name="deepseek",
            type="deepseek",
            format="anthropic-messages",
            label="DeepSeek",
            base_url="https://api.deepseek.com/anthropic",
            auth="bearer",
            models=(ModelInfo("deepseek-chat"),),
        ),
        ProviderSettings(
            name="internal-gateway",
            type="openai-compat",
            label="Internal gateway",
            base_url="https://llm.internal.example.com/v1",
            model="internal-large",
            models=(
                ModelInfo("internal-large", context_window=128_000, can_reason=True, supports_vision=True),
                ModelInfo("internal-small", supports_vision=False),
            ),
        ),
        ProviderSettings(
            name="ollama-local",
            type="ollama",
            label="Ollama",
            base_url="http://localhost:11434/v1",
            auth="none",
            models=(ModelInfo("llama3.1:8b"),),
        ),
        ProviderSettings(
            name="gemini",
            type="gemini",
            label="Gemini",
            model="gemini-2.5-pro",
            models=(ModelInfo("gemini-2.5-pro"),),
        ),
    ]
    assert imported.default_model == "openrouter/anthropic/claude-opus-4.6"
    assert imported.left_out == (
        "claude-max: it signs in with OAuth, which Parley does not do",
        "bedrock: Amazon Bedrock is not supported",
        "workspaces",
        "colorTheme",
    )
    assert by_name(imported)["gemini"].left_out == ("midStreamBehavior",)


def test_pi_compat_speaks_chat_completions_and_anthropic_compat_messages() -> None:
    text = "[{providerType: '%s', authType: 'api_key_with_endpoint', baseUrl: 'https://x.example.com/v1', apiKey: 'k'}]"
    (chat,) = read_import(text % "pi_compat", "connections.json").providers
    (messages,) = read_import(text % "anthropic_compat", "connections.json").providers
    assert chat.settings.type == "openai-compat"
    assert messages.settings.type == "anthropic"
    assert (chat.name, chat.key and chat.key.reveal()) == ("x", "k")


def test_a_messages_address_that_its_preset_does_not_list_stays_what_it_is() -> None:
    text = '{"providerType": "anthropic_compat", "baseUrl": "https://api.moonshot.ai/anthropic", "models": []}'
    (provider,) = read_import(text, "connection.json").providers
    assert provider.settings == ProviderSettings(
        name="moonshot", type="anthropic", base_url="https://api.moonshot.ai/anthropic"
    )
