"""The server itself: a socket, a thread, an event loop."""

from __future__ import annotations

import asyncio
import random
import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType

from providers.demo.catalogue import MODELS
from providers.demo.connection import Connection
from providers.demo.service import Service

_LOOPBACK = "127.0.0.1"
_STOP_TIMEOUT_S = 5.0


class DemoServer:
    """Serves the demo models on a loopback port until it is stopped.

    Runs in a thread of its own, so that it works the same beside an event loop and without one.

    Args:
        clock: seconds since the epoch; ages the prompt cache and dates the replies.
        rng: makes ids and cuts replies into deltas; used by the server's thread only.
        pace: a factor on every delay; 0 answers as fast as possible.
        port: 0 picks a free one.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        rng: random.Random | None = None,
        pace: float = 1.0,
        port: int = 0,
    ) -> None:
        self._service = Service(MODELS, clock, rng or random.Random(), pace)
        self._wanted_port = port
        self._port = port
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Without a path and without a slash at the end; known once the server has started."""
        return f"http://{_LOOPBACK}:{self._port}"

    @property
    def connections(self) -> int:
        """How many clients are connected right now."""
        return len(self._connections)

    def start(self) -> DemoServer:
        """Bind and serve. Raises: OSError, when the port is taken; RuntimeError, when it runs already."""
        if self._thread is not None:
            raise RuntimeError("The demo server is running already.")
        listening = socket.create_server((_LOOPBACK, self._wanted_port))
        self._port = listening.getsockname()[1]
        self._ready.clear()
        self._thread = threading.Thread(target=self._run, args=(listening,), name="parley-demo", daemon=True)
        self._thread.start()
        self._ready.wait()
        return self

    def stop(self) -> None:
        """Cut all connections and end the thread; harmless when nothing runs."""
        thread, self._thread = self._thread, None
        if thread is None or self._loop is None or self._stopping is None:
            return
        self._loop.call_soon_threadsafe(self._stopping.set)
        thread.join(_STOP_TIMEOUT_S)

    def __enter__(self) -> DemoServer:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _run(self, listening: socket.socket) -> None:
        asyncio.run(self._serve(listening))

    async def _serve(self, listening: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        server = await asyncio.start_server(self._connect, sock=listening, backlog=128)
        self._ready.set()
        await self._stopping.wait()
        server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # asyncio only does this for sockets made with an explicit protocol number; without it a frame can wait 40 ms
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = Connection(reader, writer, self._service.answer, self._service.refuse)
        task = asyncio.ensure_future(connection.serve())
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
