"""Base URLs in every published spelling, and URLs as they may be shown."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.catalogue.quirks import Quirks
from providers.errors import BadConfig
from providers.formats.urls import (
    AZURE_API_VERSION,
    api_url,
    base_url_problem,
    chat_url,
    complete_typed,
    display_url,
    models_url,
    origin_url,
    split_userinfo,
    with_query,
)
from providers.request import WireFormat

CHAT, RESPONSES = WireFormat.OPENAI_CHAT, WireFormat.OPENAI_RESPONSES
MESSAGES, OLLAMA = WireFormat.ANTHROPIC_MESSAGES, WireFormat.OLLAMA_CHAT


@pytest.mark.parametrize(
    ("base", "prefix"),
    [
        ("https://api.openai.com", "https://api.openai.com/v1"),
        ("https://api.openai.com/v1", "https://api.openai.com/v1"),
        ("https://api.openai.com/v1/", "https://api.openai.com/v1"),
        ("  https://api.openai.com/v1//  ", "https://api.openai.com/v1"),
        ("HTTPS://api.openai.com", "https://api.openai.com/v1"),
        ("https://api.deepseek.com", "https://api.deepseek.com/v1"),
        ("https://api.deepseek.com/v1", "https://api.deepseek.com/v1"),
        ("http://localhost:8000", "http://localhost:8000/v1"),
        ("http://localhost:1234/v1", "http://localhost:1234/v1"),
        (
            "https://generativelanguage.googleapis.com/v1beta/openai/",
            "https://generativelanguage.googleapis.com/v1beta/openai",
        ),
        (
            "https://generativelanguage.googleapis.com/v1beta",
            "https://generativelanguage.googleapis.com/v1beta/openai",
        ),
        ("https://generativelanguage.googleapis.com", "https://generativelanguage.googleapis.com/v1beta/openai"),
        ("https://api.cohere.com/compatibility/v1", "https://api.cohere.com/compatibility/v1"),
        (
            "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
            "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
        ),
        ("https://api.groq.com/openai/v1", "https://api.groq.com/openai/v1"),
        ("https://api.fireworks.ai/inference/v1", "https://api.fireworks.ai/inference/v1"),
        ("https://openrouter.ai/api/v1", "https://openrouter.ai/api/v1"),
        ("https://openrouter.ai/api", "https://openrouter.ai/api/v1"),
        ("https://api.z.ai/api/paas/v4", "https://api.z.ai/api/paas/v4"),
        ("https://api.perplexity.ai", "https://api.perplexity.ai"),
        ("https://chatgpt.com/backend-api/codex", "https://chatgpt.com/backend-api/codex"),
        ("https://RES.openai.azure.com/openai/v1", "https://RES.openai.azure.com/openai/v1"),
        ("https://RES.openai.azure.com/openai/v1/", "https://RES.openai.azure.com/openai/v1"),
        ("https://ai-gateway.vercel.sh/v1/...", "https://ai-gateway.vercel.sh/v1"),
        ("http://0.0.0.0:8000", "http://127.0.0.1:8000/v1"),
        ("http://[::]:8000/v1", "http://[::1]:8000/v1"),
        ("https://user:pass@gw.example.com:8443/llm", "https://user:pass@gw.example.com:8443/llm/v1"),
    ],
)
def test_every_spelling_of_a_base_leads_to_the_chat_api(base: str, prefix: str) -> None:
    assert chat_url(base, CHAT) == f"{prefix}/chat/completions"
    assert models_url(base, CHAT) == f"{prefix}/models"
    assert chat_url(base, RESPONSES) == f"{prefix}/responses"


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://api.openai.com/v1/chat/completions",
        "https://api.openai.com/v1/chat/completions/",
        "https://gw.example.com/team/chat/completions",
        "https://api.perplexity.ai/chat/completions",
        "http://localhost:8000/v1/chat/completions?tenant=7",
    ],
)
def test_a_pasted_endpoint_is_used_as_it_is(endpoint: str) -> None:
    assert chat_url(endpoint, CHAT) == endpoint.rstrip("/")


def test_a_pasted_endpoint_also_tells_where_models_are_listed() -> None:
    assert models_url("https://gw.example.com/team/chat/completions", CHAT) == "https://gw.example.com/team/models"
    assert models_url("https://api.openai.com/v1/models", CHAT) == "https://api.openai.com/v1/models"
    assert chat_url("https://api.openai.com/v1/models", CHAT) == "https://api.openai.com/v1/chat/completions"


AZURE = "https://RES.openai.azure.com"
DATED = f"?api-version={AZURE_API_VERSION}"


@pytest.mark.parametrize(
    ("base", "format", "url"),
    [
        (AZURE, CHAT, f"{AZURE}/openai/deployments/my-gpt/chat/completions{DATED}"),
        (f"{AZURE}/openai", CHAT, f"{AZURE}/openai/deployments/my-gpt/chat/completions{DATED}"),
        (
            f"{AZURE}?api-version=2024-06-01",
            CHAT,
            f"{AZURE}/openai/deployments/my-gpt/chat/completions?api-version=2024-06-01",
        ),
        (
            f"{AZURE}/openai/deployments/other?api-version=2024-06-01",
            CHAT,
            f"{AZURE}/openai/deployments/other/chat/completions?api-version=2024-06-01",
        ),
        (
            f"{AZURE}/openai/deployments/other/chat/completions?api-version=2024-06-01",
            CHAT,
            f"{AZURE}/openai/deployments/other/chat/completions?api-version=2024-06-01",
        ),
        (AZURE, RESPONSES, f"{AZURE}/openai/v1/responses"),
        (
            f"{AZURE}?api-version=2025-04-01-preview",
            RESPONSES,
            f"{AZURE}/openai/responses?api-version=2025-04-01-preview",
        ),
    ],
)
def test_azure_has_a_dated_api_and_one_called_v1(base: str, format: WireFormat, url: str) -> None:  # noqa: A002
    assert chat_url(base, format, model="my-gpt") == url


def test_azure_models_are_listed_beside_the_deployments() -> None:
    assert models_url(AZURE, CHAT) == f"{AZURE}/openai/models{DATED}"
    assert models_url(f"{AZURE}/openai/deployments/x?api-version=1", CHAT) == f"{AZURE}/openai/models?api-version=1"


def test_a_gateway_in_front_of_azure_is_told_by_its_flag() -> None:
    url = chat_url("https://apim.example.com/ai", CHAT, Quirks(azure=True), "a/b")
    assert url == f"https://apim.example.com/ai/openai/deployments/a%2Fb/chat/completions{DATED}"


def test_a_flag_tells_that_there_is_no_version_segment() -> None:
    quirks = Quirks(no_version_segment=True)
    assert chat_url("https://x.example.com", CHAT, quirks) == "https://x.example.com/chat/completions"


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("https://api.anthropic.com", "https://api.anthropic.com/v1/messages"),
        ("https://api.anthropic.com/v1", "https://api.anthropic.com/v1/messages"),
        ("https://api.anthropic.com/v1/messages", "https://api.anthropic.com/v1/messages"),
        ("https://proxy.example.com/v1/", "https://proxy.example.com/v1/messages"),
        ("https://openrouter.ai/api", "https://openrouter.ai/api/v1/messages"),
        ("http://localhost:11434", "http://localhost:11434/v1/messages"),
        ("https://api.z.ai/api/anthropic", "https://api.z.ai/api/anthropic/v1/messages"),
        ("https://api.deepseek.com/anthropic", "https://api.deepseek.com/anthropic/v1/messages"),
        ("https://api.minimax.io/anthropic", "https://api.minimax.io/anthropic/v1/messages"),
        ("https://ai-gateway.vercel.sh", "https://ai-gateway.vercel.sh/v1/messages"),
        ("https://gw.example.com/v1/ACCOUNT/anthropic", "https://gw.example.com/v1/ACCOUNT/anthropic/v1/messages"),
    ],
)
def test_messages_need_their_version_at_the_end(base: str, url: str) -> None:
    assert chat_url(base, MESSAGES) == url
    assert models_url(base, MESSAGES) == url.removesuffix("messages") + "models"
    assert api_url(base, MESSAGES, "/messages/count_tokens") == f"{url}/count_tokens"


@pytest.mark.parametrize("path", ["", "/", "/v1", "/api", "/api/", "/api/chat", "/api/tags", "/v1/chat/completions"])
def test_ollama_bases_may_end_in_other_apis(path: str) -> None:
    base = f"http://localhost:11434{path}"
    assert chat_url(base, OLLAMA) == "http://localhost:11434/api/chat"
    assert models_url(base, OLLAMA) == "http://localhost:11434/api/tags"
    assert api_url(base, OLLAMA, "/api/show") == "http://localhost:11434/api/show"


def test_calls_beside_the_api_start_at_the_root() -> None:
    assert origin_url("http://localhost:1234/v1/", "/api/v0/models") == "http://localhost:1234/api/v0/models"


def test_query_parameters_are_added_to_what_is_there() -> None:
    assert with_query("https://x/v1/models", limit=1000) == "https://x/v1/models?limit=1000"
    assert with_query("https://x/v1/models?a=1", after_id="m 1") == "https://x/v1/models?a=1&after_id=m+1"


@pytest.mark.parametrize("base", ["", "localhost:8000", "https://", "https://a b", "https://a:port", "nonsense"])
def test_a_base_that_is_no_url_is_a_configuration_error(base: str) -> None:
    with pytest.raises(BadConfig):
        chat_url(base, CHAT)


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("api.x.ai/v1", "https://api.x.ai/v1"),
        ("  'https://api.x.ai/v1' ", "https://api.x.ai/v1"),
        ("localhost:8000", "http://localhost:8000"),
        ("127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1"),
        ("192.168.1.7:1234", "http://192.168.1.7:1234"),
        ("[::1]:8000", "http://[::1]:8000"),
        ("gpu-box:8000", "http://gpu-box:8000"),
        ("gpu.local", "http://gpu.local"),
        (":11434", "http://127.0.0.1:11434"),
        ("0.0.0.0:11434", "http://127.0.0.1:11434"),
        ("8.8.8.8", "https://8.8.8.8"),
        ("llm.example.com:8443", "https://llm.example.com:8443"),
        ("http:/localhost:1", "http://localhost:1"),
        ("https//api.x.ai/v1", "https://api.x.ai/v1"),
        ("HTTP://LOCALHOST", "http://LOCALHOST"),
        ("u:p@gw.example.com", "https://u:p@gw.example.com"),
        ("hello world", "hello world"),
        ("", ""),
    ],
)
def test_what_a_person_types_is_completed(typed: str, url: str) -> None:
    assert complete_typed(typed) == url


def test_a_default_port_is_for_addresses_without_scheme_only() -> None:
    assert complete_typed("0.0.0.0", default_port=11434) == "http://127.0.0.1:11434"
    assert complete_typed("box:1", default_port=11434) == "http://box:1"
    assert complete_typed("https://box", default_port=11434) == "https://box"


def test_credentials_are_split_off_and_decoded() -> None:
    assert split_userinfo("https://u%40x:p%2Fw@h:1/v1?a=b") == ("https://h:1/v1?a=b", "u@x", "p/w")
    assert split_userinfo("https://h/v1") == ("https://h/v1", "", "")


@pytest.mark.parametrize(
    ("text", "corrected"),
    [
        ("localhost:8000/v1", 'base_url = "http://localhost:8000/v1"'),
        ("api.x.ai/v1", 'base_url = "https://api.x.ai/v1"'),
        ("https://me:hunter2@h.example.com/v1?key=abc", 'base_url = "https://h.example.com/v1?key=…"'),
        ("me:hunter2@h.example.com", 'base_url = "https://h.example.com"'),
        ("ftp://h.example.com", 'base_url = "https://h.example.com"'),
        ("https://h.example.com:99999", "base_url"),
        ("", "base_url"),
    ],
)
def test_a_hand_written_mistake_is_answered_with_the_corrected_line(text: str, corrected: str) -> None:
    problem = base_url_problem(text)
    assert problem is not None
    assert corrected in problem
    assert "hunter2" not in problem
    assert "abc" not in problem


@pytest.mark.parametrize("url", ["https://api.x.ai/v1", "http://localhost:8000", "http://[::1]:1/v1?api-version=1"])
def test_good_base_urls_have_no_problem(url: str) -> None:
    assert base_url_problem(url) is None


SECRET = st.text("abcdefghij/:@ %?#&=é\\", min_size=1, max_size=8).map(lambda text: f"sEcReT{text}sEcReT")


@given(SECRET, SECRET)
def test_a_shown_url_never_holds_a_password_or_a_query_value(password: str, value: str) -> None:
    for url in (
        f"https://user:{password}@h.example.com/v1?a={value}&{value.replace('=', '')}==",
        f"user:{password}@h?x={value}",
    ):
        assert "sEcReT" not in display_url(url)
        assert "sEcReT" not in (base_url_problem(url) or "")


@given(st.text(max_size=30), st.sampled_from(list(WireFormat)))
def test_any_text_is_a_url_or_a_sentence(text: str, wire_format: WireFormat) -> None:
    completed = complete_typed(text)
    display_url(text)
    problem = base_url_problem(completed)
    if problem is None:
        assert urlsplit(chat_url(completed, wire_format)).scheme in ("http", "https")
    else:
        assert "base_url" in problem
