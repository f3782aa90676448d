"""Measures typing into a draft of half a megabyte, with the line below the composer against the same without it.

    python -m tests.benchmarks.bench_quote

The draft is pasted at once. Then keys come at such a pace that typing rests after each and the draft is counted just
when the next one comes. Prints milliseconds of the clock, because what counting in a thread can take from the event
loop is time, not work; other programs take some, too. Exits with 1 when the loop stood still for longer than the bound
beyond what it does without the line, or when a key takes more than twice as long.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from typing import cast

from textual import events

from app.app import ParleyApp
from app.screens.surroundings import Surroundings
from app.session.session import Session
from tests.app.scripted import ScriptedSession

SIZE = (120, 40)
LINES = 10_000
KEYS = 15
BOUND_MS = 30.0
FACTOR = 2.0
_UNTIL_COUNTING = 0.21
"""Seconds: a little more than typing has to rest before the draft is counted."""
_ROUNDS = 2


class Gaps:
    """The longest time in which the event loop did not come round."""

    def __init__(self) -> None:
        self.longest_ms = 0.0
        self._task = asyncio.create_task(self._tick())

    async def _tick(self) -> None:
        before = time.perf_counter()
        while True:
            await asyncio.sleep(0.001)
            now = time.perf_counter()
            self.longest_ms = max(self.longest_ms, (now - before) * 1000 - 1)
            before = now

    def take(self) -> float:
        longest, self.longest_ms = self.longest_ms, 0.0
        return longest

    def stop(self) -> None:
        self._task.cancel()


async def measure(*, has_line: bool) -> tuple[float, float, float]:
    """Returns: milliseconds that the loop stood still after the paste; per key; and at the worst while typing."""
    app = ParleyApp(cast(Session, ScriptedSession()))
    kept = Surroundings.draft_changed, Surroundings.refresh_quote
    if not has_line:
        Surroundings.draft_changed = Surroundings.refresh_quote = lambda self: None  # type: ignore[method-assign]
    try:
        async with app.run_test(size=SIZE) as pilot:
            await pilot.pause(0.5)
            gaps = Gaps()
            editor = app._chat_screen.composer.editor
            editor.post_message(events.Paste("\n".join(_line(number) for number in range(LINES))))
            while editor.document.line_count < LINES:
                await pilot.pause()
            gaps.take()  # taking the paste in is the editor's own work
            await pilot.pause(1.0)
            after_paste, keys = gaps.take(), []
            for _ in range(KEYS):
                begin = time.perf_counter()
                app.post_message(events.Key("x", "x"))
                length = len(editor.document.get_line(LINES - 1))
                while len(editor.document.get_line(LINES - 1)) == length:
                    await pilot.pause()
                keys.append((time.perf_counter() - begin) * 1000)
                await asyncio.sleep(_UNTIL_COUNTING)
            gaps.stop()
            return after_paste, statistics.median(keys), gaps.take()
    finally:
        Surroundings.draft_changed, Surroundings.refresh_quote = kept  # type: ignore[method-assign]


def _line(number: int) -> str:
    return f"    if row_{number} in seen: continue  # said before, {number}"


async def main() -> int:
    await measure(has_line=True)
    with_line = [await measure(has_line=True) for _ in range(_ROUNDS)]
    without = [await measure(has_line=False) for _ in range(_ROUNDS)]
    ours, theirs = [[min(each) for each in zip(*rounds, strict=True)] for rounds in (with_line, without)]
    print(f"a draft of {len(_line(0)) * LINES // 1000} kB            with the line    without")
    for name, mine, other in zip(("stall after the paste", "per key", "stall while typing"), ours, theirs, strict=True):
        print(f"{name:24} {mine:10.1f} ms {other:10.1f} ms")
    stalls = [ours[0] - theirs[0], ours[2] - theirs[2]]
    is_met = max(stalls) <= BOUND_MS and ours[1] <= FACTOR * theirs[1]
    print("" if is_met else "MISSED")
    return 0 if is_met else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
