"""What a transcript is stacked from: blocks that become lines on demand, and the one bounded store of lines."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from app.transcript.cells import shorten, width_of
from app.transcript.colours import Lexers
from app.transcript.ink import BLANK, Ink, Line, Span
from app.transcript.markdown import Box

READABLE = 100
"""Prose is never wider than this many columns; code and tables may be."""

_SPAN_BYTES = 180
_LINE_BYTES = 120


@dataclass(frozen=True, slots=True)
class Layout:
    """What lines depend on besides their text.

    Attributes:
        width: columns between the margins.
    """

    width: int
    lexers: Lexers

    @property
    def readable(self) -> int:
        return min(self.width, READABLE)


class Block(ABC):
    """Something that is drawn as a run of lines.

    Its height is estimated until it is drawn for the first time, and remembered then.
    """

    __slots__ = ("__weakref__", "_height", "_measured_for")

    def __init__(self) -> None:
        self._height = 0
        self._measured_for = 0

    @abstractmethod
    def render(self, layout: Layout) -> list[Line]:
        """All lines of the block."""

    @abstractmethod
    def estimate(self, layout: Layout) -> int:
        """A guess at the number of lines, without drawing them."""

    def height(self, layout: Layout) -> int:
        return self._height if self._measured_for == layout.width else self.estimate(layout)

    def is_measured(self, layout: Layout) -> bool:
        return self._measured_for == layout.width

    def remember(self, layout: Layout, height: int) -> None:
        self._height = height
        self._measured_for = layout.width

    def forget(self) -> None:
        """The block is not what it was."""
        self._measured_for = 0


class LineStore:
    """Lines of the blocks drawn last, within a bound; all for one layout.

    Drawing a block anew takes less than a millisecond, while every object kept makes each full garbage
    collection longer: so the bound is no more than some hundred screens.

    Args:
        limit: bytes, as far as they can be told from the number of lines, spans and characters.
    """

    def __init__(self, limit: int = 2 * 1024 * 1024) -> None:
        self._limit = limit
        self._lines: OrderedDict[Block, tuple[list[Line], int]] = OrderedDict()
        self.size = 0

    def lines(self, block: Block, layout: Layout) -> list[Line]:
        known = self._lines.get(block)
        if known is not None:
            if block.is_measured(layout):
                self._lines.move_to_end(block)
                return known[0]
            self.drop(block)
        lines = block.render(layout)
        block.remember(layout, len(lines))
        size = sum(_weight(line) for line in lines)
        self._lines[block] = (lines, size)
        self.size += size
        while self.size > self._limit and len(self._lines) > 1:
            _, (_, freed) = self._lines.popitem(last=False)
            self.size -= freed
        return lines

    def drop(self, block: Block) -> None:
        known = self._lines.pop(block, None)
        if known is not None:
            self.size -= known[1]

    def clear(self) -> None:
        self._lines.clear()
        self.size = 0


def _weight(line: Line) -> int:
    return _LINE_BYTES + sum(_SPAN_BYTES + len(span.text) for span in line.spans)


def estimated_lines(text: str, width: int) -> int:
    """About how many lines a text takes: its own, and those that wrapping adds."""
    return text.count("\n") + 1 + len(text) // max(8, width)


class Margin:
    """The marks at the left of a leaf: bars of quotes, bullets and numbers of list items."""

    __slots__ = ("boxes", "first", "gap", "rest", "width")

    def __init__(self, boxes: Sequence[Box], available: int) -> None:
        """
        Args:
            available: columns for marks and text together; marks never take more than half of them.
        """
        room = available // 2
        markers = [shorten(box.marker, room) for box in boxes]
        while sum(map(width_of, markers)) > room:
            markers.pop(0)
        self.boxes = boxes[len(boxes) - len(markers) :]
        self.width = sum(map(width_of, markers))
        self.first = self._spans(markers, above=False, is_first=True)
        self.rest = self._spans(markers, above=False, is_first=False)
        self.gap = self._spans(markers, above=True, is_first=False)

    def _spans(self, markers: list[str], *, above: bool, is_first: bool) -> tuple[Span, ...]:
        """
        Args:
            above: for the blank line above the leaf, where what begins with the leaf is not yet there.
        """
        spans: list[Span] = []
        for box, marker in zip(self.boxes, markers, strict=True):
            if box.is_quote and not (above and box.is_first):
                spans.append(Span(marker, Ink.RULE))
            elif box.is_first and is_first:
                spans.append(Span(marker, Ink.MARKER))
            else:
                spans.append(Span(" " * width_of(marker)))
        return tuple(spans)

    def gap_line(self) -> Line:
        if any(box.is_quote for box in self.boxes):
            return Line(self.gap, self.width)
        return BLANK

    def lead(self, lines: Sequence[Line]) -> list[Line]:
        """Put the marks before lines."""
        if not self.width:
            return list(lines)
        led = [Line(self.rest + line.spans, line.width + self.width, line.start) for line in lines]
        if led:
            first = lines[0]
            led[0] = Line(self.first + first.spans, first.width + self.width, first.start)
        return led
