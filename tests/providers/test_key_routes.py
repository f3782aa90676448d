"""Where keys may go, and how."""

from __future__ import annotations

import pytest

from app.config.settings import ProviderSettings
from app.connections.routes import Route, route
from providers.catalogue.loader import Catalogue
from providers.errors import BadConfig

ENVIRON = {"OPENAI_API_KEY": "sk-1", "ANTHROPIC_API_KEY": "sk-2", "VLLM_API_KEY": "v-3", "OLLAMA_API_KEY": "o-4"}


def routed(type_: str, base_url: str, **more: str) -> Route:
    catalogue = Catalogue()
    preset = catalogue.kind_preset(type_, base_url) or catalogue.preset(type_)
    assert preset is not None
    settings = ProviderSettings(
        "work", type_, base_url=base_url, api_key=more.get("api_key", ""), auth=more.get("auth", "")
    )
    return route(settings, preset, ENVIRON)


@pytest.mark.parametrize(
    ("type_", "base_url"),
    [
        ("openai", "http://api.openai.com/v1"),
        ("openai-compat", "HTTP://api.openai.com/v1"),
        ("anthropic", "http://api.anthropic.com"),
        ("ollama", "http://ollama.com"),
    ],
)
def test_a_key_from_the_environment_does_not_go_to_its_vendor_unencrypted(type_: str, base_url: str) -> None:
    with pytest.raises(BadConfig, match="without encryption") as caught:
        routed(type_, base_url)
    assert "https://" in caught.value.hint


def test_a_key_written_beside_the_url_goes_where_it_says() -> None:
    assert routed("openai", "http://api.openai.com/v1", api_key="$OPENAI_API_KEY").key is not None


@pytest.mark.parametrize("base_url", ["http://localhost:8000", "http://192.168.1.7:8000"])
def test_servers_of_ones_own_get_their_key_without_encryption(base_url: str) -> None:
    assert routed("vllm", base_url).key is not None


def test_an_encrypted_way_is_fine() -> None:
    assert routed("openai", "https://api.openai.com/v1").key is not None


def test_signing_in_with_oauth_is_said_not_to_be_there() -> None:
    with pytest.raises(BadConfig, match="OAuth") as caught:
        routed("openai", "https://api.openai.com/v1", auth="oauth")
    assert "api_key" in caught.value.hint
    assert "[providers.work]" in caught.value.hint
