"""The line of text over a list of choices."""

from __future__ import annotations

from collections.abc import Mapping

from textual.binding import BindingsMap
from textual.events import Key, Paste
from textual.widgets import Input

from app.text import one_line

_EDITING: Mapping[str, str] = {
    key: binding.action for key, binding in BindingsMap(Input.BINDINGS) if binding.action != "submit"
}
"""Keys of an input and what they do; not those it has from being something that scrolls."""


class Field(Input):
    """Takes keys in the order in which they come, and foreign text through the one door."""

    def __init__(self, placeholder: str) -> None:
        super().__init__(placeholder=placeholder, compact=True)

    async def _on_key(self, event: Key) -> None:
        """Edit in the field's own turn.

        Textual would run its bindings in the queue of the app, where a letter that comes after them overtakes. Enter
        stays there, behind the keys that move the cursor of the list.
        """
        action = _EDITING.get(event.key)
        if action is not None:
            event.stop()
            event.prevent_default()
            await self.run_action(action)

    def _on_paste(self, event: Paste) -> None:
        event.stop()
        event.prevent_default()
        self.replace(one_line(event.text), *self.selection)
