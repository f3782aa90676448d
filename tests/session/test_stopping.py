"""A turn that is stopped between two requests, or while one of several is on its way: the ledger has each one once."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from app.config.paths import Locations
from app.config.settings import ProviderSettings, Settings
from app.session.chat import Chat
from app.session.session import Session
from app.session.turn import Turn
from app.storage.stats import Grouping, StatsQuery
from providers.events import StopReason
from providers.reference import ModelRef
from tests.providers.recording import Answer, Recorded, RecordingServer
from tests.session.making import session_with

BUSY = Answer({"error": {"message": "Busy."}}, 429, headers={"retry-after": "0"})
FIRST, SPARE = ModelRef("first", "house"), ModelRef("spare", "house")


@asynccontextmanager
async def session_at(server: RecordingServer, home: Path, *, retries: int) -> AsyncIterator[Session]:
    """Two providers at one server, the second one stands in for the first."""
    providers = (
        ProviderSettings("first", "openai-compat", base_url=f"{server.url}/first", retries=retries),
        ProviderSettings("spare", "openai-compat", base_url=f"{server.url}/spare", retries=0),
    )
    settings = Settings(fallback_model=SPARE, providers={entry.name: entry for entry in providers})
    session = session_with(settings, home)
    await session.open()
    yield session
    await session.close()


async def read(turn: Turn) -> None:
    async for _ in turn.run():
        pass


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - the server is in threads
            await asyncio.sleep(0.01)


async def requests(session: Session) -> list[tuple[str, int]]:
    stats = await session.spending.stats(StatsQuery(Grouping.PROVIDER))
    return [(row.key, row.figures.requests) for row in stats.rows]


def outcomes(chat: Chat) -> list[tuple[str, int, StopReason]]:
    return [(row.provider, row.attempt, row.stop) for row in chat.rows]


async def test_the_second_attempt_is_in_the_ledger_once_it_is_sent(tmp_path: Path) -> None:
    answers = iter([BUSY, Answer("", delay_s=2)])
    with RecordingServer(lambda request: next(answers)) as server:
        async with session_at(server, tmp_path, retries=1) as session:
            chat = session.new_chat()
            task = asyncio.create_task(read(chat.ask("Hello", FIRST)))
            await until(lambda: len(server.requests) == 2)
            task.cancel()
            await asyncio.wait([task])
            assert outcomes(chat) == [("first", 1, StopReason.ERROR), ("first", 2, StopReason.CANCELLED)]


async def test_what_the_fallback_was_asked_is_in_the_ledger_too(tmp_path: Path) -> None:
    answers = iter([BUSY, Answer("", delay_s=2)])
    with RecordingServer(lambda request: next(answers)) as server:
        async with session_at(server, tmp_path, retries=0) as session:
            chat = session.new_chat()
            task = asyncio.create_task(read(chat.ask("Hello", FIRST)))
            await until(lambda: len(server.requests) == 2)
            task.cancel()
            await asyncio.wait([task])
            assert outcomes(chat) == [("first", 1, StopReason.ERROR), ("spare", 1, StopReason.CANCELLED)]


@pytest.mark.parametrize("retries", [0, 2], ids=["before the fallback", "before a retry"])
async def test_a_stop_while_a_failed_attempt_is_recorded_does_not_record_it_twice(tmp_path: Path, retries: int) -> None:
    is_locked, loop = asyncio.Event(), asyncio.get_running_loop()
    other = sqlite3.connect(Locations.under(tmp_path).database, check_same_thread=False, isolation_level=None)

    def busy(request: Recorded) -> Answer:
        other.execute("BEGIN IMMEDIATE")  # From here on the ledger has to wait.
        loop.call_soon_threadsafe(is_locked.set)
        return BUSY

    with RecordingServer(busy) as server:
        async with session_at(server, tmp_path, retries=retries) as session:
            chat = session.new_chat()
            task = asyncio.create_task(read(chat.ask("Hello", FIRST)))
            await is_locked.wait()
            await until(lambda: chat.rows)
            task.cancel()
            await asyncio.sleep(0.05)
            other.execute("ROLLBACK")
            await asyncio.wait([task])
            assert outcomes(chat) == [("first", 1, StopReason.ERROR)]
            assert await requests(session) == [("first", 1)]
    other.close()
