"""A question with two answers. Only a deliberate key says yes: Enter, which people press in passing, does so only
where what follows is easily undone."""

from __future__ import annotations

from collections.abc import Sequence
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

_SUDDEN_SECONDS = 0.5


class Question(Modal[bool]):
    """Dismissed with whether the answer was yes."""

    CSS_PATH = sheet("question")
    BINDINGS: ClassVar[list[BindingType]] = [
        ("y", "answer(True)", "Yes"),
        ("n,escape", "answer(False)", "No"),
        ("enter", "agree", "Yes"),
    ]

    def __init__(
        self,
        title: str,
        sentences: Sequence[str] = (),
        *,
        yes: str,
        no: str,
        is_sudden: bool = False,
        takes_enter: bool = False,
    ) -> None:
        """
        Args:
            title: the question.
            sentences: what there is to know before it is answered.
            yes: what happens then, as a verb; `no` too.
            is_sudden: it may come while somebody types, whose next letter is no answer.
            takes_enter: Enter says yes, too.
        """
        super().__init__()
        self._is_deaf = is_sudden
        self._title = title
        self._sentences = sentences
        self._takes_enter = takes_enter
        self._answers = (("↵", yes), ("esc", no)) if takes_enter else (("y", yes), ("n", no))

    def on_mount(self) -> None:
        if self._is_deaf:
            self.set_timer(_SUDDEN_SECONDS, self._listen)

    def _listen(self) -> None:
        self._is_deaf = False

    def action_answer(self, is_yes: bool) -> None:
        if not self._is_deaf:
            self.dismiss(is_yes)

    def action_agree(self) -> None:
        if self._takes_enter:
            self.action_answer(True)

    def compose(self) -> ComposeResult:
        with Vertical(classes="question"):
            yield Static(plain(self._title), classes="title")
            if self._sentences:
                yield Static(Content("\n").join(plain(each) for each in self._sentences), classes="sentences")
            yield KeyLine(self._answers, classes="keys")
