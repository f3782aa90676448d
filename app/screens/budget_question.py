"""Asks before a turn is sent that a budget, or what is usual, speaks against."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from app.screens.modal import Modal
from app.styles import sheet
from app.text import plain
from app.widgets.key_line import KeyLine


class Answer(Enum):
    SEND = auto()
    SEND_TODAY = auto()
    """And do not ask about these budgets again before midnight."""
    KEEP = auto()
    """The draft."""


class BudgetQuestion(Modal[Answer]):
    """Enter sent the prompt, and people press it twice in passing: it does not answer here."""

    CSS_PATH = sheet("question")
    BINDINGS: ClassVar[list[BindingType]] = [
        ("y", "answer('SEND')", "Send it"),
        ("t", "answer('SEND_TODAY')", "Allow it for today"),
        ("n,escape", "answer('KEEP')", "Keep the draft"),
    ]

    def __init__(self, title: str, sentences: Sequence[str], *, lasts: bool) -> None:
        """
        Args:
            sentences: what would be spent, what is spent, and what may be.
            lasts: whether there is a budget that can be let off for today.
        """
        super().__init__()
        self._title = title
        self._sentences = sentences
        self._lasts = lasts

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        return self._lasts or parameters != ("SEND_TODAY",)

    def action_answer(self, name: str) -> None:
        self.dismiss(Answer[name])

    def compose(self) -> ComposeResult:
        today = (("t", "send, and allow it for today"),) if self._lasts else ()
        with Vertical(classes="question"):
            yield Static(plain(self._title), classes="title")
            yield Static(Content("\n").join(plain(each) for each in self._sentences), classes="sentences")
            yield KeyLine((("y", "send it"), *today, ("esc", "keep the draft")), classes="keys")
