"""Keys for the commands: Textual bindings, the user's changes to them, and how a key is written."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from textual.binding import Binding, BindingType

from app.commands import COMMANDS, Command, Place

_SIGNS = {
    "escape": "esc",
    "enter": "↵",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "pgup",
    "pagedown": "pgdn",
}
_SWAPPED = {"composer.send": "ctrl+j", "composer.newline": "enter,shift+enter,alt+enter"}


def bindings(place: Place) -> list[BindingType]:
    """The default bindings of one place, with the ids that `App.set_keymap` overrides."""
    return [
        Binding(
            each.keys,
            each.action,
            each.verb,
            show=False,
            id=each.id,
            tooltip=each.tooltip,
            priority=each.has_priority,
        )
        for each in COMMANDS
        if each.place is place and each.keys
    ]


def key_label(key: str) -> str:
    """How a key is written on the screen: `ctrl+l` is `^l`, `alt+up` is `alt+↑`."""
    *modifiers, name = key.split("+")
    sign = _SIGNS.get(name, name)
    if modifiers == ["ctrl"] and len(sign) == 1:
        return f"^{sign}"
    return "+".join([*modifiers, sign])


class Keymap:
    """The keys in force: the table's, with the user's changes over them.

    Attributes:
        overrides: command id to keys, only those that can be used.
        problems: one sentence per setting that was left out or that takes a key from another command.
    """

    def __init__(self, wanted: Mapping[str, str], *, enter_sends: bool = True) -> None:
        self.overrides: dict[str, str] = {}
        self.problems: list[str] = []
        self.change(wanted, enter_sends=enter_sends)

    def change(self, wanted: Mapping[str, str], *, enter_sends: bool = True) -> None:
        """Other keys are in force from now on.

        Args:
            wanted: command id to keys, comma-separated.
            enter_sends: False swaps the keys of send and newline.
        """
        known = {each.id for each in COMMANDS if each.keys}
        self.overrides, self.problems = {}, []
        if not enter_sends:
            self.overrides |= _SWAPPED
        for command_id, keys in wanted.items():
            if command_id in known:
                self.overrides[command_id] = keys
                continue
            nearest = difflib.get_close_matches(command_id, known, n=1)
            advice = f"; the nearest is {nearest[0]}" if nearest else ""
            self.problems.append(f"keys: there is no command {command_id}{advice}")
        self._find_conflicts()

    def keys(self, command: Command) -> tuple[str, ...]:
        """The keys of a command; the first is the one to show. Empty when it has none."""
        text = self.overrides.get(command.id, command.keys)
        return tuple(key.strip() for key in text.split(",") if key.strip())

    def label(self, command: Command) -> str:
        """The first key as it is shown; "" when there is none."""
        keys = self.keys(command)
        return key_label(keys[0]) if keys else ""

    def labels(self, command: Command) -> str:
        """All keys as they are shown in the help."""
        return "  ".join(key_label(key) for key in self.keys(command))

    def _find_conflicts(self) -> None:
        takers: dict[tuple[Place, str], Command] = {}
        for each in COMMANDS:
            for key in self.keys(each):
                first = takers.setdefault((each.place, key), each)
                if first is not each:
                    self.problems.append(f"keys: {key} is used by {first.id} and by {each.id}")
