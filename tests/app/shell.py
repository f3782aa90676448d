"""Runs the app on a scripted session, and waits for what should happen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

from textual import events
from textual.pilot import Pilot

from app.app import ParleyApp
from app.screens.chat import ChatScreen
from app.session.session import Session
from tests.app.scripted import ScriptedSession

WIDE, SMALL = (160, 48), (80, 24)
_PATIENCE_SECONDS = 10.0


class Shell:
    """The running app with short names for what tests look at."""

    def __init__(self, app: ParleyApp, pilot: Pilot[None], session: ScriptedSession) -> None:
        self.app = app
        self.pilot = pilot
        self.session = session

    @property
    def chat(self) -> ChatScreen:
        screen = self.app.screen_stack[0]
        assert isinstance(screen, ChatScreen)
        return screen

    @property
    def draft(self) -> str:
        return self.chat.composer.text

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def burst(self, *keys: str) -> None:
        """Keys that are all in the queue before the first one is looked at."""
        for key in keys:
            self.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await self.pilot.pause()

    async def ask(self, text: str) -> None:
        """Write a prompt and send it."""
        self.chat.composer.write(text)
        self.chat.composer.editor.focus()
        await self.press("enter")

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait for a condition; fails when it does not come true."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while not holds():
                await self.pilot.pause(0.01)

    async def until_idle(self) -> None:
        await self.until(lambda: not self.app.runs.running)
        await self.pilot.pause()

    def shown(self) -> str:
        """The words on the screen, line by line."""
        # Drawn once: between two lines the screen may have changed its size.
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in strips)


@asynccontextmanager
async def running(
    session: ScriptedSession | None = None, *, size: tuple[int, int] = WIDE, **options: Any
) -> AsyncIterator[Shell]:
    """The app, open and idle."""
    scripted = session or ScriptedSession()
    app = ParleyApp(cast(Session, scripted), **options)
    async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
        shell = Shell(app, pilot, scripted)
        if scripted.opening is None:
            await shell.until(lambda: shell.chat.is_open)
        await pilot.pause()
        yield shell
