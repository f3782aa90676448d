"""A desktop of its own for a test: a D-Bus with a real Secret Service (gnome-keyring) and a home that is thrown away.

Nothing in this process takes part: what is to be tried runs in a process on that desktop.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from enum import Enum
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_NEEDED = ("dbus-run-session", "dbus-daemon", "gnome-keyring-daemon")
_MISSING = [name for name in _NEEDED if shutil.which(name) is None]
needs_a_secret_service = pytest.mark.skipif(
    bool(_MISSING), reason=f"{', '.join(_MISSING)} missing: install the packages gnome-keyring and dbus"
)

_DAEMON = "gnome-keyring-daemon {} --components=secrets >/dev/null 2>&1"
_UNLOCK = f"printf test | {_DAEMON.format('--unlock')}"
_START = _DAEMON.format("--start")
_UNANSWERED_S = 2
_SLOW_PROMPTER = """[D-BUS Service]
Name=org.gnome.keyring.SystemPrompter
Exec=/bin/sh -c "echo >>{dialogs}; sleep {seconds}; exit 1"
"""
_BUS = """<busconfig>
  <type>session</type>
  <listen>unix:dir={folder}</listen>
  <servicedir>{folder}</servicedir>
  <policy context="default"><allow send_destination="*"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>
"""


class Keyring(Enum):
    """How the desktop's keyring is doing."""

    UNLOCKED = "unlocked"
    LOCKED = "locked"
    """Nobody can be asked for the password: there is no screen."""
    UNANSWERED = "unanswered"
    """It is locked, and the dialog that asks for the password closes by itself after a while."""
    NEVER_USED = "never used"


class Desktop:
    """Args:
    folder: for the home, which lives as long as the test.
    """

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self._bus = folder / "bus"
        self._runtime = folder / "run"
        for path in (self.home, self._bus, self._runtime):
            path.mkdir(mode=0o700)
        self._has_keyring = False

    @property
    def dialogs_file(self) -> Path:
        """Has a line for each dialog that was opened while the keyring was UNANSWERED."""
        return self._bus / "dialogs"

    @property
    def dialogs(self) -> int:
        """How many dialogs were opened while the keyring was UNANSWERED."""
        return len(self.dialogs_file.read_text().splitlines()) if self.dialogs_file.exists() else 0

    def run(
        self, keyring: Keyring, *command: str, environ: dict[str, str] | None = None, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run a command on the desktop."""
        if keyring is not Keyring.NEVER_USED and not self._has_keyring:
            self._has_keyring = True
            # Makes the collection "login", under the password "test".
            self._session(f"{_UNLOCK}; sleep 0.2", {}, "")
        start = {Keyring.UNLOCKED: _UNLOCK, Keyring.NEVER_USED: "true"}.get(keyring, _START)
        config = ""
        if keyring is Keyring.UNANSWERED:
            prompter = _SLOW_PROMPTER.format(dialogs=self.dialogs_file, seconds=_UNANSWERED_S)
            (self._bus / "prompter.service").write_text(prompter)
            (self._bus / "session.conf").write_text(_BUS.format(folder=self._bus))
            config = str(self._bus / "session.conf")
        return self._session(f"{start}; exec {shlex.join(command)}", environ or {}, stdin, config)

    def python(self, keyring: Keyring, script: str, *arguments: str) -> str:
        """Run a script and return what it printed; anything on stderr is shown when it fails."""
        done = self.run(keyring, sys.executable, "-c", script, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _session(
        self, script: str, environ: dict[str, str], stdin: str, config: str = ""
    ) -> subprocess.CompletedProcess[str]:
        base = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "XDG_DATA_HOME": str(self.home / "data"),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_RUNTIME_DIR": str(self._runtime),
            "LANG": "C.UTF-8",
        }
        return subprocess.run(
            ["dbus-run-session", *([f"--config-file={config}"] if config else []), "--", "sh", "-c", script],
            cwd=ROOT,
            env=base | environ,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
        )


@pytest.fixture
def desktop(tmp_path: Path) -> Desktop:
    return Desktop(tmp_path)
