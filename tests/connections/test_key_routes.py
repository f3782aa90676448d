"""Where keys may go, and how."""

from __future__ import annotations

import pytest

from app.config.settings import ProviderSettings
from app.connections.routes import Route
from providers.errors import BadConfig
from tests.connections import making

ENVIRON = {"OPENAI_API_KEY": "sk-1", "ANTHROPIC_API_KEY": "sk-2", "VLLM_API_KEY": "v-3", "OLLAMA_API_KEY": "o-4"}


def routed(type_: str, base_url: str, **more: str) -> Route:
    return making.routed(ProviderSettings("work", type_, base_url=base_url, **more), **ENVIRON)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("type_", "base_url", "more"),
    [
        ("openai", "http://api.openai.com/v1", {}),
        ("openai-compat", "HTTP://api.openai.com/v1", {}),
        ("anthropic", "http://api.anthropic.com", {}),
        ("ollama", "http://ollama.com", {}),
        ("openai", "http://api.openai.com/v1", {"api_key": "$OPENAI_API_KEY"}),
    ],
)
def test_a_key_does_not_go_unencrypted_into_the_world_by_itself(
    type_: str, base_url: str, more: dict[str, str]
) -> None:
    (consent,) = routed(type_, base_url, **more).consents
    assert "without encryption" in consent.question


@pytest.mark.parametrize("base_url", ["http://localhost:8000", "http://192.168.1.7:8000"])
def test_servers_of_ones_own_get_their_key_without_encryption(base_url: str) -> None:
    way = routed("vllm", base_url)
    assert way.key is not None
    assert way.consents == ()


def test_an_encrypted_way_is_fine() -> None:
    way = routed("openai", "https://api.openai.com/v1")
    assert way.key is not None
    assert way.consents == ()


def test_signing_in_with_oauth_is_said_not_to_be_there() -> None:
    with pytest.raises(BadConfig, match="OAuth") as caught:
        routed("openai", "https://api.openai.com/v1", auth="oauth")
    assert "api_key" in caught.value.hint
    assert "[providers.work]" in caught.value.hint
