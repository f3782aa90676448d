"""SSE and NDJSON framing."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from httpx import Response
from httpx_sse import EventSource, SSEError
from hypothesis import given
from hypothesis import strategies as st

from providers.decoders.frame import Frame
from providers.decoders.ndjson import NdjsonDecoder
from providers.decoders.sse import SseDecoder
from providers.errors import ProtocolError


def sse(*chunks: bytes) -> list[Frame]:
    decoder = SseDecoder()
    return [frame for chunk in chunks for frame in decoder.feed(chunk)] + decoder.end()


def ndjson(*chunks: bytes) -> list[Frame]:
    decoder = NdjsonDecoder()
    return [frame for chunk in chunks for frame in decoder.feed(chunk)] + decoder.end()


@pytest.mark.parametrize(
    ("stream", "frames"),
    [
        (b"data: a\n\n", [Frame(b"a")]),
        (b"data:a\n\n", [Frame(b"a")]),
        (b"data:  a\n\n", [Frame(b" a")]),
        (b"data: a\r\n\r\n", [Frame(b"a")]),
        (b"data: a\r\r", [Frame(b"a")]),
        (b"data: a\r\n\ndata: b\n\r", [Frame(b"a"), Frame(b"b")]),
        (b"\xef\xbb\xbfdata: a\n\n", [Frame(b"a")]),
        (b"data: \xef\xbb\xbfa\n\n", [Frame(b"\xef\xbb\xbfa")]),
        (b": comment\n\n:\n\ndata: a\n\n", [Frame(b"a")]),
        (b": comment\ndata: a\n: more\n\n", [Frame(b"a")]),
        (b"data: a\ndata: b\ndata\n\n", [Frame(b"a\nb\n")]),
        (b"data:\n\n", [Frame(b"")]),
        (b"event: error\ndata: a\n\ndata: b\n\n", [Frame(b"a", "error"), Frame(b"b")]),
        (b"data: a\nevent: late\n\n", [Frame(b"a", "late")]),
        (b"event: lonely\n\ndata: a\n\n", [Frame(b"a")]),
        (b"id: 1\nretry: 5\nunknown: x\ndata: a\n\n", [Frame(b"a")]),
        (b"\n\n\n\ndata: a\n\n\n\n\ndata: b\n\n", [Frame(b"a"), Frame(b"b")]),
        ("data: a\u2028b\u0085c\x0b\x0c\x1c\n\n".encode(), [Frame("a\u2028b\u0085c\x0b\x0c\x1c".encode())]),
        (b"data: \xff\xfe\n\n", [Frame(b"\xff\xfe")]),
        (b"event: \xff\ndata: a\n\n", [Frame(b"a", "\ufffd")]),
        (b"dat", []),
        (b"", []),
    ],
)
def test_events_are_framed_by_the_standard_however_they_are_cut(stream: bytes, frames: list[Frame]) -> None:
    assert sse(stream) == frames
    assert sse(*(bytes([byte]) for byte in stream)) == frames


@pytest.mark.parametrize("last", [b'data: {"a": 1}', b"data: [DONE]", b"data:[DONE]\n", b'event: x\ndata: {"a":1}\r'])
def test_a_last_event_without_its_blank_line_counts_when_it_is_whole(last: bytes) -> None:
    assert len(sse(b"data: 0\n\n" + last)) == 2


@pytest.mark.parametrize("last", [b'data: {"a": ', b"data: [DON", b"data: ", b"event: x\n", b": ping"])
def test_a_last_event_that_was_cut_off_is_dropped(last: bytes) -> None:
    assert sse(b"data: 0\n\n" + last) == [Frame(b"0")]


@pytest.mark.parametrize("decoder", [SseDecoder(max_pending=1000), NdjsonDecoder(max_pending=1000)])
def test_a_line_without_end_is_an_error_and_not_a_full_memory(decoder: SseDecoder | NdjsonDecoder) -> None:
    for _ in range(10):
        decoder.feed(b"data: " + b"x" * 94)
    with pytest.raises(ProtocolError, match="in one piece"):
        decoder.feed(b"x")


def test_a_large_event_in_small_pieces_is_read_in_linear_time() -> None:
    pieces = [b"data: \n" * 10] * 20_000
    (frame,) = sse(*pieces, b"\n")
    assert frame.data == b"\n" * 199_999


def test_lines_end_in_line_feeds_only() -> None:
    line = '{"a": "x\u2028y\u0085z"}'.encode()
    assert ndjson(line + b"\r\n\n  \n" + line) == [Frame(line + b"\r"), Frame(line)]


def test_a_last_line_that_was_cut_off_is_dropped() -> None:
    assert ndjson(b'{"a": 1}\n{"a": ') == [Frame(b'{"a": 1}')]


FIELDS = [b"data: ", b"data:", b"data", b"event: ", b"event:x", b"id: 1", b": c", b"{}", b'{"a":1}', b"[DONE]"]
LINE_ENDS = [b"\n", b"\r", b"\r\n", b"\n\n", b"\r\r", b"\r\n\r\n"]
OTHERS = [b" ", b"\xef\xbb\xbf", "é\u2028".encode(), b"\x80"]
PIECES = st.sampled_from([*FIELDS, *LINE_ENDS, *OTHERS])
STREAMS = st.lists(PIECES, max_size=40).map(b"".join)


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[start:end] for start, end in pairwise(edges)]


@given(STREAMS, st.lists(st.integers(0, 1000), max_size=10))
def test_any_cut_gives_the_same_events(stream: bytes, places: list[int]) -> None:
    assert sse(*cut(stream, places)) == sse(stream)


@given(STREAMS, st.lists(st.integers(0, 1000), max_size=10))
def test_any_cut_gives_the_same_lines(stream: bytes, places: list[int]) -> None:
    assert ndjson(*cut(stream, places)) == ndjson(stream)


def oracle(stream: bytes) -> list[Frame]:
    """What httpx-sse makes of it; it does not know byte order marks."""
    stream = stream.removeprefix(b"\xef\xbb\xbf")
    response = Response(200, headers={"content-type": "text/event-stream"}, content=stream)
    decoded = EventSource(response).iter_sse()
    return [Frame(event.data.encode(), "" if event.event == "message" else event.event) for event in decoded]


@given(st.lists(PIECES.filter(lambda piece: piece != b"\x80" and not piece.startswith(b"id")), max_size=40))
def test_events_are_those_of_httpx_sse_where_both_accept_them(pieces: list[bytes]) -> None:
    stream = b"".join(pieces) + b"\n\n"
    try:
        expected = oracle(stream)
    except (SSEError, UnicodeDecodeError):
        return
    # The oracle also hands out events without any data, which the standard does not.
    assert [frame for frame in sse(stream) if frame.data] == [frame for frame in expected if frame.data]


@given(st.lists(st.dictionaries(st.text(), st.text()), max_size=8), st.booleans())
def test_json_written_line_by_line_comes_back(values: list[dict[str, str]], ends_in_line_feed: bool) -> None:
    stream = b"\n".join(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass") for value in values)
    frames = ndjson(stream + (b"\n" if ends_in_line_feed else b""))
    assert [json.loads(frame.data) for frame in frames] == values
