"""Threads for blocking work that keep nobody from leaving."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class BackgroundThreads(ThreadPoolExecutor):
    """A thread per job, for as long as the job takes.

    asyncio's own pool has a handful of threads. Looking up the names of thirty hosts that do not exist would fill
    it, hold up everything else, and at the end keep the process from leaving until the last lookup gives up.
    """

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run a call in a thread of its own."""
        future: Future[T] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - whoever waits for the future gets it
                future.set_exception(error)
            else:
                future.set_result(result)

        threading.Thread(target=run, name="parley-background", daemon=True).start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Wait for nobody: what still runs ends with the process."""
        super().shutdown(wait=False, cancel_futures=cancel_futures)


async def finished_in_thread(call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """`asyncio.to_thread` for what cannot be stopped half-way, so that whoever waits for it learns how it ended.

    Being cancelled meanwhile comes too late, and is forgotten.
    """
    job = asyncio.ensure_future(asyncio.to_thread(call, *args, **kwargs))
    while not job.done():
        try:
            await asyncio.wait([job])
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is not None:
                task.uncancel()
    return job.result()


def use_background_threads() -> None:
    """Make them what `asyncio.to_thread` and name lookups use in the running loop."""
    asyncio.get_running_loop().set_default_executor(BackgroundThreads())
