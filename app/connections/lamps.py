"""Keeps the lamps true: tries each provider, tries a failed one again, and listens to what requests tell."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from app.connections.consent import ConsentNeeded, KeyOutOfReach, KeyVariableUnset
from app.connections.roster import Roster
from providers.connection import Connection, ConnectionState
from providers.errors import ProviderError

if TYPE_CHECKING:
    from app.config.settings import ProviderSettings
    from app.connections.model_lists import ModelLists
    from app.connections.routes import Route
    from providers.catalogue.records import ModelInfo
    from providers.client import Client


LOOK_NEAR_S, LOOK_FAR_S = 60.0, 900.0
"""How often it is looked whether a provider is still there: a server of one's own comes and goes, a vendor hardly."""

_ANSWERING = (ConnectionState.CONNECTED, ConnectionState.UNVERIFIED)


@dataclass(eq=False, slots=True)
class _Check:
    """One that is under way."""

    entry: ProviderSettings
    is_over: asyncio.Event = field(default_factory=asyncio.Event)


class Lamps:
    """One state machine per provider.

    Args:
        lists: where the model lists of servers are kept between two runs.
        now: aware, UTC.
        rng: a number in [0, 1), for the pauses between attempts.
    """

    def __init__(
        self, roster: Roster, lists: ModelLists, now: Callable[[], datetime], rng: Callable[[], float]
    ) -> None:
        self._roster = roster
        self._lists = lists
        self._now = now
        self._rng = rng
        self._stirred: dict[str, asyncio.Event] = {}
        self._running: dict[str, _Check] = {}

    # ── one check ─────────────────────────────────────────────────────────────

    async def check(self, name: str, client: Client, *, may_ask: bool = True) -> None:
        """Try one provider and move its lamp; failures are the lamp's to show.

        Nothing is sent without a key where one is needed. Whoever asks while the same check is under way waits
        for that one.

        Args:
            may_ask: whether the keychain may ask the user to unlock it.
        """
        if not self._roster.is_enabled(name):
            return
        entry = self._roster.entry(name)
        running = self._running.get(name)
        if running is not None and running.entry is entry:
            await running.is_over.wait()
            return
        mine = self._running[name] = _Check(entry)
        try:
            await self._check(entry, client, may_ask)
        finally:
            mine.is_over.set()
            if self._running.get(name) is mine:
                del self._running[name]
            self._stir(name)

    async def _check(self, entry: ProviderSettings, client: Client, may_ask: bool) -> None:
        try:
            way = self._roster.route_of(entry)
            if way.lacks_key:
                self._move(entry, lambda before: before.without_key(self._now()))
                return
            is_quiet = not may_ask and self._roster.connection(entry.name).state in _ANSWERING
            if not is_quiet:
                self._move(entry, lambda before: before.connecting(self._now()))
            way = await self._roster.ready(way, may_ask=may_ask)
            found = await client.check(way.endpoint, way.preset, way.key.secret if way.key else None)
        except (ConsentNeeded, KeyOutOfReach, KeyVariableUnset) as error:
            held_back = error
            self._move(entry, lambda before: before.held_back(held_back.word, held_back, self._now()))
            return
        except ProviderError as error:
            failure = error
            self._move(entry, lambda before: before.failed(failure, self._now(), self._rng()))
            return
        if found.is_listed:
            await asyncio.to_thread(self._lists.save, entry.name, list_key(way), found.models)
        if not self._is_still(entry):
            return
        models = self._roster.catalogue.models(way.preset, found.models, self._roster.shown(entry.name).models)
        self._move(
            entry,
            lambda before: before.answered(
                self._now(),
                is_proved=found.is_proved,
                models=models,
                is_listed=found.is_listed,
                ms=found.round_trip_ms,
                url=found.url,
            ),
        )

    def _move(self, entry: ProviderSettings, step: Callable[[Connection], Connection]) -> None:
        """Move a lamp, unless the provider has changed since: then this is about the old one."""
        if not self._is_still(entry):
            return
        before = self._roster.connection(entry.name)
        after = step(before)
        if after is not before:
            self._roster.set_connection(entry.name, after)

    def _is_still(self, entry: ProviderSettings) -> bool:
        """Whether a provider is enabled, and what it was when it was looked up."""
        return entry.enabled and entry.name in self._roster and self._roster.entry(entry.name) is entry

    # ── for as long as it is there ────────────────────────────────────────────

    async def keep(self, name: str, client: Client) -> None:
        """Keep the lamp of a provider true until it is gone or this is cancelled.

        Tries it at the start unless it is only to be connected when used, a failed one again and again with growing
        pauses, and looks now and then, without a flicker, whether one that answered is still there.
        """
        # Its own: the keeper before it, of a provider that was removed and added again, may not have left yet.
        stirred = self._stirred[name] = asyncio.Event()
        try:
            while name in self._roster:
                due = self._due_in(name)
                stirred.clear()
                if due is None or due > 0:
                    await _wait(stirred, due)
                else:
                    await self.check(name, client, may_ask=False)
        finally:
            if self._stirred.get(name) is stirred:
                del self._stirred[name]

    def _due_in(self, name: str) -> float | None:
        """Seconds until the next attempt; None while there is nothing to try."""
        connection = self._roster.connection(name)
        if connection.state is ConnectionState.CONNECTING:
            return 0
        next_try = connection.next_try_at or self._next_look_at(name, connection)
        return None if next_try is None else max(0.0, (next_try - self._now()).total_seconds())

    def _next_look_at(self, name: str, connection: Connection) -> datetime | None:
        """When it is looked whether a provider that answered is still there; None for every other state."""
        from providers.catalogue.hosts import is_private

        if connection.state not in _ANSWERING or connection.checked_at is None:
            return None
        is_near = is_private(self._roster.destination(self._roster.entry(name)))
        return connection.checked_at + timedelta(seconds=LOOK_NEAR_S if is_near else LOOK_FAR_S)

    def try_all_again(self) -> None:
        """What may be sent has changed for all of them. Those that are only connected when used are left alone."""
        for entry in self._roster.entries():
            connection = self._roster.connection(entry.name)
            if connection.state in (ConnectionState.CONNECTED, ConnectionState.UNVERIFIED, ConnectionState.ERROR):
                self._roster.set_connection(entry.name, connection.connecting(self._now()))
        self.stir_all()

    def try_without_key_again(self) -> None:
        """Keys have come, gone or been allowed: what waits for one is tried again."""
        for entry in self._roster.entries():
            connection = self._roster.connection(entry.name)
            if connection.is_about_key:
                self._roster.set_connection(entry.name, connection.connecting(self._now()))
        self.stir_all()

    def stir_all(self) -> None:
        """Providers came, went or changed."""
        for event in self._stirred.values():
            event.set()

    def _stir(self, name: str) -> None:
        """Something changed: the time of the next attempt is another one."""
        if name in self._stirred:
            self._stirred[name].set()

    # ── from elsewhere ────────────────────────────────────────────────────────

    def note_outcome(self, entry: ProviderSettings, error: ProviderError | None) -> None:
        """A request went through or failed: that moves the lamp too.

        Args:
            entry: the provider as it was when the request was sent.
        """
        self._move(entry, lambda before: before.after_request(error, self._now(), self._rng()))
        self._stir(entry.name)

    async def recall_lists(self) -> None:
        """Show the lists that were kept, until the servers give new ones."""
        kept = await asyncio.to_thread(self._kept_lists)
        for entry, models, listed_at in kept:
            is_there = entry.name in self._roster and self._roster.entry(entry.name) is entry
            if is_there and not self._roster.connection(entry.name).models:
                self._roster.set_connection(entry.name, self._roster.connection(entry.name).knowing(models, listed_at))

    def _kept_lists(self) -> list[tuple[ProviderSettings, tuple[ModelInfo, ...], datetime]]:
        """Reads files."""
        kept = []
        for entry in self._roster.entries():
            try:
                way = self._roster.route_of(entry) if entry.enabled else None
                written = self._roster.shown(entry.name).models
            except ProviderError:
                continue
            list_ = self._lists.load(entry.name, list_key(way)) if way else None
            if way is not None and list_ is not None:
                models = self._roster.catalogue.models(way.preset, list_.models, written)
                kept.append((entry, models, list_.fetched_at))
        return kept


def list_key(way: Route) -> str:
    """What a kept list belongs to: another URL or format has another list."""
    return f"{way.endpoint.format.value} {way.endpoint.base_url}"


async def _wait(event: asyncio.Event, seconds: float | None) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
