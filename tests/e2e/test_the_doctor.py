"""`parley doctor` in a real terminal, which it asks what it can do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.terminal import HAS_TMUX, Terminal

pytestmark = pytest.mark.skipif(not HAS_TMUX, reason="tmux is not installed")


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    opened = Terminal(tmp_path, 80, 90)
    yield opened
    opened.stop()


def test_the_doctor_in_a_terminal_has_colours_and_asks_it(terminal: Terminal) -> None:
    # Something that stays when the doctor is done, and shows what was typed into it.
    terminal.start_shell()
    terminal.run_in_shell("doctor")
    screen = terminal.wait_for("locked: key rejected", "problem", "\ndone 1")
    assert "80 columns, 90 rows" in screen
    assert "keyboard protocol" in screen.lower()
    assert "did not answer" not in screen
    assert "[?" not in screen, "the terminal's answer was left over for the shell"
    colored = terminal.colored_screen
    assert "\x1b[31m✕ problem" in colored
    assert "\x1b[32m✓ ok" in colored
