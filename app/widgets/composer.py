"""Where the next message is written: grows with the text, remembers what was asked, knows slash commands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.events import Key, Paste
from textual.getters import query_one
from textual.message import Message
from textual.widgets import OptionList, TextArea

from app.commands import Command, Place, slash_command
from app.keymap import bindings
from app.text import plain, printable
from app.widgets.slash_menu import SlashMenu

_SENT_AS_IT_IS = "A blank before the slash sends the text as it is."


class Editor(TextArea):
    """The text of the draft."""

    @property
    def is_on_first_line(self) -> bool:
        return self.cursor_location[0] == 0

    @property
    def is_on_last_line(self) -> bool:
        return self.cursor_location[0] == self.document.line_count - 1

    def type(self, text: str) -> None:
        """Put foreign text in place of the selection and the cursor behind it, as typing would."""
        self.replace(printable(text), *self.selection, maintain_selection_offset=False)

    async def _on_key(self, event: Key) -> None:
        """Act on the editor's own keys in its own turn.

        Textual would run their bindings in the queue of the app, where a letter that comes after them overtakes.
        """
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            event.stop()
            event.prevent_default()
            await self.run_action(binding.action)
            return

    async def _on_paste(self, event: Paste) -> None:
        """What is pasted may carry escape sequences, and the editor draws what it holds."""
        event.stop()
        event.prevent_default()
        self.type(event.text.replace("\r\n", "\n").replace("\r", "\n"))


class Composer(Vertical):
    """The editor with its menu."""

    BINDINGS = bindings(Place.COMPOSER)

    @dataclass
    class Submitted(Message):
        """A message that is not blank was sent; the composer is empty again."""

        composer: Composer
        text: str

        @property
        def control(self) -> Composer:
            return self.composer

    @dataclass
    class NothingToSend(Message):
        """Enter was pressed with nothing typed."""

        composer: Composer

    @dataclass
    class CommandChosen(Message):
        """A slash command was chosen; the composer is empty again."""

        composer: Composer
        command: Command

        @property
        def control(self) -> Composer:
            return self.composer

    @dataclass
    class CommandRefused(Message):
        """What was to be sent begins like a slash command and is none; it stays. `reason`: one sentence."""

        composer: Composer
        reason: str

        @property
        def control(self) -> Composer:
            return self.composer

    @dataclass
    class NewestWanted(Message):
        """End was pressed with nothing typed."""

        composer: Composer

    @dataclass
    class PageWanted(Message):
        """The conversation should scroll. `pages`: -1 towards the beginning, 1 towards the end."""

        composer: Composer
        pages: int

    editor = query_one(Editor)
    menu = query_one(SlashMenu)

    def __init__(self) -> None:
        super().__init__()
        self._history: list[str] = []
        self._position: int | None = None
        """Index into the history while it is leafed through; None otherwise."""
        self._given_back = ""
        """The prompt that failed last, until something else is written."""
        self._draft = ""
        """What stood in the editor before the history was opened."""

    def compose(self) -> ComposeResult:
        yield SlashMenu()
        yield Editor(compact=True, highlight_cursor_line=False, tab_behavior="focus")

    @property
    def text(self) -> str:
        """The draft."""
        return self.editor.text

    def write(self, text: str) -> None:
        """Replace the draft; the cursor goes to its end."""
        self._position = None
        self.editor.load_text(printable(text))
        self.editor.move_cursor(self.editor.document.end)

    def type(self, text: str) -> None:
        """Insert at the cursor, as if it had been typed here."""
        self.editor.type(text)

    def give_back(self, text: str) -> None:
        """Put the text of a failed message back, unless something new was begun."""
        if not self.text:
            self.write(text)
            self._given_back = text

    def decline(self) -> None:
        """Clear the draft if it is a prompt that was given back, untouched; the history keeps it."""
        if self._given_back and self.text == self._given_back:
            self.put_away()
        self._given_back = ""

    def put_away(self) -> None:
        """Clear the draft and keep it in the history."""
        self._remember(self.text)
        self.write("")

    def take(self, text: str) -> None:
        """Put a text from elsewhere in place of the draft, which the history keeps."""
        self.put_away()
        self.write(text)

    def set_history(self, prompts: Sequence[str]) -> None:
        """Earlier prompts, oldest first; what was sent from here since then stays at the end."""
        self._history[:0] = prompts

    def address(self, model_label: str) -> None:
        """Say in the empty composer who will answer."""
        self.editor.placeholder = plain(f"Message {model_label}" if model_label else "Message")

    def close_menu(self) -> bool:
        """Close the menu. Returns whether it was open."""
        was_open = bool(self.menu.display)
        self.menu.close()
        return was_open

    @on(TextArea.Changed)
    def _follow_draft(self) -> None:
        self.menu.follow(self.editor.document.get_line(0) if self.editor.document.line_count == 1 else "")

    @on(OptionList.OptionSelected)
    def _choose_clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._choose()

    # Bindings with priority run ahead of letters that still wait in the editor's queue. Acting in the editor's own
    # turn keeps the order in which the keys were pressed, however fast they come.

    def action_send(self) -> None:
        """Send, or choose the slash command, or break the line after a backslash."""
        self.editor.call_later(self._send)

    def action_newline(self) -> None:
        self.editor.call_later(self.editor.type, "\n")

    def action_complete(self) -> None:
        """Complete the slash command; without a menu, move the focus on."""
        self.editor.call_later(self._complete)

    def action_older(self) -> None:
        """Leaf back through the history; elsewhere the key moves the cursor."""
        self.editor.call_later(self._older)

    def action_newer(self) -> None:
        """Leaf forward, at last to the draft that was left; elsewhere the key moves the cursor."""
        self.editor.call_later(self._newer)

    def action_newest(self) -> None:
        """With nothing typed, to the newest line; else to the end of the line."""
        self.editor.call_later(self._newest)

    def action_page_up(self) -> None:
        self.editor.call_later(self._page, -1)

    def action_page_down(self) -> None:
        self.editor.call_later(self._page, 1)

    def _send(self) -> None:
        text = self.text
        if self.menu.chosen is not None:
            self._choose()
        elif text.endswith("\\") and self.editor.cursor_at_end_of_text:
            self.editor.action_delete_left()
            self.editor.type("\n")
        elif word := _command_word(text):
            self._try_command(word, has_more=bool(text[1:].strip()[len(word) :]))
        elif text.strip():
            self._remember(text)
            self.write("")
            self.post_message(self.Submitted(self, text))
        elif not text:
            self.post_message(self.NothingToSend(self))

    def _complete(self) -> None:
        chosen = self.menu.chosen
        if chosen is None:
            self.screen.focus_next()
        else:
            self.write(f"/{chosen.slash}")

    def _older(self) -> None:
        if self.menu.display:
            self.menu.move(-1)
            return
        if not self._history or not (not self.text or (self._is_leafing and self.editor.is_on_first_line)):
            self.editor.action_cursor_up()
            return
        if not self._is_leafing:
            self._draft, self._position = self.text, len(self._history)
        self._leaf_to(max(0, (self._position or 0) - 1))

    def _newer(self) -> None:
        if self.menu.display:
            self.menu.move(1)
        elif not self._is_leafing or not self.editor.is_on_last_line:
            self.editor.action_cursor_down()
        elif (self._position or 0) + 1 < len(self._history):
            self._leaf_to((self._position or 0) + 1)
        else:
            self.write(self._draft)

    def _newest(self) -> None:
        if self.text:
            self.editor.action_cursor_line_end()
        else:
            self.post_message(self.NewestWanted(self))

    def _page(self, pages: int) -> None:
        if self.editor.virtual_size.height <= self.editor.size.height:
            self.post_message(self.PageWanted(self, pages))
        elif pages < 0:
            self.editor.action_cursor_page_up()
        else:
            self.editor.action_cursor_page_down()

    @property
    def _is_leafing(self) -> bool:
        """Whether the editor shows a prompt from the history, as it was."""
        return self._position is not None and self.text == printable(self._history[self._position])

    def _leaf_to(self, position: int) -> None:
        self.write(self._history[position])
        self._position = position

    def _remember(self, text: str) -> None:
        if text.strip() and (not self._history or self._history[-1] != text):
            self._history.append(text)

    def _choose(self) -> None:
        chosen = self.menu.chosen
        if chosen is not None:
            self._run_command(chosen)

    def _try_command(self, word: str, *, has_more: bool) -> None:
        chosen = slash_command(word)
        if chosen is None:
            reason = f"There is no command /{word}; F1 lists them. {_SENT_AS_IT_IS}"
            self.post_message(self.CommandRefused(self, reason))
        elif has_more:
            self.post_message(self.CommandRefused(self, f"/{chosen.slash} takes nothing after it. {_SENT_AS_IT_IS}"))
        else:
            self._run_command(chosen)

    def _run_command(self, chosen: Command) -> None:
        self.write("")
        self.post_message(self.CommandChosen(self, chosen))


def _command_word(text: str) -> str:
    """The word after the slash that a draft begins with: of `/new`, but not of `/etc/hosts`; "" when there is none."""
    if not text.startswith("/") or text[1:2].isspace():
        return ""
    word = text[1:].split(maxsplit=1)[0] if text[1:] else ""
    return word if word.isalpha() else ""
