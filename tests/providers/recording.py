"""A loopback server that answers by a script and remembers every request, for tests of what goes on the wire."""

from __future__ import annotations

import json
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import unquote, urlsplit

JSON = "application/json"
LOOPBACK_V4 = "127.0.0.1"
LOOPBACK_V6 = "::1"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A request as it arrived.

    Attributes:
        target: the request line's own words, query included.
        headers: names in lower case; repeated ones joined with a comma.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path)

    @property
    def line(self) -> str:
        """`GET /v1/models`, as scripts name it."""
        return f"{self.method} {self.path}"

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        """Everything that arrived, for a search that must find nothing."""
        head = "\n".join(f"{name}: {value}" for name, value in self.headers.items())
        return f"{self.method} {self.target}\n{head}\n\n{self.body.decode('utf-8', 'replace')}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server says.

    Attributes:
        body: JSON-able unless it is bytes or text, which go out as they are.
        delay_s: how long the server thinks first.
        is_cut: close the connection without any answer.
    """

    body: Any = b""
    status: int = 200
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0
    is_cut: bool = False

    @property
    def content(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()


Script = Mapping[str, Answer] | Callable[[Recorded], Answer]
"""By path (`/v1/models`) or by method and path (`POST /v1/messages`), or a function of the request."""

NOT_THERE = Answer("404 page not found", 404, "text/plain")


def models(*ids: str, **extra: Any) -> Answer:
    """The model list of OpenAI and its imitators; `extra` fields go into every row and may replace its own."""
    return Answer({"object": "list", "data": [{"id": name, "object": "model", **extra} for name in ids]})


class RecordingServer:
    """Listens on one loopback address until it is stopped, in threads of its own.

    Args:
        script: what is not in it is a 404.
        host: `127.0.0.1` or `::1`, nothing else listens.
        tls: speaks https with it.
    """

    def __init__(
        self,
        script: Script | None = None,
        *,
        host: str = LOOPBACK_V4,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.script: Script = script if script is not None else {}
        self.requests: list[Recorded] = []
        self._is_tls = tls is not None
        self._server = _Server(host, port, tls, self._answer)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """With the address it listens on; without a slash at the end."""
        host = self._server.host
        return f"{self._scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def localhost(self) -> str:
        """The same place by name."""
        return f"{self._scheme}://localhost:{self.port}"

    @property
    def lines(self) -> list[str]:
        """What was asked, each as `GET /v1/models`."""
        return [request.line for request in self.requests]

    @property
    def text(self) -> str:
        """Every byte that arrived, for a search that must find nothing."""
        return "\n".join(request.text for request in self.requests)

    def start(self) -> RecordingServer:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._server.close_connections()
        self._thread.join(5)

    def __enter__(self) -> RecordingServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def _scheme(self) -> str:
        return "https" if self._is_tls else "http"

    def _answer(self, request: Recorded) -> Answer:
        self.requests.append(request)
        if callable(self.script):
            return self.script(request)
        return self.script.get(request.line) or self.script.get(request.path) or NOT_THERE


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None, answer: Callable[[Recorded], Answer]) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.host = host
        self.answer = answer
        self._tls = tls
        self._open: set[socket.socket] = set()
        self._beside: socket.socket | None = None
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            if not self.server_address[1]:
                # Nobody else may answer at the same port of the other loopback: held there, and never listened at.
                self._beside = socket.socket(socket.AF_INET)
                self._beside.bind((LOOPBACK_V4, 0))
                self.server_address = (self.host, self._beside.getsockname()[1])
        # Not HTTPServer's own, which asks DNS how this machine is called.
        socketserver.TCPServer.server_bind(self)

    def server_close(self) -> None:
        super().server_close()
        if self._beside is not None:
            self._beside.close()

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        if self._tls is not None:
            # The handshake waits for the client: it belongs into the connection's own thread.
            connection = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        """Wake the threads that wait for another request on a connection that was kept alive."""
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up or refuse a certificate are what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # Head and body are two writes: the second would wait 40 ms for an answer.
    server: _Server

    def _serve(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        names = {name.lower() for name in self.headers}
        headers = {name: ", ".join(self.headers.get_all(name, ())) for name in names}
        body = self.rfile.read(length)
        answer = self.server.answer(Recorded(self.command, self.path, headers, body))
        if answer.delay_s:
            time.sleep(answer.delay_s)
        if answer.is_cut:
            self.close_connection = True
            return
        self.send_response(answer.status)
        self.send_header("content-type", answer.content_type)
        self.send_header("content-length", str(len(answer.content)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.content)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = _serve  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Tests look at `requests`."""
