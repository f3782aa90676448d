"""Asks every provider whether it answers, all at once, and says what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from app import format as fmt
from app.doctor.findings import Finding, Verdict
from providers.connection import NO_KEY, ConnectionState

if TYPE_CHECKING:
    from app.connections.connections import Connections
    from app.connections.views import ProviderView

SUBJECT = "Providers"


async def provider_checks(connections: Connections, *, may_send: bool, patience_s: float) -> AsyncIterator[Finding]:
    """One finding per provider, in the order in which they answer, and more where it needs a word.

    Args:
        connections: open.
        may_send: False sends nothing, and says what is known without.
        patience_s: how long a provider is waited for.
    """
    if may_send:
        await connections.discover()
    names = connections.names
    if not names:
        yield Finding(SUBJECT, "There is none: nothing can be asked.", Verdict.PROBLEM, connections.no_model_hint())
        return

    async def check(name: str) -> tuple[str, bool]:
        """Returns: the name, and whether it was done in time."""
        try:
            async with asyncio.timeout(patience_s):
                await connections.lamps.check(name, connections.client, may_ask=False)
        except TimeoutError:
            return name, False
        return name, True

    checks = [asyncio.create_task(check(name)) for name in names] if may_send else []
    try:
        for outcome in asyncio.as_completed(checks):
            name, is_done = await outcome
            view = connections.view(name)
            if view is not None:  # Somebody may have removed it meanwhile.
                yield judged(view) if is_done else _late(view, patience_s)
                for note in () if connections.is_demo else view.warnings:
                    yield Finding(SUBJECT, f"{name}: {note}", Verdict.NOTE)
    finally:
        for task in checks:
            task.cancel()
    if not may_send:
        for name in names:
            yield _unasked(connections, name)


def _late(view: ProviderView, patience_s: float) -> Finding:
    what = f"{view.name}: no answer within {patience_s:g} seconds from {view.url}."
    advice = "Check the network and the base URL; `parley providers test` waits for as long as timeout says."
    return Finding(SUBJECT, what, Verdict.PROBLEM, advice)


def judged(view: ProviderView) -> Finding:
    """What the last check of a provider means."""
    connection, error = view.connection, view.connection.error
    kind = f"{view.name}{f' ({view.found})' if view.found else ''}"
    if error is not None and connection.state is ConnectionState.ERROR:
        where = f" {error.url}" if error.url and error.url not in error.summary else ""
        what = f"{kind}: {connection.word}. {error.summary}{where}"
        return Finding(SUBJECT, what, Verdict.WARNING if view.found else Verdict.PROBLEM, error.hint)
    if error is not None:
        return Finding(SUBJECT, f"{kind}: {connection.word}. {error.summary}", Verdict.WARNING, error.hint)
    if connection.state is ConnectionState.DISABLED:
        return Finding(SUBJECT, f"{kind}: disabled, so it was not asked.", Verdict.SKIPPED)
    if connection.word == NO_KEY:
        advice = f"`parley keys set {view.name}` stores one."
        return Finding(SUBJECT, f"{kind}: no key, so nothing was sent.", Verdict.WARNING, advice)
    trip = fmt.duration(connection.round_trip_ms)
    key = f", key from {view.key_source}" if view.key_source else ""
    count = len(connection.models)
    models = f", {count} model{'' if count == 1 else 's'}" if count else ""
    what = f"{kind}: {connection.word} in {trip}{models}{key}. {connection.url or view.url}"
    if connection.state is ConnectionState.UNVERIFIED:
        return Finding(SUBJECT, what, Verdict.NOTE, "It answers; whether the key is good, the first message shows.")
    return Finding(SUBJECT, what)


def _unasked(connections: Connections, name: str) -> Finding:
    view = connections.view(name)
    url = f" {view.url}" if view is not None and view.url else ""
    return Finding(SUBJECT, f"{name}: not asked.{url}", Verdict.SKIPPED)
