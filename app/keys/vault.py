"""The vault: one encrypted JSON file for all keys, opened with a passphrase.

The passphrase goes through scrypt, the content through AES-256-GCM, and everything that says how to read the file
is authenticated with it. A checksum over the whole file, without a secret, tells damage from a wrong passphrase.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from app.config.files import write_private
from app.config.paths import make_private_folder
from app.file_lock import LockTaken, locked
from app.keys.errors import KeyStoreError
from app.keys.places import PASSPHRASE
from providers.credentials import Secret

T = TypeVar("T")
Content = Mapping[str, Any]

_FORMAT = "parley-vault"
_VERSION = 1
_CIPHER = "aes-256-gcm"
_SALT_BYTES = 16
_NONCE_BYTES = 12
_KEY_BYTES = 32
_MOST_MEMORY_BYTES = 1 << 29
_MOST_ROUNDS = 64


@dataclass(frozen=True, slots=True)
class Cost:
    """Parameters of scrypt (RFC 7914): by default 128 MiB and a quarter of a second, for every guess too."""

    n: int = 1 << 17
    r: int = 8
    p: int = 1

    @property
    def is_sane(self) -> bool:
        """Whether a file may ask for it: a damaged or hostile one must not take all memory."""
        is_power = self.n > 1 and self.n & (self.n - 1) == 0
        fits = 128 * self.n * self.r <= _MOST_MEMORY_BYTES
        return is_power and self.r >= 1 and 1 <= self.p <= _MOST_ROUNDS and fits


class Vault:
    """A vault file and the passphrase to it. Everything here blocks: call it in a thread. Threads may share it.

    Args:
        lock_file: held while the file is changed: two processes may write.
        cost: for a file that is made new; an existing one says its own.
    """

    def __init__(self, path: Path, passphrase: Secret, lock_file: Path, cost: Cost = Cost()) -> None:
        self._path = path
        self._passphrase = passphrase
        self._lock_file = lock_file
        self._cost = cost
        self._keys: dict[tuple[bytes, Cost], bytes] = {}
        self._deriving = threading.Lock()

    @property
    def has_passphrase(self) -> bool:
        return bool(self._passphrase)

    @property
    def is_there(self) -> bool:
        """Whether there is a file, readable or not."""
        try:
            self._path.lstat()
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return True

    def read(self) -> dict[str, Any]:
        """The content; empty for a file that does not exist. Raises: KeyStoreError."""
        self._require_passphrase()
        envelope = self._read_envelope()
        return self._open(envelope) if envelope else {}

    def change(self, change: Callable[[dict[str, Any]], T]) -> T:
        """Read, let `change` work on the content, and write it in one step. Returns: what `change` does.

        Raises: KeyStoreError; a file that cannot be read is never written over.
        """
        self._require_passphrase()
        try:
            make_private_folder(self._path.parent)
            with locked(self._lock_file):
                envelope = self._read_envelope()
                content = self._open(envelope) if envelope else {}
                result = change(content)
                header = _header(envelope) if envelope else _new_header(self._cost)
                write_private(self._path, self._seal(header, content))
        except LockTaken as error:
            raise KeyStoreError(f"{self._path} is in use by another program.", "Try again in a moment.") from error
        except OSError as error:
            raise KeyStoreError(
                f"{self._path} cannot be written: {error.strerror or error}.", "Check its folder and the disk."
            ) from error
        return result

    def _require_passphrase(self) -> None:
        if not self._passphrase:
            raise KeyStoreError(f"The vault is locked: {PASSPHRASE} is not set.", f"Set it to what opens {self._path}.")

    # ── the file ──────────────────────────────────────────────────────────────

    def _read_envelope(self) -> dict[str, Any] | None:
        """The file's fields, known to be whole; None when there is no file."""
        try:
            raw = self._path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise KeyStoreError(
                f"{self._path} cannot be read: {error.strerror or error}.", "Check its permissions."
            ) from error
        try:
            envelope = json.loads(raw)
        except (ValueError, RecursionError):
            envelope = None
        if not isinstance(envelope, dict):
            raise self._damaged() if not raw or _FORMAT.encode() in raw else self._no_vault()
        if envelope.get("format") != _FORMAT:
            raise self._no_vault()
        if envelope.get("checksum") != _checksum(envelope):
            raise self._damaged()
        if envelope.get("version") != _VERSION:
            raise KeyStoreError(f"{self._path} was written by a newer Parley.", "Update Parley to read it.")
        return envelope

    def _open(self, envelope: Mapping[str, Any]) -> dict[str, Any]:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        header = _header(envelope)
        try:
            key = self._key(header)
            nonce, sealed = _unpacked(envelope["nonce"]), _unpacked(envelope["content"])
            plain = AESGCM(key).decrypt(nonce, sealed, _canonical(header))
            content = json.loads(plain)
        except InvalidTag as error:
            raise KeyStoreError(
                f"The passphrase in {PASSPHRASE} does not open {self._path}.",
                "Set the one it was made with. If that is lost, move the file away and store the keys again.",
            ) from error
        except (KeyError, TypeError, ValueError):
            # Not from that error: what JSON cannot read, it shows.
            raise self._damaged() from None
        if not isinstance(content, dict):
            raise self._damaged()
        return content

    def _seal(self, header: Mapping[str, Any], content: Content) -> str:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(self._key(header)).encrypt(nonce, _canonical(content), _canonical(header))
        envelope = {**header, "nonce": _packed(nonce), "content": _packed(sealed)}
        return json.dumps({**envelope, "checksum": _checksum(envelope)}, indent=1) + "\n"

    def _key(self, header: Mapping[str, Any]) -> bytes:
        """The key for a file, derived once. Raises: KeyError, TypeError, ValueError: the header makes no sense."""
        from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

        kdf = header["kdf"]
        salt, cost = _unpacked(kdf["salt"]), Cost(kdf["n"], kdf["r"], kdf["p"])
        if header["cipher"] != _CIPHER or kdf["name"] != "scrypt" or not cost.is_sane:
            raise ValueError("an unknown way to encrypt")
        with self._deriving:
            if (salt, cost) not in self._keys:
                derivation = Scrypt(salt=salt, length=_KEY_BYTES, n=cost.n, r=cost.r, p=cost.p)
                try:
                    self._keys[salt, cost] = derivation.derive(_bytes_of(self._passphrase))
                except MemoryError as error:
                    needed = f"{128 * cost.n * cost.r >> 20} MB"
                    raise KeyStoreError(
                        f"There is too little memory to open {self._path}: {needed} are needed.", "Try again."
                    ) from error
            return self._keys[salt, cost]

    def _damaged(self) -> KeyStoreError:
        return KeyStoreError(
            f"{self._path} is damaged: it is not as Parley wrote it.",
            "Restore a copy of it, or move it away and store the keys again.",
        )

    def _no_vault(self) -> KeyStoreError:
        return KeyStoreError(
            f"{self._path} is not a vault of Parley's.", "Move it away, or use another folder with --home DIR."
        )


def _new_header(cost: Cost) -> dict[str, Any]:
    kdf = {"name": "scrypt", "n": cost.n, "r": cost.r, "p": cost.p, "salt": _packed(os.urandom(_SALT_BYTES))}
    return {"format": _FORMAT, "version": _VERSION, "cipher": _CIPHER, "kdf": kdf}


def _header(envelope: Mapping[str, Any]) -> dict[str, Any]:
    """What the content is authenticated with: everything that says how to read it."""
    return {name: envelope.get(name) for name in ("format", "version", "cipher", "kdf")}


def _checksum(envelope: Mapping[str, Any]) -> str:
    """Of everything else in the file, as it is written: base64 has several spellings for the same bytes."""
    rest = {name: value for name, value in envelope.items() if name != "checksum"}
    return hashlib.sha256(_canonical(rest)).hexdigest()


def _canonical(value: Content) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")


def _packed(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _unpacked(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _bytes_of(passphrase: Secret) -> bytes:
    # What the environment holds that is no UTF-8 arrives as surrogates.
    return passphrase.reveal().encode("utf-8", "surrogateescape")
