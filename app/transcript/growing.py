"""Markdown that still arrives: only what is unfinished is parsed again.

The source is kept in two parts: leaves that are finished, and a tail from which parsing can start anew. The
tail is cut before a top-level block or list item as soon as two complete lines of the next one are there: no
line that follows can reach back over them. Finished lines of an open code block and finished rows of an open
table are taken out of the tail's middle, so that a long one costs no more than a short one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from app.transcript.markdown import BEGINNING, Before, Kind, Leaf, References, is_blank, split
from app.transcript.unfinished import completed

_NOT_YET_TEXT = re.compile(r"[-+*#>|:=~`\[\]().\d \t]*|[ \t>]*(?:```|~~~)[^`\n]*")
"""A last line that may still become a list item, an underline, a fence or a row: not shown before it says so."""

_KEPT_CODE_LINES = 40
_KEPT_ROWS = 8
_TABLE_HEAD = 2


@dataclass(slots=True)
class _TakenOut:
    """What was cut out of the tail's middle, and the line of the leaf it belongs to."""

    line: int = -1
    code: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


class GrowingMarkdown:
    """A Markdown source that grows at its end.

    Attributes:
        leaves: what the source so far consists of.
        finished: how many of them, from the first, will not change.
        references: all definitions seen so far.
    """

    def __init__(self) -> None:
        self.leaves: list[Leaf] = []
        self.references: References = {}
        self._source: list[str] = []
        self._tail = ""
        self.finished = 0
        self._finished_references: References = {}
        self._before = BEGINNING
        self._taken = _TakenOut()

    @property
    def source(self) -> str:
        """Everything appended so far."""
        if len(self._source) > 1:
            self._source = ["".join(self._source)]
        return self._source[0] if self._source else ""

    @property
    def tail_size(self) -> int:
        """Characters that the next `append` parses again."""
        return len(self._tail)

    def append(self, text: str) -> int:
        """Take more source.

        Returns:
            How many leaves, from the first, are as they were.
        """
        self._source.append(text)
        self._tail += text
        references = dict(self._finished_references)
        shown = self._shown_tail()
        leaves = [self._whole(leaf) for leaf in split(shown, references, self._before)]
        if leaves and leaves[-1].content and leaves[-1].kind is Kind.PARAGRAPH and not shown.endswith("\n"):
            leaves[-1] = replace(leaves[-1], content=completed(leaves[-1].content))
        stable = self._replace_tail(leaves)
        self.references = references
        self._finish_leaves(references)
        self._take_out_lines()
        return stable

    def replace(self, source: str, leaves: list[Leaf], references: References) -> None:
        """Take a whole source, and what one parse of it gave; nothing may be appended to it."""
        self._source = [source]
        self._tail = ""
        self.leaves = leaves
        self.references = references

    def _shown_tail(self) -> str:
        at = self._tail.rfind("\n") + 1
        return self._tail[:at] if _NOT_YET_TEXT.fullmatch(self._tail, at) else self._tail

    def _whole(self, leaf: Leaf) -> Leaf:
        """The leaf with the lines that were taken out of it."""
        taken = self._taken
        if leaf.line != taken.line:
            return leaf
        if leaf.kind is Kind.CODE:
            return replace(leaf, content=taken.code + leaf.content)
        if leaf.kind is Kind.TABLE:
            return replace(leaf, rows=leaf.rows[:1] + taken.rows + leaf.rows[1:])
        return leaf

    def _replace_tail(self, leaves: list[Leaf]) -> int:
        stable = self.finished
        for old, new in zip(self.leaves[self.finished :], leaves, strict=False):
            if old != new:
                break
            stable += 1
        self.leaves[self.finished :] = leaves
        return stable

    def _finish_leaves(self, references: References) -> None:
        """Cut the tail before the last block or item that is begun beyond doubt."""
        complete = self._tail.count("\n")
        cut = 0
        for leaf in self.leaves[self.finished :]:
            if leaf.cut + 2 <= complete:
                cut = max(cut, leaf.cut)
        if cut == 0:
            return
        lines = self._tail.split("\n")
        after = self.finished
        while self.leaves[after].cut < cut:
            after += 1
        first = self.leaves[after]
        last = self.leaves[after - 1] if after else None
        self._before = Before(
            kind=last.kind if last else self._before.kind,
            is_blank=is_blank(lines[cut - 1]),
            number=_number_of(first),
        )
        self.finished = after
        self._finished_references = {
            label: definition
            for label, definition in references.items()
            if label in self._finished_references or definition["map"][1] <= cut
        }
        self._tail = "\n".join(lines[cut:])
        self._rebase(cut)

    def _rebase(self, cut: int) -> None:
        self.leaves[self.finished :] = [
            replace(leaf, line=leaf.line - cut, cut=leaf.cut - cut) for leaf in self.leaves[self.finished :]
        ]
        if self._taken.line >= cut:
            self._taken.line -= cut
        else:
            self._taken = _TakenOut()

    def _take_out_lines(self) -> None:
        if len(self.leaves) == self.finished:
            return
        last = self.leaves[-1]
        if last.is_open and last.is_fenced:
            self._take_out(last, head=1, kept=_KEPT_CODE_LINES)
        elif last.kind is Kind.TABLE:
            self._take_out(last, head=_TABLE_HEAD, kept=_KEPT_ROWS)

    def _take_out(self, leaf: Leaf, head: int, kept: int) -> None:
        lines = self._tail.split("\n")
        first = leaf.line + head
        count = len(lines) - 1 - kept - first
        if count < kept:
            return
        is_same = self._taken.line == leaf.line
        if leaf.kind is Kind.CODE:
            before = len(self._taken.code) if is_same else 0
            end = before
            for _ in range(count):
                end = leaf.content.index("\n", end) + 1
            self._taken = _TakenOut(leaf.line, code=leaf.content[:end])
        else:
            done = len(self._taken.rows) if is_same else 0
            self._taken = _TakenOut(leaf.line, rows=leaf.rows[1 : 1 + done + count])
        del lines[first : first + count]
        self._tail = "\n".join(lines)


def _number_of(leaf: Leaf) -> int | None:
    """The number of the top-level list item that a leaf begins."""
    if leaf.boxes and leaf.boxes[0].is_first:
        digits = leaf.boxes[0].marker.removesuffix(". ")
        return int(digits) if digits.isdecimal() else None
    return None
