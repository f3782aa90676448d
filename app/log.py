"""The log: what went wrong inside Parley, for a bug report. No conversation and no key is written to it."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

_LARGEST_BYTES = 512 * 1024
_KEPT_FILES = 3


def attach(log_file: Path) -> None:
    """Send Parley's own log records to a file, created with the first one. An unwritable folder means no log."""
    from app.config.paths import make_private_folder

    logger = logging.getLogger("parley")
    if logger.handlers:
        return
    try:
        make_private_folder(log_file.parent)
    except OSError:
        return
    handler = RotatingFileHandler(
        log_file, maxBytes=_LARGEST_BYTES, backupCount=_KEPT_FILES, encoding="utf-8", delay=True
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger.addHandler(handler)
    logger.propagate = False
