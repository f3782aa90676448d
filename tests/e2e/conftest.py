"""Terminals for the end-to-end tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.terminal import Terminal


@pytest.fixture
def open_terminal(tmp_path: Path) -> Iterator[Callable[[int, int], Terminal]]:
    """Opens terminals of a width and a height, and closes them at the end."""
    opened: list[Terminal] = []

    def new(width: int, height: int) -> Terminal:
        opened.append(Terminal(tmp_path, width, height))
        return opened[-1]

    yield new
    for terminal in opened:
        terminal.stop()
