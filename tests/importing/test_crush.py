"""Crush and Catwalk: types, keys and models; prices are in test_prices."""

from __future__ import annotations

from decimal import Decimal

from app.config.settings import ProviderSettings
from providers.catalogue.records import ModelInfo
from tests.importing.support import by_name, config_rates, sample


def test_a_crush_provider_at_a_known_host_becomes_that_preset() -> None:
    provider = by_name(sample("crush/crush.json"))["deepseek"]
    assert provider.settings == ProviderSettings(
        name="deepseek",
        type="deepseek",
        label="DeepSeek",
        base_url="https://api.deepseek.com/v1",
        api_key="$DEEPSEEK_API_KEY",
        models=(
            ModelInfo(
                "deepseek-chat",
                "Deepseek V3",
                rates=config_rates(input="0.27", output="1.1", cached_input="0.07"),
                context_window=64_000,
                default_max_tokens=5_000,
                can_reason=False,
                supports_attachments=False,
            ),
        ),
    )
    assert provider.key is None
    assert "the host api.deepseek.com belongs to DeepSeek, so its type is deepseek" in provider.notes


def test_ollama_written_as_openai_becomes_ollama() -> None:
    provider = by_name(sample("crush/crush.json"))["ollama"]
    assert provider.settings == ProviderSettings(
        name="ollama",
        type="ollama",
        label="Ollama",
        base_url="http://localhost:11434/v1/",
        models=(ModelInfo("qwen3:30b", "Qwen 3 30B", context_window=256_000, default_max_tokens=20_000),),
    )
    assert "it is spoken to in ollama-chat here, not in openai-chat" in provider.notes


def test_an_anthropic_gateway_keeps_its_address_and_its_secrets_are_set_apart() -> None:
    provider = by_name(sample("crush/crush.json"))["custom-anthropic"]
    assert provider.settings == ProviderSettings(
        name="custom-anthropic",
        type="anthropic",
        base_url="https://llm.corp.example/anthropic",
        extra_headers={"anthropic-version": "2023-06-01", "X-Team": "${TEAM}"},
        secret_headers=("X-Gateway-Token",),
        extra_body={"metadata": {"user_id": "team"}, "top_k": 40},
        models=(
            ModelInfo(
                "claude-sonnet-4-20250514",
                "Claude Sonnet 4",
                rates=config_rates(input="3", output="15", cached_input="0.3", cache_write="3.75"),
                context_window=200_000,
                default_max_tokens=50_000,
                can_reason=True,
                supports_attachments=True,
            ),
        ),
    )
    assert provider.key is not None
    assert provider.key.reveal() == "sk-planted-crush-anthropic"
    assert provider.secret_headers["X-Gateway-Token"].reveal() == "planted-gateway-token"
    assert provider.left_out == ("system_prompt_prefix", "models[].reasoning_levels", "extra_body.stop")


def test_a_key_from_a_command_is_left_out_and_nothing_runs() -> None:
    provider = by_name(sample("crush/crush.json"))["openai"]
    assert provider.settings == ProviderSettings(name="openai", type="openai", enabled=False)
    assert provider.key is None
    assert provider.key_elsewhere
    assert provider.notes == ("its key comes from a command, which Parley does not run",)


def test_a_local_server_of_type_openai_is_one_that_imitates_it_and_wants_no_key() -> None:
    provider = by_name(sample("crush/crush.json"))["llama-server"]
    assert provider.settings == ProviderSettings(
        name="llama-server", type="openai-compat", base_url="http://localhost:8080/v1"
    )
    assert provider.key is None
    assert not provider.key_elsewhere


def test_a_slash_in_a_name_is_replaced_and_a_default_beside_a_variable_dropped() -> None:
    provider = by_name(sample("crush/crush.json"))["work-gateway"]
    assert provider.settings == ProviderSettings(
        name="work-gateway",
        type="openai",
        base_url="https://gateway.example.com/openai",
        api_key="${GATEWAY_KEY}",
    )
    assert provider.notes == (
        "called work-gateway here, because a name holds no slash and nothing invisible",
        "what stands beside the variable of its key was left out: it would be a key in plain text",
    )


def test_what_parley_cannot_reach_is_named_with_the_reason() -> None:
    imported = sample("crush/crush.json")
    assert imported.source == "Crush"
    assert imported.default_model == "deepseek/deepseek-chat"
    assert imported.left_out == (
        "vertexai: Google Vertex AI is not supported",
        "copilot: GitHub Copilot is not supported",
        "cerebras: the file gives no address for it, and Parley knows none",
        "lsp",
        "mcp",
        "models.small",
        "models.large.max_tokens",
    )


def test_a_catwalk_file_in_the_older_spelling() -> None:
    imported = sample("catwalk/older.json")
    (provider,) = imported.providers
    assert imported.source == "Catwalk"
    assert provider.settings == ProviderSettings(
        name="openai",
        type="openai",
        label="OpenAI",
        api_key="$OPENAI_API_KEY",
        model="gpt-5",
        models=(
            ModelInfo(
                "gpt-5",
                "GPT-5",
                rates=config_rates(input="1.25", output="10", cached_input="0.25"),
                context_window=400_000,
                default_max_tokens=128_000,
                can_reason=True,
                supports_attachments=True,
            ),
            ModelInfo(
                "gpt-4.1-mini",
                "GPT-4.1 Mini",
                rates=config_rates(input="0.4", output="1.6", cached_input="0.1"),
                context_window=1_047_576,
                default_max_tokens=16_384,
                can_reason=False,
                supports_attachments=True,
            ),
            ModelInfo(
                "gpt-oss-free",
                "Free",
                rates=config_rates(input="0", output="0"),
                context_window=131_072,
                default_max_tokens=8_192,
            ),
        ),
    )
    assert provider.left_out == (
        "default_small_model_id",
        "models[].has_reasoning_efforts",
        "models[].default_reasoning_effort",
    )


def test_free_stays_free_and_what_nobody_priced_stays_unknown() -> None:
    (provider,) = sample("catwalk/older.json").providers
    free = provider.settings.models[2].rates
    assert free is not None
    assert free.are_free
    assert by_name(sample("crush/crush.json"))["ollama"].settings.models[0].rates is None


def test_a_catwalk_array_in_the_newer_spelling() -> None:
    imported = sample("catwalk/newer.json")
    anthropic, nebula = imported.providers
    assert anthropic.settings == ProviderSettings(
        name="anthropic",
        type="anthropic",
        label="Anthropic",
        api_key="$ANTHROPIC_API_KEY",
        model="claude-sonnet-4-6",
        models=(
            ModelInfo(
                "claude-sonnet-4-6",
                "Claude Sonnet 4.6",
                rates=config_rates(input="3", output="15", cached_input="0.3", cache_write="3.75"),
                context_window=200_000,
                default_max_tokens=128_000,
                can_reason=True,
                supports_vision=True,
            ),
        ),
    )
    assert nebula.settings == ProviderSettings(
        name="nebula",
        type="openai-compat",
        label="Nebula",
        base_url="https://api.nebula.example/v1",
        api_key="$NEBULA_API_KEY",
        model="nebula-large",
        extra_headers={"X-Client": "crush"},
        models=(
            ModelInfo(
                "nebula-large",
                "Nebula Large",
                rates=config_rates(input="0.5", output="2"),
                context_window=131_072,
                default_max_tokens=8_192,
                can_reason=False,
                supports_vision=False,
            ),
        ),
    )
    assert imported.left_out == ("bedrock: Amazon Bedrock is not supported",)


def test_prices_are_decimal_from_the_digits_of_the_file() -> None:
    (provider,) = sample("catwalk/older.json").providers
    rates = provider.settings.models[0].rates
    assert rates is not None
    assert rates.input == Decimal("1.25")
    assert isinstance(rates.input, Decimal)
