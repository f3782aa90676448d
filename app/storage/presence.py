"""Which Parleys are alive: each one that receives a reply keeps a file locked.

The system lets go of the lock when the process ends, however it ends, and no number of a process can be
mistaken for another's.
"""

from __future__ import annotations

import os
from pathlib import Path

from app.file_lock import try_lock


class Presence:
    """This process among those that share a store. Not to be called from two threads at once.

    Attributes:
        owner: names this process in what it leaves in the database.
    """

    def __init__(self, folder: Path, owner: str) -> None:
        self.owner = owner
        self._folder = folder
        self._handle: int | None = None

    def announce(self) -> None:
        """Make this process visible to others; a second call does nothing. Raises: OSError."""
        if self._handle is not None:
            return
        self._folder.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(self._folder / self.owner, os.O_RDWR | os.O_CREAT, 0o600)
        if not try_lock(handle):
            os.close(handle)
            raise FileExistsError(f"{self._folder / self.owner} is locked by another process")
        self._handle = handle

    def is_alive(self, owner: str) -> bool:
        """Whether the process that announced itself under that name still runs."""
        if owner == self.owner:
            return self._handle is not None
        path = self._folder / owner
        try:
            handle = os.open(path, os.O_RDWR)
        except OSError:
            return False
        is_free = try_lock(handle)
        os.close(handle)
        if is_free:
            path.unlink(missing_ok=True)
        return not is_free

    def withdraw(self) -> None:
        """Stop being visible."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
            (self._folder / self.owner).unlink(missing_ok=True)
