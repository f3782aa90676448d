"""The connections, for commands about providers: opened, used, closed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from app.cli.context import CliContext
from app.cli.output import fail
from app.connections.connections import Connections

WRONG_USAGE = 2


def with_connections(
    context: CliContext, work: Callable[[Connections], Awaitable[int]], *, discovers: bool = False
) -> int:
    """Run work on the connections and return its exit code. What is wrong with config.toml is said instead.

    Args:
        discovers: look for servers on this machine first.
    """
    from app.connections.opening import connections_for

    connections = connections_for(context.locations, context.environ, is_demo=context.is_demo)
    if connections.problems:
        for problem in connections.problems:
            fail(context, f"config.toml, {problem}.", problem.hint)
        return WRONG_USAGE

    async def run() -> int:
        from app.config.edit import EditRefused
        from app.keys.store import KeyStoreError
        from providers.errors import BadConfig

        try:
            await connections.open()
            if discovers:
                await connections.discover()
            return await work(connections)
        except EditRefused as refusal:
            return fail(context, refusal.in_full, code=WRONG_USAGE)
        except KeyStoreError as error:
            return fail(context, str(error), error.hint, code=WRONG_USAGE)
        except BadConfig as error:
            return fail(context, error.summary, error.hint, code=WRONG_USAGE)
        finally:
            await connections.close()

    return asyncio.run(run())


def known_name(connections: Connections, context: CliContext, name: str) -> bool:
    """Whether there is a provider of that name; says so when there is none."""
    from app.config.problems import nearest

    if name in connections.names:
        return True
    meant = nearest(name, connections.names)
    names = ", ".join(connections.names) or "none"
    hint = f"Did you mean {meant}?" if meant else f"There are: {names}."
    fail(context, f"There is no provider called {name}.", hint)
    return False
