"""Fuzzy matching in linear time.

`textual.fuzzy` tries every way to place the letters: six equal letters in a long line take it half a minute, and
what is searched here is written by strangers.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class FuzzyMatch:
    """Attributes:
    score: the higher the better; comparable for one query.
    offsets: of the matched characters, ascending.
    """

    score: float
    offsets: tuple[int, ...]


def match(query: str, label: str) -> FuzzyMatch | None:
    """How well a word matches a label, case ignored; None when its letters do not stand there in order.

    A whole occurrence beats scattered letters, the beginning of a word beats its middle, runs beat single letters.
    A capital after a small letter begins a word, too: "or" finds both words of OpenRouter.
    """
    wanted, text = query.lower(), label.lower()
    if len(text) != len(label):  # a capital that has two small letters would shift the offsets
        text = label
    if not wanted:
        return FuzzyMatch(0, ())
    offsets = _whole(wanted, text, label) or _scattered(wanted, text)
    return FuzzyMatch(_score(offsets, label), offsets) if offsets else None


def _whole(wanted: str, text: str, label: str) -> tuple[int, ...]:
    start = first = text.find(wanted)
    while start > 0 and not _begins_word(start, label):
        start = text.find(wanted, start + 1)
    start = first if start < 0 else start
    return tuple(range(start, start + len(wanted))) if start >= 0 else ()


def _scattered(wanted: str, text: str) -> tuple[int, ...]:
    """The letters from left to right, then drawn together from the last one back."""
    place = -1
    for letter in wanted:
        place = text.find(letter, place + 1)
        if place < 0:
            return ()
    offsets: list[int] = []
    place += 1
    for letter in reversed(wanted):
        place = text.rfind(letter, 0, place)
        offsets.append(place)
    return tuple(reversed(offsets))


def _score(offsets: tuple[int, ...], label: str) -> float:
    starts = sum(_begins_word(offset, label) for offset in offsets)
    runs = sum(following == offset + 1 for offset, following in pairwise(offsets))
    return len(offsets) + starts + 2 * runs - len(label) / 1000


def _begins_word(offset: int, label: str) -> bool:
    if offset == 0 or not label[offset - 1].isalnum():
        return True
    return label[offset].isupper() and label[offset - 1].islower()
