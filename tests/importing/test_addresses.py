"""From a type and an address elsewhere to a type and an address here."""

from __future__ import annotations

import pytest

from app.importing.addresses import NotSupported, find_address, wire_of
from providers.catalogue.loader import KINDS, Catalogue

CATALOGUE = Catalogue()


@pytest.mark.parametrize(
    ("kind", "typed", "expected"),
    [
        ("openai-compat", "https://api.groq.com/openai/v1", ("groq", "", "")),
        ("openai-compat", "api.groq.com/openai/v1/", ("groq", "", "")),
        ("openai", "https://corp.openai.azure.com", ("azure", "https://corp.openai.azure.com", "")),
        ("openai", "https://api.openai.com/v1", ("openai", "", "")),
        ("openai", "localhost:8080/v1", ("openai-compat", "http://localhost:8080/v1", "")),
        ("openai", "https://gateway.example.com/v1", ("openai", "https://gateway.example.com/v1", "")),
        ("openai-responses", "https://api.openai.com/v1", ("openai", "", "openai-responses")),
        ("openai-responses", "https://x.example.com/v1", ("openai-responses", "https://x.example.com/v1", "")),
        (
            "anthropic",
            "https://api.z.ai/api/anthropic",
            ("glm", "https://api.z.ai/api/anthropic", "anthropic-messages"),
        ),
        ("anthropic", "https://openrouter.ai/api", ("openrouter", "https://openrouter.ai/api", "")),
        ("anthropic", "http://localhost:11434", ("ollama", "http://localhost:11434", "")),
        ("openai-compat", "https://api.anthropic.com/v1", ("anthropic", "https://api.anthropic.com/v1", "")),
        ("openai-compat", "https://api.z.ai/v1", ("glm", "https://api.z.ai/v1", "")),
        (
            "gemini",
            "https://generativelanguage.googleapis.com/v1beta",
            ("gemini", "https://generativelanguage.googleapis.com/v1beta", ""),
        ),
        ("", "https://x.example.com/v1", ("openai-compat", "https://x.example.com/v1", "")),
        ("openai-compat", "https://x.example.com/a$b", ("openai-compat", "https://x.example.com/a$$b", "")),
        ("openai", "https://${HOST}/v1", ("openai", "https://${HOST}/v1", "")),
        ("deepseek", "https://proxy.example.com/v1", ("deepseek", "https://proxy.example.com/v1", "")),
        ("vllm", "http://10.0.0.7:9000", ("vllm", "http://10.0.0.7:9000", "")),
    ],
)
def test_an_address_tells_the_type(kind: str, typed: str, expected: tuple[str, str, str]) -> None:
    address = find_address(CATALOGUE, kind, wire_of(kind), typed, has_variables="${" in typed)
    assert (address.type, address.base_url, address.format) == expected
    assert address.type in (*CATALOGUE.preset_ids(), *KINDS)


@pytest.mark.parametrize(
    ("typed", "base_url", "secret"),
    [
        ("https://me:planted@x.example.com/v1", "https://x.example.com/v1", "planted"),
        ("https://planted@x.example.com/v1", "https://x.example.com/v1", "planted"),
        ("https://x.example.com/v1?api_key=planted&v=2", "https://x.example.com/v1?v=2", "planted"),
    ],
)
def test_credentials_in_an_address_become_the_key(typed: str, base_url: str, secret: str) -> None:
    address = find_address(CATALOGUE, "openai", wire_of("openai"), typed)
    assert address.base_url == base_url
    assert address.secret is not None
    assert address.secret.reveal() == secret
    assert "planted" not in repr(address)


@pytest.mark.parametrize(
    ("kind", "typed", "reason"),
    [
        ("openai-compat", "", "the file gives no address for it, and Parley knows none"),
        ("openai", "https://bad host/v1", "its address is not a URL"),
        ("openai", "ftp://x.example.com", "its address is not a URL"),
        (
            "gemini",
            "https://gemini.example.com",
            "it speaks Google's own API at gemini.example.com, which Parley does not",
        ),
    ],
)
def test_an_address_that_leads_nowhere_is_refused(kind: str, typed: str, reason: str) -> None:
    with pytest.raises(NotSupported) as refused:
        find_address(CATALOGUE, kind, wire_of(kind), typed)
    assert str(refused.value) == reason
