"""Writes files that only their owner may read."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from app.config.paths import make_private_folder


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step; only its owner may read it. A symbolic link stays one.

    Raises: OSError.
    """
    target = path.resolve()
    make_private_folder(target.parent)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
