"""Certificates: whose are trusted, and what is said about those that are not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from providers.errors import BadConfig, ProviderError, TlsFailed
from providers.http import Http, Timeouts
from providers.request import Endpoint, HttpCall, WireFormat
from tests.providers.certificates import Authority
from tests.providers.proxying import ProxyServer
from tests.providers.recording import LOOPBACK_V6, RecordingServer, models

QUICK = Timeouts(connect=5, silence=5)
SCRIPT = {"/v1/models": models("a-model")}


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


async def fetch(url: str, environ: Mapping[str, str] | None = None, **at: Any) -> bytes:
    http = Http(environ=environ or {})
    endpoint = Endpoint("work", WireFormat.OPENAI_CHAT, url, **at)
    call = HttpCall("GET", f"{url}/v1/models", {})
    try:
        async with http.send(call, {"authorization": "Bearer planted"}, QUICK, endpoint) as response:
            return await response.read()
    finally:
        await http.close()


async def failure(url: str, environ: Mapping[str, str] | None = None, **at: Any) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await fetch(url, environ, **at)
    assert caught.value.summary.endswith(".")
    assert caught.value.hint.endswith((".", "?"))
    return caught.value


async def test_a_providers_own_authority_is_trusted_by_that_provider_alone(authority: Authority) -> None:
    with RecordingServer(SCRIPT, tls=authority.server_context("localhost")) as server:
        assert b"a-model" in await fetch(server.localhost, ca_file=str(authority.ca_file))
        error = await failure(server.localhost)
    assert isinstance(error, TlsFailed)
    host = server.localhost.removeprefix("https://")
    assert error.summary == f"The certificate of {host} is signed by nobody whom this computer trusts."
    assert "ca_file" in error.hint
    assert "SSL_CERT_FILE" in error.hint
    assert len(server.requests) == 1


async def test_both_kinds_of_provider_live_side_by_side_in_one_client(authority: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path, "Other CA")
    http = Http(environ={"SSL_CERT_FILE": str(other.ca_file)})
    with (
        RecordingServer(SCRIPT, tls=authority.server_context("localhost")) as one,
        RecordingServer(SCRIPT, tls=other.server_context("localhost")) as two,
    ):
        for server, ca_file in ((one, str(authority.ca_file)), (two, "")):
            url = f"{server.localhost}/v1/models"
            endpoint = Endpoint("work", WireFormat.OPENAI_CHAT, url, ca_file=ca_file)
            async with http.send(HttpCall("GET", url, {}), {}, QUICK, endpoint) as response:
                assert response.status == 200
    await http.close()


async def test_the_environment_may_name_the_certificates(authority: Authority) -> None:
    with RecordingServer(SCRIPT, tls=authority.server_context("localhost")) as server:
        assert b"a-model" in await fetch(server.localhost, {"SSL_CERT_FILE": str(authority.ca_file)})


async def test_a_server_in_the_other_family_is_asked_by_the_name_that_was_written(authority: Authority) -> None:
    tls = authority.server_context("localhost")
    with RecordingServer(SCRIPT, host=LOOPBACK_V6, tls=tls) as server:
        assert b"a-model" in await fetch(server.localhost, ca_file=str(authority.ca_file))


async def test_a_certificate_for_another_host_names_both(authority: Authority) -> None:
    tls = authority.server_context("llm.example.com", "10.0.0.7")
    with RecordingServer(SCRIPT, tls=tls) as server:
        error = await failure(server.localhost, ca_file=str(authority.ca_file))
        by_address = await failure(server.url, ca_file=str(authority.ca_file))
    host = f"localhost:{server.port}"
    assert isinstance(error, TlsFailed)
    assert error.summary == f"The certificate at {host} is for llm.example.com and 10.0.0.7, not for localhost."
    assert by_address.summary.endswith("is for llm.example.com and 10.0.0.7, not for 127.0.0.1.")
    assert not server.requests


async def test_through_a_proxy_the_certificate_is_said_to_be_for_another_host(authority: Authority) -> None:
    with RecordingServer(SCRIPT, tls=authority.server_context("llm.example.com")) as server, ProxyServer() as proxy:
        error = await failure(server.localhost, ca_file=str(authority.ca_file), proxy=proxy.url)
    assert error.summary == f"The certificate at localhost:{server.port} is for another host, not for localhost."


@pytest.mark.parametrize(
    ("begins", "ends", "said"), [(-9, -1, "has expired."), (1, 9, "is not valid yet.")], ids=["expired", "early"]
)
async def test_a_certificate_out_of_its_time_asks_for_the_clock(
    authority: Authority, begins: int, ends: int, said: str
) -> None:
    tls = authority.server_context("localhost", begins=timedelta(days=begins), ends=timedelta(days=ends))
    with RecordingServer(SCRIPT, tls=tls) as server:
        error = await failure(server.localhost, ca_file=str(authority.ca_file))
    assert error.summary == f"The certificate of localhost:{server.port} {said}"
    assert "clock" in error.hint


async def test_a_self_signed_certificate_is_called_so(authority: Authority) -> None:
    with RecordingServer(SCRIPT, tls=authority.server_context("localhost", is_self_signed=True)) as server:
        error = await failure(server.localhost)
        beside = await failure(server.localhost, ca_file=str(authority.ca_file))
    assert "signed by itself alone" in error.summary
    assert error.hint.startswith("Set ca_file")
    assert beside.hint.startswith("Correct ca_file")


async def test_a_certificate_of_somebody_else_names_the_file_that_was_to_be_trusted(
    authority: Authority, tmp_path: Path
) -> None:
    other = Authority(tmp_path, "Other CA")
    with RecordingServer(SCRIPT, tls=authority.server_context("localhost")) as server:
        error = await failure(server.localhost, ca_file=str(other.ca_file))
    assert str(other.ca_file) in error.summary


async def test_a_port_without_tls_asks_for_http() -> None:
    with RecordingServer(SCRIPT) as server:
        error = await failure(server.localhost.replace("http:", "https:"))
    assert error.summary == f"localhost:{server.port} does not speak TLS there."
    assert "http://" in error.hint


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "does not exist"),
        (b"", "holds no certificate"),
        (b"not a certificate", "holds no certificate"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "holds no certificate"),
    ],
)
@pytest.mark.parametrize("is_own", [True, False])
async def test_a_file_of_certificates_that_cannot_be_used_is_named_with_the_place_of_its_setting(
    tmp_path: Path, content: bytes | None, said: str, is_own: bool
) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    environ = {} if is_own else {"SSL_CERT_FILE": str(path)}
    error = await failure("https://localhost:9", environ, ca_file=str(path) if is_own else "")
    assert isinstance(error, BadConfig)
    assert str(path) in error.summary
    assert said in error.summary
    assert ("ca_file" if is_own else "SSL_CERT_FILE") in error.hint


async def test_a_name_that_no_file_can_have_is_said_to_be_one() -> None:
    assert "a name that no file can have" in str(await failure("https://localhost:9", ca_file="/a\0b.pem"))


async def test_a_folder_is_no_file_and_a_file_no_folder(tmp_path: Path) -> None:
    assert isinstance(await failure("https://localhost:9", ca_file=str(tmp_path)), BadConfig)
    error = await failure("https://localhost:9", {"SSL_CERT_DIR": str(tmp_path / "nowhere")})
    assert "SSL_CERT_DIR" in error.summary


async def test_a_file_that_was_corrected_is_read_again(authority: Authority, tmp_path: Path) -> None:
    http = Http(environ={})
    path = tmp_path / "late.pem"
    with RecordingServer(SCRIPT, tls=authority.server_context("localhost")) as server:
        call = HttpCall("GET", f"{server.localhost}/v1/models", {})
        endpoint = Endpoint("work", WireFormat.OPENAI_CHAT, server.localhost, ca_file=str(path))
        with pytest.raises(BadConfig):
            async with http.send(call, {}, QUICK, endpoint):
                pass
        path.write_bytes(authority.ca_file.read_bytes())
        async with http.send(call, {}, QUICK, endpoint) as response:
            assert response.status == 200
    await http.close()
