"""The frame of dialogs that are read, not typed into: a title, text that scrolls, and the keys below."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from app.screens.modal import Modal
from app.styles import sheet
from app.text import one_line, plain
from app.widgets.key_line import key_line

_FRAME_LINES, _LEAST_LINES = 10, 4
"""Of the dialog, besides its body, and of the screen around it; and of the body."""


class Dialog(Modal[None]):
    """Subclasses give a title and the widgets of the body."""

    CSS_PATH = sheet("dialogs")
    BINDINGS: ClassVar[list[BindingType]] = [("escape,q", "dismiss", "Close")]

    KEYS: ClassVar[Sequence[tuple[str, str]]] = (("esc", "close"),)
    """What stands below."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(plain(one_line(self.heading())), classes="title")
            with VerticalScroll():
                yield from self.body()
            yield Static(key_line(self.KEYS), classes="keys")

    def on_resize(self) -> None:
        # In cells: inside something of automatic height no other limit holds.
        self.query_one(VerticalScroll).styles.max_height = max(_LEAST_LINES, self.app.size.height - _FRAME_LINES)

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def heading(self) -> str:
        """The words at the top."""
        return ""

    def body(self) -> Iterable[Widget]:
        """What is between title and keys."""
        return ()
