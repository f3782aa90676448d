"""OpenCrust: its `llm` section, whose provider types are called as Parley's presets are."""

from __future__ import annotations

import pytest

from app.config.settings import ProviderSettings
from app.importing.reading import read_import
from providers.catalogue.loader import Catalogue
from tests.importing.support import by_name, sample


def test_an_opencrust_config_with_gateway_and_channels_beside() -> None:
    imported = sample("opencrust/config.yml")
    assert imported.source == "OpenCrust"
    assert [provider.settings for provider in imported.providers] == [
        ProviderSettings(name="main", type="anthropic", model="claude-sonnet-4-5-20250929"),
        ProviderSettings(
            name="proxy",
            type="openai",
            base_url="https://my-proxy.example.com/v1",
            api_key="${PROXY_KEY}",
            model="gpt-4o",
        ),
        ProviderSettings(name="gemini", type="gemini", model="gemini-2.5-flash"),
        ProviderSettings(
            name="minimax", type="minimax", base_url="https://api.minimaxi.chat/v1", model="MiniMax-Text-01"
        ),
        ProviderSettings(name="gpu", type="vllm", base_url="http://10.0.0.7:8000", model="Qwen/Qwen2.5-7B-Instruct"),
    ]
    assert imported.left_out == (
        "other: its provider mysterious is unknown here",
        "chatgpt: signing in with a ChatGPT account is not supported",
        "gateway",
        "channels",
    )


def test_an_address_is_completed_corrected_and_freed_of_credentials_and_that_is_said() -> None:
    providers = by_name(sample("opencrust/config.yml"))
    assert providers["proxy"].notes == ("its address was completed to https://my-proxy.example.com/v1",)
    assert providers["minimax"].notes == (
        "MiniMax does not answer at https://api.minimaxi.chat/v1; Parley uses https://api.minimax.io/v1 instead.",
    )
    assert providers["gpu"].notes == ("the credentials in its address are its key here",)
    key = providers["gpu"].key
    assert key is not None
    assert key.reveal() == "planted-url-password"


@pytest.mark.parametrize(
    "kind",
    [
        "sansa",
        "deepseek",
        "mistral",
        "gemini",
        "falcon",
        "jais",
        "qwen",
        "yi",
        "cohere",
        "minimax",
        "vllm",
        "anthropic",
        "openai",
        "ollama",
    ],
)
def test_each_opencrust_type_is_the_preset_of_that_name(kind: str) -> None:
    (provider,) = read_import(f"llm:\n  it:\n    provider: {kind}\n    model: m\n", "config.yml").providers
    assert provider.settings == ProviderSettings(name="it", type=kind, model="m")
    assert Catalogue().preset(kind) is not None


def test_moonshot_stays_at_the_address_where_its_key_was_made() -> None:
    (provider,) = read_import("llm:\n  kimi:\n    provider: moonshot\n", "config.yml").providers
    assert provider.settings.base_url == "https://api.moonshot.cn/v1"
    assert provider.settings.type == "moonshot"
