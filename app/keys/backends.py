"""The keychains that are trusted with a key, each named by its class.

`keyring` would also take whatever a package registered or a configuration file names: a file in plain text
(keyrings.alt), or nothing at all (null). None of that is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from importlib import import_module
from typing import Protocol

SERVICE = "parley"


class Backend(Protocol):
    """What is used of a backend of `keyring`. Each call may block for as long as a dialog is open."""

    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...

    def delete_password(self, service: str, username: str) -> None: ...


class LockState(Enum):
    """What can be told of a keychain without opening a dialog."""

    UNLOCKED = "unlocked"
    LOCKED = "locked"
    EMPTY = "has no keyring yet"
    """The first key stored in it makes one, which asks for a password."""
    UNKNOWN = "there"
    """It tells only by being used."""


@dataclass(frozen=True, slots=True)
class KnownBackend:
    """One backend of `keyring` that stores keys safely.

    Attributes:
        platforms: values of `sys.platform` that it is for, as prefixes.
        words: the keychain's own name, for people.
    """

    id: str
    words: str
    module: str
    name: str
    platforms: tuple[str, ...]


_UNIX = ("linux", "freebsd", "openbsd", "netbsd", "dragonfly", "sunos")
KNOWN: Mapping[str, KnownBackend] = {
    known.id: known
    for known in (
        KnownBackend("secret-service", "Secret Service", "keyring.backends.SecretService", "Keyring", _UNIX),
        KnownBackend("kwallet", "KWallet", "keyring.backends.kwallet", "DBusKeyring", _UNIX),
        KnownBackend("macos", "macOS Keychain", "keyring.backends.macOS", "Keyring", ("darwin",)),
        KnownBackend(
            "windows", "Windows Credential Manager", "keyring.backends.Windows", "WinVaultKeyring", ("win32", "cygwin")
        ),
    )
}


class NoKeychain(Exception):
    """No known keychain can be used here; the message says why, in words of the system."""


def resolve(platform: str, wanted: str = "") -> tuple[KnownBackend, Backend]:
    """The best keychain that answers, or a certain one. Talks to it, so it may block; opens no dialog.

    Args:
        wanted: the id of the one to take; "" takes the best.
    Raises:
        NoKeychain: none answers.
        Exception: whatever a backend raises while it is looked at.
    """
    reasons: list[str] = []
    best: tuple[float, KnownBackend, Callable[[], Backend]] | None = None
    for known in _candidates(platform, wanted):
        try:
            backend_class = getattr(import_module(known.module), known.name)
            priority = float(backend_class.priority)
        except (ImportError, AttributeError, RuntimeError, OSError, ValueError, LookupError) as error:
            reasons.append(str(error).removeprefix("Unable to initialize SecretService: "))
            continue
        if best is None or priority > best[0]:
            best = (priority, known, backend_class)
    if best is None:
        raise NoKeychain(reasons[0] if reasons else f"none is known for {platform}")
    _, known, make = best
    return known, make()


def lock_state(known: KnownBackend, backend: Backend) -> LockState:
    """Whether a keychain is open, found out without opening it. May block.

    Raises: Exception, whatever the keychain raises.
    """
    if known.id != "secret-service":
        return LockState.UNKNOWN
    from contextlib import closing

    import secretstorage
    from secretstorage.collection import DEFAULT_COLLECTION

    # `keyring` lets people name another collection in KEYRING_PROPERTY_PREFERRED_COLLECTION.
    path = getattr(backend, "preferred_collection", DEFAULT_COLLECTION)
    with closing(secretstorage.dbus_init()) as connection:
        try:
            collection = secretstorage.Collection(connection, path)
        except secretstorage.ItemNotFoundException:
            return LockState.EMPTY
        return LockState.LOCKED if collection.is_locked() else LockState.UNLOCKED


def _candidates(platform: str, wanted: str) -> Iterator[KnownBackend]:
    for known in KNOWN.values():
        if platform.startswith(known.platforms) and wanted in ("", known.id):
            yield known
