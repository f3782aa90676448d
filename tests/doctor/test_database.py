"""The database on a real disk, whole and damaged."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from app.doctor.database import database
from app.doctor.findings import Verdict
from app.storage.inspection import inspect
from app.storage.migrate import shipped_migrations
from app.storage.store import Store
from tests.doctor.reading import bad, saying
from tests.storage.stories import Clock, Writer, ledger_row

SCHEMA = f"Schema {shipped_migrations()[-1].number}"


def fill(path: Path, conversations: int = 1, length: int = 1, requests: int = 0) -> None:
    async def write() -> None:
        clock = Clock()
        store = await Store.open(path, clock)
        writer = Writer(store, clock)
        for _ in range(conversations):
            conversation = await writer.conversation()
            await writer.say(conversation, "What is WAL? " * length)
        for _ in range(requests):
            await store.ledger.add(ledger_row(writer.new_id()))
        await store.close()

    asyncio.run(write())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "parley.db"


def test_no_database_is_no_problem(path: Path) -> None:
    assert inspect(path) is None
    assert not bad(database(path))
    assert not list(path.parent.iterdir())


def test_a_whole_database_is_counted_and_left_alone(path: Path) -> None:
    fill(path, conversations=2)
    before = {file.name: file.stat().st_mtime_ns for file in path.parent.iterdir()}
    findings = list(database(path))
    assert not bad(findings)
    assert "every page and index" in saying(findings, "It is whole").what
    assert "2 conversations, 2 messages, 0 requests" in saying(findings, SCHEMA).what
    assert {file.name: file.stat().st_mtime_ns for file in path.parent.iterdir()} == before


def test_what_stands_in_the_log_of_changes_only_is_counted(path: Path) -> None:
    fill(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("INSERT INTO conversations VALUES ('x', 't', 'a', 'a', NULL, NULL, NULL, '')")
        other.execute("INSERT INTO running_replies VALUES ('r', 'x', NULL, 'p', 'm', 'a', 'nobody')")
        findings = list(database(path))
    assert "2 conversations" in saying(findings, SCHEMA).what
    assert saying(findings, "One reply is unfinished").verdict is Verdict.NOTE


def test_a_damaged_page_is_a_problem_that_says_what_to_do(path: Path) -> None:
    fill(path, conversations=40, length=200)
    size = path.stat().st_size
    with path.open("r+b") as file:
        # Past the first pages, so that the schema can still be read.
        file.seek(size // 2)
        file.write(os.urandom(size // 3))
    [finding] = [each for each in bad(database(path)) if each.verdict is Verdict.PROBLEM]
    assert "damaged" in finding.what
    assert "aside" in finding.advice
    assert "\n" not in finding.what


def test_an_index_that_lost_a_row_is_found(path: Path) -> None:
    fill(path, conversations=3)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA writable_schema = ON")
        other.execute("UPDATE sqlite_schema SET sql = replace(sql, '(updated_at, id)', '(created_at, id)') "
                      "WHERE name = 'conversations_by_update'")  # fmt: skip
        other.execute("PRAGMA writable_schema = RESET")
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    found = inspect(path)
    assert found is not None
    assert found.faults


def test_a_file_that_is_no_database_is_a_problem(path: Path) -> None:
    path.write_text("theme = 'mine'\n" * 400)
    [finding] = bad(database(path))
    assert finding.verdict is Verdict.PROBLEM
    assert "is damaged" in finding.what


def test_a_newer_schema_is_a_problem_and_an_older_one_a_note(path: Path) -> None:
    fill(path)
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA user_version = 999")
    finding = saying(database(path), "A newer Parley wrote it")
    assert finding.verdict is Verdict.PROBLEM
    assert "Update Parley" in finding.advice
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA user_version = 0")
    assert saying(database(path), "The next start brings it to").verdict is Verdict.NOTE


def test_requests_that_cannot_be_read_whole_are_said_in_one_sentence(path: Path) -> None:
    fill(path, requests=3)
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE ledger SET rates = '{' WHERE rowid = 1")
    assert "One request" in saying(database(path), "cannot be read whole").what
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE ledger SET cost_status = 'haggled'")
    finding = saying(database(path), "3 requests in the ledger cannot be read whole")
    assert finding.verdict is Verdict.NOTE
    assert "never counts as 0" in finding.advice


def test_an_older_schema_is_not_read_for_its_requests(path: Path) -> None:
    fill(path, requests=1)
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("ALTER TABLE ledger DROP COLUMN usage_details")
        other.execute("PRAGMA user_version = 1")
    assert "1 request." in saying(database(path), "The next start brings it to").what


def test_copies_beside_it_are_named(path: Path) -> None:
    fill(path)
    path.with_name("parley.db.before-v2").write_text("")
    assert "parley.db.before-v2" in saying(database(path), "Beside it").what
    path.with_name("parley.db.damaged-20261120-120000").write_text("")
    assert "put aside" in saying(database(path), "Beside it").advice
