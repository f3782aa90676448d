"""Servers of one's own on this machine, found on their usual ports without any configuration."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from providers.asking import NO_SECRET, fetch
from providers.catalogue.hosts import host_of
from providers.catalogue.listing import parse
from providers.catalogue.loader import Catalogue
from providers.catalogue.recognise import recognise
from providers.catalogue.records import LocalServer, ModelInfo, Preset
from providers.errors import ProviderError
from providers.http import Http
from providers.proxies import DIRECT
from providers.request import AuthScheme, Endpoint, WireFormat

DISCOVERY_BUDGET_S = 0.3


@dataclass(frozen=True, slots=True)
class Discovered:
    """A server that answered.

    Attributes:
        preset_id: what it is, which need not be what usually listens there.
        base_url: by name, so that it is found in both families of addresses.
    """

    preset_id: str
    base_url: str
    models: tuple[ModelInfo, ...]


async def discover(
    http: Http,
    catalogue: Catalogue,
    *,
    skip: Collection[str] = (),
    budget_s: float = DISCOVERY_BUDGET_S,
    today: date,
) -> tuple[Discovered, ...]:
    """Ask each usual port for its list of models: one GET each, all at once, without a key and past any proxy.

    A server that is not recognised by its list is not offered.

    Args:
        skip: presets by id, and hosts as `host_of` gives them, that need not be asked.
        budget_s: for all together; whoever is slower is not found.
    """
    presets = catalogue.all_presets()
    places = [
        (server, f"http://localhost:{server.port}")
        for preset in presets
        if (server := preset.server) is not None and preset.id not in skip
    ]
    tasks = [
        asyncio.ensure_future(_look(http, presets, server, base_url, budget_s, today))
        for server, base_url in places
        if host_of(base_url) not in skip
    ]
    if not tasks:
        return ()
    try:
        await asyncio.wait(tasks, timeout=budget_s)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    answers = [task.result() for task in tasks if not task.cancelled()]
    return tuple(answer for answer in answers if answer is not None)


async def _look(
    http: Http, presets: tuple[Preset, ...], asked: LocalServer, base_url: str, budget_s: float, today: date
) -> Discovered | None:
    endpoint = Endpoint(
        host_of(base_url),
        WireFormat.OPENAI_CHAT,
        base_url,
        auth=AuthScheme.NONE,
        timeout_s=budget_s,
        needs_key=False,
        proxy=DIRECT,
    )
    try:
        reply = await fetch(http, endpoint, NO_SECRET, f"{base_url}{asked.list_path}")
        preset = recognise(presets, reply.body, asked) if reply.status == 200 else None
        if preset is None:
            return None
        return Discovered(preset.id, base_url, parse(preset.listing, reply.body, checked=today))
    except ProviderError:
        return None
