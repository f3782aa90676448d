"""Brings a database to the newest schema: numbered SQL files, all in one transaction, after a copy."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from app.storage.errors import NewerStore


@dataclass(frozen=True, slots=True, order=True)
class Migration:
    """One step of the schema; `number` counts from 1 without gaps."""

    number: int
    sql: str


def shipped_migrations() -> tuple[Migration, ...]:
    """The SQL files beside this module, in order."""
    files = Path(__file__).with_name("migrations").glob("*.sql")
    return tuple(sorted(Migration(int(file.name[:4]), file.read_text("utf-8")) for file in files))


def migrate(connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration]) -> None:
    """Apply what is missing. Another Parley that opens the same file meanwhile waits for the outcome.

    Args:
        connection: in autocommit mode.
        path: of the database; the copy of an existing one is put beside it as `NAME.before-vN`.
    Raises:
        NewerStore: the database knows more migrations than this Parley.
        sqlite3.Error: nothing was changed.
    """
    newest = migrations[-1].number
    if _version(connection) == newest:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        current = _version(connection)
        if current > newest:
            raise NewerStore(
                f"{path} was written by a newer Parley (its version is {current}, this one knows {newest})",
                "Update Parley, or use another store with --home DIR.",
            )
        if current:
            _copy(path, path.with_name(f"{path.name}.before-v{newest}"))
        for migration in migrations[current:]:
            for statement in statements(migration.sql):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {newest}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def statements(sql: str) -> Iterator[str]:
    """Split a script: `executescript` would commit the transaction around it."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _copy(path: Path, target: Path) -> None:
    """Copy a database that is being used, through a connection of its own."""
    target.unlink(missing_ok=True)
    target.touch(mode=0o600)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
