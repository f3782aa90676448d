"""With a real keychain that is locked: starting opens no dialog and sends nothing, asking for it does."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cli.household import KEY, QUIET, locked_house
from tests.keys.desktop import ROOT, Desktop, Keyring, needs_a_secret_service
from tests.keys.desktop import desktop as desktop
from tests.providers.recording import RecordingServer

pytestmark = needs_a_secret_service

APP = """
import asyncio, json, os, sys, time
from pathlib import Path
from app.app import ParleyApp
from app.config.paths import Locations
from app.session.opening import session_for
from tests.app.shell import Shell

dialogs_file = Path(sys.argv[2])

def dialogs():
    return len(dialogs_file.read_text().splitlines()) if dialogs_file.exists() else 0

async def main():
    session = session_for(Locations.under(Path(sys.argv[1])), os.environ)
    app = ParleyApp(session)
    async with app.run_test(size=(120, 40)) as pilot:
        shell = Shell(app, pilot, session)
        lamp = lambda: session.connections.roster.connection("work")
        await shell.until(lambda: "key locked" in shell.shown())
        # Whoever wanted to open a dialog has had the time.
        await asyncio.sleep(1)
        told = {"at_start": [lamp().word, dialogs()], "hint": lamp().error.hint}
        shell.chat.sidebar.providers.focus()
        await shell.press("home", "t")
        await shell.until(dialogs)
        await shell.until(lambda: lamp().word != "connecting")
        told["asked"] = [lamp().word, dialogs()]
    await session.close()
    print(json.dumps(told))

asyncio.run(main())
"""


@pytest.fixture
def server() -> Iterator[RecordingServer]:
    with RecordingServer(locked_house) as house:
        yield house


@pytest.fixture
def stored(desktop: Desktop, server: RecordingServer) -> Desktop:
    """A desktop whose keychain holds the key of a provider."""
    home = desktop.home / "parley"
    home.mkdir()
    table = f'[providers.work]\ntype = "openai-compat"\nbase_url = "{server.url}"\nmodel = "house-small"\n'
    (home / "config.toml").write_text(QUIET + table)
    done = desktop.run(Keyring.UNLOCKED, *parley(desktop, "keys", "set", "work"), stdin=KEY)
    assert done.returncode == 0, done.stderr
    return desktop


def parley(desktop: Desktop, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, str(ROOT / "parley.py"), "--home", str(desktop.home / "parley"), *arguments)


def test_the_app_starts_without_a_dialog_and_t_opens_one(stored: Desktop, server: RecordingServer) -> None:
    arguments = (str(stored.home / "parley"), str(stored.dialogs_file))
    told: dict[str, Any] = json.loads(stored.python(Keyring.UNANSWERED, APP, *arguments))
    assert told["at_start"] == ["key locked", 0]
    assert "Test the provider to unlock it" in told["hint"]
    # The dialog closed without an answer, and no other one was opened.
    assert told["asked"] == ["key locked", 1]
    assert server.requests == []


@pytest.mark.parametrize("words", [("providers", "list"), ("providers", "show", "work"), ("keys", "list"), ("models",)])
def test_looking_opens_no_dialog(stored: Desktop, server: RecordingServer, words: tuple[str, ...]) -> None:
    done = stored.run(Keyring.UNANSWERED, *parley(stored, *words))
    assert done.returncode == 0, done.stderr
    assert "work" in done.stdout
    assert stored.dialogs == 0
    assert server.requests == []


@pytest.mark.parametrize("words", [("providers", "test", "work"), ("ask", "-m", "work", "Hello")])
def test_a_command_that_needs_the_key_asks_once_and_sends_nothing_without(
    stored: Desktop, server: RecordingServer, words: tuple[str, ...]
) -> None:
    done = stored.run(Keyring.UNANSWERED, *parley(stored, *words))
    assert done.returncode == 1
    assert "The keychain (Secret Service) is locked." in done.stderr
    assert stored.dialogs == 1
    assert server.requests == []


def test_once_it_is_unlocked_the_key_is_sent(stored: Desktop, server: RecordingServer) -> None:
    done = stored.run(Keyring.UNLOCKED, *parley(stored, "ask", "-m", "work", "Hello"))
    assert (done.returncode, done.stdout) == (0, "Hello.\n")
    assert server.requests[-1].headers["authorization"] == f"Bearer {KEY}"
