"""The log: where it is, and when Parley last described a mistake of its own in it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from app import format as fmt
from app.doctor.findings import Finding, Verdict

SUBJECT = "Log"
_TAIL_BYTES = 256 * 1024
_ENTRY = re.compile(r"(?P<at>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\S* (?P<level>[A-Z]+) \S+: (?P<text>.*)")
_SEVERE = {"ERROR": "mistake", "CRITICAL": "crash"}


def logs(log_file: Path) -> Iterator[Finding]:
    """What the log holds, by its last part."""
    if not log_file.exists():
        yield Finding(SUBJECT, f"Nothing was logged yet; mistakes of Parley's own will be in {log_file}.")
        return
    try:
        size, lines = log_file.stat().st_size, last_lines(log_file)
    except OSError as error:
        yield Finding(
            SUBJECT,
            f"{log_file} cannot be read: {error.strerror}.",
            Verdict.WARNING,
            "Check the rights of the file and its folder.",
        )
        return
    yield Finding(SUBJECT, f"{log_file}, {fmt.size(size)}.")
    entries = [match for line in lines if (match := _ENTRY.match(line)) and match["level"] in _SEVERE]
    if entries:
        last = entries[-1]
        yield Finding(
            SUBJECT,
            f"The last {_SEVERE[last['level']]} was logged at {last['at']}: {last['text']}",
            Verdict.NOTE,
            "If it was not reported yet: `parley doctor --report` prints what may be pasted in public.",
        )


def last_lines(log_file: Path, most: int | None = None) -> list[str]:
    """The newest lines; empty when there is no log. Raises: OSError.

    Args:
        most: how many; None for all in the last 256 KiB.
    """
    try:
        with log_file.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL_BYTES))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return []
    if size > _TAIL_BYTES:
        del lines[0]
    return lines if most is None else lines[-most:]
