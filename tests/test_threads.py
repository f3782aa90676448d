"""Blocking work holds up neither other work nor the end of the process."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading

import pytest

from app.threads import use_background_threads

HANGING = """
import asyncio, time
from app.threads import use_background_threads

async def main():
    use_background_threads()
    asyncio.ensure_future(asyncio.to_thread(time.sleep, 60))
    await asyncio.sleep(0.05)

asyncio.run(main())
"""


async def test_a_hundred_jobs_that_hang_hold_up_no_other_job() -> None:
    use_background_threads()
    over = threading.Event()
    hanging = [asyncio.ensure_future(asyncio.to_thread(over.wait)) for _ in range(100)]
    assert await asyncio.wait_for(asyncio.to_thread(lambda: 42), 5) == 42
    over.set()
    await asyncio.gather(*hanging)


async def test_what_a_job_raises_reaches_whoever_waits_for_it() -> None:
    use_background_threads()
    with pytest.raises(KeyError):
        await asyncio.to_thread(lambda: {"known": 1}["missing"])


def test_a_job_that_hangs_does_not_keep_the_process_from_leaving() -> None:
    subprocess.run([sys.executable, "-c", HANGING], check=True, timeout=20)
