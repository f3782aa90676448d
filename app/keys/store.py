"""Where keys are kept: the encrypted vault when there is a passphrase, else the keychain of the operating system.

Never in plain text. Which keys there are is known from the record alone; a vault is opened and a keychain asked only
when a key is read, written or removed.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from app.keys.contents import Consent, Contents, Entry
from app.keys.errors import KeyStoreError
from app.keys.places import PASSPHRASE, VAULT, KeyPlaces, PlaceStatus, place_words
from app.keys.record import Record
from app.text import can_be_written
from app.threads import finished_in_thread
from providers.credentials import Secret

if TYPE_CHECKING:
    from app.config.paths import Locations
    from app.keys.keychain import Keychain
    from app.keys.vault import Cost
    from app.keys.vault_keys import VaultKeys

__all__ = ["KeyPlaces", "KeyStore", "KeyStoreError", "PlaceStatus", "StoredKey", "open_key_store"]


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key that is stored, without the key.

    Attributes:
        header: the name of a secret header; "" for the API key.
        place: in words: "the vault", "the keychain (Secret Service)".
        host: the host it was given for; "" when that was not known.
        problem: a clause, when it is known that it cannot be read now; "" usually.
    """

    provider: str
    header: str
    place: str
    host: str
    problem: str = ""


def open_key_store(
    locations: Locations,
    environ: Mapping[str, str],
    *,
    keychain: Keychain | None = None,
    cost: Cost | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> KeyStore:
    """The key store of a home. Does no I/O yet.

    Args:
        environ: `PARLEY_VAULT_PASSPHRASE` is read from it.
        keychain: the one of this desktop when None.
        cost: of a vault that is made new; the usual one when None.
        now: names a record that is set aside.
    """
    lock_file = locations.vault.with_name("keys.lock")
    passphrase = Secret(environ.get(PASSPHRASE, ""))

    def vault() -> VaultKeys:
        from app.keys.vault import Cost, Vault
        from app.keys.vault_keys import VaultKeys

        return VaultKeys(Vault(locations.vault, passphrase, lock_file, cost or Cost()))

    return KeyStore(
        Record(locations.key_record, lock_file, now),
        vault,
        (lambda: keychain) if keychain is not None else _keychain_of_this_desktop,
        prefers_vault=bool(passphrase),
        home=locations.vault.parent,
    )


def _keychain_of_this_desktop() -> Keychain:
    from app.keys.backends import resolve
    from app.keys.keychain import Keychain

    return Keychain(partial(resolve, sys.platform))


class KeyStore:
    """The keys of one home; made by `open_key_store`.

    A secret that was read is kept for as long as this object lives, until another Parley changes what is stored.
    """

    def __init__(
        self,
        record: Record,
        vault: Callable[[], VaultKeys],
        keychain: Callable[[], Keychain],
        *,
        prefers_vault: bool,
        home: Path,
    ) -> None:
        self._record = record
        self._make_vault = vault
        self._make_keychain = keychain
        self._prefers_vault = prefers_vault
        self._home = home
        self._secrets: dict[tuple[str, str], Secret] = {}
        self._secrets_generation = 0

    @cached_property
    def _vault(self) -> VaultKeys:
        return self._make_vault()

    @cached_property
    def _keychain(self) -> Keychain:
        return self._make_keychain()

    # ── from the record alone ─────────────────────────────────────────────────

    @property
    def notice(self) -> str:
        """One sentence about the record, when something is wrong with it; "" usually."""
        self._record.read()
        return self._record.notice

    def stored(self, provider: str, header: str = "") -> StoredKey | None:
        """The key that `read` would give; None when there is none. Header names match in any spelling."""
        entry = self._entry(provider, header)
        return self._stored_key(entry) if entry else None

    def all_stored(self) -> tuple[StoredKey, ...]:
        """Every key in every place, also one that is hidden by the same key in another place."""
        return tuple(self._stored_key(entry) for entry in self._record.read().entries)

    def allows(self, provider: str, place: str, host: str) -> bool:
        """Whether the user confirmed that a provider's key from a place (in words) may go to a host."""
        return Consent(provider, place, host) in self._record.read().consents

    def allow(self, provider: str, place: str, host: str) -> None:
        """Record such a confirmation. Raises: KeyStoreError."""
        self._record.change(lambda before: before.with_consent(Consent(provider, place, host)))

    # ── with the places ───────────────────────────────────────────────────────

    async def read(self, provider: str, header: str = "", *, may_ask: bool = True) -> Secret:
        """A stored key.

        Args:
            may_ask: whether the keychain may open a dialog that unlocks it; without, a locked one is an error.
        Raises: KeyStoreError: there is none, or it cannot be had now.
        """
        entry = self._entry(provider, header)
        if entry is None:
            raise KeyStoreError(
                f"No {_what(provider, header)} is stored.", f"`{_command('set', provider, header)}` stores one."
            )
        if self._secrets_generation != self._record.generation:
            self._forget_secrets()
            self._secrets_generation = self._record.generation
        # Whoever changes a key puts a new table here, so that what is being read now cannot hide the change.
        known, name = self._secrets, (provider, header.lower())
        if name not in known:
            secret = await self._fetch(entry, may_ask=may_ask)
            if not secret:
                raise KeyStoreError(
                    f"The {_what(provider, header)} is no longer in {place_words(entry.place)}.",
                    f"`{_command('set', provider, header)}` stores it again.",
                )
            known[name] = secret
        return known[name]

    async def write(self, provider: str, secret: Secret, *, host: str, header: str = "") -> StoredKey:
        """Store a key: in the vault when there is a passphrase, else in the keychain, else nowhere.

        Whoever is cancelled meanwhile finds it stored, or nothing changed; never a write that is still under way.

        Args:
            host: the only one it goes to without a confirmation; "" when it is not known yet.
        Raises: KeyStoreError: it is not stored.
        """
        if not secret:
            raise KeyStoreError("An empty key is not stored.")
        plain, contents = _plain_account(provider, header), self._record.read()
        if not can_be_written(plain + host):
            raise KeyStoreError("The key is not stored. Its name holds half a character.", "Use another name.")
        try:
            # A key that cannot be recorded would be stored and never found again.
            await finished_in_thread(self._record.change, lambda before: before)
            if self._prefers_vault:
                account = contents.account(provider, header, VAULT, plain)
                entry = Entry(provider, header, VAULT, account, host)
                await self._vault.write(entry, secret)
            else:
                # Another home may have a provider of the same name, and has the same keychain.
                home = str(self._home).encode("utf-8", "backslashreplace").decode("utf-8")
                account = contents.account(provider, header, "", f"{plain} in {home}")
                entry = Entry(provider, header, await self._keychain.write(account, secret), account, host)
        except KeyStoreError as error:
            raise KeyStoreError(f"The {_what(provider, header)} is not stored. {error}", error.hint) from error
        try:
            await finished_in_thread(self._record.change, lambda before: before.with_entry(entry), is_news=True)
        except KeyStoreError as error:
            raise KeyStoreError(
                f"{error} Without it Parley will not find what it put into {place_words(entry.place)}.", error.hint
            ) from error
        self._forget_secrets()
        return self._stored_key(entry)

    async def remove(self, provider: str, header: str | None = None) -> tuple[StoredKey, ...]:
        """Remove a key from every place it is in, and from the record.

        Args:
            header: "" for the API key; None for that, all secret headers, and what was allowed for the provider.
        Returns: what was there.
        Raises: KeyStoreError: a place cannot be reached, and keeps what is in it. The others are emptied.
        """
        removed: list[StoredKey] = []
        failure: KeyStoreError | None = None
        for entry in self._record.read().of(provider, header):
            try:
                if entry.place == VAULT:
                    await self._vault.remove(entry.account)
                else:
                    await self._keychain.remove(entry.place, entry.account)
            except KeyStoreError as error:
                what = f"{_what(entry.provider, entry.header)} stays in {place_words(entry.place)}"
                failure = KeyStoreError(f"{error} The {what}.", error.hint)
            else:
                await self._strike(entry)
                removed.append(self._stored_key(entry))
        self._forget_secrets()
        if failure is not None:
            raise failure
        if header is None:
            await self._change(lambda before: before.without_consents(provider))
        return tuple(removed)

    async def forget(self, provider: str, header: str | None = None) -> tuple[StoredKey, ...]:
        """Strike a key from the record only, for a place that cannot be reached any more: it stays there.

        Args:
            header: as in `remove`.
        Returns: what was known. Raises: KeyStoreError.
        """
        entries = self._record.read().of(provider, header)
        await self._strike(*entries)
        self._forget_secrets()
        if header is None:
            await self._change(lambda before: before.without_consents(provider))
        return tuple(map(self._stored_key, entries))

    async def rename(self, old: str, new: str) -> None:
        """Give a provider's keys and confirmations to another name. Touches the record only: no dialog opens.

        Raises: KeyStoreError.
        """

        def change(before: Contents) -> Contents:
            if before.of(new, None):
                raise KeyStoreError(f"Keys of {new} are stored already.", f"`{_command('remove', new)} --all` helps.")
            return before.renamed(old, new)

        await self._change(change)
        self._forget_secrets()

    def ask_again(self) -> None:
        """Let the next read ask a keychain again that hung or refused: the user wants it."""
        self._keychain.ask_again()

    async def status(self) -> KeyPlaces:
        """How the places are doing. Opens the vault and asks the keychain, but opens no dialog.

        Keys in the vault that the record does not know are taken up in it.
        """
        vault = await self._vault.status()
        problem = await self._adopt() if vault.is_usable else ""
        keychain, keychain_place = await self._keychain.status()
        place = (VAULT if vault.is_usable else "") if self._prefers_vault else keychain_place
        notices = tuple(filter(None, dict.fromkeys((self.notice, problem))))
        hint = (vault if self._prefers_vault else keychain).hint
        return KeyPlaces(vault, keychain, place_words(place) if place else "", "" if place else hint, notices)

    async def _adopt(self) -> str:
        """Returns: what kept it from doing so; "" usually."""

        def change(before: Contents) -> Contents:
            known = {entry.account for entry in before.entries if entry.place == VAULT}
            return replace(before, entries=(*before.entries, *(each for each in entries if each.account not in known)))

        try:
            entries = await self._vault.entries()
            await self._change(change)
        except KeyStoreError as error:
            return f"{error} {error.hint}"
        return ""

    async def _fetch(self, entry: Entry, *, may_ask: bool) -> Secret | None:
        if entry.place == VAULT:
            return await self._vault.read(entry.account)
        if not may_ask:
            await self._keychain.refuse_dialogs()
        return await self._keychain.read(entry.place, entry.account)

    def _entry(self, provider: str, header: str) -> Entry | None:
        """The entry that counts: in the vault if that can be opened, else the newest in a keychain."""
        entries = self._record.read().of(provider, header)
        preferred = [entry for entry in entries if (entry.place == VAULT) is self._prefers_vault]
        return (preferred or entries or (None,))[-1]

    def _stored_key(self, entry: Entry) -> StoredKey:
        is_locked = entry.place == VAULT and not self._prefers_vault
        problem = f"{PASSPHRASE} is not set" if is_locked else ""
        return StoredKey(entry.provider, entry.header, place_words(entry.place), entry.host, problem)

    async def _strike(self, *entries: Entry) -> None:
        await self._change(lambda before: before.without(*entries))

    def _forget_secrets(self) -> None:
        self._secrets = {}

    async def _change(self, change: Callable[[Contents], Contents]) -> None:
        """Change the record, which may have to wait for another process. What is as it should be is not touched.

        Raises: KeyStoreError.
        """
        if change(self._record.read()) == self._record.read() and not self._record.notice:
            return
        await finished_in_thread(self._record.change, change)


def _plain_account(provider: str, header: str) -> str:
    return f"{provider}: {header}" if header else provider


def _what(provider: str, header: str) -> str:
    """A key in the middle of a sentence."""
    return f"header {header} of {provider}" if header else f"key of {provider}"


def _command(action: str, provider: str, header: str = "") -> str:
    return shlex.join(["parley", "keys", action, provider, *(["--header", header] if header else [])])
