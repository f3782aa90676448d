"""Breaks spans into lines: at blanks, between ideographs, and inside a word only when it is longer than a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from app.transcript.cells import clusters, width_of
from app.transcript.ink import Line, Span

_WORD = re.compile(r"[^ ]* *")
_NOT_AT_START = frozenset("、。，．・：；？！゛゜ー々)]}）］｝〕〉》」』】’”…‥·ぁぃぅぇぉっゃゅょァィゥェォッャュョ")
_NOT_AT_END = frozenset("([{（［｛〔〈《「『【‘“")


def wrap(spans: Sequence[Span], width: int, start: int = 0) -> list[Line]:
    """Lay spans out in lines of at most `width` cells; a line feed in a span always breaks.

    Args:
        width: cells, at least 1. A cluster wider than that stands alone on its line, too wide.
        start: the offset of the first character in its block.

    Returns:
        At least one line.
    """
    text = "".join(span.text for span in spans)
    if "\n" not in text and (cells := width_of(text)) <= width:
        return [Line(tuple(span for span in spans if span.text), cells, start)]
    lines: list[Line] = []
    pieces = _Slicer(spans)
    offset = 0
    for paragraph in text.split("\n"):
        for begin, end in break_offsets(paragraph, width):
            cut = pieces.slice(offset + begin, offset + end)
            lines.append(Line(cut, width_of(paragraph[begin:end]), start + offset + begin))
        offset += len(paragraph) + 1
    return lines


def break_offsets(text: str, width: int) -> list[tuple[int, int]]:
    """Where lines begin and end in a text without line feeds; blanks at a break belong to no line."""
    if width_of(text) <= width:
        return [(0, len(text))]
    lines: list[tuple[int, int]] = []
    line_start = line_end = position = column = 0
    for piece in _pieces(text, width):
        word = piece.rstrip(" ")
        cells = width_of(word)
        if column + cells > width and position > line_start and word:
            lines.append((line_start, line_end))
            line_start, column = position, 0
        if word:
            line_end = position + len(word)
        position += len(piece)
        column += cells + len(piece) - len(word)
    lines.append((line_start, line_end))
    return lines


def _pieces(text: str, width: int) -> Iterator[str]:
    """The unbreakable pieces of a text, each with the blanks that follow it."""
    for match in _WORD.finditer(text):
        piece = match.group()
        if not piece:
            continue
        if piece.isascii():
            word = piece.rstrip(" ")
            while len(word) > width:
                yield word[:width]
                word = word[width:]
                piece = piece[width:]
            yield piece
        else:
            yield from _pieces_of_word(piece, width)


def _pieces_of_word(word: str, width: int) -> Iterator[str]:
    held, held_width, last = "", 0, ""
    for cluster, cells in clusters(word):
        may_break = (
            (_is_ideographic(last) or _is_ideographic(cluster))
            and cluster not in _NOT_AT_START
            and last not in _NOT_AT_END
            and cluster != " "
        )
        if held and (may_break or (held_width + cells > width and cluster != " ")):
            yield held
            held, held_width = "", 0
        held += cluster
        held_width += cells
        last = cluster
    if held:
        yield held


def _is_ideographic(cluster: str) -> bool:
    """Whether a line may break beside this cluster: ideographs, kana, full-width signs; Hangul has blanks."""
    if not cluster:
        return False
    code = ord(cluster[0])
    return 0x2E80 <= code <= 0xA4CF or 0xF900 <= code <= 0xFAFF or 0xFF01 <= code <= 0xFF60 or code >= 0x20000


def chop(text: str, width: int) -> list[tuple[int, int]]:
    """Where lines begin and end when a text is cut at any cluster: for code, where every blank counts."""
    if width_of(text) <= width:
        return [(0, len(text))]
    if text.isascii():
        return [(at, min(at + width, len(text))) for at in range(0, len(text), width)]
    lines: list[tuple[int, int]] = []
    begin = end = column = 0
    for cluster, cells in clusters(text):
        if column + cells > width and end > begin:
            lines.append((begin, end))
            begin, column = end, 0
        end += len(cluster)
        column += cells
    lines.append((begin, end))
    return lines


class _Slicer:
    """Cuts ranges out of a row of spans; ranges must be asked for in ascending order."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._spans = list(spans)
        self._index = 0
        self._offset = 0

    def slice(self, begin: int, end: int) -> tuple[Span, ...]:
        out: list[Span] = []
        while self._index < len(self._spans):
            span = self._spans[self._index]
            after = self._offset + len(span.text)
            if after > begin and self._offset < end:
                text = span.text[max(0, begin - self._offset) : end - self._offset]
                if text:
                    out.append(Span(text, span.look, span.target))
            if after > end:
                break
            self._offset = after
            self._index += 1
        return tuple(out)


def slice_spans(spans: Iterable[Span], ranges: Iterable[tuple[int, int]]) -> list[tuple[Span, ...]]:
    """Cut ascending character ranges out of spans."""
    slicer = _Slicer(spans)
    return [slicer.slice(begin, end) for begin, end in ranges]
