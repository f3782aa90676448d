"""What a person does in the first five minutes, in a real terminal."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.e2e.terminal import HAS_TMUX, Terminal

pytestmark = pytest.mark.skipif(not HAS_TMUX, reason="tmux is not installed")

Open = Callable[[int, int], Terminal]


def test_a_person_takes_the_tour_switches_asks_stops_quits_and_continues(open_terminal: Open) -> None:
    terminal = open_terminal(120, 40)
    terminal.start()
    terminal.wait_for("Chat", "connected", "key rejected", "disabled", "no key")
    terminal.type("Show me around", "Enter")
    terminal.wait_for("Tour · Chat", "esc stop")
    # In the middle of the reply: the next turn goes to a model of another wire format.
    terminal.type("C-l")
    terminal.wait_for("Choose the model")
    terminal.type("messages thinker")
    terminal.wait_for("Thinker")
    terminal.type("Enter")
    terminal.wait_for("messages/thinker")
    terminal.wait_without("esc stop")
    terminal.type("What is 6 * 7?", "Enter")
    terminal.wait_for("Thinker · Messages", "42")
    terminal.wait_without("esc stop")
    screen = terminal.wait_for("THIS CONVERSATION", "tour", "thinker")
    assert screen.count("$0.0") >= 3
    terminal.type("C-l")
    terminal.wait_for("Choose the model")
    terminal.type("ollama novel")
    terminal.wait_for("Novel")
    terminal.type("Enter")
    terminal.wait_for("ollama/novel")
    terminal.type("30000 tokens", "Enter")
    terminal.wait_for("esc stop")
    terminal.wait_without("you\n")  # the reply fills the screen: the prompt has scrolled away
    terminal.type("Escape")
    terminal.wait_for("Stopped.")
    terminal.wait_without("esc stop")
    terminal.type("C-q")
    terminal.wait_until_over()
    terminal.start("-c")
    terminal.wait_for("THIS CONVERSATION", "novel", "Stopped.")


def test_nothing_is_cut_off_at_80x24(open_terminal: Open) -> None:
    terminal = open_terminal(80, 24)
    terminal.start()
    terminal.wait_for("connected")
    terminal.type("costs", "Enter")
    terminal.wait_for("Tour · Chat")
    screen = terminal.wait_without("esc stop")
    assert "$0." in screen


def test_a_terminal_that_shrinks_and_grows_keeps_the_conversation(open_terminal: Open) -> None:
    terminal = open_terminal(160, 48)
    terminal.start()
    terminal.wait_for("connected")
    terminal.type("unicode", "Enter")
    terminal.wait_for("Tour · Chat")
    for width, height in ((40, 12), (20, 6), (200, 60), (80, 24)):
        terminal.resize(width, height)
    # A screen that is not drawn yet lacks "esc stop", too: the end of the reply has to be there first.
    terminal.wait_for("whoever sends them.")
    terminal.wait_without("esc stop")
    terminal.resize(160, 48)
    terminal.wait_for("whoever sends them.", "PROVIDERS")
    terminal.type("PPage")
    terminal.wait_for("Tour · Chat")
