"""The SQLite file and the one thread that talks to it."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from app.storage.errors import StoreError, explain, is_damage
from app.storage.migrate import Migration, migrate, shipped_migrations

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

_BUSY_TIMEOUT_S = 5.0


class Database:
    """One connection, owned by one worker thread; the event loop never waits for a disk.

    Work runs in the order in which it was asked for. Work once asked for is done, even if whoever asked is
    cancelled: a reply that is stopped is still kept.

    Attributes:
        notice: a sentence the user should see after opening; "" usually.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, worker: ThreadPoolExecutor) -> None:
        self._path = path
        self._connection = connection
        self._worker = worker
        self._is_closed = False
        self.notice = ""

    @classmethod
    async def open(
        cls,
        path: Path,
        now: datetime,
        migrations: Sequence[Migration] | None = None,
    ) -> Database:
        """Open the file, create or migrate it. A file that is no database is kept aside under another name.

        Args:
            path: its folder is created if it is missing.
            now: names a damaged file that is put aside.
            migrations: those that ship with Parley when None.
        Raises:
            StoreError: it cannot be opened, or belongs to a newer Parley.
        """
        worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="parley-store")
        steps = shipped_migrations() if migrations is None else migrations
        with ExitStack() as undo:
            undo.callback(worker.shutdown, wait=False)
            connection, notice = await _outcome(worker.submit(_open, path, now, steps))
            undo.pop_all()
        database = cls(path, connection, worker)
        database.notice = notice
        return database

    async def read(self, work: Work[T]) -> T:
        """Run queries on one snapshot. Raises: StoreError."""
        return await _outcome(self._worker.submit(self._transact, "BEGIN", work))

    async def run(self, work: Work[T]) -> T:
        """Run statements in one transaction: all of them count, or none. Raises: StoreError."""
        return await _outcome(self._worker.submit(self._transact, "BEGIN IMMEDIATE", work))

    async def close(self) -> None:
        """Finish what was asked for and close the file; a second call does nothing."""
        if self._is_closed:
            return
        self._is_closed = True
        closing = self._worker.submit(self._connection.close)
        self._worker.shutdown(wait=False)
        await _outcome(closing)

    def _transact(self, begin: str, work: Work[T]) -> T:
        connection = self._connection
        try:
            connection.execute(begin)
            try:
                result = work(connection)
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise explain(error, self._path) from error
        return result


async def _outcome(future: Future[T]) -> T:
    """Wait for work in the thread; being cancelled leaves the work alone."""
    return await asyncio.shield(asyncio.wrap_future(future))


def _open(path: Path, now: datetime, migrations: Sequence[Migration]) -> tuple[sqlite3.Connection, str]:
    try:
        try:
            return _connect(path, migrations), ""
        except sqlite3.Error as error:
            if not is_damage(error):
                raise
            aside = _put_aside(path, now)
            notice = f"{path} was damaged: it is kept as {aside.name}, and a new store was begun."
            return _connect(path, migrations), notice
    except sqlite3.Error as error:
        raise explain(error, path) from error
    except OSError as error:
        summary = f"{path} cannot be opened: {error.strerror or error}"
        raise StoreError(summary, "Check the folder and its permissions, or use --home DIR.") from error


def _connect(path: Path, migrations: Sequence[Migration]) -> sqlite3.Connection:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # SQLite gives its -wal and -shm files the mode of the database itself.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    connection = sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    with ExitStack() as undo:
        undo.callback(connection.close)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        migrate(connection, path, migrations)
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        undo.pop_all()
    return connection


def _put_aside(path: Path, now: datetime) -> Path:
    """Rename a damaged database with what belongs to it; nothing is ever deleted."""
    name = f"{path.name}.damaged-{now:%Y%m%d-%H%M%S}"
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(path.with_name(name + suffix))
    return path.with_name(name)
