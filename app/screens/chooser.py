"""What every dialog of choices has: a field that keeps the focus, a list below it, and the same keys."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Generic, TypeVar

from textual import on
from textual.binding import BindingType
from textual.getters import query_one
from textual.widgets import Input

from app.screens.modal import Modal
from app.styles import sheet
from app.widgets.choice_list import ChoiceList
from app.widgets.field import Field

Value = TypeVar("Value")


class Chooser(Modal[Value | None], Generic[Value]):
    """Dismissed with the value chosen, or None. Subclasses fill the list, and say what Enter takes."""

    CSS_PATH = sheet("picker")
    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "dismiss(None)", "Close"),
        ("up", "move(-1)", "Up"),
        ("down", "move(1)", "Down"),
        ("pageup", "page(-1)", "Page up"),
        ("pagedown", "page(1)", "Page down"),
        ("ctrl+home", "end(-1)", "First"),
        ("ctrl+end", "end(1)", "Last"),
    ]

    field = query_one(Field)
    choices = query_one(ChoiceList)

    @abstractmethod
    def narrow(self) -> None:
        """Show the rows for what stands in the field."""

    @abstractmethod
    def take(self) -> None:
        """Take the row under the cursor."""

    @abstractmethod
    def show_headings(self) -> None:
        """Show what stands above the columns, for the room that there is."""

    def on_mount(self) -> None:
        self.field.focus()
        self.narrow()

    @on(ChoiceList.Fitted)
    def _fitted(self) -> None:
        self.show_headings()

    @on(Input.Changed)
    def _typed(self) -> None:
        self.narrow()

    @on(Input.Submitted)
    @on(ChoiceList.Clicked)
    def _chosen(self) -> None:
        self.take()

    def action_move(self, step: int) -> None:
        self.choices.move(step)

    def action_page(self, direction: int) -> None:
        self.choices.page(direction)

    def action_end(self, direction: int) -> None:
        self.choices.end(direction)
