"""A store of its own for every test, with a clock that the test sets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.storage.store import Store
from tests.storage.stories import Clock, Writer


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database_path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "parley.db"


@pytest.fixture
async def store(database_path: Path, clock: Clock) -> AsyncIterator[Store]:
    store = await Store.open(database_path, clock)
    yield store
    await store.close()


@pytest.fixture
def writer(store: Store, clock: Clock) -> Writer:
    return Writer(store, clock)
