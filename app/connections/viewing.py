"""From roster and lamps to what screens and commands show of a provider."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.connections.models import Models
from app.connections.roster import Roster
from app.connections.views import ProviderView
from providers.errors import ProviderError

if TYPE_CHECKING:
    from app.connections.routes import Route
    from app.keys.ladder import Ladder


def summary(roster: Roster, name: str) -> ProviderView:
    """One line of the sidebar: nothing is looked up for it."""
    entry = roster.shown(name)
    return ProviderView(name, entry.display, roster.connection(name), found=entry.found, type=entry.type)


def in_full(roster: Roster, models: Models, name: str) -> ProviderView:
    """Everything for the card. A provider that is not configured right shows what is known."""
    from app.connections.moving import has_plain_secrets

    entry = roster.entry(name)
    connection = roster.connection(name)
    view = replace(
        summary(roster, name),
        has_plain_secrets=has_plain_secrets(entry),
        default_model=models.default(name),
        next_try_at=connection.next_try_at,
    )
    try:
        way = roster.route(name)
    except ProviderError as error:
        return replace(
            view,
            url=roster.shown(name).base_url,
            needs_key=bool(entry.api_key),
            warnings=(f"{error.summary} {error.hint}".strip(),),
        )
    return _with_route(view, way, roster.key_ladder(entry, way.preset), roster.key_advice(entry, way))


def _with_route(view: ProviderView, way: Route, ladder: Ladder, key_advice: tuple[str, ...]) -> ProviderView:
    from providers.catalogue.hosts import runs_here
    from providers.formats.urls import display_url

    is_known = bool(way.endpoint.preset) and way.preset.abilities is not None
    return replace(
        view,
        format=way.endpoint.format.value,
        url=display_url(way.endpoint.base_url),
        is_local=runs_here(way.preset, way.endpoint.base_url),
        key_source=way.key_place,
        key_hides=tuple(rung.place for rung in ladder.hidden),
        needs_key=way.endpoint.needs_key,
        abilities=way.preset.abilities if is_known else None,
        consents=way.consents,
        warnings=(*((way.correction,) if way.correction else ()), *key_advice),
    )
