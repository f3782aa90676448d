"""What tests of the key store are told with: a cheap vault, and keychains that behave in one way each."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from app.config.paths import Locations
from app.keys.backends import KNOWN, Backend, KnownBackend, NoKeychain
from app.keys.keychain import Keychain, Patience
from app.keys.store import KeyStore, open_key_store
from app.keys.vault import Cost
from providers.credentials import Secret

KEY = "sk-planted-0123456789abcdef"
SECRET = Secret(KEY)
PASSPHRASE = {"PARLEY_VAULT_PASSPHRASE": "correct horse"}
CHEAP = Cost(n=2, r=1)
HASTE = Patience(probe_s=0.1, read_s=0.2, write_s=0.3)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Drawer:
    """A keychain in memory. Each account is one item, as in a real one."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], str] = {}
        self.calls = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.calls += 1
        return self.items.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.calls += 1
        self.items[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self.calls += 1
        del self.items[service, username]


class Hanging(Drawer):
    """Hangs in every call until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.answer = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.calls += 1
        self.answer.wait(30)
        return self.items.get((service, username))


class Refusing(Drawer):
    """Raises something in every call."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def get_password(self, service: str, username: str) -> str | None:
        self.calls += 1
        raise self.error


def keychain(backend: Backend | None, patience: Patience = HASTE, place: str = "kwallet") -> Keychain:
    """A keychain on a backend; None stands for a machine that has none."""

    def resolve(wanted: str) -> tuple[KnownBackend, Backend]:
        if backend is None or wanted not in ("", place):
            raise NoKeychain("nothing answers")
        return KNOWN[place], backend

    return Keychain(resolve, patience)


def key_store(home: Path, environ: Mapping[str, str], backend: Backend | None = None) -> KeyStore:
    return open_key_store(Locations.under(home), environ, keychain=keychain(backend), cost=CHEAP, now=lambda: NOON)


def bytes_below(folder: Path) -> bytes:
    """Everything in all files of a folder."""
    return b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
