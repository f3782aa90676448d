"""What keys and headers tell about themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.catalogue.loader import Catalogue
from providers.credentials import Secret
from providers.key_hints import hint_for_key, is_placeholder, looks_like_credential, names_a_secret

CATALOGUE = Catalogue()
VENDORS = [
    ("sk-or-v1-0123", "openrouter", "OpenRouter"),
    ("sk-ant-api03-0123", "anthropic", "Anthropic"),
    ("sk-proj-0123", "openai", "OpenAI"),
    ("sk-svcacct-0123", "openai", "OpenAI"),
    ("gsk_0123", "groq", "Groq"),
    ("AIzaSy0123", "gemini", "Google Gemini"),
    ("xai-0123", "grok", "xAI"),
    ("pplx-0123", "perplexity", "Perplexity"),
    ("fw_0123", "fireworks", "Fireworks"),
    ("tgp_v1_0123", "together", "Together AI"),
    ("vck_0123", "vercel", "Vercel AI Gateway"),
    ("r8_0123", "", "Replicate"),
    ("hf_0123", "", "Hugging Face"),
]


@pytest.mark.parametrize(("key", "owner", "vendor"), VENDORS)
def test_a_key_of_another_vendor_is_named_and_its_own_is_not(key: str, owner: str, vendor: str) -> None:
    for preset_id in ("openai", "anthropic", "openrouter", "groq", "gemini", "grok", "mistral", "vercel", owner):
        if not preset_id:
            continue
        preset = CATALOGUE.preset(preset_id)
        assert preset is not None
        hint = hint_for_key(Secret(key), preset)
        if preset_id == owner:
            assert hint == ""
        else:
            assert f"for {vendor}, not for {preset.name}" in hint
            assert key not in hint


def test_openrouter_wants_a_key_of_its_own() -> None:
    preset = CATALOGUE.preset("openrouter")
    assert hint_for_key(Secret("sk-0123456789"), preset) == (
        "Keys for OpenRouter start with sk-or-, and this one does not."
    )


@pytest.mark.parametrize("preset_id", ["openai", "deepseek", "moonshot", "qwen", "mistral", "anthropic"])
def test_plain_sk_says_nothing(preset_id: str) -> None:
    assert hint_for_key(Secret("sk-0123456789abcdef"), CATALOGUE.preset(preset_id)) == ""


@pytest.mark.parametrize("preset_id", ["litellm", "vllm", "ollama", "lmstudio"])
def test_servers_that_run_anywhere_may_take_any_key(preset_id: str) -> None:
    for key, _, _ in VENDORS:
        assert hint_for_key(Secret(key), CATALOGUE.preset(preset_id)) == ""
        assert hint_for_key(Secret(key), None) == ""


@given(st.text())
def test_no_key_is_ever_shown(key: str) -> None:
    secret = Secret(f"sk-or-{key}")
    hint = hint_for_key(secret, CATALOGUE.preset("openai"))
    assert secret.reveal() == "sk-or-" or secret.reveal() not in hint


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Authorization", "Bearer 0123456789"),
        ("X-Gateway-Token", "0123456789abcdef"),
        ("x-api-key", "sk-0123456789"),
        ("Cookie", "sk-or-v1-0123456789"),
        ("X-Upstream", "Bearer abcdefghij"),
        ("X-Client-Secret", "abcdefgh"),
    ],
)
def test_a_header_with_a_credential_is_noticed(name: str, value: str) -> None:
    assert looks_like_credential(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Team", "blue"),
        ("X-Title", "A conversation about keys and tokens"),
        ("X-Max-Tokens", "128000000"),
        ("HTTP-Referer", "https://example.com"),
        ("X-Api-Key", "not-needed"),
        ("Authorization", "Bearer ollama"),
        ("X-Auth-Mode", "none"),
        ("Authorization", "Bearer "),
        ("X-Token", ""),
    ],
)
def test_other_headers_are_left_in_peace(name: str, value: str) -> None:
    assert not looks_like_credential(name, value)


def test_names_and_placeholders() -> None:
    assert names_a_secret("X-Gateway-TOKEN")
    assert not names_a_secret("X-Team")
    assert is_placeholder(" LM-Studio\n")
    assert not is_placeholder("sk-0123")
