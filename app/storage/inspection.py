"""Looks at a database file without changing it: is it whole, whose schema has it, what lies beside it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from app.storage.errors import explain
from app.storage.ledger_rows import COLUMNS, rows_of
from app.storage.migrate import shipped_migrations

_QUICK_FROM_BYTES = 64 * 1024 * 1024
_MOST_FAULTS = 5
_BUSY_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a database file looks like.

    Attributes:
        version: of its schema; None when it could not be read.
        newest_version: that this Parley knows.
        size_bytes: with the log of changes beside it.
        journal_mode: "wal" as a rule; "" when it could not be read.
        conversations: how many there are; None when it could not be read, as `messages` and `requests`.
        unfinished: replies that are arriving, or that a killed Parley left behind.
        unreadable: requests in the ledger of which something cannot be read; 0 as well for a schema of another
            version.
        faults: what SQLite says is damaged, the first few; empty for a whole file.
        was_checked_quickly: large files are not compared with their indexes.
        problem: why it cannot be used, as one sentence; "" when it can. `hint`: what to do then.
        copies: files beside it that Parley made: before a new schema, and of a damaged database.
    """

    version: int | None = None
    newest_version: int = 0
    size_bytes: int = 0
    journal_mode: str = ""
    conversations: int | None = None
    messages: int | None = None
    requests: int | None = None
    unfinished: int = 0
    unreadable: int = 0
    faults: tuple[str, ...] = ()
    was_checked_quickly: bool = False
    problem: str = ""
    hint: str = ""
    copies: tuple[Path, ...] = ()


def inspect(path: Path) -> Inspection | None:
    """Look at a database; None when there is none yet. Reads all of it, so it may take a second."""
    try:
        size = sum(part.stat().st_size for part in _parts(path) if part.exists())
        if not path.exists():
            return None
        newest = shipped_migrations()[-1].number
        copies = tuple(
            sorted((*path.parent.glob(f"{path.name}.before-v*"), *path.parent.glob(f"{path.name}.damaged-*")))
        )
    except OSError as error:
        return Inspection(
            problem=f"{path} cannot be looked at: {error.strerror}", hint="Check the rights of its folder."
        )
    try:
        with closing(_connect(path)) as connection:
            return _look(connection, newest, size, copies)
    except sqlite3.Error as error:
        problem = explain(error, path)
        return Inspection(None, newest, size, problem=str(problem), hint=problem.hint, copies=copies)


def _parts(path: Path) -> tuple[Path, ...]:
    return path, path.with_name(f"{path.name}-wal")


def _connect(path: Path) -> sqlite3.Connection:
    """Without a log of changes nobody has the file open, and SQLite would leave an empty log behind."""
    _, log = _parts(path)
    mode = "mode=ro" if log.exists() else "mode=ro&immutable=1"
    return sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True, timeout=_BUSY_TIMEOUT_S)


def _look(connection: sqlite3.Connection, newest: int, size: int, copies: tuple[Path, ...]) -> Inspection:
    is_large = size > _QUICK_FROM_BYTES
    check = "quick_check" if is_large else "integrity_check"
    said = [str(row[0]) for row in connection.execute(f"PRAGMA {check}({_MOST_FAULTS})")]
    tables = {str(row[0]) for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}

    def count(table: str) -> int | None:
        if table not in tables:
            return None
        number: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        return number

    version = connection.execute("PRAGMA user_version").fetchone()[0]
    return Inspection(
        version=version,
        newest_version=newest,
        size_bytes=size,
        journal_mode=connection.execute("PRAGMA journal_mode").fetchone()[0],
        conversations=count("conversations"),
        messages=count("messages"),
        requests=count("ledger"),
        unfinished=count("running_replies") or 0,
        unreadable=_unreadable(connection) if version == newest else 0,
        faults=() if said == ["ok"] else tuple(said),
        was_checked_quickly=is_large,
        copies=copies,
    )


def _unreadable(connection: sqlite3.Connection) -> int:
    return sum(1 for row in rows_of(connection.execute(f"SELECT {COLUMNS} FROM ledger")) if row.problem)
