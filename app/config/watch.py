"""Notices that the configuration file changed, by asking the file system only."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class _Stamp(NamedTuple):
    """What a file looks like from outside. `ctime_ns` moves too when its rights change or its time is set back."""

    mtime_ns: int
    ctime_ns: int
    size: int
    inode: int


class Watcher:
    """Remembers what a file looked like; cheap enough to be asked once a second."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = self._stamp()

    def changed(self) -> bool:
        """Whether the file changed, appeared or vanished since the last call (or since it was watched)."""
        stamp = self._stamp()
        changed = stamp != self._seen
        self._seen = stamp
        return changed

    def is_settled(self, now: float, quiet_s: float) -> bool:
        """Whether, when it was last asked for, the file held something and nobody had touched it for a while.

        Args:
            now: seconds since the epoch.
        """
        if self._seen is None or not self._seen.size:
            return False
        touched = max(self._seen.mtime_ns, self._seen.ctime_ns) / 1e9
        return now - touched >= quiet_s

    def _stamp(self) -> _Stamp | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return _Stamp(status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)
