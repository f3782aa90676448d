"""Runs a command as the command line does, and keeps what it prints."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from app.cli import parsed
from app.cli.context import CliContext
from app.config.paths import Locations
from app.storage.store import Store
from tests.storage.stories import NOON, Clock, Writer


@dataclass
class Terminal:
    """Attributes:
    out, err: what the last command printed.
    """

    home: Path
    environ: Mapping[str, str] = field(default_factory=lambda: {"TZ": "Europe/Berlin"})
    now: datetime = NOON
    out: str = ""
    err: str = ""

    @property
    def locations(self) -> Locations:
        return Locations.under(self.home)

    def run(self, command: str, *arguments: str, piped: str | None = None) -> int:
        """Run a command and return its exit code.

        Args:
            piped: what it finds on stdin; None leaves stdin alone.
        """
        out, err = io.StringIO(), io.StringIO()
        context = CliContext(self.locations, self.environ, stdout=out, stderr=err, clock=lambda: self.now)
        with redirect_stderr(err), pytest.MonkeyPatch.context() as patch:
            if piped is not None:
                patch.setattr(sys, "stdin", io.StringIO(piped))
            try:
                code: int = import_module(f"app.cli.{command}").run(parsed([command, *arguments]), context)
            except SystemExit as stop:
                code = int(stop.code or 0)
        self.out, self.err = out.getvalue(), err.getvalue()
        return code

    def json(self, command: str, *arguments: str) -> Any:
        """Run a command with --json and return what it printed."""
        assert self.run(command, *arguments, "--json") == 0, self.err
        return json.loads(self.out)

    def fill(self, story: Callable[[Writer], Awaitable[None]]) -> None:
        """Let a writer put something into the store."""

        async def write() -> None:
            clock = Clock()
            store = await Store.open(self.locations.database, clock)
            await story(Writer(store, clock))
            await store.close()

        asyncio.run(write())
