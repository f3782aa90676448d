"""The transcript: everything said in a conversation, drawn line by line and followed while it arrives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from time import monotonic
from typing import ClassVar, Literal

from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from app.text import plain, printable
from app.transcript.document import Document, Place, Row
from app.transcript.entries import Card, Entry, ReplyEntry, ReplyHeading
from app.transcript.ink import CardChoice, CodeCopy, FoldToggle, Link, Target
from app.transcript.reply import ReplySection, parse_whole
from app.transcript.section import Section
from app.widgets.transcript_draw import draw, margins, new_below_start, target_at, with_new_below
from app.widgets.transcript_palette import COMPONENTS, Palette
from app.widgets.transcript_stream import Stream

FRAME = 1 / 30
"""Seconds between two looks at what has arrived."""

_REST = 3
"""After a tick that took long, this many times as long is left to everything else."""

_AT_ONCE = 16_000
"""Characters of a finished reply that are parsed without a thread: a few milliseconds."""


class Transcript(ScrollView, can_focus=True):
    """A conversation. The screen hands in values from `app.transcript.entries`; see there."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = set(COMPONENTS)
    DEFAULT_CSS = """
    Transcript { height: 1fr; overflow-x: hidden; overflow-y: scroll; scrollbar-gutter: stable; }
    """

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
        what: Literal["message", "code"]

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

    is_following: reactive[bool] = reactive(True)
    """Whether the end stays in view; ends when the user scrolls up, and begins again at the bottom."""

    selected: reactive[str | None] = reactive(None)
    """The key of the message that keys act on; None: the newest."""

    has_news: reactive[bool] = reactive(False)
    """Whether something has arrived below what is in view."""

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
        self._document = Document()
        self._streams: dict[str, Stream] = {}
        self._palette: Palette | None = None
        self._is_steering = False
        self._rest_until = 0.0
        self._is_loading_lexers = False
        self._hovered: str | None = None

    def on_mount(self) -> None:
        self._timer = self.set_interval(FRAME, self._tick, pause=True)

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
        self._show()

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

    # A reply that arrives

    def begin_reply(self, key: str, heading: ReplyHeading) -> None:
        self._streams[key] = Stream()
        self.add(ReplyEntry(key, replace(heading, is_running=True), ""))

    def append_text(self, key: str, delta: str) -> None:
        """Take in a delta. Only keeps it; it is shown with the frames that follow."""
        if stream := self._streams.get(key):
            stream.add_text(delta, self._clock())
            self._timer.resume()

    def append_reasoning(self, key: str, delta: str) -> None:
        """Like `append_text`."""
        if stream := self._streams.get(key):
            stream.add_reasoning(delta)
            self._timer.resume()

    def restart_reply(self, key: str) -> None:
        """Throw away the text and reasoning that have arrived."""
        if stream := self._streams.get(key):
            stream.clear()
        if section := self._document.reply(key):
            section.restart()
            self._update(section)

    def set_heading(self, key: str, heading: ReplyHeading) -> None:
        if section := self._document.reply(key):
            section.set_heading(heading)
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
        self._take(section, stream, None)
        section.set_heading(replace(section.heading, is_running=False))
        source = section.text
        if len(source) <= _AT_ONCE:
            self._update(section, section.take_whole(parse_whole(source)))
        else:
            self._update(section)
            self.run_worker(self._parse(section, source), group="parse")

    async def _parse(self, section: ReplySection, source: str) -> None:
        parse = await asyncio.to_thread(parse_whole, source)
        if self._document.section(section.key) is section and section.text == source:
            self._update(section, section.take_whole(parse))

    # Frames

    def _tick(self) -> None:
        now = self._clock()
        if now < self._rest_until:
            return
        for key, stream in self._streams.items():
            if stream.is_waiting and (section := self._document.reply(key)):
                self._take(section, stream, now)
        if self._document.lexers.has_work and self._document.lexers.work():
            self._recolour()
        self._load_lexers()
        is_idle = not any(stream.is_waiting for stream in self._streams.values())
        if is_idle and not self._document.lexers.has_work:
            self._timer.pause()
        self._rest_until = now + min(0.5, (self._clock() - now) * _REST)

    def _take(self, section: ReplySection, stream: Stream, now: float | None) -> None:
        if (reasoning := stream.take_reasoning()) and section.append_reasoning(reasoning):
            self._update(section)
        if text := stream.take_text(now):
            self._update(section, section.append_text(printable(text)))

    def _load_lexers(self) -> None:
        if self._document.lexers.wanted and not self._is_loading_lexers:
            self._is_loading_lexers = True
            self.run_worker(self._loaded_lexers(), group="lexers")

    async def _loaded_lexers(self) -> None:
        try:
            await asyncio.to_thread(self._document.lexers.load_wanted)
        finally:
            self._is_loading_lexers = False
        self._recolour()

    def _recolour(self) -> None:
        """Draw again what is kept: languages or code have got their colours."""
        self._document.store.clear()
        self._show()

    def _update(self, section: Section, same: int = 0) -> None:
        """A section has changed behind its first `same` blocks."""
        self._show(self._document.update(section, same))

    def _show(self, changed: int = 0) -> None:
        """Measure what is in view, scroll if the end is followed, and repaint what changed.

        Args:
            changed: the first line that may look different.
        """
        rows = self.scrollable_content_region.height
        if rows <= 0 or not self.is_attached:
            return
        bottom = self.scroll_offset.y + rows
        window = self._document.settle(self.scroll_offset.y, rows, at_end=self.is_following)
        if window.changed is not None:
            changed = min(changed, window.changed)
        height = self._document.height
        if height != self.virtual_size.height:
            if not self.is_following and height > max(bottom, self.virtual_size.height):
                self.has_news = True
            self.virtual_size = Size(self.scrollable_content_region.width, height)
        if window.top != self.scroll_offset.y:
            self._steer(window.top)
        elif changed < bottom:
            first = max(0, changed - window.top)
            self.refresh(Region(0, first, self.size.width, rows - first))
        self._load_lexers()
        if self._document.lexers.has_work:
            self._timer.resume()

    # Scrolling

    def scroll_to_newest(self) -> None:
        """Go to the end and stay there."""
        self.is_following = True
        self._show()
        self.refresh()

    def watch_is_following(self, is_following: bool) -> None:
        if is_following:
            self.has_news = False

    def watch_has_news(self) -> None:
        self.refresh()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if not self._is_steering and round(old_value) != round(new_value):
            self.is_following = round(new_value) >= self.max_scroll_y
            self._show(self._document.height)

    def _steer(self, top: int) -> None:
        """Scroll without taking it for the user's wish."""
        self._is_steering = True
        try:
            self.app.animator.force_stop_animation(self, "scroll_y")
            self.scroll_y = self.scroll_target_y = top
        finally:
            self._is_steering = False

    def _scroll_lines(self, top: int) -> None:
        """Scroll as the user wishes, at once."""
        self.scroll_to(y=max(0, min(top, self.max_scroll_y)), animate=False)

    def on_resize(self, event: events.Resize) -> None:
        width = self.scrollable_content_region.width
        left, right = margins(width)
        wanted = max(1, width - left - right)
        if wanted == self._document.layout.width:
            self._show()
            return
        place = None if self.is_following else self._document.place(self.scroll_offset.y)
        self._document.set_width(wanted)
        self._keep(place)

    def _keep(self, place: Place | None) -> None:
        """Show a place at the top again after everything has moved."""
        line = None if place is None else self._document.line_of(place)
        if line is not None:
            self.set_reactive(Transcript.virtual_size, Size(self.size.width, self._document.height))
            self._steer(line)
        self._show()
        self.refresh()

    # Drawing

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._palette = None

    def render_line(self, y: int) -> Strip:
        palette = self._palette = self._palette or Palette(self)
        width = self.scrollable_content_region.width
        row = self._document.row(self.scroll_offset.y + y)
        is_selected = row is not None and row.section.key == self.selected
        strip = draw(row, width, palette, is_selected=is_selected)
        if self.has_news and y == self.scrollable_content_region.height - 1:
            strip = with_new_below(strip, width, self._right_edge, palette)
        return strip

    @property
    def _right_edge(self) -> int:
        left, _ = margins(self.scrollable_content_region.width)
        return left + self._document.layout.readable

    # Keys

    def watch_selected(self) -> None:
        self.refresh()

    def action_previous_message(self) -> None:
        self._select(self._document.neighbour(self.selected, -1))

    def action_next_message(self) -> None:
        following = self._document.neighbour(self.selected, 1) if self.selected else None
        if following is None:
            self.action_newest()
        else:
            self._select(following)

    def action_newest(self) -> None:
        self.selected = None
        self.scroll_to_newest()

    def action_scroll_end(self) -> None:
        self.action_newest()

    def action_scroll_home(self) -> None:
        self._scroll_lines(0)

    def action_page_up(self) -> None:
        self._scroll_lines(self.scroll_offset.y - max(1, self.size.height - 2))

    def action_page_down(self) -> None:
        self._scroll_lines(self.scroll_offset.y + max(1, self.size.height - 2))

    def action_scroll_up(self) -> None:
        self._scroll_lines(self.scroll_offset.y - 1)

    def action_scroll_down(self) -> None:
        self._scroll_lines(self.scroll_offset.y + 1)

    def action_copy_message(self) -> None:
        if (section := self._acted_on()) and section.text:
            self.post_message(self.CopyRequested(self, section.text, "message"))

    def action_copy_code(self) -> None:
        code = self._document.code_for(self.selected, self.scroll_offset.y, self.size.height)
        if code is not None:
            self.post_message(self.CopyRequested(self, code.raw, "code"))

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
        rows = self.size.height
        fits = start >= self.scroll_offset.y and start + section.flow.height <= self.scroll_offset.y + rows
        if not fits:
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
        left, _ = margins(self.scrollable_content_region.width)
        row = self._document.row(self.scroll_offset.y + event.y)
        if row is None or event.x < left:
            return None
        target = target_at(row, event.x - left)
        return None if target is None else (row, target)

    def _is_on_news(self, event: events.MouseEvent) -> bool:
        return (
            self.has_news
            and event.y == self.scrollable_content_region.height - 1
            and new_below_start(self._right_edge) <= event.x < self._right_edge
        )

    def on_click(self, event: events.Click) -> None:
        if self._is_on_news(event):
            self.action_newest()
            return
        hit = self._hit(event)
        if hit is None:
            return
        row, target = hit
        match target:
            case Link(url):
                self.post_message(self.LinkOpened(self, url))
            case FoldToggle():
                self._toggle(row.section)
            case CodeCopy(source):
                self.post_message(self.CopyRequested(self, source.raw, "code"))
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
