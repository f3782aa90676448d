"""The transcript: everything said in a conversation, drawn line by line and followed while it arrives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from textual import events
from textual.message import Message

from app.styles import sheet
from app.text import plain
from app.transcript.document import Row
from app.transcript.ink import CardChoice, CodeCopy, DetailsToggle, FoldToggle, HasCode, Link, Target
from app.transcript.section import Section
from app.widgets.transcript_draw import margins, new_below_start, target_at
from app.widgets.transcript_growing import GrowingView


class Transcript(GrowingView):
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
    class DetailsWanted(Message):
        """The user wants to see, or to see no more, what is behind the figures of an entry."""

        transcript: Transcript
        key: str

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
        super().__init__(clock=clock, name=name, id=id, classes=classes)
        self._hovered: str | None = None
        self._copied: tuple[HasCode, tuple[str | None, int]] | None = None
        """The code block that was copied last by key, with the message and the line where that was."""

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

    def action_toggle_details(self) -> None:
        if (section := self._acted_on()) is not None:
            self.post_message(self.DetailsWanted(self, section.key))

    def _toggle(self, section: Section) -> None:
        if section.toggle():
            self.is_following = False
            self._update(section)
            self.is_following = self.scroll_offset.y >= self.max_scroll_y

    def select(self, key: str) -> bool:
        """Put the cursor on an entry, and bring it into view. Returns: whether it is there."""
        self._select(key)
        return self.selected == key

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
            case DetailsToggle():
                self.post_message(self.DetailsWanted(self, row.section.key))
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
