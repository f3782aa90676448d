"""What the server remembers between requests: prompt prefixes, and conversations that failed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence

from providers.demo.counting import Spent, count

CACHE_MINIMUM = 64
"""Tokens; a shorter prefix is not cached."""
CACHE_SECONDS = 300.0
_KEPT = 4096


class PromptCache:
    """Prefixes of conversations seen in the last five minutes, as real servers keep them.

    A prefix ends between two messages, so that the newest message of a request is never read from the cache.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seen: OrderedDict[Hashable, float] = OrderedDict()

    def spend(self, scope: Hashable, segments: Sequence[str]) -> Spent:
        """Count a request and what of it is cached under `scope` (a wire format and a model)."""
        fresh_since = self._clock() - CACHE_SECONDS
        sent = cached = 0
        prefixes = _prefixes(scope, segments)
        for position, (segment, prefix) in enumerate(zip(segments, prefixes, strict=True), start=1):
            sent += count(segment)
            if position < len(segments) and self._seen.get(prefix, float("-inf")) >= fresh_since:
                cached = sent
        if cached < CACHE_MINIMUM:
            cached = 0
        return Spent(sent=sent, cached=cached, written=sent - cached if sent >= CACHE_MINIMUM else 0)

    def remember(self, scope: Hashable, segments: Sequence[str]) -> None:
        now = self._clock()
        for prefix in _prefixes(scope, segments):
            self._seen[prefix] = now
            self._seen.move_to_end(prefix)
        while len(self._seen) > _KEPT:
            self._seen.popitem(last=False)


class Attempts:
    """How often a conversation has failed in a row, for the models that succeed on a retry."""

    def __init__(self) -> None:
        self._failed: OrderedDict[Hashable, int] = OrderedDict()

    def number(self, conversation: Hashable) -> int:
        """The number of the attempt that begins now: 1 unless the one before failed."""
        return self._failed.get(conversation, 0) + 1

    def failed(self, conversation: Hashable) -> None:
        self._failed[conversation] = self._failed.get(conversation, 0) + 1
        while len(self._failed) > _KEPT:
            self._failed.popitem(last=False)

    def succeeded(self, conversation: Hashable) -> None:
        self._failed.pop(conversation, None)


def _prefixes(scope: Hashable, segments: Sequence[str]) -> Iterator[int]:
    prefix = hash(scope)
    for segment in segments:
        prefix = hash((prefix, segment))
        yield prefix
