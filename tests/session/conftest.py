"""A real session: the demo server over loopback, a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from app.config.settings import Settings
from app.connections.demo import demo_settings
from app.session.session import Session
from providers.demo import DemoServer, demo_models
from tests.session.making import session_with

OpenSession = Callable[[], "AsyncIterator[Session]"]


@pytest.fixture
async def session(demo: DemoServer, tmp_path: Path) -> AsyncIterator[Session]:
    """An open session with the demo's seven providers."""
    opened = session_with(demo_settings(Settings(), demo.url, demo_models()), tmp_path)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def reopen(demo: DemoServer, tmp_path: Path) -> AsyncIterator[Callable[[], Session]]:
    """Makes another session on the same store; it is closed at the end of the test."""
    stack = AsyncExitStack()

    def another() -> Session:
        made = session_with(demo_settings(Settings(), demo.url, demo_models()), tmp_path)
        stack.push_async_callback(made.close)
        return made

    async with stack:
        yield another
