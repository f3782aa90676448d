"""Splits Markdown into leaves: paragraphs, headings, code, tables and rules, each with the boxes it stands in.

Only the block structure is parsed here; what is inside a leaf is parsed when the leaf is drawn. A leaf is
described by itself and the lines before it alone, so a leaf that is complete never changes again (but for
reference definitions, which may follow).

A list is not drawn loose or tight as a whole: an item has a blank line above it where the source has one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

MOST_NESTED = 60
"""Boxes in boxes; each takes a few frames of the interpreter's stack."""

References = dict[str, dict[str, Any]]
"""Reference definitions by normalised label, as markdown-it keeps them."""

QUOTE = "▏ "
_BULLETS = ("• ", "◦ ", "▪ ")
_MARKS = re.compile(r"[ \t>*+-]*(?:\d{1,9}[.)])?[ \t>*+-]*")
_TASK = re.compile(r"\[([ xX])\](?:[ \t]+|$)")


class Kind(Enum):
    PARAGRAPH = "paragraph"
    HEADING = "heading"
    CODE = "code"
    TABLE = "table"
    RULE = "rule"


_AIRY = frozenset({Kind.CODE, Kind.TABLE, Kind.RULE})
"""Kinds that always have a blank line above and below."""


@dataclass(frozen=True, slots=True)
class Box:
    """A list item or quote around a leaf.

    Attributes:
        marker: what stands at the left: the item's bullet or number on its first line, the quote's bar on all.
        is_first: whether the leaf is the first of the item.
    """

    marker: str
    is_quote: bool
    is_first: bool


@dataclass(frozen=True, slots=True)
class Leaf:
    """A block without blocks inside.

    Attributes:
        content: Markdown of a paragraph or heading; the text of code.
        has_gap: whether a blank line stands above.
        level: of a heading, 1 to 6.
        info: what follows the opening fence; "" for indented code.
        rows: of a table, the header first; cells are Markdown.
        aligns: "left", "right", "center" or "" per column.
        line: its first line in the source.
        cut: the first line of the top-level block or item that holds it; the source can be parsed from there.
        is_open: code whose closing fence is not there.
        is_fenced: code between fences.
    """

    kind: Kind
    content: str = ""
    has_gap: bool = False
    boxes: tuple[Box, ...] = ()
    level: int = 0
    info: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    aligns: tuple[str, ...] = ()
    line: int = field(default=0, compare=False)
    cut: int = field(default=0, compare=False)
    is_open: bool = field(default=False, compare=False)
    is_fenced: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Before:
    """What stands before a source that is parsed from its middle.

    Attributes:
        kind: of the leaf before; None at the beginning.
        is_blank: whether the line before is blank.
        number: of the list item that the source begins with; None lets the source decide.
    """

    kind: Kind | None = None
    is_blank: bool = False
    number: int | None = None


BEGINNING = Before()


@cache
def block_parser() -> MarkdownIt:
    """The parser for block structure alone. HTML is text, so that nothing a model writes disappears."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": MOST_NESTED}).enable(["table"])
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


def split(source: str, references: References | None = None, before: Before = BEGINNING) -> list[Leaf]:
    """Parse block structure.

    Args:
        source: printable text.
        references: definitions known so far; those found are added, each with its lines as `map`.
        before: what stands before the source.
    """
    environment: dict[str, Any] = {"references": {} if references is None else references}
    tokens = block_parser().parse(source, environment)
    return _Splitter(source.split("\n"), before).leaves(tokens)


class _OpenBox:
    __slots__ = ("is_first", "is_quote", "lines", "marker")

    def __init__(self, marker: str, token: Token, *, is_quote: bool) -> None:
        self.marker = marker
        self.lines = token.map or [0, 0]
        self.is_quote = is_quote
        self.is_first = True


class _Splitter:
    """Walks the tokens of one parse."""

    def __init__(self, lines: list[str], before: Before) -> None:
        self._lines = lines
        self._before = before
        self._leaves: list[Leaf] = []
        self._boxes: list[_OpenBox] = []
        self._numbers: list[int | None] = []
        self._cut = 0

    def leaves(self, tokens: list[Token]) -> list[Leaf]:
        index = 0
        while index < len(tokens):
            token = tokens[index]
            if token.map is not None and (token.level == 0 or (token.type == "list_item_open" and token.level == 1)):
                self._cut = token.map[0]
            match token.type:
                case "blockquote_open":
                    self._boxes.append(_OpenBox(QUOTE, token, is_quote=True))
                case "blockquote_close" | "list_item_close":
                    self._close_box()
                case "bullet_list_open" | "ordered_list_open":
                    self._open_list(token)
                case "bullet_list_close" | "ordered_list_close":
                    self._numbers.pop()
                case "list_item_open":
                    self._open_item(token)
                case "paragraph_open":
                    self._add(Leaf(Kind.PARAGRAPH, tokens[index + 1].content), _first_line(token))
                case "heading_open":
                    level = int(token.tag[1:])
                    self._add(Leaf(Kind.HEADING, tokens[index + 1].content, level=level), _first_line(token))
                case "fence":
                    self._add_fence(token)
                case "code_block":
                    self._add(Leaf(Kind.CODE, token.content), _first_line(token))
                case "hr":
                    self._add(Leaf(Kind.RULE), _first_line(token))
                case "table_open":
                    index = self._add_table(tokens, index)
                case _:
                    pass
            index += 1
        return self._leaves

    def _open_list(self, token: Token) -> None:
        if token.type == "bullet_list_open":
            self._numbers.append(None)
            return
        start = token.attrGet("start")
        number = 1 if start is None else int(start)
        is_continued = not self._leaves and token.level == 0 and self._before.number is not None
        self._numbers.append(self._before.number if is_continued else number)

    def _open_item(self, token: Token) -> None:
        number = self._numbers[-1]
        if number is None:
            depth = sum(1 for each in self._numbers if each is None) - 1
            marker = _BULLETS[depth % len(_BULLETS)]
        else:
            marker = f"{number}. "
            self._numbers[-1] = number + 1
        self._boxes.append(_OpenBox(marker, token, is_quote=False))

    def _close_box(self) -> None:
        """A box without a leaf is empty, or nested so deeply that the parser left it out: keep what it says."""
        box = self._boxes[-1]
        if box.is_first:
            first, after = box.lines
            content = "\n".join(_MARKS.sub("", line, 1) for line in self._lines[first:after])
            self._add(Leaf(Kind.PARAGRAPH, content.strip()), first)
        self._boxes.pop()

    def _add_fence(self, token: Token) -> None:
        first, after = token.map or (0, 0)
        content = token.content
        lines = content.count("\n") + (0 if content.endswith("\n") or not content else 1)
        is_open = after - first < lines + 2
        leaf = Leaf(Kind.CODE, content, info=token.info.strip(), is_open=is_open, is_fenced=True)
        self._add(leaf, first)

    def _add_table(self, tokens: list[Token], index: int) -> int:
        opening = tokens[index]
        rows: list[tuple[str, ...]] = []
        aligns: list[str] = []
        cells: list[str] = []
        while tokens[index].type != "table_close":
            token = tokens[index]
            match token.type:
                case "th_open":
                    aligns.append(str(token.attrGet("style") or "").removeprefix("text-align:"))
                case "inline":
                    cells.append(token.content)
                case "tr_close":
                    rows.append(tuple(cells))
                    cells = []
                case _:
                    pass
            index += 1
        self._add(Leaf(Kind.TABLE, rows=tuple(rows), aligns=tuple(aligns)), _first_line(opening))
        return index

    def _add(self, leaf: Leaf, line: int) -> None:
        content = leaf.content
        if leaf.kind is Kind.PARAGRAPH and self._boxes and self._boxes[-1].is_first:
            content = self._take_task_mark(content)
        boxes = tuple(Box(box.marker, box.is_quote, box.is_first) for box in self._boxes)
        for box in self._boxes:
            box.is_first = False
        has_gap = self._has_gap(leaf.kind, line)
        self._leaves.append(replace(leaf, content=content, boxes=boxes, has_gap=has_gap, line=line, cut=self._cut))

    def _take_task_mark(self, content: str) -> str:
        box = self._boxes[-1]
        if not box.is_quote and (task := _TASK.match(content)):
            box.marker = "☐ " if task[1] == " " else "☑ "
            return content[task.end() :]
        return content

    def _has_gap(self, kind: Kind, line: int) -> bool:
        last = self._leaves[-1].kind if self._leaves else self._before.kind
        if last is None:
            return False
        if kind in _AIRY or last in _AIRY or kind is Kind.HEADING:
            return True
        if not self._leaves and line == 0:
            return self._before.is_blank
        return line > 0 and is_blank(self._lines[line - 1])


def _first_line(token: Token) -> int:
    return token.map[0] if token.map is not None else 0


def is_blank(line: str) -> bool:
    """Whether a source line says nothing: white space, and the marks of quotes around it."""
    return not line.strip(" \t>")


def language_of(info: str) -> str:
    """The language that an info string names: its first word, without braces and options; "" for none."""
    word = info.split(maxsplit=1)[0] if info.strip() else ""
    return word.strip("{}.").split(",")[0].split(":")[0]


def same_references(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two sets of definitions lead to the same links."""
    return one.keys() == other.keys() and all(one[label].get("href") == other[label].get("href") for label in one)
