"""Hosts, the presets they belong to, and base URLs that are known to be wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.catalogue.hosts import correct_base_url, host_of, hosts_of, is_local, owns
from providers.catalogue.loader import Catalogue
from providers.catalogue.records import Preset


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue()


def preset(catalogue: Catalogue, preset_id: str) -> Preset:
    found = catalogue.preset(preset_id)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://API.OpenAI.com/v1", "api.openai.com"),
        ("https://api.openai.com:443", "api.openai.com"),
        ("https://api.openai.com.:443/v1/", "api.openai.com"),
        ("http://localhost:11434", "localhost:11434"),
        ("http://127.0.0.1:11434/v1", "localhost:11434"),
        ("http://[::1]:1234", "localhost:1234"),
        ("http://0.0.0.0:8000", "localhost:8000"),
        ("http://[2001:db8::1]:8000", "[2001:db8::1]:8000"),
        ("https://user:secret@proxy.example/v1", "proxy.example"),
        ("http://host:notaport", ""),
        ("not a url", ""),
        ("", ""),
    ],
)
def test_host_of_a_url(url: str, host: str) -> None:
    assert host_of(url) == host


@given(st.text())
def test_any_text_has_a_host_or_none(text: str) -> None:
    assert isinstance(host_of(text), str)


def test_this_machine_is_local_under_all_its_names() -> None:
    assert is_local(host_of("http://[::1]:8000"))
    assert not is_local(host_of("http://localhost.example:8000"))


@pytest.mark.parametrize(
    ("url", "owner"),
    [
        ("https://api.openai.com/v1", "openai"),
        ("https://api.anthropic.com", "anthropic"),
        ("https://api.deepseek.com", "deepseek"),
        ("https://api.z.ai/v1", "glm"),
        ("https://api.minimaxi.chat/v1", "minimax"),
        ("https://api.minimaxi.com/v1", "minimax"),
        ("https://api.moonshot.cn/v1", "moonshot"),
        ("https://dashscope.aliyuncs.com/compatible-mode/v1", "qwen"),
        ("https://openrouter.ai/api", "openrouter"),
        ("https://generativelanguage.googleapis.com/v1beta", "gemini"),
        ("https://my-resource.openai.azure.com/openai/v1", "azure"),
        ("http://127.0.0.1:11434/v1", "ollama"),
        ("http://localhost:1234/v1", "lmstudio"),
    ],
)
def test_host_belongs_to_a_preset(catalogue: Catalogue, url: str, owner: str) -> None:
    found = catalogue.owner_of(url)
    assert found is not None
    assert found.id == owner


@pytest.mark.parametrize(
    "url",
    [
        "https://my-proxy.example.com/v1",
        "https://api.openai.com.evil.example",
        "https://evil-openai.azure.com",
        "http://192.168.1.100:11434",
        "http://localhost:9999",
        "https://api.openai.com:8443",
        "nonsense",
    ],
)
def test_host_belongs_to_nobody(catalogue: Catalogue, url: str) -> None:
    assert catalogue.owner_of(url) is None


def test_no_host_belongs_to_two_presets(catalogue: Catalogue) -> None:
    seen: dict[str, str] = {}
    for each in catalogue.all_presets():
        for host in hosts_of(each):
            assert seen.setdefault(host, each.id) == each.id


def test_every_preset_owns_its_own_addresses(catalogue: Catalogue) -> None:
    for each in catalogue.all_presets():
        for url in (each.base_url, *each.format_base_urls.values(), *each.wrong_base_urls):
            assert not url or owns(each, host_of(url))


@pytest.mark.parametrize(
    ("preset_id", "typed", "right"),
    [
        ("glm", "https://api.z.ai/v1", "https://api.z.ai/api/paas/v4"),
        ("glm", "https://API.z.ai/v1/", "https://api.z.ai/api/paas/v4"),
        ("venice", "https://api.venice.ai/v1", "https://api.venice.ai/api/v1"),
        ("minimax", "https://api.minimaxi.chat/v1", "https://api.minimax.io/v1"),
    ],
)
def test_wrong_base_urls_are_corrected_and_it_is_said(
    catalogue: Catalogue, preset_id: str, typed: str, right: str
) -> None:
    correction = correct_base_url(preset(catalogue, preset_id), typed)
    assert correction is not None
    assert correction.base_url == right
    assert typed.rstrip("/") in correction.sentence
    assert right in correction.sentence


def test_a_correction_leads_to_the_format_that_is_spoken(catalogue: Catalogue) -> None:
    correction = correct_base_url(preset(catalogue, "glm"), "https://api.z.ai/v1", "anthropic-messages")
    assert correction is not None
    assert correction.base_url == "https://api.z.ai/api/anthropic"


@pytest.mark.parametrize("typed", ["https://api.z.ai/api/coding/paas/v4", "https://proxy.example/v1", "x", ""])
def test_other_base_urls_are_left_alone(catalogue: Catalogue, typed: str) -> None:
    assert correct_base_url(preset(catalogue, "glm"), typed) is None


def test_no_right_base_url_is_called_wrong(catalogue: Catalogue) -> None:
    for each in catalogue.all_presets():
        for url in (each.base_url, *each.format_base_urls.values()):
            assert not url or correct_base_url(each, url) is None
