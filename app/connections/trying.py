"""Tries a provider before it is saved, and says in words what answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from app.connections.consent import ConsentNeeded
from app.connections.drafts import Draft
from app.connections.roster import Roster
from providers.credentials import Key, KeyKind, missing_key
from providers.errors import ProviderError
from providers.formats.urls import display_url
from providers.key_hints import hint_for_key

if TYPE_CHECKING:
    from app.connections.routes import Route
    from providers.catalogue.records import ModelInfo, Preset
    from providers.check import Found
    from providers.client import Client

_TYPED = "what you typed"


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
    """

    draft: Draft
    error: ProviderError | None = None
    models: tuple[ModelInfo, ...] = ()
    sentences: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    needs_model: bool = False

    @property
    def needs_consent(self) -> bool:
        return isinstance(self.error, ConsentNeeded)


async def try_draft(draft: Draft, roster: Roster, client: Client, *, is_allowed: bool = False) -> Trial:
    """Ask the server behind a draft who it is. Nothing is saved.

    Args:
        is_allowed: the user has been asked whether the key may go there.
    """
    try:
        if not draft.settings.type:
            draft = await _identified(draft, roster, client)
        way = await _route(draft, roster, is_allowed=is_allowed)
    except ProviderError as error:
        return Trial(draft, error, warnings=tuple(_key_hints(draft, None)))
    if way.lacks_key:
        missing = missing_key(draft.settings.name, way.endpoint.key_places, way.preset.key_url)
        return Trial(draft, missing, warnings=_said(way))
    hints = (*_said(way), *_key_hints(draft, way.preset))
    try:
        found = await client.check(way.endpoint, way.preset, way.key.secret if way.key else None)
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


async def _identified(draft: Draft, roster: Roster, client: Client) -> Draft:
    """The draft with the type, format and base URL of whoever answers there. Raises: ProviderError."""
    settings = draft.settings
    headers = {**settings.extra_headers, **{name: value.reveal() for name, value in draft.secret_headers.items()}}
    found = await client.identify(
        roster.catalogue,
        settings.base_url,
        draft.key,
        proxy=settings.proxy,
        ca_file=settings.ca_file,
        headers=headers,
    )
    preset = roster.catalogue.kind_preset(found.type, found.base_url) or roster.catalogue.preset(found.type)
    is_usual = preset is not None and preset.format == found.format.value
    settings = replace(
        settings,
        type=found.type,
        base_url=found.base_url,
        format="" if is_usual else found.format.value,
        auth=settings.auth or found.auth,
    )
    return replace(draft, settings=settings)


async def _route(draft: Draft, roster: Roster, *, is_allowed: bool) -> Route:
    """The route with what was typed in the place of what is stored. Raises: ProviderError."""
    # Under its old name it still has the key that is stored for it.
    known_as = replace(draft.settings, name=draft.replaces or draft.settings.name)
    way = roster.route_of(known_as)
    if draft.key is not None:
        key = Key(draft.key, _TYPED, KeyKind.STORED)
        way = replace(way, key=key, stored=None, consents=roster.consents_for(way, key))
    if draft.secret_headers:
        values = {name: value.reveal() for name, value in draft.secret_headers.items()}
        kept = tuple(name for name in way.stored_headers if name not in values)
        endpoint = replace(way.endpoint, headers={**way.endpoint.headers, **values})
        way = replace(way, endpoint=endpoint, stored_headers=kept)
    return await roster.ready(replace(way, consents=()) if is_allowed else way)


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
