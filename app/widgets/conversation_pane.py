"""The conversation: the transcript, or a welcome while nothing was said.

The welcome is all that the first frame needs; the transcript is brought after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Container
from textual.events import Key, Paste
from textual.getters import query_one
from textual.message import Message
from textual.reactive import var

from app.commands import Place
from app.keymap import bindings
from app.widgets.welcome import Welcome

if TYPE_CHECKING:
    from app.widgets.transcript import Transcript


_OPENABLE = ("http://", "https://", "mailto:")


class ConversationPane(Container):
    """Gives the transcript its keys; letters that are no command go to the composer."""

    BINDINGS = bindings(Place.MESSAGES)

    @dataclass
    class Wanted(Message):
        """Something was asked of a message. `what`: regenerate or edit."""

        pane: ConversationPane
        what: str

    @dataclass
    class Typed(Message):
        """The reader began to write; `text` is "" when only the composer was asked for."""

        pane: ConversationPane
        text: str

    @dataclass
    class CursorMoved(Message):
        """Another message, or none, is under the cursor."""

        pane: ConversationPane

    is_empty: var[bool] = var(True, toggle_class="-empty")
    """Nothing was said yet: the welcome shows."""

    welcome = query_one(Welcome)

    def __init__(self) -> None:
        super().__init__()
        self._transcript: Transcript | None = None

    def compose(self) -> ComposeResult:
        yield Welcome()

    @property
    def transcript(self) -> Transcript:
        """Mounted when it is first asked for."""
        if self._transcript is None:
            from app.widgets.transcript import Transcript

            self._transcript = Transcript()
            self.mount(self._transcript)
            for attribute in ("selected", "has_focus"):
                self.watch(self._transcript, attribute, self._report_cursor, init=False)
        return self._transcript

    @property
    def selected(self) -> str | None:
        """The key of the message under the cursor; None while the conversation has no focus."""
        transcript = self._transcript
        return transcript.selected if transcript is not None and transcript.has_focus else None

    def _report_cursor(self) -> None:
        self.post_message(self.CursorMoved(self))

    def action_newest(self) -> None:
        self.transcript.action_newest()

    def go_to(self, key: str) -> None:
        """Put the cursor on a message; one that is not there leaves everything as it is."""
        if self.transcript.select(key):
            self.transcript.focus()

    def on_transcript_copy_requested(self, event: Transcript.CopyRequested) -> None:
        # The terminal may refuse, and it never says so.
        self.app.copy_to_clipboard(event.text)
        self.app.notify(f"Sent to the clipboard: {event.what}.", markup=False)

    def on_transcript_link_opened(self, event: Transcript.LinkOpened) -> None:
        if event.url.lower().startswith(_OPENABLE):
            self.app.open_url(event.url)
        self.app.notify(event.url, title="Link", markup=False)

    def on_key(self, event: Key) -> None:
        if event.is_printable and event.character and not self._is_bound(event.key):
            event.stop()
            self.post_message(self.Typed(self, event.character))

    def on_paste(self, event: Paste) -> None:
        event.stop()
        self.post_message(self.Typed(self, event.text))

    def action_write(self) -> None:
        self.post_message(self.Typed(self, ""))

    def action_previous_message(self) -> None:
        self.transcript.focus()
        self.transcript.action_previous_message()

    def action_next_message(self) -> None:
        self.transcript.focus()
        self.transcript.action_next_message()

    def action_copy_message(self) -> None:
        self.transcript.action_copy_message()

    def action_copy_code(self) -> None:
        self.transcript.action_copy_code()

    def action_toggle_fold(self) -> None:
        self.transcript.action_toggle_fold()

    def action_toggle_details(self) -> None:
        self.transcript.action_toggle_details()

    def action_regenerate(self) -> None:
        self.post_message(self.Wanted(self, "regenerate"))

    def action_edit_prompt(self) -> None:
        self.post_message(self.Wanted(self, "edit"))

    def _is_bound(self, key: str) -> bool:
        """Whether a key does something here, with the user's own keys taken into account."""
        return key in self.screen.active_bindings
