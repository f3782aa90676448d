"""A proxy on loopback: it forwards plain requests, tunnels the rest, remembers all, and may refuse."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

_PIECE = 65_536


@dataclass(frozen=True, slots=True)
class Asked:
    """What the proxy was asked; `target` is `host:port` for a tunnel, else a URL."""

    method: str
    target: str
    headers: Mapping[str, str]


class ProxyServer:
    """Listens on 127.0.0.1 until it is stopped.

    Args:
        refuses_with: a status to answer everything with.
        way_to: host to the loopback address that stands for it: the proxy knows names that nobody else does.
    """

    def __init__(self, *, refuses_with: int = 0, way_to: Mapping[str, tuple[str, int]] | None = None) -> None:
        self.asked: list[Asked] = []
        self._server = _Server(self.asked, refuses_with, way_to or {})
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    def __enter__(self) -> ProxyServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, asked: list[Asked], refuses_with: int, way_to: Mapping[str, tuple[str, int]]) -> None:
        self.asked = asked
        self.refuses_with = refuses_with
        self.way_to = way_to
        super().__init__(("127.0.0.1", 0), _Handler)

    def server_bind(self) -> None:
        # Not HTTPServer's own, which asks DNS how this machine is called.
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_CONNECT(self) -> None:
        self.close_connection = True
        if not self._may_pass():
            return
        host, _, port = self.path.rpartition(":")
        with socket.create_connection(self._place(host, int(port)), timeout=10) as far:
            far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.send_response(200, "Connection established")
            self.end_headers()
            back = threading.Thread(target=_copy, args=(far, self.connection), daemon=True)
            back.start()
            _copy(self.connection, far)
            back.join(10)

    def _forward(self) -> None:
        self.close_connection = True
        if not self._may_pass():
            return
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        host, port = self._place(parts.hostname or "", parts.port or 80)
        connection = http.client.HTTPConnection(host, port, timeout=10)
        headers = {name: value for name, value in self.headers.items() if not name.lower().startswith("proxy-")}
        connection.request(self.command, f"{parts.path}?{parts.query}".rstrip("?"), body or None, headers)
        response = connection.getresponse()
        content = response.read()
        self.send_response(response.status)
        self.send_header("content-type", response.headers.get("content-type", ""))
        self.send_header("content-length", str(len(content)))
        self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(content)
        connection.close()

    do_GET = do_POST = _forward  # noqa: N815

    def _may_pass(self) -> bool:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.asked.append(Asked(self.command, self.path, headers))
        if self.server.refuses_with:
            self.send_response(self.server.refuses_with)
            self.send_header("content-length", "0")
            self.send_header("connection", "close")
            self.end_headers()
        return not self.server.refuses_with

    def _place(self, host: str, port: int) -> tuple[str, int]:
        return self.server.way_to.get(host, (host, port))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Tests look at `asked`."""


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(_PIECE):
            target.sendall(piece)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
