"""Parley in a real terminal: tmux runs it, types into it and reads the screen."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

PARLEY = Path(__file__).parents[2] / "parley.py"
HAS_TMUX = shutil.which("tmux") is not None
_PATIENCE_S = 30


class Terminal:
    """A tmux server of its own with one window.

    Args:
        folder: for the socket and for Parley's home.
    """

    def __init__(self, folder: Path, width: int = 80, height: int = 24) -> None:
        self._socket = folder / "tmux"
        self._home = folder / "home"
        self._size = (str(width), str(height))

    def start(self, *arguments: str) -> None:
        """Run `parley --demo` with these arguments in a new window."""
        self.run("--demo", "--home", str(self._home), *arguments)

    def run(self, *arguments: str, environ: Mapping[str, str] | None = None) -> None:
        """Run `parley` with these arguments in a new window, with these variables beside those it cannot do without."""
        self._open([sys.executable, str(PARLEY), *arguments], environ or {})

    def start_shell(self) -> None:
        """Open a window with a shell, which stays when a command is done."""
        self._open(["sh"], {})

    def run_in_shell(self, *arguments: str) -> None:
        """Run `parley --demo` with these arguments in the shell, which writes "done CODE" below."""
        command = [sys.executable, str(PARLEY), "--demo", "--home", str(self._home), *arguments]
        self.type(f"{shlex.join(command)}; echo done $?", "Enter")

    def _open(self, command: Sequence[str], environ: Mapping[str, str]) -> None:
        everything = {
            **environ,
            "PATH": os.environ["PATH"],
            "HOME": str(self._home.parent),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
        }
        width, height = self._size
        subprocess.run(
            ["tmux", "-f", "/dev/null", "-S", str(self._socket), "new-session", "-d", "-x", width, "-y", height,
             "env", "-i", *(f"{name}={value}" for name, value in everything.items()), "TERM=screen-256color", *command],
            check=True,
        )  # fmt: skip

    def type(self, *keys: str) -> None:
        """Press keys, by tmux's names; longer texts are typed letter by letter."""
        self._tmux("send-keys", *keys)

    def resize(self, width: int, height: int) -> None:
        self._tmux("resize-window", "-x", str(width), "-y", str(height))

    @property
    def screen(self) -> str:
        return self._tmux("capture-pane", "-p")

    @property
    def colored_screen(self) -> str:
        """The screen with the sequences that colour it."""
        return self._tmux("capture-pane", "-p", "-e")

    @property
    def is_running(self) -> bool:
        return subprocess.run(["tmux", "-S", str(self._socket), "has-session"], capture_output=True).returncode == 0

    def wait_for(self, *texts: str) -> str:
        """The screen, as soon as it shows all of these. Raises: AssertionError with the last screen."""
        return self._wait(lambda screen: all(text in screen for text in texts), f"no {texts}")

    def wait_without(self, text: str) -> str:
        """The screen, as soon as this is gone from it."""
        return self._wait(lambda screen: text not in screen, f"still {text!r}")

    def wait_until_over(self) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        while self.is_running:
            assert time.monotonic() < deadline, f"still running:\n{self.screen}"
            time.sleep(0.05)

    def stop(self) -> None:
        subprocess.run(["tmux", "-S", str(self._socket), "kill-server"], capture_output=True)

    def _wait(self, is_met: object, complaint: str) -> str:
        assert callable(is_met)
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            screen = self.screen
            if is_met(screen):
                return screen
            assert time.monotonic() < deadline, f"{complaint} on:\n{screen}"
            time.sleep(0.05)

    def _tmux(self, *arguments: str) -> str:
        return subprocess.run(
            ["tmux", "-S", str(self._socket), *arguments], check=True, capture_output=True, text=True
        ).stdout
