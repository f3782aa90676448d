"""The help: every key and slash command, generated from the action table."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from app.commands import COMMANDS, Command, Place
from app.keymap import Keymap
from app.styles import sheet

_KEY_CELLS = 30
_SLASH_CELLS = 11


class HelpScreen(ModalScreen[None]):
    """One list that scrolls."""

    CSS_PATH = sheet("dialogs")
    BINDINGS: ClassVar[list[BindingType]] = [("escape,f1,q", "dismiss", "Close")]

    def __init__(self, keymap: Keymap) -> None:
        super().__init__()
        self._keymap = keymap

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog") as scroll:
            scroll.border_title = "Help"
            scroll.border_subtitle = "esc close"
            for place in Place:
                yield Static(place.value, classes="heading")
                commands = [each for each in COMMANDS if each.place is place]
                yield Static(Content("\n").join(self._line(each) for each in commands))

    def _line(self, command: Command) -> Content:
        slash = f"/{command.slash}" if command.slash else ""
        return Content.assemble(
            Content.styled(self._keymap.labels(command).ljust(_KEY_CELLS), "$text-primary"),
            slash.ljust(_SLASH_CELLS),
            Content.styled(command.verb, "$text-muted"),
        )
