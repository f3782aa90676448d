"""Lines as the transcript keeps them: text and meaning, no colours. A theme is applied when they are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple, Protocol

BOLD = 1 << 8
ITALIC = 1 << 9
STRIKE = 1 << 10
UNDERLINE = 1 << 11
ATTRIBUTES = BOLD | ITALIC | STRIKE | UNDERLINE


class Ink(IntEnum):
    """What a piece of text means; a span's look is one of these, or-ed with attributes (`BOLD` …)."""

    TEXT = 0
    DIM = 1
    HEADING = 2
    SUBHEADING = 3
    CODE = 4
    LINK = 5
    MARKER = 6
    RULE = 7
    YOU = 8
    MODEL = 9
    ERROR = 10
    WARNING = 11
    KEY = 12
    KEYWORD = 13
    STRING = 14
    NUMBER = 15
    COMMENT = 16
    FUNCTION = 17
    TYPE = 18
    NAME = 19
    OPERATOR = 20
    ADDED = 21
    REMOVED = 22


def ink_of(look: int) -> Ink:
    return Ink(look & 0xFF)


@dataclass(frozen=True, slots=True)
class Link:
    """Leads to an address. Only http, https and mailto addresses become links."""

    url: str


@dataclass(frozen=True, slots=True)
class FoldToggle:
    """Opens or closes the fold of the entry it stands in."""


@dataclass(frozen=True, slots=True)
class DetailsToggle:
    """Shows or hides what is behind the figures of a reply."""


class HasCode(Protocol):
    raw: str


@dataclass(frozen=True, slots=True)
class CodeCopy:
    """Copies one code block.

    Attributes:
        source: has the whole code, as the model wrote it, also while it grows.
    """

    source: HasCode


@dataclass(frozen=True, slots=True)
class CardChoice:
    """Does what a card offers under a key."""

    letter: str


Target = Link | FoldToggle | DetailsToggle | CodeCopy | CardChoice


class Span(NamedTuple):
    """Text of one look. A cell of the screen belongs to exactly one span."""

    text: str
    look: int = Ink.TEXT
    target: Target | None = None


class Line(NamedTuple):
    """One line of the screen.

    Attributes:
        width: cells.
        start: where the line begins in the text of its block, in characters; anchors are block and character.
    """

    spans: tuple[Span, ...]
    width: int
    start: int = 0

    @property
    def text(self) -> str:
        return "".join(span.text for span in self.spans)


BLANK = Line((), 0)
