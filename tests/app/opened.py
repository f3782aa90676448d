"""Runs the app on a real session: real files, a real vault, servers on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from app.app import ParleyApp
from app.config.load import load
from app.config.paths import Locations
from app.connections.connections import Connections
from app.connections.demo import Demo
from app.session.session import Session
from app.widgets.form import Field, TextField
from tests.app.scripted import ScriptedSession
from tests.app.shell import WIDE, Shell
from tests.connections.making import PASSPHRASE, key_store

QUIET = "discover = false\n"
"""No test may depend on what else runs on this machine."""


class Opened(Shell):
    """The running app, with short names for what stands in a form."""

    def __init__(self, app: ParleyApp, pilot: Any, session: Session, home: Path) -> None:
        super().__init__(app, pilot, cast(ScriptedSession, session))
        self.connections = session.connections
        self.home = home

    @property
    def config(self) -> str:
        """What config.toml says."""
        file = self.home / "config.toml"
        return file.read_text("utf-8") if file.exists() else ""

    def field(self, name: str) -> Field:
        return next(each for each in self.app.screen.query(Field) if each.name == name)

    async def fill(self, **values: str) -> None:
        """Write into the fields of the form, as typing would leave them."""
        for name, text in values.items():
            field = self.field(name)
            assert isinstance(field, TextField)
            field.enter()
            await self.pilot.pause()
            field.value = text
        await self.pilot.pause()

    async def choose_preset(self, *typed: str) -> None:
        """From the conversation into the form for a preset, by keys alone."""
        await self.press("slash", *"add", "enter")
        await self.until(lambda: self.on("Picker"))
        await self.press(*typed, "enter")
        await self.until(lambda: self.on("ProviderForm"))
        await self.pilot.pause()

    def on(self, screen: str) -> bool:
        """Whether a screen of that class is on top."""
        return type(self.app.screen).__name__ == screen

    async def until_shown(self, words: str) -> None:
        await self.until(lambda: words in self.shown())

    async def until_gone(self, screen: str) -> None:
        await self.until(lambda: not self.on(screen))
        await self.pilot.pause()

    def everything_written(self) -> str:
        """Every byte in the home, for a search that must find nothing."""
        files = [file for file in self.home.rglob("*") if file.is_file()]
        return "\n".join(file.read_bytes().decode("utf-8", "replace") for file in files)


@asynccontextmanager
async def opened(
    home: Path,
    config: str = QUIET,
    environ: Mapping[str, str] | None = None,
    *,
    is_demo: bool = False,
    has_vault: bool = True,
    size: tuple[int, int] = WIDE,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    **options: Any,
) -> AsyncIterator[Opened]:
    """The app, open and idle, on a config.toml with this text."""
    locations = Locations.under(home)
    locations.config_file.write_text(config, "utf-8")
    everything = {**(PASSPHRASE if has_vault else {}), **(environ or {})}
    loaded = load(locations.config_file, everything)
    connections = Connections(
        loaded.settings,
        locations,
        everything,
        problems=loaded.problems,
        keys=key_store(home, everything),
        demo=Demo() if is_demo else None,
    )
    session = Session(connections, locations, now=now)
    app = ParleyApp(session, **options)
    async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
        shell = Opened(app, pilot, session, home)
        await shell.until(lambda: shell.chat.is_open)
        await pilot.pause()
        yield shell
        await shell.app.runs.stop_all()
        await session.close()
