"""What can go wrong with the store, in words for people.

StoreError
├── NewerStore      written by a newer Parley
└── NotFound        no such conversation, or several
"""

from __future__ import annotations

import sqlite3
from pathlib import Path


class StoreError(Exception):
    """The store cannot do what was asked.

    Attributes:
        hint: what to do about it; "" when there is nothing to be done.
    """

    def __init__(self, summary: str, hint: str = "") -> None:
        super().__init__(summary)
        self.hint = hint


class NewerStore(StoreError):
    pass


class NotFound(StoreError):
    pass


def explain(error: sqlite3.Error, path: Path) -> StoreError:
    """One sentence for a failure of SQLite, and what to do."""
    if is_damage(error):
        return StoreError(f"{path} is damaged", f"Move {path.name} aside to start anew, or restore a copy.")
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreError(f"{path} is in use by another program", "Wait a moment and try again.")
        case sqlite3.SQLITE_FULL:
            return StoreError("The disk is full, so nothing can be saved", "Make room and try again.")
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return StoreError(f"{path} may not be written", "Check the permissions of the file and its folder.")
        case sqlite3.SQLITE_CANTOPEN:
            return StoreError(f"{path} cannot be opened", "Check the folder and its permissions, or use --home.")
        case sqlite3.SQLITE_CONSTRAINT:
            return StoreError("This is stored already, or the conversation was deleted meanwhile")
        case _:
            return StoreError(f"{path} cannot be used: {error}", "Move it aside, or use another folder with --home.")


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file is not, or no longer, a database."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)
