"""A check as a curl command: it can be pasted, and it shows no secret."""

from __future__ import annotations

import asyncio
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.catalogue.loader import Catalogue
from providers.check import models_call
from providers.curl import curl_line
from providers.request import AuthScheme, Endpoint, HttpCall, WireFormat
from tests.providers.certificates import Authority
from tests.providers.recording import RecordingServer, models

CATALOGUE = Catalogue()


def endpoint(url: str = "https://llm.example.com/v1", **more: Any) -> Endpoint:
    return Endpoint("work", more.pop("format", WireFormat.OPENAI_CHAT), url, **more)


def line(at: Endpoint, variable: str = "WORK_KEY") -> str:
    preset = CATALOGUE.kind_preset("openai-compat", at.base_url)
    assert preset is not None
    return curl_line(models_call(at, preset), at, variable)


async def run(command: str, environ: Mapping[str, str]) -> str:
    """The command's output, run by a shell as a person would."""
    process = await asyncio.create_subprocess_shell(
        command,
        env={"PATH": "/usr/bin:/bin", **environ},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, _ = await asyncio.wait_for(process.communicate(), 20)
    return out.decode()


def test_the_key_stands_in_it_as_a_variable() -> None:
    assert line(endpoint()) == (
        "curl -sS https://llm.example.com/v1/models -H 'accept: application/json' "
        '-H "authorization: Bearer $WORK_KEY"'
    )


@pytest.mark.parametrize(
    ("auth", "header"),
    [
        (AuthScheme.X_API_KEY, '-H "x-api-key: $WORK_KEY"'),
        (AuthScheme.API_KEY, '-H "api-key: $WORK_KEY"'),
        (AuthScheme.NONE, ""),
    ],
)
def test_the_key_travels_as_the_provider_wants_it(auth: AuthScheme, header: str) -> None:
    assert line(endpoint(auth=auth)).partition("application/json'")[2].strip() == header


def test_without_a_key_there_is_no_header_for_it() -> None:
    assert "$" not in line(endpoint(), "")


def test_secret_headers_are_variables_and_others_are_quoted() -> None:
    at = endpoint(
        headers={"X-Team": "it's $HOME", "X-Gateway-Token": "gate-1", "X-Plain": "plain-1", "Authorization": "mine-1"},
        secret_headers=("x-plain",),
    )
    shown = line(at)
    assert "-H 'X-Team: it'\"'\"'s $HOME'" in shown
    assert '-H "X-Gateway-Token: $X_GATEWAY_TOKEN"' in shown
    assert '-H "X-Plain: $X_PLAIN"' in shown
    assert '-H "Authorization: $AUTHORIZATION"' in shown
    assert "WORK_KEY" not in shown
    for secret in ("gate-1", "plain-1", "mine-1"):
        assert secret not in shown


def test_a_header_whose_value_is_a_key_is_a_variable_whatever_its_name() -> None:
    headers = {"X-Upstream": "sk-ant-api03-planted", "X-Forwarded": "Bearer planted-1234", "Cookie": "session=planted"}
    shown = line(endpoint(headers=headers))
    assert "planted" not in shown
    assert '-H "X-Upstream: $X_UPSTREAM" -H "X-Forwarded: $X_FORWARDED" -H "Cookie: $COOKIE"' in shown


def test_proxy_and_certificates_go_along_without_their_passwords() -> None:
    shown = line(endpoint(proxy="http://me:hunter2@proxy.example:3128", ca_file="/etc/my ca.pem"))
    assert shown.endswith("--proxy http://proxy.example:3128 --proxy-user \"$PROXY_USER\" --cacert '/etc/my ca.pem'")
    assert "hunter2" not in shown
    assert line(endpoint(proxy="none")).endswith("--noproxy '*'")


def test_the_values_of_a_query_are_not_shown_unless_they_are_harmless() -> None:
    shown = line(endpoint("https://llm.example.com/v1?api-version=2024-10-21&sig=hunter2&t0ken"))
    assert '"https://llm.example.com/v1/models?api-version=2024-10-21&sig=$SIG&$QUERY"' in shown


def test_a_name_that_is_no_variable_is_not_written_as_one() -> None:
    assert '"authorization: Bearer $API_KEY"' in line(endpoint(), "$(rm -rf ~)")


texts = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)


@given(texts, texts, st.text("!#$%&'*+.^_`|~-abcKEY0", min_size=1, max_size=12), texts)
def test_the_shell_reads_every_word_as_it_was_meant(value: str, path: str, name: str, ca_file: str) -> None:
    call = HttpCall("POST", f"https://h/{path.replace('?', '')}", {name: value}, {"a": value})
    at = endpoint(headers={name: value}, ca_file=ca_file)
    words = shlex.split(curl_line(call, at))
    assert words[:5] == ["curl", "-sS", "-X", "POST", call.url]
    header = words[words.index("-H") + 1]
    assert header == f"{name}: {value}" or header.startswith(f"{name}: $")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
async def test_curl_asks_what_parley_asks(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with RecordingServer({"/v1/models": models("a-model")}, tls=authority.server_context("localhost")) as server:
        at = endpoint(
            f"{server.localhost}/v1",
            ca_file=str(authority.ca_file),
            proxy="none",
            headers={"X-Team": "it's $HOME", "X-Gateway-Token": "gate-1"},
        )
        said = await run(line(at), {"WORK_KEY": "sk-planted", "X_GATEWAY_TOKEN": "gate-1"})
    assert "a-model" in said
    (asked,) = server.requests
    assert asked.headers["authorization"] == "Bearer sk-planted"
    assert asked.headers["x-team"] == "it's $HOME"
    assert asked.headers["x-gateway-token"] == "gate-1"
