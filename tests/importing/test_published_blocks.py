"""Every configuration that OpenCrust, KruxOS and Craft Agents print in their documentation can be imported as it is."""

from __future__ import annotations

import pytest
import tomli_w

from app.config.load import load_text
from app.config.settings import ProviderSettings
from app.importing.reading import read_import
from app.importing.values import ImportFailed
from providers.catalogue.records import ModelInfo
from tests.connections.making import roster_of
from tests.importing.support import SAMPLES, config_table

# Where each block of the three leads, in the order in which they are printed.
EXPECTED: tuple[tuple[ProviderSettings, ...], ...] = (
    (
        ProviderSettings(
            name="custom-openai", type="openai", base_url="https://my-proxy.example.com/v1", model="gpt-4o"
        ),
        ProviderSettings(name="remote-ollama", type="ollama", base_url="http://192.168.1.100:11434", model="llama3.1"),
        ProviderSettings(
            name="custom-anthropic",
            type="anthropic",
            base_url="https://my-anthropic-proxy.com",
            model="claude-sonnet-4-5-20250929",
        ),
    ),
    (ProviderSettings(name="claude", type="anthropic", model="claude-sonnet-4-5-20250929"),),
    (ProviderSettings(name="gpt", type="openai", model="gpt-4o"),),
    (ProviderSettings(name="local", type="ollama", base_url="http://localhost:11434", model="llama3.1"),),
    (ProviderSettings(name="sansa", type="sansa", model="sansa-auto"),),
    (ProviderSettings(name="deepseek", type="deepseek", model="deepseek-chat"),),
    (ProviderSettings(name="mistral", type="mistral", model="mistral-large-latest"),),
    (ProviderSettings(name="gemini", type="gemini", model="gemini-2.5-flash"),),
    (ProviderSettings(name="falcon", type="falcon", model="tiiuae/falcon-180b-chat"),),
    (ProviderSettings(name="jais", type="jais", model="jais-adapted-70b-chat"),),
    (ProviderSettings(name="qwen", type="qwen", model="qwen-plus"),),
    (ProviderSettings(name="yi", type="yi", model="yi-large"),),
    (ProviderSettings(name="cohere", type="cohere", model="command-r-plus"),),
    (ProviderSettings(name="minimax", type="minimax", model="MiniMax-Text-01"),),
    (
        ProviderSettings(
            name="moonshot", type="moonshot", base_url="https://api.moonshot.cn/v1", model="kimi-k2-0711-preview"
        ),
    ),
    (ProviderSettings(name="my-vllm", type="vllm", model="Qwen/Qwen2.5-7B-Instruct"),),
    (
        ProviderSettings(name="claude-sonnet", type="anthropic", model="claude-sonnet-4-5-20250929"),
        ProviderSettings(name="claude-haiku", type="anthropic", model="claude-haiku-4-5-20251001"),
        ProviderSettings(name="gpt4o", type="openai", model="gpt-4o"),
        ProviderSettings(name="gpt4o-mini", type="openai", model="gpt-4o-mini"),
    ),
    (ProviderSettings(name="claude-api", type="anthropic", label="Claude Sonnet 4.6", model="claude-sonnet-4-6"),),
    (ProviderSettings(name="openai-api", type="openai", label="GPT-5.4", model="gpt-5.4"),),
    (),  # ChatGPT by subscription: refused by name, see below.
    (ProviderSettings(name="gemini-api", type="gemini", label="Gemini 2.5 Flash", model="gemini-2.5-flash"),),
    (
        ProviderSettings(
            name="deepseek",
            type="deepseek",
            label="DeepSeek V3",
            base_url="https://api.deepseek.com/v1",
            model="deepseek-chat",
        ),
    ),
    (ProviderSettings(name="glm-5", type="glm", label="GLM-5", base_url="https://api.z.ai/v1", model="glm-5"),),
    (ProviderSettings(name="grok", type="grok", label="Grok 4", model="grok-4"),),
    (ProviderSettings(name="mistral", type="mistral", label="Mistral Large", model="mistral-large-latest"),),
    (ProviderSettings(name="groq", type="groq", label="Groq Llama 3.3 70B", model="llama-3.3-70b-versatile"),),
    (
        ProviderSettings(
            name="openrouter", type="openrouter", label="OpenRouter", model="meta-llama/llama-3.1-405b-instruct"
        ),
    ),
    (
        ProviderSettings(
            name="local-default",
            type="ollama",
            label="Local Llama",
            base_url="http://localhost:11434",
            auth="none",
            model="llama3.3:8b",
        ),
    ),
    (
        ProviderSettings(
            name="my-custom-provider",
            type="openai",
            label="My Custom Provider",
            base_url="https://my-api.example.com/v1",
            model="my-model",
        ),
    ),
    (
        ProviderSettings(
            name="ollama",
            type="ollama",
            base_url="http://localhost:11434",
            models=(ModelInfo("llama3.3:70b"), ModelInfo("mistral:7b")),
        ),
    ),
)


def _blocks() -> list[tuple[str, str]]:
    parts = (SAMPLES / "seed_blocks.txt").read_text("utf-8").split("=== ")[1:]
    return [(source, text) for source, _, text in (part.partition("\n") for part in parts)]


BLOCKS = _blocks()
CASES = [
    pytest.param(source, text, expected, id=expected[0].name if expected else "codex-subscription")
    for (source, text), expected in zip(BLOCKS, EXPECTED, strict=True)
]


@pytest.mark.parametrize(("source", "text", "expected"), [case for case in CASES if case.values[2]])
def test_a_published_block_becomes_these_settings(
    source: str, text: str, expected: tuple[ProviderSettings, ...]
) -> None:
    imported = read_import(text, "pasted.txt")
    assert imported.source == source
    assert tuple(provider.settings for provider in imported.providers) == expected
    assert imported.left_out == ()
    assert all(provider.key is None for provider in imported.providers)


def test_a_subscription_is_refused_by_name() -> None:
    text = next(text for _, text in BLOCKS if "openai-codex" in text)
    with pytest.raises(ImportFailed, match="codex-subscription: signing in with a ChatGPT account is not supported"):
        read_import(text, "models.yaml")


@pytest.mark.parametrize(("source", "text", "expected"), CASES)
def test_what_becomes_of_a_published_block_is_a_valid_configuration_with_a_way_to_the_server(
    source: str, text: str, expected: tuple[ProviderSettings, ...]
) -> None:
    written = tomli_w.dumps({"providers": {settings.name: config_table(settings) for settings in expected}})
    loaded = load_text(written, {})
    assert loaded.problems == ()
    assert tuple(loaded.settings.providers.values()) == expected
    roster = roster_of(*loaded.settings.providers.values())
    for settings in expected:
        route = roster.route(settings.name)
        assert route.endpoint.base_url
        assert bool(route.correction) == (settings.base_url == "https://api.z.ai/v1")
