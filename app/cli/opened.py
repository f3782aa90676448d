"""The store, for commands that only look at what is there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from app.cli.context import CliContext
from app.cli.output import fail, note
from app.storage.errors import StoreError
from app.storage.store import Store

WRONG_USAGE = 2


def with_store(context: CliContext, work: Callable[[Store], Awaitable[int]]) -> int:
    """Run work on the store and return its exit code; a store that cannot be used is one sentence."""
    return asyncio.run(in_store(context, work))


async def in_store(context: CliContext, work: Callable[[Store], Awaitable[int]]) -> int:
    """The same inside a running event loop."""
    try:
        store = await Store.open(context.locations.database, context.clock)
        try:
            if store.notice:
                note(context, store.notice)
            return await work(store)
        finally:
            await store.close()
    except StoreError as error:
        return fail(context, f"{error}.", error.hint, code=WRONG_USAGE)
