"""Hosts, the presets they belong to, and base URLs that are known to be wrong."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.catalogue.hosts import correct_base_url, host_of, hosts_of, is_local, is_private, owns, runs_here
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


PRIVATE = """
    localhost localhost:11434 LOCALHOST. app.localhost 127.0.0.1 127.9.9.9:80 ::1 [::1] [::1]:1234 0.0.0.0 ::
    10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.100:11434 169.254.1.1 100.64.0.1 100.127.255.255
    fd12::1 [fd12::1]:80 fe80::1%eth0 ::ffff:192.168.1.1 [::ffff:10.0.0.1]:80
    box box:8000 my-gpu_1 box.local box.local. nas.lan host.docker.internal svc.internal pi.home.arpa
"""
PUBLIC = """
    api.openai.com api.openai.com:443 8.8.8.8 8.8.8.8:80 172.32.0.1 192.169.0.1 100.63.0.1 100.128.0.1 169.253.0.1
    2001:db8::1 [2600::1]:443 ::ffff:8.8.8.8 11.0.0.1 192.0.2.1 134744072 0x08080808 0x 8.8 10.evil.com
    10.0.0.1.evil.com localhost.evil.com box.local.evil.com example．com example。com 127.1 010.8.8.8
"""


@pytest.mark.parametrize("host", PRIVATE.split())
def test_this_machine_and_private_networks_are_private(host: str) -> None:
    assert is_private(host)


@pytest.mark.parametrize("host", PUBLIC.split())
def test_everything_else_is_not(host: str) -> None:
    assert not is_private(host)


def test_no_host_at_all_is_not_private() -> None:
    assert not is_private("")


@given(st.text())
def test_any_text_is_private_or_not(text: str) -> None:
    assert is_private(text) in (True, False)


@given(st.ip_addresses())
def test_an_address_that_the_world_can_reach_is_never_private(address: IPv4Address | IPv6Address) -> None:
    assert not (address.is_global and is_private(str(address)))


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


def test_in_the_cloud_of_its_vendor_ollama_wants_a_key_and_is_not_free(catalogue: Catalogue) -> None:
    for cloud in (catalogue.owner_of("https://ollama.com"), catalogue.kind_preset("ollama", "https://ollama.com")):
        assert cloud is not None
        assert not cloud.quirks.key_optional
        assert cloud.quirks.public_list
        assert cloud.rates is None
        assert not runs_here(cloud, "https://ollama.com")


@pytest.mark.parametrize(
    ("preset_id", "url", "is_here"),
    [
        ("ollama", "http://localhost:11434", True),
        ("ollama", "http://192.168.1.100:11434", True),
        ("vllm", "https://gpu.example.com", False),
        ("litellm", "http://localhost:4000", False),
        ("openai", "http://localhost:8000", False),
    ],
)
def test_models_run_here_where_their_server_does(catalogue: Catalogue, preset_id: str, url: str, is_here: bool) -> None:
    assert runs_here(preset(catalogue, preset_id), url) is is_here


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
