"""The way to a server and what can go wrong on it, with real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from providers.credentials import Secret
from providers.errors import BadConfig, CannotConnect, IncompleteStream, ProviderError, TimedOut, TlsFailed
from providers.formats.headers import auth_headers
from providers.http import Http, Timeouts
from providers.request import AuthScheme, HttpCall

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


async def fetch(url: str, timeouts: Timeouts = QUICK, **secret_headers: str) -> bytes:
    http = Http()
    try:
        async with http.send(HttpCall("GET", url, {"accept": "text/plain"}), secret_headers, timeouts) as response:
            return await response.read()
    finally:
        await http.close()


async def failure(url: str, timeouts: Timeouts = QUICK) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await fetch(url, timeouts)
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
    assert isinstance(before, TimedOut)
    assert isinstance(inside, TimedOut)
    assert before.is_retryable
    assert not inside.is_retryable


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
