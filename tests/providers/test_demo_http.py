"""The demo server's HTTP: a parser that any split of the bytes leaves unmoved, and clients that misbehave."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Sequence
from itertools import pairwise
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.demo import DemoServer
from providers.demo.http import MAX_BODY, MAX_HEAD, HttpError, Request, RequestParser

BODIES = st.binary(max_size=200)
TARGETS = st.sampled_from(["/", "/v1/models?limit=3&after_id=tour", "/v1/chat/completions", "/%E2%82%AC"])


@st.composite
def sent_requests(draw: st.DrawFn) -> tuple[bytes, list[Request]]:
    """The bytes of a few requests in a row, and what they should be read as."""
    wire = b""
    expected: list[Request] = []
    for _ in range(draw(st.integers(1, 3))):
        target, content = draw(TARGETS), draw(BODIES)
        headers = {"host": "demo", "x-colon": "a: b"}
        wire += draw(st.sampled_from([b"", b"\r\n"]))
        wire += f"POST {target} HTTP/1.1\r\nHost: demo\r\nX-Colon:\ta: b \r\n".encode()
        if draw(st.booleans()):
            headers["transfer-encoding"] = "chunked"
            wire += b"Transfer-Encoding: chunked\r\n\r\n" + chunked(content, draw(st.integers(1, 90)))
        else:
            headers["content-length"] = str(len(content))
            wire += b"Content-Length: %d\r\n\r\n%b" % (len(content), content)
        expected.append(Request("POST", target, headers, content))
    return wire, expected


def chunked(content: bytes, size: int) -> bytes:
    parts = [content[start : start + size] for start in range(0, len(content), size)]
    lines = [b"%x;note=1\r\n%b\r\n" % (len(part), part) for part in parts]
    return b"".join(lines) + b"0\r\nX-Trailer: 1\r\n\r\n"


def split(wire: bytes, cuts: Sequence[int]) -> list[bytes]:
    places = [0, *sorted(cut % (len(wire) + 1) for cut in cuts), len(wire)]
    return [wire[start:end] for start, end in pairwise(places)]


@given(sent_requests(), st.lists(st.integers(0, 5000), max_size=12))
def test_any_split_of_the_bytes_gives_the_same_requests(sent: tuple[bytes, list[Request]], cuts: list[int]) -> None:
    wire, expected = sent
    parser = RequestParser()
    assert [request for part in split(wire, cuts) for request in parser.feed(part)] == expected


@given(sent_requests())
def test_byte_by_byte_gives_the_same_requests(sent: tuple[bytes, list[Request]]) -> None:
    wire, expected = sent
    parser = RequestParser()
    assert [request for byte in wire for request in parser.feed(bytes([byte]))] == expected


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=5))
def test_noise_is_refused_or_awaits_more_but_never_breaks_the_parser(noise: bytes, cuts: list[int]) -> None:
    parser = RequestParser()
    with contextlib.suppress(HttpError):
        for part in split(noise, cuts):
            parser.feed(part)


@given(sent_requests(), st.integers(0, 4000), st.binary(min_size=1, max_size=3))
def test_one_damaged_place_never_breaks_the_parser(
    sent: tuple[bytes, list[Request]], place: int, damage: bytes
) -> None:
    wire = bytearray(sent[0])
    start = place % len(wire)
    wire[start : start + len(damage)] = damage
    with contextlib.suppress(HttpError):
        RequestParser().feed(bytes(wire))


@pytest.mark.parametrize(
    ("wire", "status"),
    [
        (b"hello\r\n\r\n", 400),
        (b"GET /\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\n\r\n", 505),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nBad Name: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nA: nul\x00\r\n\r\n", 400),
        (b"GET http://[bad HTTP/1.1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: ten\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY + 1), 413),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % (MAX_BODY + 1), 413),
        (b"GET / HTTP/1.1\r\nA: " + b"x" * MAX_HEAD + b"\r\n\r\n", 431),
        (b"x" * (MAX_HEAD + 1), 431),
    ],
)
def test_what_is_not_a_request_is_refused_with_its_status(wire: bytes, status: int) -> None:
    with pytest.raises(HttpError) as refused:
        RequestParser().feed(wire)
    assert refused.value.status == status


def test_old_and_closing_clients_are_recognised() -> None:
    old, polite, closing = RequestParser().feed(
        b"GET / HTTP/1.0\r\n\r\n"
        b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
        b"GET / HTTP/1.1\r\nConnection: Close\r\n\r\n"
    )
    assert (old.is_keep_alive, old.has_chunks) == (False, False)
    assert (polite.is_keep_alive, polite.has_chunks) == (True, False)
    assert (closing.is_keep_alive, closing.has_chunks) == (False, True)


# --- over a real socket


def talk(demo: DemoServer, *parts: bytes, until: bytes = b"") -> bytes:
    """Send bytes and read: until these bytes have come, or until the server closes."""
    address = urlsplit(demo.url)
    assert address.hostname is not None
    with socket.create_connection((address.hostname, address.port or 0), timeout=5) as connection:
        for part in parts:
            connection.sendall(part)
        received = b""
        while not until or until not in received:
            more = connection.recv(65536)
            if not more:
                break
            received += more
        return received


def test_requests_in_one_go_are_answered_in_order(demo: DemoServer) -> None:
    one = b"GET /api/version HTTP/1.1\r\nHost: x\r\n\r\n"
    two = b"GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    received = talk(demo, one + one + two)
    assert received.count(b"HTTP/1.1 200 OK\r\n") == 2
    assert received.index(b"HTTP/1.1 404 Not Found") > received.rindex(b"HTTP/1.1 200 OK")


def test_an_old_client_gets_a_stream_without_chunks(demo: DemoServer) -> None:
    content = b'{"model":"eliza","messages":[{"role":"user","content":"Hello"}]}'
    head = b"POST /api/chat HTTP/1.0\r\nContent-Length: %d\r\n\r\n" % len(content)
    received = talk(demo, head, content)
    assert b"transfer-encoding" not in received
    assert received.rstrip().endswith(b"}")
    assert b'"done":true' in received


def test_a_client_that_waits_for_permission_gets_it(demo: DemoServer) -> None:
    content = b'{"model":"eliza"}'
    head = b"POST /api/show HTTP/1.1\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n"
    address = urlsplit(demo.url)
    with socket.create_connection((str(address.hostname), address.port or 0), timeout=5) as connection:
        connection.sendall(head % len(content))
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(content)
        assert connection.recv(100).startswith(b"HTTP/1.1 200 OK")


def test_a_refused_client_reads_why_and_the_server_lives_on(demo: DemoServer) -> None:
    received = talk(demo, b"GET / HTTP/1.1\r\nX-Big: " + b"x" * 60_000 + b"\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 431 ")
    assert b"connection: close" in received
    assert talk(demo, b"nonsense\r\n\r\n").startswith(b"HTTP/1.1 400 Bad Request")
    closing = b"GET /api/version HTTP/1.1\r\nConnection: close\r\n\r\n"
    assert talk(demo, closing).startswith(b"HTTP/1.1 200 OK")


def test_a_head_request_has_no_body(demo: DemoServer) -> None:
    received = talk(demo, b"HEAD / HTTP/1.1\r\nConnection: close\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 200 OK")
    assert received.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'"text"', b"\xff\xfe", b"[" * 100_000, b'{"a":' * 90 + b"1" + b"}" * 90, b"NaN"],
)
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses", "/v1/messages", "/api/chat", "/api/show"])
def test_a_body_that_is_no_json_object_is_a_400(demo: DemoServer, path: str, content: bytes) -> None:
    head = f"POST {path} HTTP/1.1\r\nx-api-key: demo-key\r\nanthropic-version: 2023-06-01\r\nConnection: close\r\n"
    received = talk(demo, f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
    assert received.startswith(b"HTTP/1.1 400 Bad Request")
    assert b'"error":' in received
