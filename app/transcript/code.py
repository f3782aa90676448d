"""Code blocks: a label, a rule, the code in its colours, in slices that are drawn one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from app.transcript.blocks import Block, Layout, Margin
from app.transcript.cells import expand_tabs, shorten, width_of
from app.transcript.colours import SLICE, Lexers, Resume
from app.transcript.ink import CodeCopy, Ink, Line, Span
from app.transcript.markdown import Leaf, language_of
from app.transcript.wrap import chop, slice_spans

_CONTINUED = "↪ "
_COPY = "c copy"
_COMMENTS = (("/*", "*/"), ("<!--", "-->"))
_LONGEST = 20_000
"""Characters of a slice that are coloured: longer ones are data on a few lines."""

_MOST_AT_ONCE = 8
"""Slices lexed while a frame is drawn; a longer way to a slice is gone in steps, between frames."""


@dataclass(slots=True)
class _Tail:
    """The complete lines of the slice that grows: their colours, and where lexing goes on."""

    index: int = -1
    at: int = 0
    resume: Resume = field(default_factory=Resume)
    lines: list[list[Span]] = field(default_factory=list)


class Fence:
    """The code of one block and its colours, as far as they are known.

    Attributes:
        raw: the code as the model wrote it.
    """

    def __init__(self, leaf: Leaf) -> None:
        self.raw = leaf.content
        self.language = language_of(leaf.info).lower()
        self._has_grown = False
        self._text = _without_tabs(leaf.content)
        self._starts = _line_starts(self._text)
        self._resumes = [Resume()]
        self._checked: list[Resume] | None = None
        self._tail = _Tail()

    @property
    def slices(self) -> int:
        return max(1, -(-(len(self._starts) - 1) // SLICE))

    def grow(self, leaf: Leaf) -> None:
        """Take a longer version of the code."""
        kept = self._text.rfind("\n") + 1
        added = _without_tabs(leaf.content[self.raw.rfind("\n") + 1 :])
        self.raw = leaf.content
        self._text = self._text[:kept] + added
        while self._starts[-1] > kept:
            self._starts.pop()
        self._starts.extend(kept + start for start in _line_starts(added)[1:])
        self._has_grown = True

    def line_count(self, index: int) -> int:
        return max(1, min(SLICE, len(self._starts) - 1 - index * SLICE))

    def lines(self, index: int, lexers: Lexers) -> list[list[Span]]:
        """The lines of one slice, in colour if that can be had at once."""
        begin, end = self._bounds(index)
        is_short = end - begin <= _LONGEST
        if not (is_short and lexers.is_ready(self.language) and self._reach(index, lexers)):
            return list(_by_line([Span(self._text[begin:end])]))
        if self._has_grown and self._tail.index == index and self._tail.at == end:
            return self._tail.lines
        if self._has_grown and index == self.slices - 1:
            return self._growing_lines(index, lexers)
        spans, _ = lexers.lex(self.language, self._text, self._resumes[index], begin, end)
        return list(_by_line(spans))

    def _growing_lines(self, index: int, lexers: Lexers) -> list[list[Span]]:
        """The lines of the last slice while more of them arrive: those that are complete are lexed once."""
        begin, end = self._bounds(index)
        if self._tail.index != index:
            self._tail = _Tail(index, begin, self._resumes[index], [])
        tail = self._tail
        last = self._starts[-2] if len(self._starts) > 1 else 0
        if last > tail.at and not _has_open_comment(self._text, tail.at, last):
            self._extend_tail(last, lexers)
        spans, _ = lexers.lex(self.language, self._text, tail.resume, tail.at, end)
        return [*tail.lines, *_by_line(spans)]

    def _extend_tail(self, end: int, lexers: Lexers) -> None:
        tail = self._tail
        spans, tail.resume = lexers.lex(self.language, self._text, tail.resume, tail.at, end)
        tail.lines.extend(_by_line(spans))
        tail.at = end

    def settle(self, lexers: Lexers) -> None:
        """The code is complete: if it grew, colour it anew, for its end may change how its beginning reads."""
        if self._has_grown:
            self._has_grown = False
            self._checked = [Resume()]
            lexers.enlist(self)

    def work(self, lexers: Lexers) -> bool:
        """Go one step towards the colours that are wanted. Returns: whether they are all there now."""
        resumes = self._resumes if self._checked is None else self._checked
        if len(resumes) < self.slices:
            self._step(resumes, lexers)
            return False
        self._resumes, self._checked = resumes, None
        return True

    def _reach(self, index: int, lexers: Lexers) -> bool:
        """Find out in which state a slice begins, if that is near."""
        if index - len(self._resumes) >= _MOST_AT_ONCE:
            lexers.enlist(self)
            return False
        while len(self._resumes) <= index:
            self._step(self._resumes, lexers)
        return True

    def _step(self, resumes: list[Resume], lexers: Lexers) -> None:
        """Find out in which state the next slice begins."""
        index = len(resumes) - 1
        begin, end = self._bounds(index)
        if end - begin > _LONGEST:
            resumes.append(Resume(end))
        elif resumes is self._resumes and self._tail.index == index:
            self._extend_tail(end, lexers)
            resumes.append(self._tail.resume)
        else:
            resumes.append(lexers.lex(self.language, self._text, resumes[-1], begin, end)[1])

    def _bounds(self, index: int) -> tuple[int, int]:
        last = len(self._starts) - 1
        return self._starts[min(index * SLICE, last)], self._starts[min((index + 1) * SLICE, last)]


class CodeBlock(Block):
    """One slice of a fence; the first one has the label above it."""

    __slots__ = ("_index", "_leaf", "fence")

    def __init__(self, fence: Fence, index: int, leaf: Leaf) -> None:
        super().__init__()
        self.fence = fence
        self._index = index
        self._leaf = leaf

    def render(self, layout: Layout) -> list[Line]:
        margin = Margin(self._leaf.boxes, layout.width)
        lines: list[Line] = []
        first = self._index == 0
        if first:
            lines.append(self._label(layout, margin))
        width = max(4, layout.width - margin.width - 1)
        start = 0
        for spans in self.fence.lines(self._index, layout.lexers):
            text = "".join(span.text for span in spans)
            lines.extend(_code_lines(text, spans, width, start))
            start += len(text) + 1
        if first:
            return [*([margin.gap_line()] if self._leaf.has_gap else ()), *margin.lead(lines)]
        return [Line(margin.rest + line.spans, line.width + margin.width, line.start) for line in lines]

    def estimate(self, layout: Layout) -> int:
        return self.fence.line_count(self._index) + (1 + self._leaf.has_gap if self._index == 0 else 0)

    def _label(self, layout: Layout, margin: Margin) -> Line:
        width = max(1, layout.readable - margin.width)
        name = shorten(self.fence.language, max(0, width - len(_COPY) - 6))
        left = f"{name} " if name else ""
        right = f" {_COPY}"
        rule = width - width_of(left) - len(right)
        if rule < 1:
            return Line((Span(shorten(left, width), Ink.DIM),), width_of(shorten(left, width)))
        copy = CodeCopy(self.fence)
        return Line(
            (
                Span(left, Ink.DIM),
                Span("─" * rule, Ink.RULE),
                Span(" "),
                Span("c", Ink.KEY, copy),
                Span(" copy", Ink.DIM, copy),
            ),
            width,
        )


def _code_lines(text: str, spans: list[Span], width: int, start: int) -> Iterator[Line]:
    """One line of code; what does not fit goes on below, marked."""
    if width_of(text) <= width:
        yield Line((Span(" "), *spans), width_of(text) + 1, start)
        return
    ranges = chop(text, width - len(_CONTINUED))
    for (begin, end), cut in zip(ranges, slice_spans(spans, ranges), strict=True):
        lead = Span(_CONTINUED if begin else "", Ink.MARKER)
        cells = width_of(text[begin:end]) + len(lead.text)
        yield Line((Span(" "), lead, *cut) if begin else (Span(" "), *cut), cells + 1, start + begin)


def _by_line(spans: list[Span]) -> Iterator[list[Span]]:
    """Regroup spans by line; the last line needs no line feed."""
    line: list[Span] = []
    for span in spans:
        first, *more = span.text.split("\n")
        if first:
            line.append(Span(first, span.look))
        for text in more:
            yield line
            line = [Span(text, span.look)] if text else []
    if line:
        yield line


def _line_starts(text: str) -> list[int]:
    """Where lines begin, and the end of the text."""
    starts = [0]
    at = text.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = text.find("\n", at + 1)
    if starts[-1] != len(text):
        starts.append(len(text))
    return starts


def _has_open_comment(text: str, begin: int, end: int) -> bool:
    """Whether a comment over several lines seems to be open: lexers read such a comment as a whole."""
    return any(text.rfind(opening, begin, end) > text.rfind(closing, begin, end) for opening, closing in _COMMENTS)


def _without_tabs(code: str) -> str:
    if "\t" not in code:
        return code
    return "\n".join(expand_tabs(line) for line in code.split("\n"))
