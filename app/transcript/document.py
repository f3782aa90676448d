"""The whole transcript as a column of lines: what stands where, and what has to be drawn to know it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from app.transcript.blocks import Block, Layout, LineStore
from app.transcript.colours import Lexers
from app.transcript.entries import Card, Entry, NoticeEntry, PromptEntry, ReplyEntry
from app.transcript.heights import Heights
from app.transcript.ink import CodeCopy, HasCode, Line
from app.transcript.notes import CardSection, NoticeSection, PromptSection
from app.transcript.reply import ReplySection
from app.transcript.section import Bar, Section

FOOT = 1
"""Blank lines below the last section."""


class Place(NamedTuple):
    """A point in the text that stays where it is when lines move.

    Attributes:
        character: the offset in the text of the block.
    """

    section: Section
    block: Block
    character: int


class Row(NamedTuple):
    """One line, and where it stands.

    Attributes:
        number: counted from the first line of the section.
        bar: what stands at the left.
    """

    section: Section
    line: Line
    number: int
    bar: Bar


class Window(NamedTuple):
    """The lines that are looked at.

    Attributes:
        changed: the first line whose look or place may have changed by measuring; None when none has.
    """

    top: int
    changed: int | None


class Document:
    """Sections one under another. Their heights are estimates until they are looked at."""

    def __init__(self, lexers: Lexers | None = None, store: LineStore | None = None) -> None:
        self.lexers = lexers or Lexers()
        self.store = store or LineStore()
        self.layout = Layout(80, self.lexers)
        self._sections: list[Section] = []
        self._numbers: dict[str, int] = {}
        self._heights = Heights()

    def __len__(self) -> int:
        return len(self._sections)

    def __iter__(self) -> Iterator[Section]:
        return iter(self._sections)

    @property
    def height(self) -> int:
        """Lines, as far as known."""
        return self._heights.total + FOOT if self._sections else 0

    def section(self, key: str) -> Section | None:
        number = self._numbers.get(key)
        return None if number is None else self._sections[number]

    def reply(self, key: str) -> ReplySection | None:
        section = self.section(key)
        return section if isinstance(section, ReplySection) else None

    def neighbour(self, key: str | None, step: int) -> str | None:
        """The key of the message before or after one, notices left out; None at the end.

        Args:
            key: None begins past the end.
            step: -1 or 1.
        """
        number = len(self._sections) if key is None else self._numbers.get(key, len(self._sections))
        number += step
        while 0 <= number < len(self._sections):
            if not isinstance(self._sections[number], NoticeSection):
                return self._sections[number].key
            number += step
        return None

    def foldable(self, key: str | None) -> Section | None:
        """The section with this key, or the newest one, that has a fold."""
        if key is not None:
            return self.section(key)
        return next((section for section in reversed(self._sections) if section.has_fold), None)

    def code_for(self, key: str | None, top: int, rows: int) -> tuple[Section, HasCode] | None:
        """The code block that a key press means, with its section: the first in view, else the last of the section.

        Args:
            key: of the section; None takes all in view, else the newest that has code.
        """
        for y in range(top, top + rows):
            row = self.row(y)
            if row is not None and key in (None, row.section.key):
                for span in row.line.spans:
                    if isinstance(span.target, CodeCopy):
                        return row.section, span.target.source
        chosen = [self.section(key)] if key is not None else reversed(self._sections)
        for section in chosen:
            if section is not None and section.codes:
                return section, section.codes[-1]
        return None

    def load(self, entries: Iterable[Entry]) -> None:
        """Replace everything."""
        self.store.clear()
        self.lexers.dismiss()
        self._sections = [self._section(entry) for entry in entries]
        self._renumber()

    def add(self, entry: Entry) -> None:
        """Put an entry at the end, or in the place of the one with the same key."""
        if entry.key in self._numbers:
            self.put(entry.key, entry)
            return
        section = self._section(entry)
        self._numbers[entry.key] = len(self._sections)
        self._sections.append(section)
        self._heights.append(section.height(self.layout))

    def put(self, key: str, entry: Entry) -> None:
        """Put an entry in the place of another one, or at the end when there is none."""
        number = self._numbers.pop(key, None)
        if number is None:
            self.add(entry)
            return
        section = self._sections[number] = self._section(entry)
        self._numbers[entry.key] = number
        self._heights.set(number, section.height(self.layout))

    def remove(self, key: str) -> None:
        number = self._numbers.get(key)
        if number is not None:
            del self._sections[number]
            self._renumber()

    def set_width(self, width: int) -> None:
        if width != self.layout.width:
            self.layout = Layout(width, self.lexers)
            self.store.clear()
            self._heights = Heights(section.height(self.layout) for section in self._sections)

    def start(self, section: Section) -> int:
        """The first line of a section."""
        return self._heights.before(self._numbers[section.key])

    def update(self, section: Section, same: int = 0) -> int:
        """Take the blocks of a section anew.

        Args:
            same: how many of them, from the first, look as before.

        Returns:
            The first line that may look different.
        """
        if section.is_prepared(self.layout) and same:
            first = section.flow.start(same)
            blocks = list(section.blocks())[same:]
            section.flow.replace_from(same, blocks, self.layout)
        else:
            first = 0
            section.rebuild(self.layout)
        self._heights.set(self._numbers[section.key], section.height(self.layout))
        return self.start(section) + first

    def row(self, y: int) -> Row | None:
        """The line at `y`; None below the last section."""
        self._settle_line(y)
        if not 0 <= y < self._heights.total:
            return None
        number, line = self._heights.find(y)
        section = self._sections[number]
        index, within = section.flow.find(line)
        bar = section.bar if line >= section.bar_from else Bar.NONE
        return Row(section, section.flow.lines(index, self.layout)[within], line, bar)

    def place(self, y: int) -> Place | None:
        """What is at `y`, so that it can be found again."""
        self._settle_line(y)
        if not 0 <= y < self._heights.total:
            return None
        number, line = self._heights.find(y)
        section = self._sections[number]
        index, within = section.flow.find(line)
        character = section.flow.lines(index, self.layout)[within].start
        return Place(section, section.flow.blocks[index], character)

    def line_of(self, place: Place) -> int | None:
        """Where a place is now; None when it is gone."""
        number = self._numbers.get(place.section.key)
        if number is None:
            return None
        self._prepare(number)
        section = self._sections[number]
        if place.block not in section.flow.blocks:
            return self.start(section)
        index = section.flow.blocks.index(place.block)
        self._measure(number, index)
        lines = section.flow.lines(index, self.layout)
        within = sum(1 for line in lines if line.start <= place.character) - 1
        return self.start(section) + section.flow.start(index) + max(0, within)

    def settle(self, top: int, rows: int, *, at_end: bool = False) -> Window:
        """Measure everything in a window.

        What is below the upper edge stays where it is while what crosses the edge finds its height.

        Args:
            at_end: keep the window at the end, whatever `top` says.
        """
        changed: int | None = None
        y = 0
        while True:
            if at_end:
                top = self.height - rows
            top = max(0, min(top, self.height - 1))
            found = self._settle_one(top if at_end else max(y, top), top + rows)
            if found is None:
                return Window(top, changed)
            y, grown = found
            changed = y if changed is None else min(changed, y)
            if y < top:
                top += grown

    def _settle_line(self, y: int) -> None:
        """Measure what stands at `y`, which may take several steps: what is lower than estimated moves up."""
        while y >= 0 and self._settle_one(y, y + 1) is not None:
            pass

    def _settle_one(self, y: int, end: int) -> tuple[int, int] | None:
        """Measure the first block from `y` on that is not. Returns: where it begins, and how far it grew."""
        while y < min(end, self._heights.total):
            number, line = self._heights.find(y)
            section = self._sections[number]
            if not section.is_prepared(self.layout):
                return y - line, self._prepare(number)
            index, within = section.flow.find(line)
            if not section.flow.is_measured(index, self.layout):
                return y - within, self._measure(number, index)
            y += section.flow.height_of(index) - within
        return None

    def _prepare(self, number: int) -> int:
        section = self._sections[number]
        section.prepare(self.layout)
        return self._heights.set(number, section.height(self.layout))

    def _measure(self, number: int, index: int) -> int:
        section = self._sections[number]
        grown = section.flow.measure(index, self.layout)
        self._heights.set(number, section.flow.height)
        return grown

    def _renumber(self) -> None:
        self._numbers = {section.key: number for number, section in enumerate(self._sections)}
        self._heights = Heights(section.height(self.layout) for section in self._sections)

    def _section(self, entry: Entry) -> Section:
        match entry:
            case PromptEntry():
                return PromptSection(entry, self.store)
            case ReplyEntry():
                return ReplySection(entry, self.layout, self.store)
            case Card():
                return CardSection(entry, self.store)
            case NoticeEntry():
                return NoticeSection(entry, self.store)
