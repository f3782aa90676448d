"""The key store: vault, keychain and record together."""

from __future__ import annotations

import asyncio
import os
import stat
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.config.paths import Locations
from app.file_lock import locked
from app.keys.contents import Consent, Contents, Entry
from app.keys.errors import KeyStoreError
from app.keys.places import VAULT
from app.keys.record import Record
from app.keys.store import StoredKey
from app.keys.vault import Vault
from app.keys.vault_keys import VaultKeys
from providers.credentials import Secret
from tests.keys.support import CHEAP, KEY, NOON, PASSPHRASE, SECRET, Drawer, Hanging, bytes_below, key_store

ROOT = Path(__file__).parents[2]
HOST = "api.anthropic.com"


async def test_a_key_in_the_vault_comes_back_in_another_process(tmp_path: Path) -> None:
    written = await key_store(tmp_path, PASSPHRASE).write("claude", SECRET, host=HOST)
    assert written == StoredKey("claude", "", "the vault", HOST)
    store = key_store(tmp_path, PASSPHRASE)
    assert store.stored("claude") == written
    assert store.all_stored() == (written,)
    assert (await store.read("claude")).reveal() == KEY


async def test_without_a_passphrase_the_keychain_keeps_it(tmp_path: Path) -> None:
    drawer = Drawer()
    written = await key_store(tmp_path, {}, drawer).write("claude", SECRET, host=HOST)
    assert written == StoredKey("claude", "", "the keychain (KWallet)", HOST)
    assert (await key_store(tmp_path, {}, drawer).read("claude")).reveal() == KEY
    assert list(drawer.items) == [("parley", f"claude in {tmp_path}")]
    assert not (tmp_path / "vault.json").exists()


async def test_two_homes_share_a_keychain_and_not_their_keys(tmp_path: Path) -> None:
    drawer = Drawer()
    one, other = (key_store(tmp_path / name, {}, drawer) for name in ("one", "other"))
    await one.write("claude", SECRET, host=HOST)
    await other.write("claude", Secret("another"), host="proxy.example.com")
    assert (await one.read("claude")).reveal() == KEY
    await other.remove("claude")
    assert (await key_store(tmp_path / "one", {}, drawer).read("claude")).reveal() == KEY


async def test_with_no_safe_place_nothing_is_stored_and_that_is_said(tmp_path: Path) -> None:
    store = key_store(tmp_path, {})
    with pytest.raises(KeyStoreError, match=r"The key of claude is not stored\. There is no keychain here") as caught:
        await store.write("claude", SECRET, host=HOST)
    assert "PARLEY_VAULT_PASSPHRASE" in caught.value.hint
    assert bytes_below(tmp_path) == b""


async def test_an_empty_key_is_not_stored(tmp_path: Path) -> None:
    with pytest.raises(KeyStoreError, match="empty"):
        await key_store(tmp_path, PASSPHRASE).write("claude", Secret(" \n"), host=HOST)


async def test_a_wrong_passphrase_does_not_fall_back_to_the_keychain(tmp_path: Path) -> None:
    await key_store(tmp_path, PASSPHRASE).write("claude", SECRET, host=HOST)
    drawer = Drawer()
    store = key_store(tmp_path, {"PARLEY_VAULT_PASSPHRASE": "wrong"}, drawer)
    with pytest.raises(KeyStoreError, match=r"is not stored\. The passphrase"):
        await store.write("groq", SECRET, host="api.groq.com")
    assert (drawer.items, len(store.all_stored())) == ({}, 1)


async def test_which_keys_there_are_is_known_without_asking_any_place(tmp_path: Path) -> None:
    drawer = Drawer()
    await key_store(tmp_path, {}, drawer).write("claude", SECRET, host=HOST)
    asked = drawer.calls
    store = key_store(tmp_path, {}, drawer)
    assert store.stored("claude") is not None
    assert store.stored("groq") is None
    with pytest.raises(KeyStoreError, match="No key of groq is stored") as caught:
        await store.read("groq")
    assert caught.value.hint == "`parley keys set groq` stores one."
    assert drawer.calls == asked


def test_knowing_what_is_stored_imports_neither_keyring_nor_cryptography(tmp_path: Path) -> None:
    asyncio.run(key_store(tmp_path, PASSPHRASE).write("claude", SECRET, host=HOST))
    script = """
import sys
from pathlib import Path
from app.config.paths import Locations
from app.keys.store import open_key_store
store = open_key_store(Locations.under(Path(sys.argv[1])), {"PARLEY_VAULT_PASSPHRASE": "correct horse"})
assert store.stored("claude") and not store.allows("claude", "the vault", "x")
print(*sorted(name.partition(".")[0] for name in sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert not set(done.stdout.split()) & {"keyring", "cryptography", "secretstorage", "textual", "httpx", "tomlkit"}


async def test_a_key_once_read_is_not_asked_for_again(tmp_path: Path) -> None:
    drawer = Drawer()
    store = key_store(tmp_path, {}, drawer)
    await store.write("claude", SECRET, host=HOST)
    await store.read("claude")
    asked = drawer.calls
    await store.read("claude")
    assert drawer.calls == asked


async def test_a_key_that_another_process_changes_is_read_anew(tmp_path: Path) -> None:
    store = key_store(tmp_path, PASSPHRASE)
    await store.write("claude", SECRET, host=HOST)
    assert (await store.read("claude")).reveal() == KEY
    other = key_store(tmp_path, PASSPHRASE)
    await other.write("claude", Secret("another"), host=HOST)
    assert (await store.read("claude")).reveal() == "another"
    await other.remove("claude")
    with pytest.raises(KeyStoreError, match="No key of claude is stored"):
        await store.read("claude")


async def test_the_vault_comes_first_when_it_can_be_opened_and_the_keychain_is_asked_too(tmp_path: Path) -> None:
    drawer = Drawer()
    await key_store(tmp_path, {}, drawer).write("claude", Secret("in the keychain"), host=HOST)
    await key_store(tmp_path, {}, drawer).write("groq", Secret("for groq"), host="api.groq.com")
    store = key_store(tmp_path, PASSPHRASE, drawer)
    await store.write("claude", Secret("in the vault"), host=HOST)
    assert (await store.read("claude")).reveal() == "in the vault"
    assert (await store.read("groq")).reveal() == "for groq"
    assert (await key_store(tmp_path, {}, drawer).read("claude")).reveal() == "in the keychain"
    places = [key.place for key in store.all_stored() if key.provider == "claude"]
    assert places == ["the keychain (KWallet)", "the vault"]
    removed = await store.remove("claude", "")
    assert len(removed) == 2
    assert list(drawer.items.values()) == ["for groq"]


async def test_a_vault_without_its_passphrase_is_an_error_that_names_it(tmp_path: Path) -> None:
    await key_store(tmp_path, PASSPHRASE).write("claude", SECRET, host=HOST)
    store = key_store(tmp_path, {}, Drawer())
    assert store.stored("claude") is not None
    with pytest.raises(KeyStoreError, match="PARLEY_VAULT_PASSPHRASE is not set"):
        await store.read("claude")


async def test_secret_headers_are_kept_beside_the_key_and_match_in_any_spelling(tmp_path: Path) -> None:
    store = key_store(tmp_path, PASSPHRASE)
    await store.write("work", SECRET, host="llm.example.com")
    await store.write("work", Secret("first"), host="llm.example.com", header="X-Token")
    await store.write("work", Secret("second"), host="llm.example.com", header="x-token")
    assert [key.header for key in store.all_stored()] == ["", "x-token"]
    assert (await store.read("work", "X-TOKEN")).reveal() == "second"
    assert [key.header for key in await store.remove("work", "X-Token")] == ["x-token"]
    assert (await store.read("work")).reveal() == KEY


async def test_remove_empties_every_place_the_record_and_what_was_allowed(tmp_path: Path) -> None:
    drawer = Drawer()
    store = key_store(tmp_path, {}, drawer)
    await store.write("work", SECRET, host="llm.example.com")
    await store.write("work", Secret("token"), host="llm.example.com", header="X-Token")
    await store.write("claude", Secret("other"), host=HOST)
    store.allow("work", "the keychain (KWallet)", "elsewhere.example.com")
    assert len(await store.remove("work")) == 2
    assert list(drawer.items.values()) == ["other"]
    assert [key.provider for key in store.all_stored()] == ["claude"]
    assert not store.allows("work", "the keychain (KWallet)", "elsewhere.example.com")
    assert await store.remove("work") == ()


async def test_remove_says_what_stays_in_a_place_that_cannot_be_reached(tmp_path: Path) -> None:
    drawer, locked = Drawer(), key_store(tmp_path, PASSPHRASE)
    await locked.write("work", SECRET, host="llm.example.com")
    store = key_store(tmp_path, {}, drawer)
    await store.write("work", SECRET, host="llm.example.com")
    with pytest.raises(KeyStoreError, match="The key of work stays in the vault"):
        await store.remove("work")
    assert drawer.items == {}
    assert [key.place for key in store.all_stored()] == ["the vault"]
    assert (await locked.read("work")).reveal() == KEY


async def test_a_key_whose_place_is_lost_can_be_forgotten(tmp_path: Path) -> None:
    await key_store(tmp_path, {}, Drawer()).write("work", SECRET, host="llm.example.com")
    store = key_store(tmp_path, {}, None)
    with pytest.raises(KeyStoreError, match="stays in the keychain"):
        await store.remove("work")
    assert len(await store.forget("work")) == 1
    assert store.all_stored() == ()


async def test_a_vault_that_was_deleted_takes_its_keys_along(tmp_path: Path) -> None:
    store = key_store(tmp_path, PASSPHRASE)
    await store.write("claude", SECRET, host=HOST)
    (tmp_path / "vault.json").unlink()
    with pytest.raises(KeyStoreError, match="no longer in the vault") as caught:
        await store.read("claude")
    assert "parley keys set claude" in caught.value.hint
    assert len(await key_store(tmp_path, {}).remove("claude")) == 1
    assert not (tmp_path / "vault.json").exists()


async def test_a_renamed_provider_keeps_its_keys_and_its_old_name_is_free(tmp_path: Path) -> None:
    drawer = Drawer()
    for environ in ({}, PASSPHRASE):
        home = tmp_path / str(len(environ))
        store = key_store(home, environ, drawer)
        await store.write("old", SECRET, host=HOST)
        store.allow("old", "$X", HOST)
        await store.rename("old", "new")
        assert store.allows("new", "$X", HOST)
        await store.write("old", Secret("another"), host=HOST)
        fresh = key_store(home, environ, drawer)
        assert (await fresh.read("new")).reveal() == KEY
        assert (await fresh.read("old")).reveal() == "another"
        with pytest.raises(KeyStoreError, match="Keys of new are stored already"):
            await store.rename("old", "new")


async def test_confirmations_hold_for_one_place_and_one_host(tmp_path: Path) -> None:
    key_store(tmp_path, {}).allow("work", "$OPENAI_API_KEY", "proxy.example.com")
    store = key_store(tmp_path, {})
    assert store.allows("work", "$OPENAI_API_KEY", "proxy.example.com")
    assert not store.allows("work", "$OPENAI_API_KEY", "other.example.com")
    assert not store.allows("work", "the vault", "proxy.example.com")
    assert not store.allows("home", "$OPENAI_API_KEY", "proxy.example.com")


async def test_status_tells_each_place_in_words(tmp_path: Path) -> None:
    nothing = await key_store(tmp_path, {}).status()
    assert str(nothing.vault) == "vault: not used"
    assert str(nothing.keychain).startswith("keychain: There is no keychain here")
    assert nothing.for_new == ""
    store = key_store(tmp_path, PASSPHRASE, Drawer())
    assert str((await store.status()).vault) == "vault: unlocked, no keys"
    await store.write("claude", SECRET, host=HOST)
    there = await store.status()
    assert (str(there.vault), str(there.keychain)) == ("vault: unlocked, 1 key", "keychain: KWallet, there")
    assert there.for_new == "the vault"
    without = await key_store(tmp_path, {}, Drawer()).status()
    assert str(without.vault) == "vault: locked: PARLEY_VAULT_PASSPHRASE is not set"
    assert without.for_new == "the keychain (KWallet)"
    wrong = await key_store(tmp_path, {"PARLEY_VAULT_PASSPHRASE": "wrong"}, Drawer()).status()
    assert "does not open" in wrong.vault.words
    assert (wrong.vault.is_usable, wrong.for_new) == (False, "")


async def test_a_hanging_keychain_delays_status_and_nothing_else(tmp_path: Path) -> None:
    hanging = Hanging()
    store = key_store(tmp_path, {}, hanging)
    with pytest.raises(KeyStoreError, match="did not answer"):
        await store.write("claude", SECRET, host=HOST)
    assert store.all_stored() == ()
    hanging.answer.set()


# ── the record ────────────────────────────────────────────────────────────────

NAMES = st.text(min_size=1, max_size=12)
ENTRIES = st.builds(Entry, NAMES, st.text(max_size=8), st.sampled_from(["vault", "secret-service"]), NAMES, NAMES)
CONTENTS = st.builds(
    Contents,
    st.lists(ENTRIES, max_size=4).map(tuple),
    st.lists(st.builds(Consent, NAMES, NAMES, NAMES), max_size=3).map(tuple),
)


@given(CONTENTS)
def test_the_record_keeps_any_names(contents: Contents) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "keys.toml")
        Record(path, path.with_name("lock"), lambda: NOON).change(lambda _: contents)
        assert Record(path, path.with_name("lock"), lambda: NOON).read() == contents


@given(CONTENTS, NAMES, st.text(max_size=5), NAMES)
def test_no_two_keys_in_one_place_share_an_account(contents: Contents, provider: str, header: str, plain: str) -> None:
    account = contents.account(provider, header, "vault", plain)
    own = [entry for entry in contents.of(provider, header) if entry.place == "vault"]
    others = {entry.account for entry in contents.entries if entry.place == "vault" and entry not in own}
    assert own or account not in others


async def test_the_record_is_private_toml_without_the_key(tmp_path: Path) -> None:
    await key_store(tmp_path, PASSPHRASE).write("claude", SECRET, host=HOST)
    record = tmp_path / "keys.toml"
    assert tomllib.loads(record.read_text())["keys"] == [
        {"provider": "claude", "header": "", "place": "vault", "account": "claude", "host": HOST}
    ]
    if os.name == "posix":
        assert stat.S_IMODE(record.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "text",
    [
        "not toml",
        'version = 1\n[[keys]]\nprovider = "claude"\n',
        "version = 1\nkeys = 3\n",
        "[[keys]]\n",
        'version = "1"\n',
        "\udcff",
    ],
)
async def test_a_broken_record_is_set_aside_and_said(tmp_path: Path, text: str) -> None:
    record = tmp_path / "keys.toml"
    record.write_bytes(text.encode("utf-8", "surrogateescape"))
    store = key_store(tmp_path, PASSPHRASE)
    assert store.all_stored() == ()
    aside = tmp_path / "keys.toml.damaged-20261121-120000"
    assert aside.read_bytes() == text.encode("utf-8", "surrogateescape")
    assert f"kept as {aside.name}" in store.notice
    await store.write("claude", SECRET, host=HOST)
    assert (await store.status()).notices == (store.notice,)


async def test_keys_in_the_vault_survive_the_loss_of_the_record(tmp_path: Path) -> None:
    await key_store(tmp_path, PASSPHRASE).write("claude", SECRET, host=HOST)
    (tmp_path / "keys.toml").write_text("broken")
    store = key_store(tmp_path, PASSPHRASE, Drawer())
    assert store.stored("claude") is None
    await store.status()
    assert store.stored("claude") == StoredKey("claude", "", "the vault", HOST)
    assert (await store.read("claude")).reveal() == KEY


async def test_a_record_of_a_newer_parley_is_neither_read_nor_written_over(tmp_path: Path) -> None:
    record = tmp_path / "keys.toml"
    record.write_text("version = 2\n")
    drawer = Drawer()
    store = key_store(tmp_path, {}, drawer)
    assert store.all_stored() == ()
    assert "newer Parley" in store.notice
    with pytest.raises(KeyStoreError, match="newer Parley"):
        store.allow("work", "$X", "example.com")
    with pytest.raises(KeyStoreError, match=r"The key of work is not stored\. .* newer Parley"):
        await store.write("work", SECRET, host="example.com")
    assert drawer.items == {}
    assert record.read_text() == "version = 2\n"


def test_an_unreadable_record_is_neither_a_crash_nor_written_over(tmp_path: Path) -> None:
    (tmp_path / "keys.toml").mkdir()
    store = key_store(tmp_path, {})
    assert store.all_stored() == ()
    assert "cannot be read" in store.notice
    with pytest.raises(KeyStoreError, match="cannot be read"):
        store.allow("work", "$X", "example.com")


async def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = key_store(tmp_path / "file", PASSPHRASE)
    with pytest.raises(KeyStoreError, match="cannot be written"):
        await store.write("claude", SECRET, host=HOST)
    with pytest.raises(KeyStoreError, match="cannot be written"):
        store.allow("work", "$X", "example.com")


async def test_two_processes_record_without_losing_each_other(tmp_path: Path) -> None:
    stores = [key_store(tmp_path, PASSPHRASE) for _ in range(3)]
    await asyncio.gather(
        *(
            store.write(f"p{number}-{index}", SECRET, host=HOST)
            for number, store in enumerate(stores)
            for index in range(4)
        )
    )
    store = key_store(tmp_path, PASSPHRASE)
    assert len(store.all_stored()) == 12
    assert (await store.read("p2-3")).reveal() == KEY


async def test_a_planted_key_is_in_no_file_no_error_and_no_repr(tmp_path: Path) -> None:
    store = key_store(tmp_path, PASSPHRASE)
    seen: list[object] = [store, await store.write("claude", SECRET, host=HOST)]
    seen.append(await store.write("claude", SECRET, host=HOST, header="X-Token"))
    seen += [await store.read("claude"), store.all_stored(), await store.status(), vars(store), vars(store._vault)]
    for environ in ({}, {"PARLEY_VAULT_PASSPHRASE": "wrong"}):
        other = key_store(tmp_path, environ)
        for attempt in (other.read("claude"), other.write("groq", SECRET, host="x"), other.remove("claude")):
            try:
                seen.append(await attempt)
            except KeyStoreError as error:
                seen += [error, error.hint, error.__cause__, error.__context__]
    await store.remove("claude", "X-Token")
    assert KEY not in repr(seen)
    assert PASSPHRASE["PARLEY_VAULT_PASSPHRASE"] not in repr(seen)
    assert KEY.encode() not in bytes_below(tmp_path)
    assert Locations.under(tmp_path).key_record.exists()


async def test_a_name_that_no_file_can_hold_is_refused_before_anything_is_stored(tmp_path: Path) -> None:
    """What a shell hands over that is no UTF-8: once in the vault, it kept every list from being made."""
    for environ, backend in ((PASSPHRASE, None), ({}, Drawer())):
        store = key_store(tmp_path, environ, backend)
        with pytest.raises(KeyStoreError, match="not stored"):
            await store.write("n\udcff", SECRET, host=HOST)
        with pytest.raises(KeyStoreError, match="not stored"):
            await store.write("n", SECRET, host=HOST, header="X\udcff")
        with pytest.raises(KeyStoreError):
            store.allow("n\udcff", "$X", HOST)
    assert KEY.encode() not in bytes_below(tmp_path)
    assert not (tmp_path / "vault.json").exists()


async def test_a_vault_with_such_a_name_in_it_still_opens(tmp_path: Path) -> None:
    vault = VaultKeys(Vault(tmp_path / "vault.json", Secret("correct horse"), tmp_path / "keys.lock", CHEAP))
    await vault.write(Entry("n\udcff", "", VAULT, "n\udcff", HOST), SECRET)
    store = key_store(tmp_path, PASSPHRASE)
    await store.write("claude", SECRET, host=HOST)
    assert (await store.status()).notices == ()
    assert [key.provider for key in store.all_stored()] == ["claude"]


@pytest.mark.skipif(os.name != "posix", reason="names of files that are no text")
async def test_a_home_whose_name_is_no_text_keeps_keys_in_the_keychain(tmp_path: Path) -> None:
    home = tmp_path / "h\udcff"
    await key_store(home, {}, drawer := Drawer()).write("claude", SECRET, host=HOST)
    assert (await key_store(home, {}, drawer).read("claude")).reveal() == KEY


async def test_what_another_parley_wrote_meanwhile_is_not_set_aside(tmp_path: Path) -> None:
    """One finds the record broken while the other, which found it so too, is writing a new one."""
    record, lock = tmp_path / "keys.toml", tmp_path / "keys.lock"
    record.write_text("broken")
    store = key_store(tmp_path, PASSPHRASE)
    with locked(lock):
        assert store.all_stored() == ()
        assert "in use" in store.notice
    other = key_store(tmp_path, PASSPHRASE)
    await other.write("claude", SECRET, host=HOST)
    assert [key.provider for key in store.all_stored()] == ["claude"]
    assert store.notice == ""
    assert bytes_below(tmp_path).count(b"broken") == 1


def test_two_broken_records_of_one_second_are_both_kept(tmp_path: Path) -> None:
    record = tmp_path / "keys.toml"
    for text in ("broken", "broken too"):
        record.write_text(text)
        assert key_store(tmp_path, PASSPHRASE).all_stored() == ()
    kept = sorted(tmp_path.glob("keys.toml.damaged-*"))
    assert [path.read_text() for path in kept] == ["broken", "broken too"]


async def test_a_write_that_is_cancelled_is_not_still_under_way_afterwards(tmp_path: Path) -> None:
    """Else what somebody puts back then would be overwritten by what was to be undone."""
    store = key_store(tmp_path, PASSPHRASE)
    with locked(tmp_path / "keys.lock"):
        write = asyncio.create_task(store.write("claude", SECRET, host=HOST))
        await asyncio.sleep(0.05)
        write.cancel()
        await asyncio.sleep(0.05)
        assert not write.done()
    assert (await write).provider == "claude"
    assert (await key_store(tmp_path, PASSPHRASE).read("claude")).reveal() == KEY
