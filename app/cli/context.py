"""What every command is given besides its arguments."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from app.config.paths import Locations


def _now() -> datetime:
    return datetime.now(UTC)


def _stdout() -> TextIO:
    return sys.stdout or _nowhere()


def _stderr() -> TextIO:
    return sys.stderr or _nowhere()


def _nowhere() -> TextIO:
    """For a process that was started with its output closed."""
    return Path(os.devnull).open("w", encoding="utf-8")


@dataclass(frozen=True, slots=True)
class CliContext:
    """The world outside a command; tests pass their own.

    Attributes:
        clock: the present moment, aware.
        is_demo: `--demo` was given.
    """

    locations: Locations
    environ: Mapping[str, str]
    stdout: TextIO = field(default_factory=_stdout)
    stderr: TextIO = field(default_factory=_stderr)
    clock: Callable[[], datetime] = _now
    is_demo: bool = False
