"""Paragraphs, headings and rules."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.transcript.blocks import Block, Layout, Margin, estimated_lines
from app.transcript.ink import BOLD, ITALIC, UNDERLINE, Ink, Line, Span
from app.transcript.inline import spans_of
from app.transcript.markdown import Kind, Leaf, References
from app.transcript.wrap import wrap

_HEADINGS = {
    1: Ink.HEADING | BOLD | UNDERLINE,
    2: Ink.HEADING | BOLD,
    3: Ink.SUBHEADING | BOLD,
    4: Ink.SUBHEADING | BOLD | ITALIC,
    5: Ink.SUBHEADING | ITALIC,
    6: Ink.DIM | ITALIC,
}


@dataclass(slots=True)
class Sheet:
    """What the blocks of one Markdown text share.

    Attributes:
        look: of text without marks.
        references: the definitions seen so far.
    """

    look: int = Ink.TEXT
    references: References = field(default_factory=dict)


class ProseBlock(Block):
    """A paragraph, a heading or a rule."""

    __slots__ = ("_leaf", "_sheet")

    def __init__(self, leaf: Leaf, sheet: Sheet) -> None:
        super().__init__()
        self._leaf = leaf
        self._sheet = sheet

    def render(self, layout: Layout) -> list[Line]:
        leaf = self._leaf
        margin = Margin(leaf.boxes, layout.readable)
        width = max(1, layout.readable - margin.width)
        if leaf.kind is Kind.RULE:
            body = [Line((Span("─" * width, Ink.RULE),), width)]
        else:
            look = _HEADINGS[leaf.level] if leaf.kind is Kind.HEADING else self._sheet.look
            body = wrap(spans_of(leaf.content, self._sheet.references, look), width)
        lines = margin.lead(body)
        return [margin.gap_line(), *lines] if leaf.has_gap else lines

    def estimate(self, layout: Layout) -> int:
        width = layout.readable - 2 * len(self._leaf.boxes)
        return estimated_lines(self._leaf.content, width) + self._leaf.has_gap
