"""The sections that are not replies: prompts, cards and notices."""

from __future__ import annotations

from collections.abc import Iterator

from app.text import printable
from app.transcript.blocks import Block, Layout, LineStore, estimated_lines
from app.transcript.entries import Card, NoticeEntry, PromptEntry
from app.transcript.frames import CardBlock, FoldBlock, NoticeBlock, PromptHeading, plain_blocks
from app.transcript.section import Bar, Section

SHOWN_LINES = 30
"""Lines of a long prompt that are shown while it is folded."""

_WORTH_FOLDING = 4


class PromptSection(Section):
    """What the user wrote, as it was written; a long paste is folded."""

    def __init__(self, entry: PromptEntry, store: LineStore) -> None:
        super().__init__(entry.key, store)
        self._text = entry.text.strip("\n")

    @property
    def text(self) -> str:
        return self._text

    def estimate(self, layout: Layout) -> int:
        lines = estimated_lines(self._text, layout.readable)
        return 2 + (lines if self._is_open else min(lines, SHOWN_LINES + 1))

    def blocks(self) -> Iterator[Block]:
        yield PromptHeading()
        lines = printable(self._text).split("\n")
        if not self.has_fold:
            yield from plain_blocks(lines)
            return
        yield from plain_blocks(lines if self._is_open else lines[:SHOWN_LINES])
        label = "fold" if self._is_open else f"{len(lines) - SHOWN_LINES:,} more lines"
        yield FoldBlock(label, is_open=self._is_open)

    @property
    def has_fold(self) -> bool:
        return self._text.count("\n") >= SHOWN_LINES + _WORTH_FOLDING - 1


class CardSection(Section):
    """A card in the place of a reply."""

    def __init__(self, card: Card, store: LineStore) -> None:
        super().__init__(card.key, store)
        self._card = card

    @property
    def card(self) -> Card:
        return self._card

    @card.setter
    def card(self, card: Card) -> None:
        self._card = card

    @property
    def bar(self) -> Bar:
        return Bar.ERROR if self._card.kind == "error" else Bar.WARNING

    @property
    def text(self) -> str:
        details = (f"{each.name}: {each.text or ' '.join(filter(None, each.cells))}" for each in self._card.details)
        return "\n".join(part for part in (self._card.title, self._card.body, self._card.hint, *details) if part)

    def estimate(self, layout: Layout) -> int:
        return 4 + estimated_lines(self._card.body, layout.readable) + len(self._card.details)

    def blocks(self) -> Iterator[Block]:
        yield CardBlock(self._card)


class NoticeSection(Section):
    """A sentence between messages."""

    def __init__(self, entry: NoticeEntry, store: LineStore) -> None:
        super().__init__(entry.key, store)
        self._text = entry.text

    @property
    def text(self) -> str:
        return self._text

    def estimate(self, layout: Layout) -> int:
        return 1 + estimated_lines(self._text, layout.readable)

    def blocks(self) -> Iterator[Block]:
        yield NoticeBlock(self._text)
