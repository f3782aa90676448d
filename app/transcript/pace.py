"""Shows text that arrives in bursts at a steady pace, never much later than it came."""

from __future__ import annotations

from collections import deque

LAG = 0.25
"""Seconds after which text that has arrived is shown at the latest."""

MOST_PER_TAKE = 24_000
"""Characters taken at once: what a burst costs is spread over several frames."""

_SAME_MOMENT = 0.01
"""Parts that come within this many seconds share a deadline."""


class Pace:
    """Text that waits to be shown. Times are seconds on any clock that only goes forward."""

    def __init__(self) -> None:
        self._parts: deque[str] = deque()
        self._deadlines: deque[tuple[float, int]] = deque()
        self._waiting = 0
        self._last = 0.0

    def __bool__(self) -> bool:
        return self._waiting > 0

    def add(self, text: str, now: float) -> None:
        if not text:
            return
        if not self._waiting:
            self._last = now
        self._parts.append(text)
        self._waiting += len(text)
        deadline, count = now + LAG, len(text)
        if self._deadlines and deadline - self._deadlines[-1][0] < _SAME_MOMENT:
            earlier, more = self._deadlines.pop()
            deadline, count = earlier, count + more
        self._deadlines.append((deadline, count))

    def take(self, now: float) -> str:
        """The text to show by now: enough for every part to be out within `LAG` of its arrival."""
        elapsed = max(0.001, now - self._last)
        self._last = now
        needed = 0.0
        total = 0
        for deadline, count in self._deadlines:
            total += count
            needed = max(needed, total * elapsed / max(elapsed, deadline - now + elapsed))
        return self._cut(min(self._waiting, MOST_PER_TAKE, int(needed) + 1))

    def take_all(self) -> str:
        return self._cut(self._waiting)

    def clear(self) -> None:
        self._parts.clear()
        self._deadlines.clear()
        self._waiting = 0

    def _cut(self, count: int) -> str:
        self._waiting -= count
        taken: list[str] = []
        left = count
        while left:
            part = self._parts.popleft()
            if len(part) > left:
                self._parts.appendleft(part[left:])
                part = part[:left]
            taken.append(part)
            left -= len(part)
        while count:
            deadline, size = self._deadlines.popleft()
            if size > count:
                self._deadlines.appendleft((deadline, size - count))
                break
            count -= size
        return "".join(taken)
