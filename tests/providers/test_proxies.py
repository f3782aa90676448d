"""Proxies: which one a request takes, and what is said when it does not work."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from providers.errors import BadConfig, CannotConnect, ProviderError
from providers.http import Http, Timeouts
from providers.proxies import proxy_for
from providers.request import Endpoint, HttpCall, WireFormat
from tests.providers.certificates import Authority
from tests.providers.proxying import ProxyServer
from tests.providers.recording import RecordingServer, models

QUICK = Timeouts(connect=5, silence=5)
SCRIPT = {"/v1/models": models("a-model")}
FAR = "http://far.invalid/v1/models"
"""A name that only the proxies of these tests know."""
DEAD = "http://me:hunter2@127.0.0.1:9"


def endpoint(**more: Any) -> Endpoint:
    return Endpoint("work", WireFormat.OPENAI_CHAT, "http://far.invalid", **more)


async def fetch(url: str, environ: dict[str, str] | None = None, at: Endpoint | None = None) -> bytes:
    http = Http(environ=environ or {})
    try:
        async with http.send(HttpCall("GET", url, {}), {"authorization": "Bearer planted"}, QUICK, at) as response:
            return await response.read()
    finally:
        await http.close()


async def failure(url: str, environ: dict[str, str] | None = None, at: Endpoint | None = None) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await fetch(url, environ, at)
    error = caught.value
    assert error.summary.endswith(".")
    assert error.hint.endswith(".")
    for text in (error.summary, error.hint, error.detail, error.url, repr(error.__cause__)):
        assert "hunter2" not in text
    return error


# ── which one ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("url", "environ", "place"),
    [
        ("https://a.example", {"HTTPS_PROXY": "http://p"}, "HTTPS_PROXY"),
        ("https://a.example", {"HTTPS_PROXY": "http://p", "https_proxy": "http://q"}, "https_proxy"),
        ("https://a.example", {"HTTP_PROXY": "http://p"}, ""),
        ("http://a.example", {"HTTP_PROXY": "p:3128"}, "HTTP_PROXY"),
        ("http://a.example", {"ALL_PROXY": "http://p"}, "ALL_PROXY"),
        ("https://a.example", {"ALL_PROXY": "http://p", "HTTPS_PROXY": "http://q"}, "HTTPS_PROXY"),
        ("https://a.example", {"HTTPS_PROXY": " "}, ""),
        ("http://localhost:11434", {"ALL_PROXY": "http://p"}, ""),
        ("http://[::1]:11434", {"ALL_PROXY": "http://p"}, ""),
        ("http://127.0.0.2", {"ALL_PROXY": "http://p"}, ""),
        ("http://192.168.1.1", {"ALL_PROXY": "http://p"}, "ALL_PROXY"),
    ],
)
def test_the_environment_names_a_proxy(url: str, environ: dict[str, str], place: str) -> None:
    proxy = proxy_for(url, "", environ)
    assert (proxy.place if proxy else "") == place


@pytest.mark.parametrize(
    ("exceptions", "url", "is_direct"),
    [
        ("*", "https://a.example", True),
        ("a.example", "https://a.example", True),
        ("example", "https://a.example", True),
        (".example", "https://a.example", True),
        ("*.example", "https://a.example", True),
        ("b.example, a.example", "https://a.example/v1", True),
        ("b.example a.example", "https://A.example./v1", True),
        ("xample", "https://a.example", False),
        ("b.a.example", "https://a.example", False),
        ("a.example:443", "https://a.example", True),
        ("a.example:8443", "https://a.example", False),
        ("a.example:8443", "https://a.example:8443", True),
        ("10.0.0.0/8", "http://10.1.2.3:8000", True),
        ("10.0.0.0/8", "http://11.1.2.3:8000", False),
        ("10.1.2.3:8000", "http://10.1.2.3:8000", True),
        ("fd00::/8", "http://[fd00::1]:8000", True),
        ("[fd00::1]", "http://[fd00::1]:8000", True),
        (",, ", "https://a.example", False),
        ("", "https://a.example", False),
    ],
)
def test_no_proxy_names_hosts_domains_networks_and_ports(exceptions: str, url: str, is_direct: bool) -> None:
    environ = {"ALL_PROXY": "http://p", "NO_PROXY": exceptions}
    assert (proxy_for(url, "", environ) is None) is is_direct


@given(st.text(), st.text())
@example("a.example:²", "p")
@example("a.example:" + "1" * 5000, "p")
def test_any_exceptions_can_be_read(exceptions: str, host: str) -> None:
    proxy_for("https://a.example", "", {"ALL_PROXY": host, "no_proxy": exceptions})


def test_a_providers_own_proxy_wins_over_everything() -> None:
    environ = {"HTTPS_PROXY": "http://p", "NO_PROXY": "*"}
    own = proxy_for("https://a.example", "own:1", environ)
    assert own is not None
    assert (own.url, own.place) == ("http://own:1", "the provider's proxy setting")
    assert proxy_for("https://a.example", "none", {"HTTPS_PROXY": "http://p"}) is None
    assert proxy_for("http://localhost:1", "http://own:1", {}) is not None


def test_the_systems_settings_come_last() -> None:
    system = {"https": "http://s:1"}
    assert proxy_for("https://a.example", "", {"NO_PROXY": "a.example"}, system) is None
    asked = proxy_for("https://a.example", "", {}, system)
    assert asked is not None
    assert asked.url == "http://s:1"


def test_a_proxy_shows_neither_user_nor_password() -> None:
    proxy = proxy_for("https://a.example", "http://me:hunter2@p.example:3128", {})
    assert proxy is not None
    assert "hunter2" not in f"{proxy!r} {proxy.shown} {proxy.host}"
    assert "p.example:3128" in proxy.shown


# ── through it ────────────────────────────────────────────────────────────────


async def test_plain_requests_and_tunnels_go_through_the_proxy(tmp_path: Any) -> None:
    authority = Authority(tmp_path)
    tls = authority.server_context("far.invalid")
    with RecordingServer(SCRIPT) as plain, RecordingServer(SCRIPT, tls=tls) as secure:
        for server, url in ((plain, FAR), (secure, FAR.replace("http:", "https:"))):
            with ProxyServer(way_to={"far.invalid": ("127.0.0.1", server.port)}) as proxy:
                at = endpoint(proxy=proxy.url.replace("//", "//me:hunter2@"), ca_file=str(authority.ca_file))
                assert b"a-model" in await fetch(url, at=at)
            assert len(proxy.asked) == 1
            assert base64.b64encode(b"me:hunter2").decode() in proxy.asked[0].headers["proxy-authorization"]
            assert server.requests[0].headers["authorization"] == "Bearer planted"
            assert "proxy-authorization" not in server.requests[0].headers
    assert "authorization" not in proxy.asked[0].headers


async def test_a_proxy_of_the_environment_is_used_and_a_providers_none_is_obeyed() -> None:
    with RecordingServer(SCRIPT) as server, ProxyServer(way_to={"far.invalid": ("127.0.0.1", server.port)}) as proxy:
        environ = {"HTTP_PROXY": proxy.url}
        assert b"a-model" in await fetch(FAR, environ)
        error = await failure(FAR, environ, endpoint(proxy="none"))
    assert len(proxy.asked) == 1
    assert "no host called far.invalid" in error.summary


async def test_a_providers_own_proxy_is_asked_even_for_this_machine() -> None:
    with RecordingServer(SCRIPT) as server, ProxyServer() as proxy:
        assert b"a-model" in await fetch(f"{server.url}/v1/models", at=endpoint(proxy=proxy.url))
    assert proxy.asked[0].target == f"{server.url}/v1/models"


# ── when it does not work ─────────────────────────────────────────────────────


@pytest.mark.parametrize("url", [FAR, FAR.replace("http:", "https:")])
@pytest.mark.parametrize(
    ("environ", "own", "place"), [({"ALL_PROXY": DEAD}, "", "ALL_PROXY"), ({}, DEAD, "the provider's proxy setting")]
)
async def test_a_proxy_that_does_not_answer_is_named_with_the_place_of_its_configuration(
    url: str, environ: dict[str, str], own: str, place: str
) -> None:
    error = await failure(url, environ, endpoint(proxy=own, start_hint="Start it with `ollama serve`."))
    assert isinstance(error, CannotConnect)
    assert error.summary == f"The proxy http://127.0.0.1:9 ({place}) does not answer."
    assert place in error.hint


async def test_a_proxy_that_does_not_exist_is_named() -> None:
    error = await failure(FAR, {"ALL_PROXY": "http://proxy.invalid:3128"})
    assert error.summary == "The proxy http://proxy.invalid:3128 (ALL_PROXY) is unknown."


@pytest.mark.parametrize("url", [FAR, FAR.replace("http:", "https:")])
async def test_a_proxy_that_wants_a_password_says_where_it_goes(url: str) -> None:
    with ProxyServer(refuses_with=407) as proxy:
        error = await failure(url, at=endpoint(proxy=proxy.url))
    assert isinstance(error, CannotConnect)
    assert error.summary == f"The proxy {proxy.url} (the provider's proxy setting) wants a user name and a password."
    assert f"http://USER:PASSWORD@{proxy.address}" in error.hint
    assert not error.is_retryable


async def test_a_proxy_that_refuses_is_told_from_one_that_cannot() -> None:
    url = FAR.replace("http:", "https:")
    with ProxyServer(refuses_with=403) as proxy:
        refused = await failure(url, {"HTTPS_PROXY": proxy.url})
    assert f"{proxy.url} (HTTPS_PROXY) does not let requests through to far.invalid: 403" in refused.summary
    assert "far.invalid" in refused.hint
    assert "NO_PROXY" in refused.hint
    with ProxyServer(refuses_with=502) as proxy:
        unable = await failure(url, {"HTTPS_PROXY": proxy.url})
    assert "cannot reach far.invalid" in unable.summary
    assert unable.is_retryable
    assert not refused.is_retryable


@pytest.mark.parametrize(
    "proxy", ["http://", "ftp://me:hunter2@p", "http://me:hunter2@[p", "me:hunter2@:1", "http://p:x"]
)
async def test_a_proxy_that_is_no_url_is_a_matter_of_configuration(proxy: str) -> None:
    error = await failure(FAR, at=endpoint(proxy=proxy))
    assert isinstance(error, BadConfig)
    assert error.summary == "The provider's proxy setting does not name a proxy."


async def test_a_socks_proxy_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    error = await failure(FAR, {"ALL_PROXY": "socks5h://me:hunter2@127.0.0.1:1080"})
    assert isinstance(error, BadConfig)
    assert "SOCKS" in error.summary
    assert "socksio" in error.hint


async def test_without_trust_the_environment_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    http = Http(trust_env=False)
    with pytest.raises(CannotConnect, match=r"no host called far\.invalid"):
        async with http.send(HttpCall("GET", FAR, {}), {}, QUICK):
            pass
    await http.close()
