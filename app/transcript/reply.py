"""The section of a reply: heading, reasoning behind a fold, and the Markdown that may still arrive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module

from app.text import printable
from app.transcript.blocks import Block, Layout, LineStore, estimated_lines
from app.transcript.entries import Detail, ReplyEntry, ReplyHeading
from app.transcript.frames import DetailsBlock, FoldBlock, GapBlock, ReplyHeadingBlock, WaitingBlock
from app.transcript.ink import HasCode, Ink
from app.transcript.inline import spans_of
from app.transcript.markdown import Leaf, References, split
from app.transcript.markup import Markup
from app.transcript.section import Bar, Section


@dataclass(frozen=True, slots=True)
class WholeParse:
    """What one parse of a whole text gave."""

    source: str
    leaves: list[Leaf]
    references: References


def parse_whole(source: str) -> WholeParse:
    """Parse a text at once. Touches nothing else: may run in any thread."""
    references: References = {}
    return WholeParse(source, split(source, references), references)


def warm_up() -> None:
    """Import what the first reply needs, a tenth of a second: for a thread, once the first frame is drawn."""
    parse_whole("| a |\n|---|\n")
    spans_of("*a*", {})
    import_module("pygments.lexers")


class ReplySection(Section):
    """A reply, stored or arriving.

    Methods that change it return the number of blocks, from the first, that look as before; the caller
    passes that on to `update`.
    """

    def __init__(self, entry: ReplyEntry, layout: Layout, store: LineStore) -> None:
        super().__init__(entry.key, store)
        self._lexers = layout.lexers
        self._heading = ReplyHeadingBlock(entry.heading)
        self._details: DetailsBlock | None = None
        self._label = entry.reasoning_label
        self._unread_text = entry.text
        self._unread_reasoning = entry.reasoning
        self._body = Markup(self._lexers)
        self._reasoning = Markup(self._lexers, Ink.DIM)

    @property
    def heading(self) -> ReplyHeading:
        return self._heading.heading

    @property
    def bar(self) -> Bar:
        return Bar.RUNNING if self.heading.is_running else Bar.QUIET

    @property
    def bar_from(self) -> int:
        return 2

    @property
    def text(self) -> str:
        return self._body.source or printable(self._unread_text)

    @property
    def codes(self) -> list[HasCode]:
        self._read_text()
        return [*self._body.codes]

    def estimate(self, layout: Layout) -> int:
        return 2 + estimated_lines(self._body.source or self._unread_text, layout.readable) + self.has_fold

    def blocks(self) -> Iterator[Block]:
        self._read_text()
        yield from self._head()
        yield from self._body.blocks
        yield from self._foot()

    def set_heading(self, heading: ReplyHeading) -> None:
        self._heading.heading = heading
        self._heading.forget()

    def set_details(self, details: Sequence[Detail]) -> None:
        """Show these below the heading; none hides them."""
        self._details = DetailsBlock(details) if details else None

    @property
    def details_end(self) -> int:
        """Blocks up to the end of the details."""
        return 1 if self._details is None else 2

    def set_reasoning_label(self, label: str) -> None:
        self._label = label

    def append_text(self, text: str) -> int:
        """Take more of the reply; `text` is printable."""
        before = sum(1 for _ in self._head())
        had_foot = any(True for _ in self._foot())
        same = self._body.append(text)
        return 0 if had_foot else before + same

    def append_reasoning(self, text: str) -> bool:
        """Take more of the reasoning. It is parsed only when its fold is open.

        Returns:
            Whether that can be seen.
        """
        is_new = not self.has_fold
        self._unread_reasoning += text
        return is_new or self._is_open

    def restart(self) -> None:
        """Throw away what has arrived so far."""
        self._unread_text = self._unread_reasoning = ""
        self._body = Markup(self._lexers)
        self._reasoning = Markup(self._lexers, Ink.DIM)

    def take_whole(self, parse: WholeParse) -> int:
        """Replace what streaming gave by what one parse of the whole reply gave."""
        before = sum(1 for _ in self._head())
        return before + self._body.set_whole(parse.source, parse.leaves, parse.references)

    @property
    def has_fold(self) -> bool:
        return bool(self._unread_reasoning or self._reasoning.source)

    def _head(self) -> Iterator[Block]:
        yield self._heading
        if self._details is not None:
            yield self._details
        if not self.has_fold:
            return
        label = self._label or ("thinking…" if self.heading.is_running else "thought")
        yield FoldBlock(label, is_open=self._is_open)
        if self._is_open:
            if self._unread_reasoning:
                self._reasoning.append(printable(self._unread_reasoning))
                self._unread_reasoning = ""
            yield from self._reasoning.blocks
        if self._body.source:
            yield GapBlock()

    def _foot(self) -> Iterator[Block]:
        if self.heading.is_running and not self._body.source and not self.has_fold:
            yield WaitingBlock()

    def _read_text(self) -> None:
        if self._unread_text:
            parse = parse_whole(printable(self._unread_text))
            self._unread_text = ""
            self._body.set_whole(parse.source, parse.leaves, parse.references)
