"""The tokens of a text that grows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from providers.tokens import Counter

_LAST_BREAK = re.compile(r"\s(?=\S*\Z)")
_COUNT_EVERY = 400
_LONGEST_TAIL = 4 * _COUNT_EVERY


class RunningCount:
    """Looks at each character once, but for the last few hundred, which are counted whenever somebody asks."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._counted = 0
        self._tail = ""
        self._tail_tokens: int | None = 0
        """None when the tail has grown since it was counted."""

    def add(self, text: str) -> None:
        """In pieces of any size; a large one is counted in slices that are cheap."""
        for start in range(0, len(text), _LONGEST_TAIL):
            self._add(text[start : start + _LONGEST_TAIL])

    def _add(self, text: str) -> None:
        self._tail += text
        self._tail_tokens = None
        if len(self._tail) < _COUNT_EVERY:
            return
        cut = _LAST_BREAK.search(self._tail)
        if cut is not None and cut.start() > 0:
            self._settle(cut.start())
        elif len(self._tail) > _LONGEST_TAIL:  # one endless word: do not let it grow for ever
            self._settle(len(self._tail))

    def _settle(self, end: int) -> None:
        self._counted += self._counter.count(self._tail[:end])
        self._tail = self._tail[end:]

    @property
    def tokens(self) -> int:
        if self._tail_tokens is None:
            self._tail_tokens = self._counter.count(self._tail)
        return self._counted + self._tail_tokens
