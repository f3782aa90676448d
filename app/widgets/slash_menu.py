"""The menu that opens over the composer when a message begins with `/`."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from app.commands import Command, slash_commands

_WORD_CELLS = 14


class SlashMenu(OptionList, can_focus=False):
    """Follows what is typed; the composer keeps the focus and moves the cursor."""

    def __init__(self) -> None:
        super().__init__(compact=True)
        self._commands: tuple[Command, ...] = ()

    @property
    def chosen(self) -> Command | None:
        """The command under the cursor; None while the menu is closed."""
        if not self.display or self.highlighted is None:
            return None
        return self._commands[self.highlighted]

    def on_mount(self) -> None:
        self.display = False

    def follow(self, draft: str) -> None:
        """Open, narrow or close the menu for what stands in the composer."""
        is_word = draft.startswith("/") and not any(character.isspace() for character in draft)
        commands = slash_commands(draft[1:].lower()) if is_word else ()
        if commands == self._commands and self.display == bool(commands):
            return
        self._commands = commands
        self.display = bool(commands)
        self.set_options(Option(_line(each)) for each in commands)
        self.highlighted = 0 if commands else None

    def close(self) -> None:
        """Close until the draft changes again."""
        self.display = False

    def move(self, step: int) -> None:
        """Move the cursor by one row, around the ends."""
        (self.action_cursor_down if step > 0 else self.action_cursor_up)()


def _line(command: Command) -> Content:
    word = f"/{command.slash}".ljust(_WORD_CELLS)
    return Content.assemble(Content.styled(word, "$text-primary"), Content.styled(command.verb, "$text-muted"))
