"""Parley on a pseudo-terminal, where it asks and somebody answers."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

PARLEY = Path(__file__).parents[2] / "parley.py"
_PATIENCE_S = 30
_PIECE = 4096


class PtyTerminal:
    """One command on a terminal of its own.

    Args:
        environ: beside what a process cannot do without.
    Attributes:
        seen: everything that stood on the terminal, what was typed in the open included.
    """

    def __init__(self, home: Path, *arguments: str, environ: Mapping[str, str], columns: int = 80) -> None:
        self.seen = ""
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        base = {"PATH": os.environ["PATH"], "HOME": str(home.parent), "LANG": "C.UTF-8", "TERM": "xterm-256color"}
        self._process = subprocess.Popen(
            [sys.executable, str(PARLEY), "--home", str(home), *arguments],
            stdin=theirs, stdout=theirs, stderr=theirs, env={**base, **environ}, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )  # fmt: skip
        os.close(theirs)

    def __enter__(self) -> PtyTerminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        os.close(self._ours)

    def until(self, words: str) -> None:
        """Wait until it shows these words."""
        deadline = time.monotonic() + _PATIENCE_S
        while words not in self.seen:
            assert self._read(deadline), f"no {words!r} in {self.seen!r}"

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def end(self) -> int:
        """Wait for the end, and return the exit code."""
        deadline = time.monotonic() + _PATIENCE_S
        while self._read(deadline):
            pass
        return self._process.wait(_PATIENCE_S)

    def _read(self, deadline: float) -> bool:
        """Whether there is more to come."""
        ready, _, _ = select.select([self._ours], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return False
        try:
            piece = os.read(self._ours, _PIECE)
        except OSError:
            # On Linux the end of the other side is an error.
            return False
        self.seen += piece.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(piece)
