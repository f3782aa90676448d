"""The examination as a whole: every subject in its order, the providers asked meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from app.doctor.findings import Finding

if TYPE_CHECKING:
    from app.config.paths import Locations
    from app.connections.connections import Connections
    from app.doctor.terminal import TerminalFacts

_PATIENCE_S = 20.0


class Checkup:
    """Examines one Parley; it may be done again and again."""

    def __init__(
        self,
        connections: Connections,
        locations: Locations,
        environ: Mapping[str, str],
        terminal_facts: Callable[[], TerminalFacts],
        *,
        version: str,
        may_send: bool = True,
        patience_s: float = _PATIENCE_S,
    ) -> None:
        """
        Args:
            connections: open.
            terminal_facts: finds out about the terminal; may take a second or two, and is called in a thread.
            version: of Parley.
            may_send: False sends nothing to any provider.
            patience_s: how long a provider is waited for.
        """
        self._connections = connections
        self._locations = locations
        self._environ = environ
        self._terminal_facts = terminal_facts
        self._version = version
        self._may_send = may_send
        self._patience_s = patience_s

    async def findings(self) -> AsyncIterator[Finding]:
        """Everything, subject by subject; providers in the order in which they answer."""
        from app.doctor.keys import key_store
        from app.doctor.network import network

        connections = self._connections
        answers: asyncio.Queue[Finding | None] = asyncio.Queue()
        asking = asyncio.create_task(self._ask_providers(answers))
        try:
            for finding in await asyncio.to_thread(lambda: [*self._look_at_machine(), *self._look_at_files()]):
                yield finding
            async for finding in key_store(connections.keys):
                yield finding
            # In a thread: files of certificates are read, which is slow.
            for finding in await asyncio.to_thread(
                lambda: list(network(connections.settings, connections.roster, self._environ))
            ):
                yield finding
            for finding in await asyncio.to_thread(lambda: list(self._look_at_data())):
                yield finding
            while (answer := await answers.get()) is not None:
                yield answer
            await asking
        finally:
            asking.cancel()

    async def _ask_providers(self, answers: asyncio.Queue[Finding | None]) -> None:
        from app.doctor.provider_checks import provider_checks

        try:
            async for finding in provider_checks(
                self._connections, may_send=self._may_send, patience_s=self._patience_s
            ):
                answers.put_nowait(finding)
        finally:
            answers.put_nowait(None)

    def _look_at_machine(self) -> Iterator[Finding]:
        from app.doctor.installation import installation
        from app.doctor.terminal import terminal

        yield from installation(self._version)
        yield from terminal(self._terminal_facts(), self._environ)

    def _look_at_files(self) -> Iterator[Finding]:
        from app.config.load import load
        from app.doctor.configuration import configuration, holds_secret
        from app.doctor.places import places

        loaded = load(self._locations.config_file, self._environ)
        yield from places(self._locations, holds_key=holds_secret(self._locations.config_file, loaded.settings))
        yield from configuration(self._locations.config_file, loaded)

    def _look_at_data(self) -> Iterator[Finding]:
        from app.connections.token_ranks import TokenRanks
        from app.doctor.database import database
        from app.doctor.logs import logs
        from app.doctor.tokens import token_ranks

        settings = self._connections.settings
        yield token_ranks(
            TokenRanks(self._locations.token_ranks_dir).state(),
            may_download=settings.download_tokenizer and not settings.offline,
        )
        yield from database(self._locations.database)
        yield from logs(self._locations.log_file)
