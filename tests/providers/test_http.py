"""The way to a server and what can go wrong on it, with real sockets."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from providers.credentials import Secret
from providers.errors import (
    BadConfig,
    CannotConnect,
    ConnectTimedOut,
    IncompleteStream,
    ProviderError,
    TimedOut,
    TlsFailed,
)
from providers.formats.headers import auth_headers
from providers.http import Http, Timeouts
from providers.request import AuthScheme, Endpoint, HttpCall, WireFormat
from tests.providers.recording import LOOPBACK_V4, LOOPBACK_V6, RecordingServer, models

QUICK = Timeouts(connect=5, silence=5)
Handler = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """A server that hands the request's head to `handler` and closes the connection behind it."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(await reader.read(65_536), writer)
            await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def fetch(url: str, timeouts: Timeouts = QUICK, at: Endpoint | None = None, **secret_headers: str) -> bytes:
    http = Http()
    try:
        async with http.send(HttpCall("GET", url, {"accept": "text/plain"}), secret_headers, timeouts, at) as response:
            return await response.read()
    finally:
        await http.close()


async def failure(url: str, timeouts: Timeouts = QUICK, at: Endpoint | None = None) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await fetch(url, timeouts, at)
    assert caught.value.summary.endswith(".")
    assert caught.value.hint
    return caught.value


async def test_a_dead_port_names_the_host_and_asks_whether_the_server_runs() -> None:
    error = await failure("http://127.0.0.1:9/v1/models")
    assert isinstance(error, CannotConnect)
    assert "127.0.0.1:9" in error.summary
    assert "running" in error.hint


async def test_a_host_that_does_not_exist_is_named() -> None:
    error = await failure("http://nowhere.invalid/v1/models")
    assert isinstance(error, CannotConnect)
    assert "nowhere.invalid" in error.summary


async def test_https_on_a_plain_port_is_said_to_be_a_matter_of_tls() -> None:
    async def plain(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")

    async with serving(plain) as url:
        assert isinstance(await failure(url.replace("http:", "https:")), TlsFailed)


async def test_a_server_that_hangs_up_without_a_word_is_no_connection() -> None:
    async def hang_up(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with serving(hang_up) as url:
        assert isinstance(await failure(url), CannotConnect)


async def test_a_body_that_breaks_off_is_incomplete() -> None:
    async def break_off(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")

    async with serving(break_off) as url:
        assert isinstance(await failure(url), IncompleteStream)


async def test_silence_before_the_answer_and_inside_it_are_told_apart() -> None:
    async def silent(_: bytes, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.5)

    async def half(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
        await writer.drain()
        await asyncio.sleep(0.5)

    impatient = Timeouts(connect=5, silence=0.05)
    async with serving(silent) as url:
        before = await failure(url, impatient)
    async with serving(half) as url:
        inside = await failure(url, impatient)
    for each in (before, inside):
        assert isinstance(each, TimedOut)
        assert not isinstance(each, ConnectTimedOut)  # It was sent, and may be billed.
    assert before.is_retryable
    assert not inside.is_retryable


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a full queue of connections is told")
async def test_a_connection_that_is_not_made_in_time_is_a_request_that_was_not_sent() -> None:
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind((LOOPBACK_V4, 0))
        full.listen(0)
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        url = f"http://{LOOPBACK_V4}:{full.getsockname()[1]}"
        assert isinstance(await failure(url, Timeouts(connect=0.2, silence=5)), ConnectTimedOut)


async def test_a_silent_server_is_answered_with_the_setting_that_was_too_short() -> None:
    async def silent(_: bytes, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.5)

    async with serving(silent) as url:
        checking = await failure(url, Timeouts(connect=5, silence=0.05))
        replying = await failure(url, Timeouts(connect=5, silence=0.05, setting="stream_timeout"))
    assert "raise timeout in" in checking.hint
    assert "raise stream_timeout in" in replying.hint


async def test_redirects_are_not_followed_so_that_no_key_travels() -> None:
    seen: list[bytes] = []

    async def redirect(head: bytes, writer: asyncio.StreamWriter) -> None:
        seen.append(head)
        writer.write(b"HTTP/1.1 307 Moved\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 2\r\n\r\nno")

    async with serving(redirect) as url:
        assert await fetch(url, authorization="Bearer planted") == b"no"
    assert len(seen) == 1


async def test_a_header_that_the_user_wrote_wins_over_the_keys_in_any_spelling() -> None:
    seen: list[bytes] = []

    async def answer(head: bytes, writer: asyncio.StreamWriter) -> None:
        seen.append(head.lower())
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")

    async with serving(answer) as url:
        http = Http()
        call = HttpCall("GET", url, {"Authorization": "Basic mine"})
        async with http.send(call, auth_headers(AuthScheme.BEARER, "planted"), QUICK):
            pass
        await http.close()
    assert b"basic mine" in seen[0]
    assert b"planted" not in seen[0]


async def test_a_proxy_is_not_asked_for_servers_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")

    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    async with serving(answer) as url:
        assert await fetch(url) == b"ok"


async def test_a_url_that_cannot_be_sent_is_a_matter_of_configuration() -> None:
    assert isinstance(await failure("ftp://127.0.0.1/x"), BadConfig)


def test_a_secret_does_not_show_itself() -> None:
    secret = Secret(" sk-planted\n")
    assert "planted" not in f"{secret!r} {secret}"
    assert secret.reveal() == "sk-planted"


async def test_no_cookie_of_one_server_reaches_another() -> None:
    seen: list[bytes] = []

    async def bake(head: bytes, writer: asyncio.StreamWriter) -> None:
        seen.append(head.lower())
        writer.write(b"HTTP/1.1 200 OK\r\nset-cookie: session=secret; Path=/\r\ncontent-length: 2\r\n\r\nok")

    http = Http()
    async with serving(bake) as one, serving(bake) as other:
        for url in (one, other, one):
            async with http.send(HttpCall("GET", url, {}), {}, QUICK) as response:
                await response.read()
    await http.close()
    assert len(seen) == 3
    assert not any(b"cookie" in head for head in seen)


@pytest.mark.parametrize("url", ["http://[1::2::3]/v1", "http://[::1/v1", "http://a:99999/v1", "https://", "x"])
async def test_a_url_that_is_none_is_a_matter_of_configuration(url: str) -> None:
    assert isinstance(await failure(url), BadConfig)


# ── this machine, in both families ────────────────────────────────────────────


@pytest.mark.parametrize("listens_on", [LOOPBACK_V4, LOOPBACK_V6])
@pytest.mark.parametrize("written", ["localhost", "127.0.0.1", "[::1]"])
async def test_a_local_server_is_found_under_every_name_of_this_machine(listens_on: str, written: str) -> None:
    with RecordingServer({"/v1/models": models("a")}, host=listens_on) as server:
        assert b'"a"' in await fetch(f"http://{written}:{server.port}/v1/models", authorization="Bearer planted")
    assert server.requests[0].headers["host"] == f"{written}:{server.port}"
    assert server.requests[0].headers["authorization"] == "Bearer planted"
    assert len(server.requests) == 1


async def test_a_local_server_that_does_not_run_says_how_it_is_started() -> None:
    at = Endpoint("local", WireFormat.OLLAMA_CHAT, "", start_hint="Start it with `ollama serve`.")
    error = await failure("http://localhost:9/api/tags", at=at)
    assert error.summary == "Nothing answers at localhost:9."
    assert error.hint == "Is the server running? Start it with `ollama serve`."


async def test_a_host_far_away_is_not_asked_whether_it_was_started() -> None:
    at = Endpoint("cloud", WireFormat.OLLAMA_CHAT, "", start_hint="Start it with `ollama serve`.")
    assert "ollama serve" not in (await failure("http://nowhere.invalid/api/tags", at=at)).hint


# ── offline ───────────────────────────────────────────────────────────────────


async def offline_failure(url: str, environ: dict[str, str] | None = None, **at: Any) -> ProviderError:
    http = Http(environ=environ or {})
    http.offline = True
    endpoint = Endpoint("work", WireFormat.OPENAI_CHAT, url, **at)
    with pytest.raises(BadConfig) as caught:
        async with http.send(HttpCall("GET", url, {}), {}, QUICK, endpoint):
            pass
    await http.close()
    return caught.value


@pytest.mark.parametrize(
    "url", ["https://api.example.com/v1", "http://8.8.8.8/v1", "http://134744072/", "https://a.b.c"]
)
async def test_offline_nothing_leaves_and_nobody_is_asked_for_a_name(url: str) -> None:
    error = await offline_failure(url)
    assert error.summary.startswith("offline = true: nothing is sent to ")
    assert url.split("/")[2] in error.summary
    assert "offline = false" in error.hint


async def test_offline_a_proxy_that_is_far_away_counts() -> None:
    for environ, own in (({"HTTP_PROXY": "http://me:hunter2@proxy.example:3128"}, ""), ({}, "proxy.example:3128")):
        error = await offline_failure("http://box/v1", environ, proxy=own)
        assert "nothing is sent to box through the proxy http://proxy.example:3128" in error.summary
        assert "hunter2" not in error.summary


async def test_offline_this_machine_is_reached_and_the_switch_turns_at_any_time() -> None:
    http = Http(environ={})
    http.offline = True
    with RecordingServer({"/": models()}) as server:
        for url in (server.url, server.localhost):
            async with http.send(HttpCall("GET", f"{url}/", {}), {}, QUICK) as response:
                assert response.status == 200
    http.offline = False
    with pytest.raises(CannotConnect):
        async with http.send(HttpCall("GET", "http://nowhere.invalid/", {}), {}, QUICK):
            pass
    await http.close()


def test_what_the_first_request_needs_can_be_imported_before_it() -> None:
    """In a process of its own: here everything is imported already."""
    script = """
import asyncio, sys
from providers.http import Http, Timeouts, load
from providers.request import HttpCall
load()
before = set(sys.modules)
async def main():
    try:
        async with Http(environ={}).send(HttpCall("GET", "http://127.0.0.1:9/", {}), {}, Timeouts(5, 5)):
            pass
    except Exception as error:
        print(type(error).__name__, *sorted(set(sys.modules) - before))
asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["CannotConnect"]
