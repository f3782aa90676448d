"""Locks on files, between processes and threads. The system lets go of one when its process ends, however it ends."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from errno import EACCES, EAGAIN, EDEADLK, ENOLCK, ENOSYS, EOPNOTSUPP
from pathlib import Path

PATIENCE_S = 5.0
"""A change takes milliseconds: whoever holds the lock for longer hangs."""

_PAUSE_S = 0.02
_TAKEN = (EACCES, EAGAIN, EDEADLK)
_NO_LOCKS_HERE = (ENOLCK, ENOSYS, EOPNOTSUPP)
"""Some network file systems know no locks; one writer without a lock beats none."""


class LockTaken(Exception):
    """Somebody else holds the lock and does not let go."""


@contextmanager
def locked(
    lock_file: Path,
    patience_s: float = PATIENCE_S,
    monotonic: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[None]:
    """Hold a lock file, which is made for this and removed afterwards. Threads of one process wait for each other too.

    Raises:
        LockTaken: it was not free within `patience_s` seconds.
        OSError: the lock file cannot be made: the folder cannot be written to.
    """
    deadline = monotonic() + patience_s
    while (handle := _try(lock_file)) is None:
        if monotonic() > deadline:
            raise LockTaken(f"{lock_file.name} is held by another program")
        sleep(_PAUSE_S)
    try:
        yield
    finally:
        _release(lock_file, handle)


def try_lock(handle: int) -> bool:
    """Lock an open file until it is closed; False when somebody else has it. Raises: OSError."""
    try:
        _lock(handle)
    except OSError as error:
        if error.errno in _TAKEN:
            return False
        if error.errno not in _NO_LOCKS_HERE:
            raise
    return True


def _try(lock_file: Path) -> int | None:
    """The handle that holds the lock; None when somebody else does. Raises: OSError."""
    handle = os.open(lock_file, os.O_RDWR | os.O_CREAT, 0o600)
    is_held = False
    try:
        is_held = try_lock(handle) and _is_current(lock_file, handle)
    finally:
        if not is_held:
            os.close(handle)
    return handle if is_held else None


def _is_current(lock_file: Path, handle: int) -> bool:
    """Whether the handle is of the file that others find now: its last holder may have removed it meanwhile."""
    try:
        return os.path.samestat(lock_file.stat(), os.fstat(handle))
    except OSError:
        return False


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

    def _release(lock_file: Path, handle: int) -> None:
        os.close(handle)
        # An open file cannot be removed there, so somebody may be waiting with it: then it stays.
        with suppress(OSError):
            lock_file.unlink()

else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _release(lock_file: Path, handle: int) -> None:
        # Removed while it is held: whoever waits with the old file notices, and opens the new one.
        with suppress(OSError):
            lock_file.unlink()
        os.close(handle)
