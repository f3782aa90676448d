"""The key store on a desktop with a real Secret Service: unlocked, locked, unanswered, absent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from app.keys.store import StoredKey
from tests.keys.desktop import ROOT, Desktop, Keyring, needs_a_secret_service
from tests.keys.desktop import desktop as desktop
from tests.keys.support import KEY, bytes_below

pytestmark = needs_a_secret_service

SCRIPT = """
import asyncio, json, sys, time
from pathlib import Path
from app.config.paths import Locations
from app.keys.backends import resolve
from app.keys.keychain import Keychain, Patience
from app.keys.store import KeyStoreError, open_key_store
from functools import partial
from providers.credentials import Secret

key = sys.argv[2]
chain = Keychain(partial(resolve, sys.platform), Patience(probe_s=10, read_s=float(sys.argv[3]), write_s=10))
store = open_key_store(Locations.under(Path(sys.argv[1])), {}, keychain=chain)
outcomes = []

def tell(outcome):
    outcomes.append({"outcome": outcome, "seconds": time.monotonic() - started})

async def tried(work):
    global started
    started = time.monotonic()
    try:
        tell(str(await work))
    except KeyStoreError as error:
        tell(f"{error} | {error.hint}")

async def main():
    global started
    for step in sys.argv[4:]:
        match step:
            case "write":
                await tried(store.write("claude", Secret(key), host="api.anthropic.com"))
            case "read":
                started = time.monotonic()
                try:
                    secret = await store.read("claude")
                    tell("right" if secret.reveal() == key else "wrong")
                except KeyStoreError as error:
                    tell(f"{error} | {error.hint}")
            case "remove":
                await tried(store.remove("claude"))
            case "status":
                started = time.monotonic()
                tell(str((await store.status()).keychain))
            case "retry":
                store.ask_again()
            case wait:
                await asyncio.sleep(float(wait))
    print(json.dumps(outcomes))

asyncio.run(main())
"""


def outcomes(desktop: Desktop, keyring: Keyring, *steps: str, read_s: float = 10) -> list[dict[str, Any]]:
    told = desktop.python(keyring, SCRIPT, str(desktop.home / "parley"), KEY, str(read_s), *steps)
    assert KEY not in told
    found: list[dict[str, Any]] = json.loads(told)
    return found


def words(told: list[dict[str, Any]]) -> list[str]:
    return [each["outcome"] for each in told]


STORED = str(StoredKey("claude", "", "the keychain (Secret Service)", "api.anthropic.com"))


def test_an_unlocked_keyring_keeps_a_key_from_one_session_to_the_next(desktop: Desktop) -> None:
    first = words(outcomes(desktop, Keyring.UNLOCKED, "status", "write", "read"))
    assert first == ["keychain: Secret Service, unlocked", STORED, "right"]
    assert KEY.encode() not in bytes_below(desktop.home)
    second = words(outcomes(desktop, Keyring.UNLOCKED, "read", "remove", "read"))
    assert second == ["right", f"({STORED},)", "No key of claude is stored. | `parley keys set claude` stores one."]


def test_a_key_deleted_by_hand_is_said(desktop: Desktop) -> None:
    outcomes(desktop, Keyring.UNLOCKED, "write")
    desktop.python(
        Keyring.UNLOCKED,
        "import keyring.backends.SecretService as s, sys; s.Keyring().delete_password('parley', sys.argv[1])",
        f"claude in {desktop.home / 'parley'}",
    )
    told = words(outcomes(desktop, Keyring.UNLOCKED, "read", "remove"))
    assert told[0].startswith("The key of claude is no longer in the keychain (Secret Service).")
    assert told[1] == f"({STORED},)"


def test_a_locked_keyring_is_one_sentence_and_loses_nothing(desktop: Desktop) -> None:
    outcomes(desktop, Keyring.UNLOCKED, "write")
    told = outcomes(desktop, Keyring.LOCKED, "status", "read", "read", "write", "remove")
    status, read, again, write, remove = words(told)
    assert status == "keychain: Secret Service, locked"
    assert read.startswith("The keychain (Secret Service) is locked. | Unlock it and try again")
    assert again == read
    assert write.startswith("The key of claude is not stored. The keychain (Secret Service) is locked.")
    assert "The key of claude stays in the keychain (Secret Service)." in remove
    assert all(each["seconds"] < 10 for each in told)
    assert words(outcomes(desktop, Keyring.UNLOCKED, "read")) == ["right"]


def test_a_dialog_that_nobody_answers_ends_in_time_and_is_not_opened_twice(desktop: Desktop) -> None:
    outcomes(desktop, Keyring.UNLOCKED, "write")
    told = outcomes(desktop, Keyring.UNANSWERED, "status", "read", "read", "status", read_s=0.5)
    status, read, again, later = words(told)
    assert status == later == "keychain: Secret Service, locked"
    assert read.startswith("The keychain (Secret Service) did not answer within 0.5 seconds. | If it shows a dialog")
    assert again == read
    assert 0.4 < told[1]["seconds"] < 3
    assert told[2]["seconds"] < 0.4


def test_a_dialog_that_was_closed_is_not_opened_again_until_asked(desktop: Desktop) -> None:
    outcomes(desktop, Keyring.UNLOCKED, "write")
    told = outcomes(desktop, Keyring.UNANSWERED, "read", "read", "retry", "read", read_s=30)
    assert [each["outcome"].partition(" | ")[0] for each in told] == ["The keychain (Secret Service) is locked."] * 3
    opened = [each["seconds"] > 1 for each in told]
    assert opened == [True, False, True]


def test_a_keyring_that_was_never_used_is_one_sentence(desktop: Desktop) -> None:
    status, write = words(outcomes(desktop, Keyring.NEVER_USED, "status", "write"))
    assert status == "keychain: Secret Service, has no keyring yet"
    assert "could not be opened" in write
    assert "PARLEY_VAULT_PASSPHRASE" in write


def test_without_a_bus_there_is_no_keychain(tmp_path: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path), KEY, "10", "status", "write"],
        cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    status, write = words(json.loads(done.stdout))
    reason = "There is no keychain here: Environment variable DBUS_SESSION_BUS_ADDRESS is unset"
    assert status == f"keychain: {reason}"
    assert write.startswith(f"The key of claude is not stored. {reason}. | Set PARLEY_VAULT_PASSPHRASE")


def test_looking_at_the_keychain_creates_nothing(desktop: Desktop) -> None:
    outcomes(desktop, Keyring.UNLOCKED, "status")
    assert not (desktop.home / "parley").exists()
