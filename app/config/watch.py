"""Notices that the configuration file changed, by asking the file system only."""

from __future__ import annotations

from pathlib import Path


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

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino
