"""The keys in the vault, by account. The vault itself blocks, so it is opened in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.keys.contents import Entry
from app.keys.errors import KeyStoreError
from app.keys.places import PASSPHRASE, USE_THE_VAULT, VAULT, PlaceStatus
from app.text import can_be_written
from app.threads import finished_in_thread
from providers.credentials import Secret

if TYPE_CHECKING:
    from app.keys.vault import Vault

_KEYS = "keys"


class VaultKeys:
    """One item for each account: the secret, and beside it whose it is and where it may go."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def read(self, account: str) -> Secret | None:
        """Raises: KeyStoreError."""
        item: Any = _items(await asyncio.to_thread(self._vault.read)).get(account)
        return Secret(item["secret"]) if _is_item(item) else None

    async def write(self, entry: Entry, secret: Secret) -> None:
        """Raises: KeyStoreError; nothing has changed then."""
        item = {
            "provider": entry.provider,
            "header": entry.header,
            "host": entry.host,
            "secret": secret.reveal(),
        }

        def change(content: dict[str, Any]) -> None:
            content[_KEYS] = {**_items(content), entry.account: item}

        await finished_in_thread(self._vault.change, change)

    async def remove(self, account: str) -> None:
        """Delete a key; one that is not there is no error. Raises: KeyStoreError."""

        def change(content: dict[str, Any]) -> None:
            content[_KEYS] = {name: item for name, item in _items(content).items() if name != account}

        if self._vault.is_there:
            await finished_in_thread(self._vault.change, change)

    async def entries(self) -> tuple[Entry, ...]:
        """What the vault holds, as the record would say it. Raises: KeyStoreError."""
        items = _items(await asyncio.to_thread(self._vault.read))
        return tuple(
            Entry(item["provider"], item["header"], VAULT, account, item["host"])
            for account, item in items.items()
            # What the record could not hold would keep it from holding anything.
            if _is_item(item) and can_be_written(account + item["provider"] + item["header"] + item["host"])
        )

    async def status(self) -> PlaceStatus:
        """How it is doing. Takes the time to open it."""
        if not self._vault.has_passphrase:
            if self._vault.is_there:
                return PlaceStatus("vault", f"locked: {PASSPHRASE} is not set", "Set it to read the keys in it.", False)
            return PlaceStatus("vault", "not used", f"You can {USE_THE_VAULT}.", False)
        try:
            count = len(await self.entries())
        except KeyStoreError as error:
            return PlaceStatus("vault", str(error).rstrip("."), error.hint, is_usable=False)
        return PlaceStatus("vault", f"unlocked, {count or 'no'} key{'' if count == 1 else 's'}")


def _items(content: Mapping[str, Any]) -> Mapping[str, Any]:
    items = content.get(_KEYS)
    return items if isinstance(items, dict) else {}


def _is_item(item: Any) -> bool:
    return isinstance(item, dict) and all(
        isinstance(item.get(name), str) for name in ("provider", "header", "host", "secret")
    )
