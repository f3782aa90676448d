"""How long until the first frame stands on the terminal: Parley against an empty Textual app.

    python tests/benchmarks/bench_startup.py [RUNS]

Each run is a fresh process on a pseudo-terminal of 120x40; the clock stops when the words of the first frame
have come out of it. Prints the medians in milliseconds and their ratio; the budget is 1.5.
"""

from __future__ import annotations

import fcntl
import os
import pty
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUDGET = 1.5
_TIMEOUT_SECONDS = 30
_EMPTY = """
from textual.app import App
from textual.widgets import Static

class Empty(App):
    def compose(self):
        yield Static("FIRST FRAME")

Empty().run()
"""


def first_frame_seconds(command: Sequence[str], marker: bytes, environ: dict[str, str]) -> float:
    """Seconds from starting the command until `marker` is written to its terminal.

    Raises:
        TimeoutError: it never was.
    """
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    started = time.perf_counter()
    process = subprocess.Popen(
        command, stdin=terminal, stdout=terminal, stderr=terminal, env=environ, start_new_session=True
    )
    os.close(terminal)
    written = b""
    try:
        while marker not in written:
            if time.perf_counter() - started > _TIMEOUT_SECONDS:
                raise TimeoutError(f"{command[-1]} wrote {written[-200:]!r}")
            try:
                written = written[-4096:] + os.read(controller, 65536)
            except OSError as error:
                raise TimeoutError(f"the process ended: {written[-500:]!r}") from error
        return time.perf_counter() - started
    finally:
        process.kill()
        process.wait()
        os.close(controller)


def main(runs: int) -> int:
    """Measure in turns, print the medians; returns 1 when the budget is broken."""
    with tempfile.TemporaryDirectory() as home:
        environ = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "PARLEY_HOME": home}
        parley = [sys.executable, str(ROOT / "parley.py"), "--demo"]
        empty = [sys.executable, "-c", _EMPTY]
        times: dict[str, list[float]] = {"empty": [], "parley": []}
        for _ in range(runs + 1):
            times["empty"].append(first_frame_seconds(empty, b"FIRST FRAME", environ))
            times["parley"].append(first_frame_seconds(parley, b"PROVIDERS", environ))
    # The first run of each compiles and reads from a cold disk.
    medians = {name: statistics.median(values[1:]) * 1000 for name, values in times.items()}
    ratio = medians["parley"] / medians["empty"]
    sys.stdout.write(f"empty Textual app  {medians['empty']:6.0f} ms\n")
    sys.stdout.write(f"parley --demo      {medians['parley']:6.0f} ms\n")
    sys.stdout.write(f"ratio              {ratio:6.2f}    (budget {BUDGET})\n")
    return 0 if ratio <= BUDGET else 1


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 9))
