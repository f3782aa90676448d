"""The database file: created privately, migrated with a copy, shared, and never lost."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from app.storage.database import Database
from app.storage.errors import NewerStore, StoreError
from app.storage.migrate import Migration, shipped_migrations, statements
from app.storage.store import Store
from tests.storage.stories import NOON, Clock, Writer, ledger_row

posix_only = pytest.mark.skipif(os.name != "posix", reason="file modes of POSIX")


@posix_only
async def test_the_database_and_its_folder_are_private(store: Store, writer: Writer, database_path: Path) -> None:
    await writer.talk("secret", "hello")
    assert stat.S_IMODE(database_path.parent.stat().st_mode) == 0o700
    for part in database_path.parent.glob("parley.db*"):
        assert stat.S_IMODE(part.stat().st_mode) == 0o600


async def test_an_existing_database_is_copied_before_it_is_migrated(tmp_path: Path) -> None:
    path = tmp_path / "parley.db"
    first = Migration(1, "CREATE TABLE notes (text TEXT);")
    database = await Database.open(path, NOON, [first])
    await database.run(lambda connection: connection.execute("INSERT INTO notes VALUES ('kept')"))
    await database.close()

    second = Migration(2, "ALTER TABLE notes ADD COLUMN stars INTEGER;\nDELETE FROM notes;")
    database = await Database.open(path, NOON, [first, second])
    assert await database.read(lambda connection: connection.execute("SELECT * FROM notes").fetchall()) == []
    await database.close()

    with closing(sqlite3.connect(path.with_name("parley.db.before-v2"))) as copy:
        assert copy.execute("SELECT text FROM notes").fetchall() == [("kept",)]
        assert copy.execute("PRAGMA user_version").fetchone() == (1,)


async def test_a_new_database_needs_no_copy(store: Store, database_path: Path) -> None:
    assert not list(database_path.parent.glob("*before*"))


async def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "parley.db"
    first = Migration(1, "CREATE TABLE notes (text TEXT);")
    await (await Database.open(path, NOON, [first])).close()
    broken = Migration(2, "CREATE TABLE more (text TEXT);\nCREATE TABLE notes (text TEXT);")
    with pytest.raises(StoreError, match="already exists"):
        await Database.open(path, NOON, [first, broken])
    with closing(sqlite3.connect(path)) as connection:
        names = connection.execute("SELECT name FROM sqlite_schema").fetchall()
        assert names == [("notes",)]
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)


async def test_a_database_of_a_newer_parley_is_left_alone(database_path: Path, clock: Clock) -> None:
    await (await Store.open(database_path, clock)).close()
    with closing(sqlite3.connect(database_path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(NewerStore, match="written by a newer Parley") as caught:
        await Store.open(database_path, clock)
    assert "Update Parley" in caught.value.hint


@pytest.mark.parametrize("content", [b"this is not a database, and long enough to see it" * 100, b"SQLite"])
async def test_a_file_that_is_no_database_is_kept_aside(database_path: Path, clock: Clock, content: bytes) -> None:
    _write(database_path, content)
    store = await Store.open(database_path, clock)
    assert await store.conversations.list() == ()
    assert "damaged" in store.notice
    await store.close()
    aside = database_path.with_name("parley.db.damaged-20261121-120000")
    assert aside.read_bytes() == content


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)


async def test_damage_found_later_is_one_sentence(
    store: Store, writer: Writer, database_path: Path, clock: Clock
) -> None:
    for number in range(40):
        await writer.talk(f"title {number}", "hello " * 400)
    await store.close()
    _overwrite_pages(database_path, first=25)
    with pytest.raises(StoreError, match="damaged"):
        await _read_everything(database_path, clock)


def _overwrite_pages(path: Path, first: int) -> None:
    content = bytearray(path.read_bytes())
    content[4096 * first :] = random.Random(1).randbytes(len(content) - 4096 * first)
    path.write_bytes(content)


async def _read_everything(path: Path, clock: Clock) -> None:
    store = await Store.open(path, clock)
    try:
        for conversation in await store.conversations.list():
            await store.conversations.messages(conversation.id)
    finally:
        await store.close()


async def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be opened"):
        await Store.open(tmp_path / "file" / "parley.db", clock)


async def test_two_parleys_share_a_store(store: Store, writer: Writer, database_path: Path, clock: Clock) -> None:
    other = await Store.open(database_path, clock)
    conversation = await writer.talk("shared", "one")
    assert await other.conversations.get(conversation.id) == conversation
    rows = [ledger_row(f"row{number:03d}") for number in range(60)]
    both = [(store if number % 2 else other).ledger.add(row) for number, row in enumerate(rows)]
    await asyncio.gather(*both)
    assert len(await store.ledger.rows()) == 60
    await other.close()


def test_many_processes_create_one_store(tmp_path: Path) -> None:
    script = (
        "import asyncio, sys\n"
        "from datetime import UTC, datetime\n"
        "from pathlib import Path\n"
        "from app.storage.store import Store\n"
        "async def main():\n"
        "    store = await Store.open(Path(sys.argv[1]), lambda: datetime.now(UTC))\n"
        "    await store.close()\n"
        "asyncio.run(main())\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "parley.db")]
    started = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(6)]
    for process in started:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors.decode()


async def test_work_survives_whoever_asked_for_it(store: Store, writer: Writer) -> None:
    conversation = await writer.conversation()
    task = asyncio.create_task(store.conversations.rename(conversation.id, "renamed all the same"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await store.conversations.get(conversation.id)).title == "renamed all the same"


async def test_failed_work_leaves_nothing_behind(store: Store, writer: Writer) -> None:
    row = ledger_row("once")
    await store.ledger.add(row)
    with pytest.raises(StoreError, match="stored already"):
        await store.ledger.add(row)
    assert await store.ledger.rows() == (row,)


async def test_closing_twice_is_harmless(store: Store) -> None:
    await store.close()
    await store.close()


def test_migrations_are_numbered_without_gaps() -> None:
    numbers = [migration.number for migration in shipped_migrations()]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_script_is_split_around_triggers_and_comments() -> None:
    script = "-- a; b\nCREATE TABLE t (a);\nCREATE TRIGGER r AFTER DELETE ON t BEGIN\n  DELETE FROM t;\nEND;\n"
    first, second = statements(script)
    assert first.endswith("CREATE TABLE t (a);\n")
    assert second.startswith("CREATE TRIGGER")
