"""aichat: clients by type and name, with its own addresses and variables."""

from __future__ import annotations

from app.config.settings import ProviderSettings
from providers.catalogue.records import ModelInfo
from tests.importing.support import by_name, config_rates, sample


def test_every_client_becomes_a_provider() -> None:
    imported = sample("aichat/config.yaml")
    assert imported.source == "aichat"
    assert [provider.settings for provider in imported.providers] == [
        ProviderSettings(
            name="openai",
            type="openai",
            timeout=10,
            proxy="http://127.0.0.1:3128",
            extra_headers={"OpenAI-Organization": "org-planted"},
        ),
        ProviderSettings(name="claude", type="anthropic", api_key="$CLAUDE_API_KEY"),
        ProviderSettings(name="gemini", type="gemini", base_url="https://generativelanguage.googleapis.com/v1beta"),
        ProviderSettings(
            name="local",
            type="openai-compat",
            base_url="http://localhost:8080/v1",
            models=(
                ModelInfo(
                    "llama3",
                    rates=config_rates(input="0", output="0"),
                    context_window=8192,
                    max_output_tokens=2048,
                    supports_function_calling=True,
                ),
            ),
        ),
        ProviderSettings(
            name="deepinfra",
            type="openai-compat",
            base_url="https://api.deepinfra.com/v1/openai",
            api_key="$DEEPINFRA_API_KEY",
            models=(
                ModelInfo(
                    "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8",
                    "maverick",
                    rates=config_rates(input="0.18", output="0.60"),
                    context_window=1_048_576,
                    supports_vision=True,
                ),
            ),
        ),
        ProviderSettings(
            name="moonshot",
            type="moonshot",
            base_url="https://api.moonshot.cn/v1",
            api_key="$MOONSHOT_CN_KEY",
        ),
        ProviderSettings(
            name="ollama",
            type="ollama",
            base_url="http://192.168.1.20:11434",
            secret_headers=("Authorization",),
            models=(ModelInfo("llama3", context_window=8192),),
        ),
        ProviderSettings(
            name="azure",
            type="azure",
            base_url="https://corp.openai.azure.com",
            models=(ModelInfo("gpt-4o-deployment", context_window=128_000),),
        ),
    ]
    assert imported.default_model == "local/llama3"
    assert imported.left_out == (
        "vertexai: Google Vertex AI is not supported",
        "bedrock: Amazon Bedrock is not supported",
        "save",
        "wrap",
        "rag_top_k",
    )


def test_keys_and_headers_of_aichat_go_to_the_key_store() -> None:
    providers = by_name(sample("aichat/config.yaml"))
    keys = {name: provider.key.reveal() for name, provider in providers.items() if provider.key}
    assert keys == {"openai": "sk-planted-aichat-openai", "azure": "planted-azure-key"}
    assert providers["ollama"].secret_headers["Authorization"].reveal() == "Basic planted-basic"


def test_the_variable_that_aichat_would_ask_is_kept_where_parley_would_ask_another() -> None:
    providers = by_name(sample("aichat/config.yaml"))
    assert "the file holds no key for it; until now $CLAUDE_API_KEY was asked" in providers["claude"].notes
    assert providers["gemini"].settings.api_key == ""


def test_embedding_models_and_patches_are_left_out_by_name() -> None:
    providers = by_name(sample("aichat/config.yaml"))
    assert providers["local"].left_out == ("bge-m3 (it is no model for chats)",)
    assert providers["gemini"].left_out == ("patches",)
