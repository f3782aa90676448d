"""The record of stored keys: `keys.toml`, which holds no key. It says who has one, where, and for which host.

It is read again when it has changed: another Parley may have stored a key meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from app.config.paths import make_private_folder
from app.file_lock import LockTaken, locked
from app.keys.contents import Consent, Contents, Entry
from app.keys.errors import KeyStoreError

Row = TypeVar("Row", Entry, Consent)

_VERSION = 1
_HEADING = "# Which keys Parley has stored where, without the keys. Parley owns this file: `parley keys` changes it.\n"


_Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Reading:
    """What reading the file gave.

    Attributes:
        refusal: why the file may not be written over; None when it may.
    """

    contents: Contents
    refusal: KeyStoreError | None = None


class _Broken(Exception):
    """The file is not what Parley wrote."""


class Record:
    """The record file. Reading never fails: what is wrong with it is a notice.

    Args:
        now: names a broken file that is set aside.
    Attributes:
        generation: grows with every change that somebody else made to the file.
    """

    def __init__(self, path: Path, lock_file: Path, now: Callable[[], datetime]) -> None:
        self._path = path
        self._lock_file = lock_file
        self._now = now
        self._known: tuple[_Stamp | None, _Reading] = (None, _Reading(Contents()))
        self._set_aside_notice = ""
        self.generation = 0

    @property
    def notice(self) -> str:
        """One sentence about the file, when something is wrong with it; "" usually."""
        refusal = self._known[1].refusal
        return self._set_aside_notice or (f"{refusal} {refusal.hint}" if refusal else "")

    def read(self) -> Contents:
        """What is stored; read again only when the file has changed."""
        stamp = self._stamp()
        before, known = self._known
        if stamp is None or stamp != before:
            reading = self._load()
            if reading.contents != known.contents or stamp != before:
                self.generation += 1
            # What stands in the way may go without the file being touched.
            self._known = (stamp if reading.refusal is None else None, reading)
        return self._known[1].contents

    def change(self, change: Callable[[Contents], Contents], *, is_news: bool = False) -> None:
        """Read the file as it is now, and write it changed, in one step. May be called in a thread.

        Args:
            is_news: write it even if it says the same as before: others are to read their keys anew.
        Raises: KeyStoreError; a file that cannot be read is never written over.
        """
        from app.config.files import write_private

        try:
            make_private_folder(self._path.parent)
            with locked(self._lock_file):
                reading = self._load_alone()
                if reading.refusal is not None:
                    raise KeyStoreError(str(reading.refusal), reading.refusal.hint)
                after = change(reading.contents)
                if is_news or after != reading.contents:
                    write_private(self._path, _text(after))
                self._known = (self._stamp(), _Reading(after))
        except LockTaken as error:
            raise KeyStoreError(f"{self._path} is in use by another program.", "Try again in a moment.") from error
        except OSError as error:
            raise KeyStoreError(
                f"{self._path} cannot be written: {error.strerror or error}.", "Check its folder and the disk."
            ) from error
        except UnicodeEncodeError as error:
            raise KeyStoreError("A name in it holds half a character.", "Use another name.") from error

    def _stamp(self) -> _Stamp | None:
        """Differs whenever the file does; None when it cannot be found."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return (found.st_mtime_ns, found.st_size, found.st_ino)

    def _load(self) -> _Reading:
        try:
            return self._parsed()
        except _Broken:
            # Another Parley may be at it, too: what it has put there meanwhile is not broken.
            try:
                with locked(self._lock_file, patience_s=0):
                    return self._load_alone()
            except LockTaken:
                return _refused(f"{self._path} is damaged, and in use by another program.", "Try again in a moment.")
            except OSError as error:
                return self._stays(error)

    def _load_alone(self) -> _Reading:
        """The same for whoever holds the lock."""
        try:
            return self._parsed()
        except _Broken:
            return self._set_aside()

    def _parsed(self) -> _Reading:
        """Raises: _Broken."""
        import tomllib

        try:
            raw = self._path.read_bytes()
        except FileNotFoundError:
            return _Reading(Contents())
        except OSError as error:
            return _refused(f"{self._path} cannot be read: {error.strerror or error}.", "Check its permissions.")
        try:
            table = tomllib.loads(raw.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            raise _Broken from error
        version = table.get("version")
        if isinstance(version, int) and version > _VERSION:
            return _refused(f"{self._path} was written by a newer Parley.", "Update Parley to read it.")
        if version != _VERSION:
            raise _Broken
        return _Reading(Contents(_rows(table, "keys", Entry), _rows(table, "allowed", Consent)))

    def _set_aside(self) -> _Reading:
        """Rename a broken file; nothing is deleted. Where that fails, it stays, and is not written over."""
        wanted = aside = self._path.with_name(f"{self._path.name}.damaged-{self._now():%Y%m%d-%H%M%S}")
        count = 1
        try:
            while aside.exists():
                count += 1
                aside = wanted.with_name(f"{wanted.name}-{count}")
            self._path.rename(aside)
        except OSError as error:
            return self._stays(error)
        self._set_aside_notice = (
            f"{self._path} was damaged: it is kept as {aside.name}. Store keys again that were in the keychain; "
            "`parley keys list` finds those in the vault."
        )
        return _Reading(Contents())

    def _stays(self, error: OSError) -> _Reading:
        why = error.strerror or error
        return _refused(f"{self._path} is damaged and cannot be set aside: {why}.", "Move it away.")


def _refused(message: str, hint: str) -> _Reading:
    return _Reading(Contents(), KeyStoreError(message, hint))


def _rows(table: Mapping[str, Any], name: str, kind: type[Row]) -> tuple[Row, ...]:
    rows = table.get(name, [])
    names = [field.name for field in fields(kind)]
    if not isinstance(rows, list):
        raise _Broken
    for row in rows:
        if not isinstance(row, dict) or not all(isinstance(row.get(field), str) for field in names):
            raise _Broken
    return tuple(kind(**{field: row[field] for field in names}) for row in rows)


def _text(contents: Contents) -> str:
    import tomli_w

    table = {
        "version": _VERSION,
        "keys": [asdict(entry) for entry in contents.entries],
        "allowed": [asdict(consent) for consent in contents.consents],
    }
    return _HEADING + tomli_w.dumps(table)
