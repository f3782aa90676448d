"""The connections, for commands about providers: opened, used, closed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from app.cli.context import CliContext
from app.cli.output import fail
from app.cli.prompting import WrongUsage
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
            fail(context, f"config.toml{':' if problem.line is None else ','} {problem}.", problem.hint)
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
            said = refusal.in_full
            return fail(context, f"{said[:1].upper()}{said[1:]}", code=WRONG_USAGE)
        except KeyStoreError as error:
            return fail(context, str(error), error.hint, code=WRONG_USAGE)
        except BadConfig as error:
            return fail(context, error.summary, error.hint, code=WRONG_USAGE)
        except WrongUsage as error:
            return fail(context, str(error), error.hint, code=WRONG_USAGE)
        finally:
            await connections.close()

    return asyncio.run(run())


def known_name(connections: Connections, context: CliContext, name: str) -> bool:
    """Whether there is a provider of that name; says so when there is none."""
    from app.config.problems import nearest

    if name in connections.names:
        return True
    meant = nearest(name, connections.names)
    if meant:
        hint = f"Did you mean {meant}?"
    elif connections.names:
        hint = f"There are: {', '.join(connections.names)}."
    else:
        hint = "There are none yet: `parley providers add` adds one."
    fail(context, f"There is no provider called {name}.", hint)
    return False


def is_configured(connections: Connections, context: CliContext, name: str) -> bool:
    """Whether a provider of that name stands in config.toml and can be changed there; says so when not."""
    if not known_name(connections, context, name):
        return False
    if connections.is_configured(name):
        return True
    if connections.is_demo:
        fail(context, f"{name} belongs to the demo.", "It cannot be changed.")
    else:
        view = connections.view(name)
        found = view.found if view else "found"
        fail(context, f"{name} is {found}, it is not in config.toml.", f"`parley providers add {name}` keeps it.")
    return False
