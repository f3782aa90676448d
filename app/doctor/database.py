"""The database: is it whole, is its schema known, what lies beside it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from app import format as fmt
from app.doctor.findings import Finding, Verdict

if TYPE_CHECKING:
    from app.storage.inspection import Inspection

SUBJECT = "Database"
_RESTORE = (
    "Quit Parley, move the file aside, and put the newest copy beside it in its place, or start anew without one."
)


def database(path: Path) -> Iterator[Finding]:
    """Look at the file. Reads all of it; changes nothing."""
    from app.storage.inspection import inspect

    found = inspect(path)
    if found is None:
        yield Finding(SUBJECT, f"There is none yet; SQLite {sqlite3.sqlite_version} will make it.")
    elif found.problem:
        yield Finding(SUBJECT, f"{found.problem}.", Verdict.PROBLEM, found.hint or _RESTORE)
    else:
        yield from _state(found)
    if found is not None and found.copies:
        yield _copies(found.copies)


def _state(found: Inspection) -> Iterator[Finding]:
    if found.faults:
        faults = "; ".join(" ".join(fault.split()) for fault in found.faults)
        yield Finding(SUBJECT, f"It is damaged: {faults}.", Verdict.PROBLEM, _RESTORE)
    else:
        way = "quick check" if found.was_checked_quickly else "every page and index was checked"
        yield Finding(SUBJECT, f"It is whole: {way}, SQLite {sqlite3.sqlite_version}.")
    yield _schema(found)
    if found.journal_mode != "wal":
        yield Finding(
            SUBJECT,
            f"It keeps its changes in mode {found.journal_mode}, not wal.",
            Verdict.NOTE,
            "The next start of Parley changes that, unless the file system has no shared memory, as some in networks.",
        )
    if found.unfinished:
        what = "One reply is" if found.unfinished == 1 else f"{found.unfinished} replies are"
        yield Finding(
            SUBJECT,
            f"{what} unfinished: still arriving, or cut off when a Parley was killed.",
            Verdict.NOTE,
            "The next start of Parley keeps what had arrived of a cut-off one.",
        )
    if found.unreadable:
        what = "One request" if found.unreadable == 1 else f"{found.unreadable:,} requests"
        yield Finding(
            SUBJECT,
            f"{what} in the ledger cannot be read whole: damaged, or written by a newer Parley.",
            Verdict.NOTE,
            "What can be read of it is counted; the rest is unknown, and an unknown cost never counts as 0.",
        )


def _schema(found: Inspection) -> Finding:
    counts = ", ".join(
        f"{count:,} {word}{'' if count == 1 else 's'}"
        for count, word in (
            (found.conversations, "conversation"),
            (found.messages, "message"),
            (found.requests, "request"),
        )
        if count is not None
    )
    what = f"Schema {found.version}, {fmt.size(found.size_bytes)}{': ' if counts else ''}{counts}."
    assert found.version is not None
    if found.version > found.newest_version:
        advice = f"Update Parley: this one knows schema {found.newest_version}. Or use another store with --home DIR."
        return Finding(SUBJECT, f"{what} A newer Parley wrote it.", Verdict.PROBLEM, advice)
    if found.version < found.newest_version:
        return Finding(SUBJECT, f"{what} The next start brings it to {found.newest_version}.", Verdict.NOTE)
    return Finding(SUBJECT, what)


def _copies(copies: tuple[Path, ...]) -> Finding:
    names = ", ".join(copy.name for copy in copies if not copy.name.endswith(("-wal", "-shm")))
    damaged = any(".damaged-" in copy.name for copy in copies)
    return Finding(
        SUBJECT,
        f"Beside it: {names}.",
        Verdict.NOTE,
        "A damaged database was put aside; its conversations are not shown."
        if damaged
        else "A copy from before an update. It may be deleted when nothing is missing.",
    )
