"""Warnings: what works, but puts a key at risk; and what may stand in `proxy`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.config.load import load_text
from app.config.proxies import proxy_problem

SECRET = "hunter2"


def warned(lines: str, **environ: str) -> list[tuple[int | None, str]]:
    """The warnings for a provider's lines, which start on line 3: line, and key below the provider."""
    loaded = load_text(f'[providers.work]\ntype = "openai"\n{lines}\n', environ)
    assert not loaded.problems
    for warning in loaded.warnings:
        assert warning.hint
        assert SECRET not in f"{warning} {warning.hint}"
    return [(warning.line, warning.key.removeprefix("providers.work.")) for warning in loaded.warnings]


@pytest.mark.parametrize("value", [SECRET, "${KEY:-hunter2}", "$$hunter2"])
def test_a_key_in_plain_text_is_warned_about(value: str) -> None:
    assert warned(f'api_key = "{value}"') == [(3, "api_key")]
    assert warned(f'api_key = "{value}"\nenabled = false') == [(3, "api_key")]


@pytest.mark.parametrize("value", ["$KEY", "${KEY}", "${KEY:-}", "Bearer $KEY", ""])
def test_a_key_that_is_only_named_is_fine(value: str) -> None:
    assert warned(f'api_key = "{value}"') == []


def test_the_command_that_moves_a_key_can_be_pasted() -> None:
    loaded = load_text('[providers."my key"]\ntype = "openai"\napi_key = "x"', {})
    assert "`parley keys move 'my key'`" in loaded.warnings[0].hint


def test_headers_that_look_like_credentials_are_warned_about() -> None:
    headers = '{ Authorization = "Bearer hunter2", X-Api-Token = "$T", X-Team = "blue", X-Secret = "hunter2" }'
    assert warned(f"extra_headers = {headers}") == [
        (3, "extra_headers.Authorization"),
        (3, "extra_headers.X-Secret"),
    ]


def test_a_header_that_stands_in_both_places_is_warned_about() -> None:
    lines = 'secret_headers = ["X-GATEWAY"]\n[providers.work.extra_headers]\nX-Team = "blue"\nx-gateway = "$G"'
    assert warned(lines) == [(6, "extra_headers.x-gateway")]


@pytest.mark.parametrize(
    ("proxy", "is_warned"),
    [
        ("http://me:hunter2@proxy.example:8080", True),
        ("http://$ME:hunter2@proxy.example:8080", True),
        ("http://me:pre$PASS@proxy.example:8080", True),
        ("http://hunter2:@proxy.example:8080", True),
        ("http://me:${PASS:-hunter2}@proxy.example", True),
        ("http://me:$PASS@proxy.example:8080", False),
        ("http://$ME:${PASS:-}@proxy.example:8080", False),
        ("http://${ME:-me}:$PASS@proxy.example:8080", False),
        ("http://me@proxy.example:8080", False),
        ("http://proxy.example:8080/a:b@c", False),
        ("none", False),
    ],
)
def test_a_password_of_a_proxy_in_plain_text_is_warned_about(proxy: str, is_warned: bool) -> None:
    assert warned(f'proxy = "{proxy}"', ME="me", PASS="p") == ([(3, "proxy")] if is_warned else [])


@pytest.mark.parametrize(
    ("lines", "is_warned"),
    [
        ('base_url = "http://llm.example.com/v1"\napi_key = "$K"', True),
        ('base_url = "http://8.8.8.8/v1"\napi_key = "$K"', True),
        ('base_url = "$URL"\napi_key = "$K"', True),
        ('base_url = "http://llm.example.com/v1"\nsecret_headers = ["X-Gateway"]', True),
        ('base_url = "http://llm.example.com/v1"\nextra_headers = { X-Token = "$K" }', True),
        ('base_url = "http://llm.example.com/v1"\nextra_headers = { X-Team = "blue" }', False),
        ('base_url = "http://llm.example.com/v1"', False),
        ('base_url = "http://llm.example.com/v1"\napi_key = "$K"\nauth = "none"', False),
        ('base_url = "https://llm.example.com/v1"\napi_key = "$K"', False),
        ('base_url = "http://localhost:8000/v1"\napi_key = "$K"', False),
        ('base_url = "http://192.168.1.7:8000/v1"\napi_key = "$K"', False),
        ('base_url = "http://[fd00::1]:8000/v1"\napi_key = "$K"', False),
        ('base_url = "http://box.local/v1"\napi_key = "$K"', False),
    ],
)
def test_a_key_that_travels_in_the_open_is_warned_about(lines: str, is_warned: bool) -> None:
    found = warned(lines, K="k", URL="http://llm.example.com")
    assert found == ([(3, "base_url")] if is_warned else [])


# ── proxy ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "proxy",
    [
        "none",
        "None",
        "http://proxy:8080",
        "https://proxy.example:3128/",
        "http://me:pa%20ss@10.0.0.1:80",
        "http://[::1]:1",
    ],
)
def test_these_proxies_are_fine(proxy: str) -> None:
    assert proxy_problem(proxy) is None


@pytest.mark.parametrize(
    ("proxy", "message", "hint"),
    [
        ("proxy.example:8080", "has no scheme", 'Write proxy = "http://proxy.example:8080".'),
        ("me:hunter2@proxy.example:8080", "has no scheme", 'Write proxy = "http://proxy.example:8080".'),
        ("socks5://localhost:1080", "SOCKS", "HTTP proxy"),
        ("SOCKS5H://me:hunter2@localhost:1080", "SOCKS", "HTTP proxy"),
        ("ftp://hunter2@proxy", "must start with http", "none"),
        ("http://", "is not the URL", "http://HOST:PORT"),
        ("http://me:hun/ter2@proxy:8080", "is not the URL", "%XX"),
        ("off course", "is not the URL", "none"),
    ],
)
def test_what_is_wrong_with_a_proxy_is_said_without_its_password(proxy: str, message: str, hint: str) -> None:
    (problem,) = load_text(f'[providers.work]\ntype = "openai"\nproxy = "{proxy}"', {}).problems
    assert (problem.line, problem.key) == (3, "providers.work.proxy")
    assert message in problem.message
    assert hint in problem.hint
    assert SECRET not in f"{problem} {problem.hint}"


@given(st.text("abc:/@$.%[]? 1", max_size=20))
def test_no_text_is_more_than_a_problem(text: str) -> None:
    wrong = proxy_problem(text)
    assert wrong is None or all(wrong)
