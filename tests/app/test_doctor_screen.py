"""The doctor as a screen, over the real demo."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from textual.pilot import Pilot

from app.app import ParleyApp
from app.config.paths import Locations
from app.screens.doctor import DoctorScreen
from app.session.opening import session_for

ENVIRON = {"HOME": "/home/adelaide", "USER": "adelaide", "TERM": "xterm-256color", "LANG": "C.UTF-8"}


class Room:
    """The open doctor."""

    def __init__(self, app: ParleyApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def text(self) -> str:
        assert isinstance(self.app.screen, DoctorScreen)
        return str(self.app.screen.text.content)

    @property
    def title(self) -> str:
        assert isinstance(self.app.screen, DoctorScreen)
        return str(self.app.screen.title_line.content)

    def shown(self) -> str:
        lines = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in lines)

    async def until_over(self) -> None:
        async with asyncio.timeout(60):
            while "examining" in self.title:
                await self.pilot.pause(0.02)


@asynccontextmanager
async def examined(home: Path, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Room]:
    session = session_for(Locations.under(home), ENVIRON, is_demo=True)
    app = ParleyApp(session, environ=ENVIRON)
    async with app.run_test(size=size, notifications=True) as pilot:
        async with asyncio.timeout(60):
            while not app._chat_screen.is_open:
                await pilot.pause(0.02)
        await app.run_action("doctor")
        await pilot.pause()
        room = Room(app, pilot)
        yield room
        await app.action_quit()


async def test_findings_come_in_and_problems_stand_first(tmp_path: Path) -> None:
    async with examined(tmp_path) as room:
        await room.until_over()
        sections = [line for line in room.text.splitlines() if line and not line.startswith(" ") and line[0].isalpha()]
        assert sections[0] == "Providers", "the demo has one that refuses its key"
        assert {"Python", "Terminal", "Files", "Database"} <= set(sections)
        assert room.title.startswith("Doctor: 1 problem")
        assert "✕ problem  locked: key rejected" in room.text
        assert "80 columns, 24 rows" in room.text


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (60, 20)])
async def test_nothing_is_cut_off(tmp_path: Path, size: tuple[int, int]) -> None:
    async with examined(tmp_path, size) as room:
        await room.until_over()
        assert isinstance(room.app.screen, DoctorScreen)
        width = room.app.screen.text.content_size.width
        assert all(len(line) <= width or " " not in line.strip() for line in room.text.splitlines())
        shown = room.shown()
        assert "r run again" in shown
        assert "esc close" in shown
        assert "✕ problem" in shown


async def test_r_examines_again(tmp_path: Path) -> None:
    async with examined(tmp_path) as room:
        await room.until_over()
        assert "is damaged" not in room.text
        with closing(sqlite3.connect(tmp_path / "parley.db")) as other:
            other.execute("PRAGMA user_version = 999")
        await room.pilot.press("r")
        await room.pilot.pause()
        await room.until_over()
        assert "A newer Parley wrote it" in room.text


async def test_y_copies_a_report_without_anything_private(tmp_path: Path) -> None:
    async with examined(tmp_path) as room:
        await room.until_over()
        await room.pilot.press("y")
        await room.pilot.pause()
        assert room.app.clipboard.startswith("## Parley doctor: 1 problem")
        assert "adelaide" not in room.app.clipboard
        assert any("the report" in note.message for note in room.app._notifications)


async def test_esc_closes_it_while_it_examines(tmp_path: Path) -> None:
    async with examined(tmp_path) as room:
        await room.pilot.press("escape")
        await room.pilot.pause()
        assert not isinstance(room.app.screen, DoctorScreen)
        async with asyncio.timeout(10):
            while any(worker.name == "doctor" and not worker.is_finished for worker in room.app.workers):
                await room.pilot.pause(0.02)
