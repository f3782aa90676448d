"""Somebody edits config.toml while Parley runs in a real terminal: each edit holds within two seconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.household import QUIET, open_house
from tests.e2e.terminal import HAS_TMUX, Terminal
from tests.providers.recording import RecordingServer

pytestmark = pytest.mark.skipif(not HAS_TMUX, reason="tmux is not installed")

PROMISED_S = 2.0
_ECHOES = 8
"""How many key presses the work for one edit is worth: a request, two redraws, on a machine as slow as this one."""
_TYPED = "▌  q"
"""The composer with that letter."""
HOUSE = '# mine\n[providers.house]\ntype = "openai-compat"\nbase_url = "URL"\nmodel = "house-small"\nlabel = "LABEL"\n'


@pytest.fixture
def server() -> Iterator[RecordingServer]:
    with RecordingServer(open_house) as house:
        yield house


class Editing:
    """A running Parley, and an editor beside it."""

    def __init__(self, terminal: Terminal, file: Path, url: str) -> None:
        self.terminal = terminal
        self._file = file
        self._url = url

    def write(self, *tables: str) -> None:
        self._file.write_text(QUIET + "".join(tables).replace("URL", self._url))

    def echo_s(self) -> float:
        """How long this machine takes, just now, to show a letter that was typed."""
        started = time.monotonic()
        self.terminal.type("q")
        self.terminal.wait_for(_TYPED)
        took = time.monotonic() - started
        self.terminal.type("BSpace")
        self.terminal.wait_without(_TYPED)
        return took

    def shows_in_time(self, *words: str) -> str:
        """Wait for what the edit just made should bring, and hold the time against the promise."""
        started = time.monotonic()
        screen = self.terminal.wait_for(*words)
        took = time.monotonic() - started
        assert took < PROMISED_S + _ECHOES * self.echo_s(), f"{words} took {took:.1f} s"
        return screen


@pytest.fixture
def editing(open_terminal: Callable[[int, int], Terminal], server: RecordingServer, tmp_path: Path) -> Editing:
    home = tmp_path / "parley"
    home.mkdir()
    opened = Editing(open_terminal(120, 40), home / "config.toml", server.url)
    opened.write(HOUSE.replace("LABEL", "Old House"))
    opened.terminal.run("--home", str(home))
    opened.terminal.wait_for("Old House", "connected")
    return opened


def test_each_edit_holds_within_two_seconds_and_a_mistake_changes_nothing(
    editing: Editing, server: RecordingServer
) -> None:
    label = HOUSE.replace("LABEL", "New House")
    editing.write(label)
    screen = editing.shows_in_time("New House", "1 provider changed")
    assert "Old House" not in screen

    shed = label + HOUSE.replace("# mine", "").replace("house]", "shed]").replace("LABEL", "The Shed")
    asked = len(server.requests)
    editing.write(shed)
    editing.shows_in_time("The Shed", "1 provider added")
    editing.terminal.wait_without("connecting")
    assert len(server.requests) > asked

    editing.write(shed.replace("label", "labl", 1))
    screen = editing.shows_in_time("config.toml is not valid", "line 7", "providers.house.labl", "label")
    # What ran goes on: both are still there, and one of them answers.
    assert "New House" in screen
    assert "The Shed" in screen
    editing.terminal.type("Hello", "Enter")
    editing.terminal.wait_for("Hello.", "New House")

    editing.write(label.replace("New House", "Last House"))
    screen = editing.shows_in_time("Last House", "right again")
    assert "The Shed" not in screen
