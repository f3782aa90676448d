"""A dialog that closes once, and only from the top."""

from __future__ import annotations

from typing import Generic, TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen

Result = TypeVar("Result")


class Modal(ModalScreen[Result], Generic[Result]):
    """Textual's `dismiss` takes whatever screen is on top: a key that comes twice would close what is below."""

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Close with a result; nothing happens while another screen is above, or after the first time."""
        return super().dismiss(result) if self.is_active else AwaitComplete()
