"""Where Parley keeps its files: is everything there, writable, and for its owner only."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app import format as fmt
from app.doctor.findings import Finding, Verdict

if TYPE_CHECKING:
    from app.config.paths import Locations

SUBJECT = "Files"
_LITTLE_ROOM, _NO_ROOM = 500_000_000, 20_000_000
_OTHERS_READ, _OTHERS_WRITE = 0o044, 0o022
_HAS_MODES = os.name == "posix"


@dataclass(frozen=True, slots=True)
class _Place:
    """Attributes:
    is_needed: whether Parley can do little without writing there.
    holds: what others would read in it; "" when it holds nothing private.
    holds_key: a key in plain text is in it.
    """

    name: str
    path: Path
    is_folder: bool = False
    is_needed: bool = False
    holds: str = ""
    holds_key: bool = False


def places(locations: Locations, *, holds_key: bool) -> Iterator[Finding]:
    """One finding per place, more where something is wrong.

    Args:
        holds_key: config.toml has a key in plain text.
    """
    own = (
        _Place("configuration", locations.config_file, holds="your configuration", holds_key=holds_key),
        _Place("database", locations.database, is_needed=True, holds="your conversations"),
        _Place("vault", locations.vault, holds="your encrypted keys"),
        _Place("record of keys", locations.key_record, holds="who has a key"),
        _Place("cache", locations.cache_dir, is_folder=True),
        _Place("log folder", locations.log_dir, is_folder=True),
    )
    # Two places in one folder would say the same of it.
    yield from dict.fromkeys(finding for place in own for finding in _examine(place))
    yield from _room(locations.database)


def _examine(place: _Place) -> Iterator[Finding]:
    try:
        status = place.path.stat()
    except (FileNotFoundError, NotADirectoryError):
        yield _absent(place)
        return
    except OSError as error:
        yield _refused(place, f"cannot be looked at: {error.strerror}")
        return
    if stat.S_ISDIR(status.st_mode) != place.is_folder:
        wanted = "folder" if place.is_folder else "file"
        advice = f"Move it away: Parley needs a {wanted} there."
        yield Finding(SUBJECT, f"{_named(place)} is no {wanted}.", Verdict.PROBLEM, advice)
        return
    if not os.access(place.path, os.R_OK | (os.X_OK if place.is_folder else 0)):
        yield _refused(place, "cannot be read")
    elif not os.access(place.path, os.W_OK):
        yield _refused(place, "may not be written")
    else:
        mode = f", mode {stat.S_IMODE(status.st_mode):04o}" if _HAS_MODES else ""
        yield Finding(SUBJECT, f"{_named(place)}{mode}.")
    if _HAS_MODES:
        yield from _rights(place, status)


def _named(place: _Place) -> str:
    return f"{place.name.capitalize()}: {place.path}"


def _absent(place: _Place) -> Finding:
    folder = _existing(place.path.parent)
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        return Finding(SUBJECT, f"{_named(place)}, not there yet.")
    verdict = Verdict.PROBLEM if place.is_needed else Verdict.WARNING
    what = f"{_named(place)} cannot be made: {folder} {'may not be written' if folder.is_dir() else 'is no folder'}."
    return Finding(SUBJECT, what, verdict, f"Check the rights of {folder}, or use another place with --home DIR.")


def _refused(place: _Place, why: str) -> Finding:
    verdict = Verdict.PROBLEM if place.is_needed or why != "may not be written" else Verdict.WARNING
    advice = f"Give yourself the right with `chmod u+rw{'x' if place.is_folder else ''} {place.path}`."
    return Finding(SUBJECT, f"{_named(place)} {why}.", verdict, advice if _HAS_MODES else "Check its rights.")


def _rights(place: _Place, status: os.stat_result) -> Iterator[Finding]:
    """What others may do. A folder that only its owner may enter keeps everything in it private."""
    mode = stat.S_IMODE(status.st_mode)
    folder = place.path if place.is_folder else place.path.parent
    folder_mode = folder.stat().st_mode
    is_shut = not folder_mode & 0o077
    command = f"`chmod {'700' if place.is_folder else '600'} {place.path}` keeps others out."
    if place.holds_key and mode & _OTHERS_READ:
        yield Finding(
            SUBJECT,
            f"{_named(place)} holds a key in plain text, and others may read the file.",
            Verdict.PROBLEM,
            f"{command} Better still, `parley keys move NAME` puts the key where keys are kept.",
        )
    elif place.holds and mode & _OTHERS_READ and not is_shut:
        yield Finding(SUBJECT, f"Others may read {place.holds} in {place.path}.", Verdict.WARNING, command)
    if mode & _OTHERS_WRITE and not is_shut:
        yield Finding(SUBJECT, f"Others may write to {place.path}.", Verdict.WARNING, command)
    elif folder_mode & _OTHERS_WRITE and not folder_mode & stat.S_ISVTX:
        yield Finding(
            SUBJECT,
            f"Others may replace files in {folder}.",
            Verdict.WARNING,
            f"`chmod go-w {folder}` keeps them from it.",
        )
    if status.st_uid not in (os.geteuid(), 0):
        yield Finding(
            SUBJECT,
            f"{place.path} belongs to another user.",
            Verdict.WARNING,
            "`chown` it to yourself, or use another place with --home DIR.",
        )


def _room(database: Path) -> Iterator[Finding]:
    folder = _existing(database.parent)
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return
    if free >= _LITTLE_ROOM:
        yield Finding(SUBJECT, f"{fmt.size(free)} are free on the disk of the database.")
    else:
        verdict = Verdict.PROBLEM if free < _NO_ROOM else Verdict.WARNING
        advice = "Make room: without it replies are shown but not kept."
        yield Finding(SUBJECT, f"Only {fmt.size(free)} are free on the disk of the database.", verdict, advice)


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next((each for each in (folder, *folder.parents) if _is_there(each)), folder)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False
