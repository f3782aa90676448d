"""The way to a provider, for a request that goes out now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from providers.credentials import missing_key

if TYPE_CHECKING:
    from app.config.settings import ProviderSettings
    from app.connections.roster import Roster
    from app.connections.routes import Route


async def way_to(roster: Roster, entry: ProviderSettings) -> Route:
    """A route with its key. Raises: MissingKey, and what `Roster.route` and `Roster.ready` raise."""
    route = roster.route_of(entry)
    if route.lacks_key:
        missing = missing_key(entry.name, route.endpoint.key_places, route.preset.key_url)
        missing.hint += f" `parley keys set {entry.name}` stores one."
        raise missing
    return await roster.ready(route)
