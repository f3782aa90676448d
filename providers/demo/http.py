"""HTTP/1.1, as much as a loopback server needs: requests and answers as values, and a parser without I/O."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs, unquote, urlsplit

MAX_HEAD = 32 * 1024
"""Bytes of request line and headers; more is a 431."""
MAX_BODY = 32 * 1024 * 1024
"""Bytes; more is a 413."""

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([!-~]+) HTTP/(\d)\.(\d)")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00\r\n]*?)[ \t]*")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?")


class HttpError(Exception):
    """Bytes that are not a request this server can read. The connection ends with it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Dropped(Exception):
    """Raised by a body to cut the connection where it stands."""


@dataclass(frozen=True, slots=True)
class Request:
    """Attributes:
    headers: names in lower case; repeated ones joined with a comma.
    is_keep_alive: whether the client wants to go on after the answer.
    has_chunks: whether the client understands chunked answers (HTTP/1.1).
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""
    is_keep_alive: bool = True
    has_chunks: bool = True

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> dict[str, str]:
        """The first value of each query field."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.target).query).items()}


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. With `is_cut` the connection ends in the middle of the body."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class StreamedAnswer:
    """A 200 whose body is made while it is sent."""

    frames: AsyncIterator[bytes]
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


class RequestParser:
    """Bytes to requests, without I/O. Any split of the bytes gives the same requests."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self._head: Request | None = None
        self._body = bytearray()
        self._missing: int | None = None
        """Bytes left of the body or chunk; None while a line (head, chunk size, trailer) is awaited."""
        self._is_chunked = False
        self._after_chunk = False
        self._in_trailer = False

    @property
    def expects_continue(self) -> bool:
        """Whether the client waits for a `100 Continue` before it sends the first byte of the body."""
        if self._head is None or self._body or self._buffer:
            return False
        return self._head.headers.get("expect", "").lower() == "100-continue"

    def feed(self, chunk: bytes) -> list[Request]:
        """Take bytes and return the requests that are complete now.

        Raises: HttpError; the parser is of no use afterwards.
        """
        self._buffer += chunk
        done: list[Request] = []
        while self._step(done):
            pass
        return done

    def _step(self, done: list[Request]) -> bool:
        """Go as far as one state allows; False when more bytes are needed."""
        if self._head is None:
            return self._read_head(done)
        if not self._is_chunked or self._missing is not None:
            return self._read_bytes(done)
        return self._read_chunk_line(done)

    def _read_head(self, done: list[Request]) -> bool:
        blank = len(self._buffer) - len(self._buffer.lstrip(b"\r\n"))
        del self._buffer[:blank]
        match = _HEAD_END.search(self._buffer, max(0, self._searched - 3))
        if (match.start() if match else len(self._buffer)) > MAX_HEAD:
            raise HttpError(431, f"Request line and headers are larger than {MAX_HEAD} bytes.")
        if match is None:
            self._searched = len(self._buffer)
            return False
        lines = bytes(self._buffer[: match.start()]).split(b"\n")
        del self._buffer[: match.end()]
        self._searched = 0
        head = _parse_head([line.removesuffix(b"\r") for line in lines])
        self._is_chunked, length = _framing(head.headers)
        if not self._is_chunked and length == 0:
            done.append(head)
            return True
        self._head = head
        self._missing = None if self._is_chunked else length
        return True

    def _read_bytes(self, done: list[Request]) -> bool:
        assert self._missing is not None
        taken = self._buffer[: self._missing]
        del self._buffer[: len(taken)]
        self._body += taken
        self._missing -= len(taken)
        if self._missing:
            return False
        if self._is_chunked:
            self._missing = None
            self._after_chunk = True
        else:
            self._complete(done)
        return True

    def _read_chunk_line(self, done: list[Request]) -> bool:
        end = self._buffer.find(b"\n")
        if end > MAX_HEAD or (end < 0 and len(self._buffer) > MAX_HEAD):
            raise HttpError(400, "A chunk header is too long.")
        if end < 0:
            return False
        line = bytes(self._buffer[:end]).removesuffix(b"\r")
        del self._buffer[: end + 1]
        if self._in_trailer:
            if not line:
                self._in_trailer = False
                self._complete(done)
            return True
        if self._after_chunk:
            if line:
                raise HttpError(400, "A chunk of the body is longer than its size.")
            self._after_chunk = False
            return True
        size = _CHUNK_SIZE.fullmatch(line)
        if size is None:
            raise HttpError(400, "A chunk of the body has no valid size.")
        length = int(size[1], 16)
        _check_size(len(self._body) + length)
        self._in_trailer = length == 0
        self._missing = length or None
        return True

    def _complete(self, done: list[Request]) -> None:
        head = self._head
        assert head is not None
        done.append(replace(head, body=bytes(self._body)))
        self._head = None
        self._missing = None
        self._body.clear()


def _parse_head(lines: list[bytes]) -> Request:
    start = _REQUEST_LINE.fullmatch(lines[0])
    if start is None:
        raise HttpError(400, "The request line is not HTTP.")
    method, target, major, minor = start.groups()
    if major != b"1":
        raise HttpError(505, "Only HTTP/1.0 and HTTP/1.1 are spoken here.")
    headers: dict[str, str] = {}
    for line in lines[1:]:
        pair = _HEADER.fullmatch(line)
        if pair is None:
            raise HttpError(400, "A header line is malformed.")
        name, value = pair[1].decode("ascii").lower(), pair[2].decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    has_chunks = minor != b"0"
    connection = headers.get("connection", "").lower()
    is_keep_alive = "close" not in connection if has_chunks else "keep-alive" in connection
    try:
        urlsplit(target.decode("ascii"))
    except ValueError as error:
        raise HttpError(400, "The request target is not a valid URL.") from error
    return Request(method.decode("ascii"), target.decode("ascii"), headers, b"", is_keep_alive, has_chunks)


def _framing(headers: Mapping[str, str]) -> tuple[bool, int]:
    """How the body is delimited: (chunked, length)."""
    coding = headers.get("transfer-encoding")
    length = headers.get("content-length")
    if coding is not None:
        if coding.lower() != "chunked":
            raise HttpError(501, "Of the transfer codings, only 'chunked' is known here.")
        if length is not None:
            raise HttpError(400, "Content-Length and Transfer-Encoding exclude each other.")
        return True, 0
    if length is None:
        return False, 0
    if re.fullmatch(r"[0-9]{1,18}", length) is None:
        raise HttpError(400, "Content-Length is not a number.")
    _check_size(int(length))
    return False, int(length)


def _check_size(length: int) -> None:
    if length > MAX_BODY:
        raise HttpError(413, f"The body is larger than {MAX_BODY} bytes.")
