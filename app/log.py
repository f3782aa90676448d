"""The log: what went wrong inside Parley, for a bug report. No conversation and no key is written to it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from logging.handlers import RotatingFileHandler
from pathlib import Path

from app.doctor.redaction import keys_remover

_LARGEST_BYTES = 512 * 1024
_KEPT_FILES = 3
_LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class _WithoutKeys(logging.Formatter):
    """Keys are taken out of what is written, whole: messages, tracebacks and stacks."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__(_LINE)
        self._without_keys = keys_remover(secrets)

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        # Kept for other handlers, and a traceback may quote a key.
        record.exc_text = None
        return self._without_keys(text)


def attach(log_file: Path, secrets: Iterable[str] = ()) -> None:
    """Send Parley's own log records to a file, created with the first one. An unwritable folder means no log.

    Args:
        secrets: keys that are known; what looks like one is taken out anyway.
    """
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
    handler.setFormatter(_WithoutKeys(secrets))
    logger.addHandler(handler)
    logger.propagate = False
