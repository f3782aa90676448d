"""The pieces of a form: a label with a line, a choice or several lines beside it, and below it what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult, RenderResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import Paste
from textual.getters import query_one
from textual.message import Message
from textual.reactive import reactive
from textual.suggester import SuggestFromList
from textual.widget import Widget
from textual.widgets import Input, Static, TextArea

from app.text import one_line, plain, printable


class Line(Input):
    """One line; what is pasted into it may carry escape sequences, and the line draws what it holds.

    What is hidden does not get out through the clipboard either.
    """

    def action_copy(self) -> None:
        if not self.password:
            super().action_copy()

    def action_cut(self) -> None:
        if self.password:
            self.delete_selection()
        else:
            super().action_cut()

    def _on_paste(self, event: Paste) -> None:
        event.stop()
        event.prevent_default()
        pasted = event.text.strip().splitlines()
        if pasted:
            self.replace(printable(pasted[0]), *self.selection)


class Lines(TextArea):
    """Several lines, with the same care; the arrows lead out of them at both ends."""

    async def _on_paste(self, event: Paste) -> None:
        event.stop()
        event.prevent_default()
        self.replace(printable(event.text.replace("\r\n", "\n").replace("\r", "\n")), *self.selection)

    def action_cursor_up(self, select: bool = False) -> None:
        if not select and self.cursor_at_first_line:
            self.screen.focus_previous()
        else:
            super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        if not select and self.cursor_at_last_line:
            self.screen.focus_next()
        else:
            super().action_cursor_down(select)


class Choice(Widget, can_focus=True):
    """One of a few values; left, right and space step through them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("left", "step(-1)", "Previous"),
        ("right,space", "step(1)", "Next"),
    ]

    @dataclass
    class Changed(Message):
        """Another value was chosen."""

        choice: Choice

        @property
        def control(self) -> Choice:
            return self.choice

    index: reactive[int] = reactive(0)

    def __init__(self, options: Sequence[tuple[str, str]], value: str) -> None:
        """
        Args:
            options: each a value and the words for it.
            value: the first option's when there is no such value.
        """
        super().__init__()
        self._options = tuple(options)
        values = [each for each, _ in options]
        self.set_reactive(Choice.index, values.index(value) if value in values else 0)

    @property
    def value(self) -> str:
        return self._options[self.index][0]

    def render(self) -> RenderResult:
        words = plain(self._options[self.index][1])
        return Content.assemble(("‹ ", "$text-muted"), words, (" ›", "$text-muted"))

    def action_step(self, step: int) -> None:
        self.index = (self.index + step) % len(self._options)
        self.post_message(self.Changed(self))

    def on_click(self) -> None:
        self.action_step(1)


class Field(Vertical):
    """A label and something beside it. Its `name` is that of what it holds."""

    def __init__(self, name: str, label: str, tip: str = "") -> None:
        """
        Args:
            tip: one sentence for whoever stands in it.
        """
        super().__init__(name=name)
        self._label = label
        self.tip = tip

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static(plain(self._label), classes="label")
            yield from self.controls()
        yield Static(classes="problem")

    def controls(self) -> Sequence[Widget]:
        """What stands beside the label; the first of them takes the focus."""
        return ()

    @property
    def value(self) -> str:
        """What is in it."""
        return ""

    def enter(self) -> None:
        """Put the focus into it."""
        next(each for each in self.query("*") if each.focusable).focus()

    def refuse(self, sentence: str) -> None:
        """Say below it what is wrong; "" takes that back."""
        self.set_class(bool(sentence), "-refused")
        self.query_one(".problem", Static).update(plain(sentence))


class TextField(Field):
    """One line of text."""

    line = query_one(Line)

    def __init__(
        self,
        name: str,
        label: str,
        value: str = "",
        *,
        placeholder: str = "",
        tip: str = "",
        is_hidden: bool = False,
    ) -> None:
        """
        Args:
            placeholder: stands there while nothing is typed.
            is_hidden: what is typed is not shown.
        """
        super().__init__(name, label, tip)
        self._line = Line(
            _as_line(value), placeholder=one_line(placeholder), password=is_hidden, compact=True, select_on_focus=True
        )

    def controls(self) -> Sequence[Widget]:
        return (self._line,)

    @property
    def value(self) -> str:
        return self._line.value

    @value.setter
    def value(self, text: str) -> None:
        self._line.value = _as_line(text)

    def propose(self, placeholder: str) -> None:
        """Say what is taken when nothing is typed."""
        self._line.placeholder = one_line(placeholder)

    def suggest(self, words: Sequence[str]) -> None:
        """Complete what is typed from these."""
        self._line.suggester = SuggestFromList([printable(each) for each in words], case_sensitive=False)


def _as_line(text: str) -> str:
    return printable(text).replace("\n", " ")


class ChoiceField(Field):
    """One of a few."""

    def __init__(
        self, name: str, label: str, options: Sequence[tuple[str, str]], value: str = "", *, tip: str = ""
    ) -> None:
        super().__init__(name, label, tip)
        self._choice = Choice(options, value)

    def controls(self) -> Sequence[Widget]:
        return (self._choice,)

    @property
    def value(self) -> str:
        return self._choice.value


class LinesField(Field):
    """Several lines."""

    def __init__(self, name: str, label: str, value: str = "", *, tip: str = "") -> None:
        super().__init__(name, label, tip)
        self._lines = Lines(printable(value), compact=True, highlight_cursor_line=False, tab_behavior="focus")

    def controls(self) -> Sequence[Widget]:
        return (self._lines,)

    @property
    def value(self) -> str:
        return self._lines.text


class PairField(Field):
    """A name that is shown and a value that is not."""

    def __init__(self, name: str, label: str, *, tip: str = "") -> None:
        super().__init__(name, label, tip)
        self._header = Line(placeholder="name", compact=True)
        self._content = Line(placeholder="value, hidden", password=True, compact=True)

    def controls(self) -> Sequence[Widget]:
        return (self._header, self._content)

    @property
    def value(self) -> str:
        """`Name: value`; "" while both are empty."""
        return f"{self._header.value}: {self._content.value}" if self._header.value or self._content.value else ""


class Fold(Widget, can_focus=True):
    """A line that shows or hides what stands below it."""

    BINDINGS: ClassVar[list[BindingType]] = [("enter,space,right,left", "fold", "Fold or unfold")]

    @dataclass
    class Toggled(Message):
        """Somebody folded or unfolded."""

        fold: Fold

        @property
        def control(self) -> Fold:
            return self.fold

    is_open: reactive[bool] = reactive(False)

    def __init__(self, label: str, summary: str) -> None:
        super().__init__()
        self._label = label
        self._summary = summary

    def render(self) -> RenderResult:
        sign = "▾" if self.is_open else "▸"
        summary = "" if self.is_open else f"  {self._summary}"
        return Content.assemble(f"{sign} {self._label}", (summary, "$text-muted"))

    def action_fold(self) -> None:
        self.is_open = not self.is_open
        self.post_message(self.Toggled(self))

    def on_click(self) -> None:
        self.action_fold()
