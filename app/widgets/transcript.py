"""The transcript: everything said in a conversation, drawn line by line and followed while it arrives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from time import monotonic

from textual import events
from textual.message import Message
from textual.timer import Timer

from app.styles import sheet
from app.text import plain, printable
from app.transcript.document import Row
from app.transcript.entries import Card, Entry, ReplyEntry, ReplyHeading
from app.transcript.ink import CardChoice, CodeCopy, FoldToggle, HasCode, Link, Target
from app.transcript.markdown import Kind, Leaf
from app.transcript.reply import ReplySection, WholeParse, parse_whole
from app.transcript.section import Section
from app.widgets.transcript_draw import margins, new_below_start, target_at
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


class Transcript(DocumentView):
    """A conversation. The screen hands in values from `app.transcript.entries`; see there."""

    # Read with the class, not with the app: the transcript comes after the first frame, and so do its looks.
    DEFAULT_CSS = sheet("transcript").read_text("utf-8")

    @dataclass
    class LinkOpened(Message):
        """The user wants to open an address: http, https or mailto."""

        transcript: Transcript
        url: str

        @property
        def control(self) -> Transcript:
            return self.transcript

    @dataclass
    class CopyRequested(Message):
        """The user wants a text on the clipboard."""

        transcript: Transcript
        text: str
        what: str
        """In words: "the message", "code block 2 of 3"."""

        @property
        def control(self) -> Transcript:
            return self.transcript

    @dataclass
    class CardKey(Message):
        """The user chose what a card offers under a key."""

        transcript: Transcript
        key: str
        action: str

        @property
        def control(self) -> Transcript:
            return self.transcript

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
        self._hovered: str | None = None
        self._copied: tuple[HasCode, tuple[str | None, int]] | None = None
        """The code block that was copied last by key, with the message and the line where that was."""

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

    # Keys

    def action_previous_message(self) -> None:
        self._select(self._document.neighbour(self.selected, -1))

    def action_next_message(self) -> None:
        following = self._document.neighbour(self.selected, 1) if self.selected else None
        if following is None:
            self.action_newest()
        else:
            self._select(following)

    def action_copy_message(self) -> None:
        if (section := self._acted_on()) and section.text:
            self.post_message(self.CopyRequested(self, section.text, "the message"))

    def action_copy_code(self) -> None:
        """Copy the block that is meant; pressed again where nothing has moved, the one after it."""
        here = (self.selected, self.scroll_offset.y)
        meant = self._document.code_for(self.selected, self.scroll_offset.y, self._rows)
        if meant is None:
            return
        section, code = meant
        if self._copied is not None and self._copied[1] == here and self._copied[0] in section.codes:
            codes = section.codes
            code = codes[(codes.index(self._copied[0]) + 1) % len(codes)]
        self._copied = (code, here)
        self._copy_code(section, code)

    def _copy_code(self, section: Section, code: HasCode) -> None:
        codes = section.codes
        is_one_of_several = len(codes) > 1 and code in codes
        what = f"code block {codes.index(code) + 1} of {len(codes)}" if is_one_of_several else "the code block"
        self.post_message(self.CopyRequested(self, code.raw, what))

    def action_toggle_fold(self) -> None:
        section = self._document.foldable(self.selected)
        if section is not None:
            self._toggle(section)

    def _toggle(self, section: Section) -> None:
        if section.toggle():
            self.is_following = False
            self._update(section)
            self.is_following = self.scroll_offset.y >= self.max_scroll_y

    def _select(self, key: str | None) -> None:
        section = self._document.section(key) if key else None
        if section is None:
            return
        self.selected = key
        start = self._document.start(section)
        end = start + section.height(self._document.layout)
        if start < self.scroll_offset.y or end > self.scroll_offset.y + self._rows:
            self._scroll_lines(start)

    def _acted_on(self) -> Section | None:
        key = self.selected or self._document.neighbour(None, -1)
        return self._document.section(key) if key else None

    def on_key(self, event: events.Key) -> None:
        section = self._acted_on()
        if section is None or section.card is None:
            return
        if event.character and event.character in {letter for letter, _ in section.card.keys}:
            event.stop()
            self.post_message(self.CardKey(self, section.key, event.character))

    # Mouse

    def _hit(self, event: events.MouseEvent) -> tuple[Row, Target] | None:
        left, _ = margins(self._columns)
        row = self._document.row(self.scroll_offset.y + event.y)
        if row is None or event.x < left:
            return None
        target = target_at(row, event.x - left)
        return None if target is None else (row, target)

    def _is_on_news(self, event: events.MouseEvent) -> bool:
        return (
            self.has_news
            and event.y == self._rows - 1
            and new_below_start(self._right_edge) <= event.x < self._right_edge
        )

    def on_click(self, event: events.Click) -> None:
        if self._is_on_news(event):
            self.action_newest()
            return
        hit = self._hit(event)
        if hit is None:
            pressed = self._document.row(self.scroll_offset.y + event.y)
            if pressed is not None and pressed.section.card is not None:
                self.selected = pressed.section.key
            return
        row, target = hit
        match target:
            case Link(url):
                self.post_message(self.LinkOpened(self, url))
            case FoldToggle():
                self._toggle(row.section)
            case CodeCopy(source):
                self._copy_code(row.section, source)
            case CardChoice(letter):
                self.post_message(self.CardKey(self, row.section.key, letter))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        hit = self._hit(event)
        is_live = hit is not None or self._is_on_news(event)
        self.styles.pointer = "pointer" if is_live else "default"
        address = hit[1].url if hit and isinstance(hit[1], Link) else None
        if address != self._hovered:
            self._hovered = address
            self.tooltip = plain(address) if address else None
