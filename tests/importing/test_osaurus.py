"""Osaurus: host, protocol, port and base path put together; secrets are in the Keychain."""

from __future__ import annotations

import json

import pytest

from app.config.settings import ProviderSettings
from app.importing.reading import read_import
from providers.catalogue.records import ModelInfo
from tests.importing.support import by_name, sample


def test_the_providers_of_a_remote_json() -> None:
    imported = sample("osaurus/remote.json")
    assert imported.source == "Osaurus"
    assert [provider.settings for provider in imported.providers] == [
        ProviderSettings(
            name="anthropic", type="anthropic", label="Anthropic", base_url="https://api.anthropic.com/v1"
        ),
        ProviderSettings(
            name="my-gateway",
            type="openai-compat",
            label="My Gateway",
            base_url="https://gateway.example.com:8443/llm/v1",
            enabled=False,
            auto_connect=False,
            timeout=120,
            extra_headers={"X-Custom-Header": "value"},
            secret_headers=("X-Gateway-Token", "Authorization"),
            models=(ModelInfo("house-model"),),
        ),
        ProviderSettings(name="openai", type="openai", format="openai-responses", label="OpenAI"),
        ProviderSettings(name="venice-ai", type="venice", label="Venice AI", base_url="https://api.venice.ai/v1"),
        ProviderSettings(
            name="ollama", type="ollama", label="Ollama", base_url="http://localhost:11434/v1", auth="none"
        ),
    ]
    assert imported.left_out == ("chatgpt: signing in with a ChatGPT account is not supported",)


def test_secret_headers_are_named_and_a_token_written_openly_is_set_apart() -> None:
    gateway = by_name(sample("osaurus/remote.json"))["my-gateway"]
    assert gateway.secret_headers["Authorization"].reveal() == "Bearer planted-osaurus-token"
    assert set(gateway.secret_headers) == {"Authorization"}
    assert gateway.key_elsewhere


@pytest.mark.parametrize(
    ("parts", "base_url"),
    [
        ({"host": "gpu.lan", "providerProtocol": "http", "port": 8080}, "http://gpu.lan:8080/v1"),
        ({"host": "gpu.example.com:9000/api", "basePath": "/v1/"}, "https://gpu.example.com:9000/api/v1"),
        ({"host": "gpu.example.com", "port": 443, "basePath": ""}, "https://gpu.example.com"),
        (
            {"host": "gpu.example.com", "providerProtocol": "http", "port": 80, "basePath": "v1"},
            "http://gpu.example.com/v1",
        ),
        ({"host": "[::1]", "providerProtocol": "http", "port": 1234}, "http://[::1]:1234/v1"),
    ],
)
def test_an_address_is_put_together_from_its_parts(parts: dict[str, object], base_url: str) -> None:
    row = {"name": "it", "authType": "none", **parts}
    (provider,) = read_import(json.dumps({"providers": [row]}), "remote.json").providers
    assert provider.settings.base_url == base_url


def test_googles_own_api_at_another_host_is_refused_by_name() -> None:
    rows = [
        {"name": "Proxy", "host": "gemini.example.com", "basePath": "/v1beta", "providerType": "gemini"},
        {
            "name": "Google",
            "host": "generativelanguage.googleapis.com",
            "basePath": "/v1beta",
            "providerType": "gemini",
        },
    ]
    imported = read_import(json.dumps({"providers": rows}), "remote.json")
    assert [provider.settings.type for provider in imported.providers] == ["gemini"]
    assert imported.left_out == ("proxy: it speaks Google's own API at gemini.example.com, which Parley does not",)
