"""The keychain of the operating system, when it behaves and when it does not. A real one is in test_desktop."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from app.keys.backends import KNOWN, NoKeychain, resolve
from app.keys.errors import KeyStoreError
from app.keys.keychain import Patience
from providers.credentials import Secret
from tests.keys.support import HASTE, KEY, SECRET, Drawer, Hanging, Refusing, keychain

ROOT = Path(__file__).parents[2]


class KeyringLocked(Exception):
    """Called like the exception of `keyring` that says so."""


async def test_what_is_written_is_read_back_and_removed() -> None:
    drawer = Drawer()
    chain = keychain(drawer)
    assert await chain.write("claude", SECRET) == "kwallet"
    read = await chain.read("kwallet", "claude")
    assert read is not None
    assert read.reveal() == KEY
    assert drawer.items == {("parley", "claude"): KEY}
    await chain.remove("kwallet", "claude")
    await chain.remove("kwallet", "claude")
    assert drawer.items == {}
    assert await chain.read("kwallet", "claude") is None


async def test_a_keychain_that_hangs_is_given_up_and_asked_no_second_time() -> None:
    hanging = Hanging()
    chain = keychain(hanging)
    started = time.monotonic()
    with pytest.raises(KeyStoreError, match=r"The keychain \(KWallet\) did not answer within 0.2 seconds") as caught:
        await chain.read("kwallet", "claude")
    assert "PARLEY_VAULT_PASSPHRASE" in caught.value.hint
    with pytest.raises(KeyStoreError, match="did not answer"):
        await chain.read("kwallet", "claude")
    assert time.monotonic() - started < 5
    assert hanging.calls == 1
    chain.ask_again()
    with pytest.raises(KeyStoreError, match="did not answer"):
        await chain.read("kwallet", "claude")
    assert hanging.calls == 2
    hanging.answer.set()


async def test_requests_that_waited_behind_one_that_hung_ask_nothing_later() -> None:
    hanging = Hanging()
    chain = keychain(hanging)
    outcomes = await asyncio.gather(*(chain.read("kwallet", name) for name in "abc"), return_exceptions=True)
    assert all("did not answer" in str(outcome) for outcome in outcomes)
    waiting = [thread for thread in threading.enumerate() if thread.name == "parley-keychain"]
    assert len(waiting) >= 3
    hanging.answer.set()
    for thread in waiting:
        thread.join(10)
    assert hanging.calls == 1


async def test_a_dialog_answered_late_helps_the_next_request() -> None:
    hanging = Hanging()
    hanging.items["parley", "claude"] = KEY
    chain = keychain(hanging)
    with pytest.raises(KeyStoreError, match="did not answer"):
        await chain.read("kwallet", "claude")
    hanging.answer.set()
    async with asyncio.timeout(10):
        while True:
            try:
                read = await chain.read("kwallet", "claude")
            except KeyStoreError:
                await asyncio.sleep(0.01)
            else:
                break
    assert read is not None
    assert read.reveal() == KEY


async def test_a_key_that_nobody_waits_for_any_more_is_not_stored() -> None:
    hanging = Hanging()
    chain = keychain(hanging)
    with pytest.raises(KeyStoreError, match=r"did not answer within 0\.3 seconds"):
        await chain.write("claude", SECRET)
    hanging.answer.set()
    # Only the end of the call that hung lets a read come through again.
    async with asyncio.timeout(10):
        while True:
            try:
                assert await chain.read("kwallet", "claude") is None
            except KeyStoreError:
                await asyncio.sleep(0.01)
            else:
                break
    assert hanging.items == {}


async def test_a_locked_keychain_is_said_and_not_asked_again_by_itself() -> None:
    locked = Refusing(KeyringLocked("Failed to unlock the collection!"))
    chain = keychain(locked)
    for _ in range(2):
        with pytest.raises(KeyStoreError, match=r"The keychain \(KWallet\) is locked\.") as caught:
            await chain.read("kwallet", "claude")
        assert caught.value.hint.startswith("Unlock it")
    assert locked.calls == 1
    chain.ask_again()
    with pytest.raises(KeyStoreError, match="is locked"):
        await chain.read("kwallet", "claude")
    assert locked.calls == 2


async def test_what_a_keychain_says_is_one_line_without_the_key() -> None:
    chain = keychain(Refusing(RuntimeError(f"no\x1b[2J room\nfor {KEY}")))
    with pytest.raises(KeyStoreError) as caught:
        await chain.write("claude", SECRET)
    assert str(caught.value) == "The keychain (KWallet) refused: no[2J room for [key]."
    assert KEY not in repr((caught.value, caught.value.__cause__, caught.value.hint))


async def test_a_machine_without_a_keychain_is_said_with_the_way_out() -> None:
    chain = keychain(None)
    with pytest.raises(KeyStoreError, match=r"There is no keychain here: nothing answers\.") as caught:
        await chain.write("claude", SECRET)
    assert "PARLEY_VAULT_PASSPHRASE" in caught.value.hint
    status, place = await chain.status()
    assert (status.is_usable, place) == (False, "")
    assert str(status) == "keychain: There is no keychain here: nothing answers"


async def test_a_keychain_that_forgets_is_found_out_when_a_key_is_saved() -> None:
    class Forgetful(Drawer):
        def get_password(self, service: str, username: str) -> str | None:
            found = super().get_password(service, username)
            return found and found[:-1]

    forgetful = Forgetful()
    with pytest.raises(KeyStoreError, match="did not give back what was stored in it, so nothing was stored"):
        await keychain(forgetful).write("claude", SECRET)
    assert forgetful.items == {}


async def test_a_failed_proof_puts_the_former_key_back() -> None:
    class Stubborn(Drawer):
        """Says for ever what it said first."""

        def get_password(self, service: str, username: str) -> str | None:
            return "former"

    stubborn = Stubborn()
    with pytest.raises(KeyStoreError, match="nothing was stored"):
        await keychain(stubborn).write("claude", SECRET)
    assert stubborn.items == {("parley", "claude"): "former"}


async def test_its_state_is_told_without_opening_it() -> None:
    drawer = Drawer()
    status, place = await keychain(drawer).status()
    assert (str(status), place) == ("keychain: KWallet, there", "kwallet")
    assert drawer.calls == 0


async def test_requests_come_through_one_at_a_time() -> None:
    class Counting(Drawer):
        inside = 0
        most = 0

        def get_password(self, service: str, username: str) -> str | None:
            self.inside += 1
            self.most = max(self.most, self.inside)
            time.sleep(0.01)
            self.inside -= 1
            return KEY

    counting = Counting()
    chain = keychain(counting, Patience(read_s=10))
    await asyncio.gather(*(chain.read("kwallet", name) for name in "abcde"))
    assert counting.most == 1


def test_a_call_that_hangs_keeps_nobody_from_leaving(tmp_path: Path) -> None:
    script = """
import asyncio, sys
from tests.keys.support import Hanging, keychain
try:
    asyncio.run(keychain(Hanging()).read("kwallet", "claude"))
except Exception as error:
    print(error)
"""
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=25)
    assert "did not answer" in done.stdout
    assert (done.returncode, done.stderr) == (0, "")
    assert time.monotonic() - started < 20


# ── which keychains are asked ─────────────────────────────────────────────────

PLANTED_BACKEND = """
from keyring.backend import KeyringBackend
print("the planted backend was imported")
class PlaintextKeyring(KeyringBackend):
    priority = 1000
    def get_password(self, service, username): return None
    def set_password(self, service, username, password): print("stored in plain text")
    def delete_password(self, service, username): pass
"""


def test_a_backend_that_somebody_registered_or_configured_is_never_taken(tmp_path: Path) -> None:
    """As keyrings.alt does: it registers itself, has a high priority, and stores plain text."""
    package = tmp_path / "site" / "keyrings" / "alt"
    package.mkdir(parents=True)
    (package / "file.py").write_text(PLANTED_BACKEND)
    info = tmp_path / "site" / "keyrings_alt-5.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: keyrings.alt\nVersion: 5.0\n")
    (info / "entry_points.txt").write_text("[keyring.backends]\nfile = keyrings.alt.file\n")
    config = tmp_path / "config" / "python_keyring"
    config.mkdir(parents=True)
    (config / "keyringrc.cfg").write_text("[backend]\ndefault-keyring=keyrings.alt.file.PlaintextKeyring\n")
    script = """
import sys
import keyring
from app.keys.backends import KNOWN, NoKeychain, resolve
for platform in ("linux", "darwin", "win32", "plan9"):
    for wanted in ("", *KNOWN, "keyrings.alt.file"):
        try:
            known, backend = resolve(platform, wanted)
        except NoKeychain as error:
            print(platform, wanted, "none")
        else:
            assert type(backend).__module__ in {each.module for each in KNOWN.values()}, backend
            print(platform, wanted, known.id)
assert "keyrings.alt.file" not in sys.modules
print("what keyring itself would take:", type(keyring.get_keyring()).__name__)
"""
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(tmp_path / "site"),
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "PYTHON_KEYRING_BACKEND": "keyrings.alt.file.PlaintextKeyring",
    }
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    *ours, planted, theirs = done.stdout.splitlines()
    assert len(ours) == 4 * 6
    assert all(line.endswith("none") for line in ours)
    assert planted == "the planted backend was imported"
    assert theirs.endswith("PlaintextKeyring")


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_every_platform_has_a_known_keychain_whose_class_exists_in_keyring(platform: str) -> None:
    from importlib import import_module

    known = [each for each in KNOWN.values() if platform.startswith(each.platforms)]
    assert known
    for each in known:
        assert callable(getattr(import_module(each.module), each.name).get_password)


def test_a_bus_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus")
    with pytest.raises(NoKeychain, match="No such file or directory"):
        resolve("linux")
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS")
    with pytest.raises(NoKeychain, match="DBUS_SESSION_BUS_ADDRESS is unset"):
        resolve("linux")


def test_patience_grows_with_what_a_person_has_to_do() -> None:
    patience = Patience()
    assert patience.probe_s < patience.read_s <= patience.write_s
    assert HASTE.probe_s < patience.probe_s


def test_a_secret_shows_nothing() -> None:
    assert KEY not in repr((SECRET, Secret(KEY), keychain(Drawer())))
