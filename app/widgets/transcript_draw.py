"""Lines as strips: the margin with its bar, then the text in the colours of the theme."""

from __future__ import annotations

from collections.abc import Iterator

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from app.transcript.cells import clusters, is_simple, width_of
from app.transcript.document import Row
from app.transcript.ink import Target
from app.transcript.section import Bar
from app.widgets.transcript_palette import Palette

MARGIN = 3
"""Columns at the left of the text, for the bar."""

_NARROW = 40
_NEW_BELOW = " ▼ new below "


def margins(width: int) -> tuple[int, int]:
    """Columns at the left and right of the text."""
    return (MARGIN, 2) if width >= _NARROW else (2, 1)


def draw(row: Row | None, width: int, palette: Palette, *, is_selected: bool) -> Strip:
    """One line of the screen, `width` cells wide."""
    if row is None:
        return Strip.blank(width, palette.blank)
    left, _ = margins(width)
    mark, style = " ", palette.blank
    if is_selected and row.number >= 1:
        mark, style = "▎", palette.selected
    elif row.bar is not Bar.NONE:
        mark, style = "▏", palette.bar(row.bar)
    segments = [Segment(" " * (left - 2), palette.blank)] if left > 2 else []
    segments += (Segment(mark, style), Segment(" ", palette.blank))
    for span in row.line.spans:
        segments.extend(_segments(span.text, palette.style(span.look)))
    used = left + row.line.width
    if used < width:
        segments.append(Segment(" " * (width - used), palette.blank))
    return Strip(segments, max(used, width))


def _segments(text: str, style: Style) -> Iterator[Segment]:
    """Text as segments; a cluster of several characters stands alone, so that nothing cuts it."""
    if is_simple(text):
        if text:
            yield Segment(text, style)
        return
    held = ""
    for cluster, _ in clusters(text):
        if len(cluster) == 1:
            held += cluster
            continue
        if held:
            yield Segment(held, style)
            held = ""
        yield Segment(cluster, style)
    if held:
        yield Segment(held, style)


def with_new_below(strip: Strip, width: int, right: int, palette: Palette) -> Strip:
    """Lay the sign that there is more below over the end of a line.

    Args:
        right: the column where it ends.
    """
    begin = new_below_start(right)
    sign = Strip([Segment(_NEW_BELOW, palette.new_below)], len(_NEW_BELOW))
    return Strip.join([strip.crop(0, begin), sign, strip.crop(begin + len(_NEW_BELOW), width)])


def new_below_start(right: int) -> int:
    return max(0, right - len(_NEW_BELOW))


def target_at(row: Row, column: int) -> Target | None:
    """What a click does.

    Args:
        column: from the beginning of the text.
    """
    for span in row.line.spans:
        column -= width_of(span.text)
        if column < 0:
            return span.target
    return None
