"""Tries a provider before it is saved, and says in words what answered."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from app.config.expand import escaped, variables
from app.connections.consent import TYPED, Consent, ConsentNeeded, consent_needed
from app.connections.drafts import Draft
from app.connections.roster import Roster
from app.connections.routes import Route, place_of
from providers.catalogue.hosts import host_of
from providers.credentials import Key, KeyKind, Secret, missing_key
from providers.errors import BadCredential, ProviderError
from providers.formats.urls import complete_typed, display_url
from providers.key_hints import hint_for_key
from providers.request import AuthScheme, Endpoint, WireFormat

if TYPE_CHECKING:
    from providers.catalogue.records import ModelInfo, Preset
    from providers.check import Found
    from providers.client import Client

_ANYBODY = "openai-compat"
"""The kind of a server about which nothing is known."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What trying brought.

    Attributes:
        draft: as it would be saved: with the type and format that were found.
        error: why it does not work; None when it does.
        models: what can be asked.
        sentences: what answered, in words.
        warnings: what may be wrong all the same.
        needs_model: nobody knows which model to ask by default.
        asks: what the user would have to allow first.
    """

    draft: Draft
    error: ProviderError | None = None
    models: tuple[ModelInfo, ...] = ()
    sentences: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    needs_model: bool = False
    asks: tuple[Consent, ...] = ()

    @property
    def needs_consent(self) -> bool:
        return isinstance(self.error, ConsentNeeded)


async def try_draft(draft: Draft, roster: Roster, client: Client, *, allowed: Collection[Consent] | None = ()) -> Trial:
    """Ask the server behind a draft who it is. Nothing is saved.

    Args:
        allowed: what the user was asked and said yes to; None allows everything.
    """
    try:
        if not draft.settings.type:
            way = _way_to_anybody(draft, roster)
            if asks := _not_in(way.consents, allowed):
                return Trial(draft, consent_needed(draft.settings.name, asks), asks=asks)
            draft = await _identified(draft, way, roster, client)
        way = _route(draft, roster)
        if asks := _not_in(way.consents, allowed):
            return Trial(draft, consent_needed(draft.settings.name, asks), asks=asks)
        way = await roster.ready(replace(way, consents=()))
    except ProviderError as error:
        return Trial(draft, error, warnings=tuple(_key_hints(draft, None)))
    if way.lacks_key:
        missing = missing_key(draft.settings.name, way.endpoint.key_places, way.preset.key_url)
        return Trial(draft, missing, warnings=_said(way))
    hints = (*_said(way), *_key_hints(draft, way.preset))
    try:
        found = await client.check(way.endpoint, way.preset, way.key.secret if way.key else None)
    except BadCredential as error:
        if way.key is not None or way.endpoint.secret_headers:
            return Trial(draft, error, warnings=hints)
        return _wanting_key(draft, way, error)
    except ProviderError as error:
        return Trial(draft, error, warnings=hints)
    models = roster.catalogue.models(way.preset, found.models, draft.settings.models)
    is_chosen = bool(draft.settings.model or way.preset.default_model)
    return Trial(
        draft,
        models=models,
        sentences=tuple(_sentences(way, found)),
        warnings=(*hints, *_model_doubts(draft.settings.model, found)),
        needs_model=not is_chosen and not (models and way.preset.default_is_first_listed),
    )


def _not_in(consents: tuple[Consent, ...], allowed: Collection[Consent] | None) -> tuple[Consent, ...]:
    return () if allowed is None else tuple(each for each in consents if each not in allowed)


def _wanting_key(draft: Draft, way: Route, error: BadCredential) -> Trial:
    """A server that might have done without a key does not."""
    settings = replace(draft.settings, auth=draft.settings.auth or "api_key")
    missing = missing_key(settings.name, way.endpoint.key_places, way.preset.key_url)
    missing = replace(missing, summary=f"{host_of(error.url)} wants a key, and there is none.", url=error.url)
    return Trial(replace(draft, settings=settings), missing, warnings=_said(way))


async def _identified(draft: Draft, way: Route, roster: Roster, client: Client) -> Draft:
    """The draft with the type, format and base URL of whoever answers there. Raises: ProviderError."""
    settings = draft.settings
    found = await client.identify(
        roster.catalogue,
        way.endpoint.base_url,
        way.key.secret if way.key else None,
        proxy=way.endpoint.proxy,
        ca_file=way.endpoint.ca_file,
        headers=way.endpoint.headers,
    )
    preset = roster.catalogue.kind_preset(found.type, found.base_url) or roster.catalogue.preset(found.type)
    is_usual = preset is not None and preset.format == found.format.value
    settings = replace(
        settings,
        type=found.type,
        base_url=settings.base_url if variables(settings.base_url) else escaped(found.base_url),
        format="" if is_usual else found.format.value,
        auth=settings.auth or found.auth,
    )
    return replace(draft, settings=settings)


def _way_to_anybody(draft: Draft, roster: Roster) -> Route:
    """What would be sent to an address while nobody knows who is there, and what has to be allowed for that.

    Raises: ProviderError.
    """
    used = roster.filled_in(draft.settings)
    base_url = complete_typed(used.base_url)
    preset = roster.catalogue.kind_preset(_ANYBODY, base_url)
    assert preset is not None
    headers = {**used.extra_headers, **{name: value.reveal() for name, value in draft.secret_headers.items()}}
    named = (name for name, value in draft.settings.extra_headers.items() if variables(value))
    key = Key(draft.key, TYPED, KeyKind.STORED) if draft.key is not None else None
    if key is None and used.api_key and used.auth != AuthScheme.NONE:
        key = Key(Secret(used.api_key), place_of(draft.settings.api_key), KeyKind.CONFIG)
    endpoint = Endpoint(
        draft.replaces or used.name,
        WireFormat(preset.format),
        base_url,
        headers=headers,
        secret_headers=(*used.secret_headers, *named),
        proxy=used.proxy,
        ca_file=used.ca_file,
    )
    way = Route(endpoint, preset, key)
    return replace(way, consents=roster.consents_for(way, draft.secret_headers))


def _route(draft: Draft, roster: Roster) -> Route:
    """The route with what was typed in the place of what is stored. Raises: ProviderError."""
    # Under its old name it still has the key that is stored for it.
    known_as = replace(draft.settings, name=draft.replaces or draft.settings.name)
    way = roster.route_of(known_as)
    if draft.key is not None:
        way = replace(way, endpoint=replace(way.endpoint, key_places=(TYPED,)))
        way = replace(way, key=Key(draft.key, TYPED, KeyKind.STORED), stored=None)
    if draft.secret_headers:
        values = {name: value.reveal() for name, value in draft.secret_headers.items()}
        typed = {name.lower() for name in values}
        kept = tuple(name for name in way.stored_headers if name.lower() not in typed)
        endpoint = replace(way.endpoint, headers={**way.endpoint.headers, **values})
        way = replace(way, endpoint=endpoint, stored_headers=kept)
    return replace(way, consents=roster.consents_for(way, draft.secret_headers))


def _said(way: Route) -> tuple[str, ...]:
    return (way.correction,) if way.correction else ()


def _key_hints(draft: Draft, preset: Preset | None) -> Iterator[str]:
    if draft.key is not None and (hint := hint_for_key(draft.key, preset)):
        yield hint


def _sentences(way: Route, found: Found) -> Iterator[str]:
    yield f"{display_url(found.url)} answered in {found.round_trip_ms} ms."
    yield f"It is {way.preset.name}, spoken to in {way.endpoint.format.value}."
    if found.is_listed:
        count = len(found.models)
        yield f"It lists {count} model{'' if count == 1 else 's'}."
    else:
        yield "It has no list of models: type the id of the one you want."
    if way.key is None:
        yield "No key was needed."
    else:
        yield "The key was proved." if found.is_proved else "Nothing there proves the key: the first message will."


def _model_doubts(model: str, found: Found) -> Iterator[str]:
    listed = [info.id for info in found.models]
    if model and found.is_listed and model not in listed:
        near = get_close_matches(model, listed, n=1)
        yield f"The server does not list {model}{f'; did you mean {near[0]}?' if near else '.'}"
