"""One client of the demo server: bytes in, answers out."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import TypeVar

from providers.demo.http import Answer, Dropped, HttpError, Request, RequestParser, StreamedAnswer

_READ = 64 * 1024
_LINGER_S = 0.5
_PIPELINED = 8

_T = TypeVar("_T")
Handler = Callable[[Request], Awaitable[Answer | StreamedAnswer]]


class Connection:
    """One client: reads ahead, answers in order, notices at once when the client goes away."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        handle: Handler,
        refuse: Callable[[HttpError], Answer],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._handle = handle
        self._refuse = refuse
        self._inbox: asyncio.Queue[Request | HttpError | None] = asyncio.Queue(_PIPELINED)
        self._gone = asyncio.Event()

    async def serve(self) -> None:
        """Answer until one side has had enough. On cancellation the connection is cut."""
        pump = asyncio.create_task(self._pump())
        try:
            while (item := await self._inbox.get()) is not None:
                if isinstance(item, HttpError):
                    await self._write_answer(self._refuse(item), is_last=True, has_body=True)
                    await self._linger()
                    break
                if not await self._respond(item):
                    break
        except (ConnectionError, Dropped):
            pass
        except asyncio.CancelledError:
            self._writer.transport.abort()
            raise
        finally:
            pump.cancel()
            self._writer.close()

    async def _pump(self) -> None:
        parser = RequestParser()
        with contextlib.suppress(ConnectionError):
            while chunk := await self._reader.read(_READ):
                try:
                    for request in parser.feed(chunk):
                        await self._inbox.put(request)
                except HttpError as error:
                    await self._inbox.put(error)
                    return
                if parser.expects_continue:
                    self._writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._gone.set()
        await self._inbox.put(None)

    async def _respond(self, request: Request) -> bool:
        """Answer one request; False when the connection has to end after it."""
        answer = await self._unless_gone(self._handle(request))
        if answer is None:
            return False
        is_last = not request.is_keep_alive
        if isinstance(answer, Answer):
            await self._write_answer(answer, is_last=is_last, has_body=request.method != "HEAD")
            return not is_last
        is_last = is_last or not request.has_chunks
        return bool(await self._unless_gone(self._write_stream(answer, request, is_last))) and not is_last

    async def _unless_gone(self, work: Awaitable[_T]) -> _T | None:
        """The result of the work; None when the client left before it was done."""
        task = asyncio.ensure_future(work)
        gone = asyncio.ensure_future(self._gone.wait())
        try:
            await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else None
        finally:
            for pending in (task, gone):
                pending.cancel()

    async def _write_answer(self, answer: Answer, *, is_last: bool, has_body: bool) -> None:
        headers = {
            "content-type": answer.content_type,
            "content-length": str(len(answer.body)),
            **answer.headers,
            "connection": "close" if is_last else "keep-alive",
        }
        body = answer.body if has_body else b""
        self._writer.write(_head(answer.status, headers) + (body[: len(body) // 2] if answer.is_cut else body))
        await self._writer.drain()
        if answer.is_cut:
            raise Dropped

    async def _write_stream(self, answer: StreamedAnswer, request: Request, is_last: bool) -> bool:
        headers = {
            "content-type": answer.content_type,
            "cache-control": "no-cache",
            **answer.headers,
            "connection": "close" if is_last else "keep-alive",
        }
        if request.has_chunks:
            headers["transfer-encoding"] = "chunked"
        self._writer.write(_head(200, headers))
        async for frame in answer.frames:
            if frame:
                self._writer.write(b"%x\r\n%b\r\n" % (len(frame), frame) if request.has_chunks else frame)
                await self._writer.drain()
        if request.has_chunks:
            self._writer.write(b"0\r\n\r\n")
        await self._writer.drain()
        return True

    async def _linger(self) -> None:
        """Read what a refused client still sends, so that it gets to read the refusal and not a reset."""
        self._writer.write_eof()
        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(_LINGER_S):
                while await self._reader.read(_READ):
                    pass


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Overloaded" if status == 529 else "Unknown"
    lines = [f"HTTP/1.1 {status} {phrase}", "server: parley-demo"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
