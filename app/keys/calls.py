"""Calls code of others that may hang, raise anything, or both: keychains of the operating system."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class CallFailed(Exception):
    """The code that was called raised something.

    Attributes:
        cause: what it raised; its text is foreign.
    """

    def __init__(self, cause: Exception) -> None:
        super().__init__(type(cause).__name__)
        self.cause = cause


async def call(work: Callable[[], T], timeout_s: float) -> T:
    """Run work in a thread of its own, which keeps nobody from leaving: not the caller, not the interpreter.

    Raises:
        TimeoutError: it takes too long; it goes on, and nobody waits for it.
        CallFailed: it raised an exception.
    """
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[T] = loop.create_future()

    def run() -> None:
        try:
            result = work()
        except Exception as error:  # noqa: BLE001 - the door around a keychain, which may raise anything
            failure = CallFailed(error)
            deliver(lambda: outcome.set_exception(failure))
        else:
            deliver(lambda: outcome.set_result(result))

    def deliver(settle: Callable[[], None]) -> None:
        try:
            loop.call_soon_threadsafe(lambda: None if outcome.done() else settle())
        except RuntimeError:
            # The loop has closed: whoever asked has gone.
            return

    threading.Thread(target=run, name="parley-keychain", daemon=True).start()
    async with asyncio.timeout(timeout_s):
        return await outcome
