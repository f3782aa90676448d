"""Writes files that only their owner may read."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

from app.config.paths import make_private_folder


def write_private(path: Path, text: str) -> None:
    """Replace a file of text in one step; only its owner may read it. A symbolic link stays one.

    Raises: OSError.
    """
    write_private_bytes(path, text.encode("utf-8"))


def write_private_bytes(path: Path, content: bytes) -> None:
    """The same for any file."""
    target = resolved(path)
    if target.exists() and not target.is_file():
        # A device, such as /dev/null behind a link: it would be a file from then on.
        raise OSError(errno.EINVAL, "it is no ordinary file")
    make_private_folder(target.parent)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def resolved(path: Path) -> Path:
    """Where a path leads to. Raises: OSError, also for links that lead to each other."""
    try:
        return path.resolve()
    except RuntimeError as error:
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from error
