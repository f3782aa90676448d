"""What is said about the places where keys are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from app.config.paths import Locations
from app.doctor.findings import Finding, Verdict
from app.doctor.keys import key_store
from app.keys.keychain import Keychain
from app.keys.store import open_key_store
from tests.doctor.reading import bad, saying
from tests.keys.support import CHEAP, KEY, PASSPHRASE, SECRET, Drawer, Hanging, keychain


async def told(home: Path, backend: Keychain, environ: Mapping[str, str] | None = None) -> list[Finding]:
    store = open_key_store(Locations.under(home), environ or {}, keychain=backend, cost=CHEAP)
    return [finding async for finding in key_store(store)]


async def test_without_any_place_it_is_said_what_opens_one(tmp_path: Path) -> None:
    findings = await told(tmp_path, keychain(None))
    assert not bad(findings), "keys in the environment do"
    finding = saying(findings, "no safe place for a new key")
    assert finding.verdict is Verdict.NOTE
    assert "PARLEY_VAULT_PASSPHRASE" in finding.advice


async def test_a_vault_that_opens_is_fine(tmp_path: Path) -> None:
    store = open_key_store(Locations.under(tmp_path), PASSPHRASE, keychain=keychain(None), cost=CHEAP)
    await store.write("claude", SECRET, host="api.anthropic.com")
    findings = await told(tmp_path, keychain(None), PASSPHRASE)
    assert not bad(findings)
    assert "keys of claude" in saying(findings, "Vault:").what
    saying(findings, "A new key goes into the vault.")
    assert KEY not in str(findings)


async def test_a_vault_with_keys_that_does_not_open_is_a_problem(tmp_path: Path) -> None:
    store = open_key_store(Locations.under(tmp_path), PASSPHRASE, keychain=keychain(None), cost=CHEAP)
    await store.write("claude", SECRET, host="api.anthropic.com")
    for environ in ({}, {"PARLEY_VAULT_PASSPHRASE": "wrong"}):
        finding = saying(await told(tmp_path, keychain(Drawer()), environ), "Vault:")
        assert finding.verdict is Verdict.PROBLEM
        assert finding.advice


async def test_a_keychain_is_enough(tmp_path: Path) -> None:
    findings = await told(tmp_path, keychain(Drawer()))
    assert not bad(findings)
    saying(findings, "A new key goes into the keychain (KWallet).")


async def test_a_keychain_that_hangs_does_not_hang_the_doctor(tmp_path: Path) -> None:
    drawer = Hanging()
    try:
        findings = await told(tmp_path, keychain(drawer))
    finally:
        drawer.answer.set()
    saying(findings, "Keychain:")
