"""What is inside a leaf: emphasis, code, links. Source in, spans out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from app.text import printable
from app.transcript.cells import TAB
from app.transcript.ink import BOLD, ITALIC, STRIKE, UNDERLINE, Ink, Link, Span, Target
from app.transcript.markdown import MOST_NESTED, References

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://[^\s<>\"`]+")
_NOT_AT_END = ".,;:!?'*_~"
_BRACKETS = {")": "(", "]": "[", "}": "{"}
_OPENABLE = ("http://", "https://", "mailto:")
_LONGEST = 10_000
"""Characters in a row of which the marks are looked for: in longer ones, unmatched brackets cost seconds."""

_MARKED_UP = re.compile(r"[\\`*_\[\]<&~!]|https?://|\n")


@cache
def inline_parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False, "maxNesting": MOST_NESTED}).enable(["strikethrough"])


def spans_of(source: str, references: References, look: int = Ink.TEXT) -> list[Span]:
    """Parse inline Markdown.

    A line break in the source is a line break on the screen: what a model breaks, it means to break.

    Args:
        references: the definitions that links may refer to.
        look: the look of text without marks.
    """
    if len(source) > _LONGEST or _MARKED_UP.search(source) is None:
        return [Span(source.expandtabs(TAB), look)] if source else []
    tokens = inline_parser().parseInline(source, {"references": references})
    spans = _Walk(look).spans(tokens[0].children or [])
    if "&" not in source and "\t" not in source:
        return list(spans)
    # Entities have become characters, and these may be such as the door for foreign text keeps out.
    return [span._replace(text=printable(span.text).expandtabs(TAB)) for span in spans]


class _Walk:
    """Turns one row of inline tokens into spans."""

    def __init__(self, look: int) -> None:
        self._look = look
        self._marks: list[int] = []
        self._link: Target | None = None
        self._address = ""

    def spans(self, tokens: list[Token]) -> Iterator[Span]:
        for token in tokens:
            match token.type:
                case "text":
                    yield from self._text(token.content)
                case "softbreak" | "hardbreak":
                    yield Span("\n", self._look)
                case "code_inline":
                    yield Span(token.content, self._marked(Ink.CODE), self._link)
                case "strong_open":
                    self._marks.append(BOLD)
                case "em_open":
                    self._marks.append(ITALIC)
                case "s_open":
                    self._marks.append(STRIKE)
                case "strong_close" | "em_close" | "s_close":
                    self._marks.pop()
                case "link_open":
                    self._address = str(token.attrGet("href") or "")
                    self._link = link_to(self._address)
                case "link_close":
                    yield from self._end_of_link()
                case "image":
                    yield from self._image(token)
                case _:
                    yield Span(token.content, self._marked(self._look), self._link)

    def _marked(self, look: int) -> int:
        for mark in self._marks:
            look |= mark
        return look | UNDERLINE if self._link is not None else look

    def _text(self, text: str) -> Iterator[Span]:
        text = _BREAK.sub("\n", text)
        if self._link is not None:
            yield Span(text, self._marked(Ink.LINK), self._link)
            return
        done = 0
        for match in _ADDRESS.finditer(text):
            address = _trimmed(match.group())
            if match.start() > done:
                yield Span(text[done : match.start()], self._marked(self._look))
            yield Span(address, self._marked(Ink.LINK) | UNDERLINE, Link(address))
            done = match.start() + len(address)
        if done < len(text):
            yield Span(text[done:], self._marked(self._look))

    def _end_of_link(self) -> Iterator[Span]:
        if self._link is None and self._address:
            yield Span(f" ({self._address})", Ink.DIM)
        self._link = None
        self._address = ""

    def _image(self, token: Token) -> Iterator[Span]:
        address = str(token.attrGet("src") or "")
        target = self._link or link_to(address)
        alt = "".join(_alt_texts(token.children or [])) or "image"
        look = self._marked(Ink.LINK) | (UNDERLINE if target is not None else 0)
        yield Span(f"🖼 {alt}", look, target)


def link_to(address: str) -> Link | None:
    """A link, for addresses that may be opened; None for all others."""
    return Link(address) if address.lower().startswith(_OPENABLE) else None


def _alt_texts(tokens: list[Token]) -> Iterator[str]:
    for token in tokens:
        if token.children:
            yield from _alt_texts(token.children)
        else:
            yield token.content if token.type != "softbreak" else " "


def _trimmed(address: str) -> str:
    """Without the punctuation that belongs to the sentence around the address."""
    while address:
        last = address[-1]
        if last in _NOT_AT_END or ((opening := _BRACKETS.get(last)) and address.count(last) > address.count(opening)):
            address = address[:-1]
        else:
            break
    return address
