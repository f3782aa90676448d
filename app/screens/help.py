"""The help: every key and slash command, generated from the action table."""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from app.commands import COMMANDS, Command, Place
from app.keymap import Keymap
from app.screens.dialog import Dialog

_KEY_CELLS = 22
_SLASH_CELLS = 11


class HelpScreen(Dialog):
    """One list that scrolls."""

    def __init__(self, keymap: Keymap) -> None:
        super().__init__()
        self._keymap = keymap

    def heading(self) -> str:
        return "Keys and commands"

    def body(self) -> Iterable[Widget]:
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
