"""The encrypted vault: what goes in comes out, and nothing else is mistaken for it."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tempfile
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.file_lock import LockTaken, locked
from app.keys.errors import KeyStoreError
from app.keys.vault import Cost, Vault
from providers.credentials import Secret
from tests.keys.support import CHEAP, KEY

ROOT = Path(__file__).parents[2]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def vault(path: Path, passphrase: str = "correct horse", cost: Cost = CHEAP) -> Vault:
    return Vault(path, Secret(passphrase), path.with_name("lock"), cost)


def filled(path: Path, content: dict[str, Any] | None = None) -> Path:
    vault(path).change(lambda stored: stored.update(content or {"keys": {"claude": KEY}}))
    return path


@given(content=st.dictionaries(st.text(), JSON, max_size=5), passphrase=st.text(min_size=1).filter(str.strip))
def test_whatever_is_put_in_comes_out_again(content: dict[str, Any], passphrase: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "vault.json")
        vault(path, passphrase).change(lambda stored: stored.update(content))
        assert vault(path, passphrase).read() == content


@given(st.data())
def test_any_flipped_bit_is_noticed_and_the_file_is_left_as_it_is(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = filled(Path(folder, "vault.json"))
        raw = bytearray(path.read_bytes())
        bit = data.draw(st.integers(0, len(raw) * 8 - 1))
        raw[bit // 8] ^= 1 << bit % 8
        path.write_bytes(raw)
        for use in (vault(path).read, lambda: vault(path).change(lambda stored: stored.clear())):
            with pytest.raises(KeyStoreError) as caught:
                use()
            assert str(path) in str(caught.value)
            assert "passphrase" not in str(caught.value)
            assert caught.value.hint
        assert path.read_bytes() == raw


@given(st.data())
def test_a_file_cut_off_anywhere_is_damaged(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = filled(Path(folder, "vault.json"))
        raw = path.read_bytes()
        path.write_bytes(raw[: data.draw(st.integers(0, len(raw) - 2))])
        with pytest.raises(KeyStoreError, match=r"damaged|not a vault"):
            vault(path).read()


@given(st.binary(max_size=200) | JSON.map(json.dumps).map(str.encode))
def test_no_other_file_is_taken_for_a_vault_or_written_over(raw: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "vault.json")
        path.write_bytes(raw)
        with pytest.raises(KeyStoreError):
            vault(path).change(lambda stored: stored.clear())
        assert path.read_bytes() == raw


def test_the_key_is_not_in_the_file_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = filled(tmp_path / "home" / "vault.json")
    assert KEY.encode() not in path.read_bytes()
    assert b"claude" not in path.read_bytes()
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_wrong_passphrase_is_said_and_changes_nothing(tmp_path: Path) -> None:
    path = filled(tmp_path / "vault.json")
    before = path.read_bytes()
    with pytest.raises(KeyStoreError, match="PARLEY_VAULT_PASSPHRASE does not open") as caught:
        vault(path, "wrong horse").change(lambda stored: stored.clear())
    assert "Set the one it was made with" in caught.value.hint
    assert path.read_bytes() == before


def test_without_a_passphrase_it_is_locked(tmp_path: Path) -> None:
    path = filled(tmp_path / "vault.json")
    with pytest.raises(KeyStoreError, match="PARLEY_VAULT_PASSPHRASE is not set"):
        vault(path, "  ").read()


def test_a_header_that_was_tampered_with_does_not_open(tmp_path: Path) -> None:
    """The checksum is no secret: whoever changes the file on purpose can make it fit. The cipher notices."""
    from app.keys.vault import _checksum

    path = filled(tmp_path / "vault.json")
    envelope = json.loads(path.read_text())
    envelope["kdf"]["note"] = "harmless"
    path.write_text(json.dumps({**envelope, "checksum": _checksum(envelope)}))
    with pytest.raises(KeyStoreError, match="does not open"):
        vault(path).read()


@pytest.mark.parametrize(
    "change", [{"n": 2**40}, {"n": 3}, {"n": 0}, {"n": "2"}, {"r": 2**40}, {"p": 2**40}, {"name": "plain"}, {"salt": 1}]
)
def test_a_header_that_asks_for_nonsense_is_damage_and_takes_no_time(tmp_path: Path, change: dict[str, Any]) -> None:
    from app.keys.vault import _checksum

    path = filled(tmp_path / "vault.json")
    envelope = json.loads(path.read_text())
    envelope["kdf"].update(change)
    path.write_text(json.dumps({**envelope, "checksum": _checksum(envelope)}))
    with pytest.raises(KeyStoreError, match="damaged"):
        vault(path).read()


def test_a_vault_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    from app.keys.vault import _checksum

    path = filled(tmp_path / "vault.json")
    envelope = json.loads(path.read_text())
    envelope["version"] = 2
    path.write_text(json.dumps({**envelope, "checksum": _checksum(envelope)}))
    before = path.read_bytes()
    with pytest.raises(KeyStoreError, match="newer Parley") as caught:
        vault(path).change(lambda stored: stored.clear())
    assert caught.value.hint == "Update Parley to read it."
    assert path.read_bytes() == before


def test_what_cannot_be_read_or_written_is_one_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "vault.json"
    folder.mkdir()
    with pytest.raises(KeyStoreError, match="cannot be read: Is a directory"):
        vault(folder).read()
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(KeyStoreError, match="cannot be written"):
        filled(blocked / "vault.json")


def test_each_write_is_encrypted_anew_under_the_same_salt(tmp_path: Path) -> None:
    path = filled(tmp_path / "vault.json")
    first = json.loads(path.read_text())
    vault(path).change(lambda stored: None)
    second = json.loads(path.read_text())
    assert first["kdf"] == second["kdf"]
    assert first["nonce"] != second["nonce"]
    assert filled(tmp_path / "other.json").read_text() != path.read_text()


def test_the_passphrase_is_stretched_once(tmp_path: Path) -> None:
    slow = vault(tmp_path / "vault.json", cost=Cost(n=2**15))
    slow.change(lambda stored: stored.update(a=1))
    started = time.process_time()
    for _ in range(20):
        slow.read()
    repeated = time.process_time() - started
    started = time.process_time()
    vault(tmp_path / "vault.json").read()
    assert repeated < time.process_time() - started


def test_parallel_writers_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "vault.json"

    def write(name: str) -> None:
        own = vault(path)
        for number in range(5):
            own.change(partial(dict.update, **{f"{name}{number}": KEY}))

    writers = [threading.Thread(target=write, args=(name,)) for name in "abc"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(vault(path).read()) == 15


def test_a_vault_that_another_program_holds_is_waited_for_but_not_for_ever(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with locked(lock), pytest.raises(LockTaken), locked(lock, patience_s=0.05):
        pass


def test_a_passphrase_that_is_no_utf8_works(tmp_path: Path) -> None:
    path = tmp_path / "vault.json"
    vault(path, "caf\udce9").change(lambda stored: stored.update(a=1))
    assert vault(path, "caf\udce9").read() == {"a": 1}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of Linux")
def test_too_little_memory_is_one_sentence(tmp_path: Path) -> None:
    script = """
import resource, sys
from pathlib import Path
from app.keys.errors import KeyStoreError
from app.keys.vault import Vault
from providers.credentials import Secret
import cryptography.hazmat.primitives.ciphers.aead, cryptography.hazmat.primitives.kdf.scrypt
taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + 64 * 2**20,) * 2)
home = Path(sys.argv[1])
try:
    Vault(home / "vault.json", Secret("p"), home / "keys.lock").change(lambda content: None)
except KeyStoreError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout == f"There is too little memory to open {tmp_path / 'vault.json'}: 128 MB are needed.\n"
