"""A document that grows: replies arrive in it, frame by frame, and are settled when they are complete."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from time import monotonic

from textual.timer import Timer

from app.text import printable
from app.transcript.entries import Card, Detail, Entry, ReplyEntry, ReplyHeading
from app.transcript.markdown import Kind, Leaf
from app.transcript.reply import ReplySection, WholeParse, parse_whole
from app.transcript.section import Section
from app.widgets.transcript_stream import Stream
from app.widgets.transcript_view import DocumentView

FRAME = 1 / 20
"""Seconds between two looks at what has arrived: steady to the eye, and a third cheaper than 30 a second."""

_REST = 3
"""After a tick that took long, this many times as long is left to everything else."""

_COLOURING = 0.01
"""Seconds of a tick for the colours of long code."""

_AT_ONCE = 16_000
"""Characters of a finished reply that are parsed without a thread: a few milliseconds."""


class GrowingView(DocumentView):
    """Shows entries, and takes in deltas without drawing each of them."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = monotonic,
        name: str | None = None,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._clock = clock
        self._streams: dict[str, Stream] = {}
        self._timer: Timer | None = None
        self._parsing: set[str] = set()
        self._rest_until = 0.0

    def on_mount(self) -> None:
        self._timer = self.set_interval(FRAME, self._tick, pause=not self.is_busy)

    def _wake(self) -> None:
        if self._timer is not None:
            self._timer.resume()

    # What is shown

    def load(self, entries: Iterable[Entry]) -> None:
        """Show other entries, from the newest on; nothing of those before remains."""
        self._streams.clear()
        self.selected = None
        self._document.load(entries)
        self.scroll_to_newest()

    def clear(self) -> None:
        self.load(())

    def add(self, entry: Entry) -> None:
        """Show an entry below all others, or in the place of the one that has its key."""
        self._document.add(entry)
        self._show(is_new=True)

    def remove(self, key: str) -> None:  # type: ignore[override]
        """Take an entry away. (A widget is removed with `remove_children` of its parent.)"""
        self._streams.pop(key, None)
        if self.selected == key:
            self.selected = None
        self._document.remove(key)
        self._show()

    def set_card(self, key: str, card: Card) -> None:
        """Put a card in the place of an entry; what it shows may change every second."""
        self._streams.pop(key, None)
        self._document.put(key, card)
        self._show()

    @property
    def is_busy(self) -> bool:
        """Whether something that has arrived, or its colours, is not on the screen yet."""
        return (
            self._document.lexers.has_work
            or self._is_loading_lexers
            or bool(self._parsing)
            or any(stream.is_waiting for stream in self._streams.values())
        )

    # A reply that arrives

    def begin_reply(self, key: str, heading: ReplyHeading) -> None:
        self._streams[key] = Stream()
        self.add(ReplyEntry(key, replace(heading, is_running=True), ""))

    def append_text(self, key: str, delta: str) -> None:
        """Take in a delta. Only keeps it; it is shown with the frames that follow."""
        if stream := self._streams.get(key):
            stream.add_text(delta, self._clock())
            self._wake()

    def append_reasoning(self, key: str, delta: str) -> None:
        """Like `append_text`."""
        if stream := self._streams.get(key):
            stream.add_reasoning(delta)
            self._wake()

    def restart_reply(self, key: str) -> None:
        """Throw away the text and reasoning that have arrived."""
        if stream := self._streams.get(key):
            stream.clear()
        if section := self._document.reply(key):
            section.restart()
            self._update(section)

    def set_heading(self, key: str, heading: ReplyHeading) -> None:
        section = self._document.reply(key)
        if section is None or section.heading == heading:
            return
        is_same_state = section.heading.is_running == heading.is_running
        section.set_heading(heading)
        if is_same_state:
            self._show(self._document.start(section))
        else:
            self._update(section)

    def set_details(self, key: str, details: Sequence[Detail]) -> None:
        """Show these below the heading of a reply, in view when they are new there; none hides them."""
        section = self._document.reply(key)
        if section is None:
            return
        was_shown = section.details_end > 1
        section.set_details(details)
        if was_shown == bool(details):
            self._update(section)
            return
        self.is_following = False
        self._update(section)
        if details:
            self._reveal(section, section.flow.start(section.details_end))
        self.is_following = self.scroll_offset.y >= self.max_scroll_y

    def reveal(self, key: str) -> None:
        """Bring an entry into view, its beginning where it is longer than the view."""
        if section := self._document.section(key):
            self._reveal(section, section.height(self._document.layout))

    def _reveal(self, section: Section, lines: int) -> None:
        """Scroll no further than needed for so many lines of a section."""
        start = self._document.start(section)
        end = start + lines
        if end > self.scroll_offset.y + self._rows:
            self._scroll_lines(end - self._rows)
        if start < self.scroll_offset.y:
            self._scroll_lines(start)

    def set_reasoning_label(self, key: str, label: str) -> None:
        """Say beside the fold how long the model thought."""
        if section := self._document.reply(key):
            section.set_reasoning_label(label)
            self._update(section)

    def finish_reply(self, key: str) -> None:
        """The reply is complete, or as complete as it will be: show all of it, as one parse of it reads."""
        stream = self._streams.pop(key, None)
        section = self._document.reply(key)
        if stream is None or section is None:
            return
        section.set_heading(replace(section.heading, is_running=False))
        section.append_reasoning(stream.take_reasoning())
        rest = printable(stream.take_text(None))
        source = section.text + rest
        if len(source) <= _AT_ONCE:
            section.take_whole(parse_whole(source))
            self._update(section, is_new=True)
            return
        if len(rest) <= _AT_ONCE:
            section.append_text(rest)
        self._update(section, is_new=True)
        self._parsing.add(key)
        self.run_worker(self._parse(section, source), group="parse", exit_on_error=False)

    async def _parse(self, section: ReplySection, source: str) -> None:
        try:
            parse = await asyncio.to_thread(parse_whole, source)
        except Exception:  # noqa: BLE001 - a third party's parser, or no thread for it: what was written is shown
            parse = WholeParse(source, [Leaf(Kind.CODE, source)], {})
        finally:
            self._parsing.discard(section.key)
        if self._document.section(section.key) is section and source.startswith(section.text):
            self._update(section, section.take_whole(parse), is_new=True)

    # Frames

    def _tick(self) -> None:
        now = self._clock()
        if now < self._rest_until:
            return
        for key, stream in self._streams.items():
            if stream.is_waiting and (section := self._document.reply(key)):
                self._take(section, stream, now)
        self._find_colours(now + _COLOURING)
        self._load_lexers()
        is_idle = not any(stream.is_waiting for stream in self._streams.values())
        if self._timer is not None and is_idle and not self._document.lexers.has_work:
            self._timer.pause()
        self._rest_until = now + min(0.5, (self._clock() - now) * _REST)

    def _find_colours(self, until: float) -> None:
        lexers = self._document.lexers
        has_found = False
        while lexers.has_work and not lexers.wanted and self._clock() < until:
            has_found |= lexers.work()
        if has_found:
            self._recolour()

    def _take(self, section: ReplySection, stream: Stream, now: float) -> None:
        if (reasoning := stream.take_reasoning()) and section.append_reasoning(reasoning):
            self._update(section)
        if text := stream.take_text(now):
            self._update(section, section.append_text(printable(text)), is_new=True)
