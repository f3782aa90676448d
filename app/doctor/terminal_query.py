"""Asks the terminal what it can do, and reads the answer. POSIX only; elsewhere nobody is asked."""

from __future__ import annotations

import os
import re
import select
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

_QUESTION = b"\x1b[?u\x1b[c"
"""First the flags of the Kitty keyboard protocol, then what every terminal answers: its attributes (DA1)."""
_KITTY = re.compile(rb"\x1b\[\?\d+u")
_ATTRIBUTES = re.compile(rb"\x1b\[\?([\d;]*)c")
_PATIENCE_S = 1.0
_LONGEST_ANSWER = 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What a terminal says of itself.

    Attributes:
        attributes: the numbers of its primary attributes (DA1).
    """

    has_kitty_keys: bool
    attributes: frozenset[str]


if sys.platform == "win32":

    def ask(patience_s: float = _PATIENCE_S, clock: Callable[[], float] = time.monotonic) -> Answer | None:
        """Nothing is asked here."""
        return None

else:
    import termios
    import tty

    def ask(patience_s: float = _PATIENCE_S, clock: Callable[[], float] = time.monotonic) -> Answer | None:
        """Ask the terminal of this process; None when it does not answer in time, or cannot be asked.

        The terminal is left as it was. What was typed meanwhile is lost.
        """
        try:
            handle = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
        except OSError:
            return None
        try:
            if os.tcgetpgrp(handle) != os.getpgrp():
                return None  # In the background the terminal belongs to somebody else.
            before = termios.tcgetattr(handle)
            try:
                tty.setcbreak(handle, termios.TCSAFLUSH)
                os.write(handle, _QUESTION)
                said = _read(handle, clock() + patience_s, clock)
            finally:
                termios.tcsetattr(handle, termios.TCSAFLUSH, before)
        except (OSError, termios.error):
            return None
        finally:
            os.close(handle)
        return parse(said)

    def _read(handle: int, until: float, clock: Callable[[], float]) -> bytes:
        said = b""
        while _ATTRIBUTES.search(said) is None and len(said) < _LONGEST_ANSWER:
            ready, _, _ = select.select([handle], [], [], max(0.0, until - clock()))
            if not ready:
                break
            said += os.read(handle, _LONGEST_ANSWER)
        return said


def parse(said: bytes) -> Answer | None:
    """Read an answer. Without attributes the terminal did not answer at all, and nothing is known."""
    attributes = _ATTRIBUTES.search(said)
    if attributes is None:
        return None
    numbers = frozenset(attributes[1].decode("ascii").split(";"))
    return Answer(_KITTY.search(said, 0, attributes.start()) is not None, numbers)
