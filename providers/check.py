"""Is a provider there, does it take the key, and which models has it? Asked with requests that cost nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date

from providers.asking import Reply, fetch, is_key_proved, knock, post
from providers.catalogue.hosts import host_of, is_private
from providers.catalogue.listing import LISTINGS, Listing, parse_page, parse_show
from providers.catalogue.merge import merge_model
from providers.catalogue.records import ModelInfo, Preset
from providers.credentials import Secret
from providers.errors import PathNotFound, ProtocolError, ProviderError, Rejected
from providers.formats.headers import plain_headers
from providers.formats.urls import api_url, display_url, origin_url, with_query
from providers.http import Http
from providers.request import Endpoint, HttpCall, WireFormat

_PLAIN = "openai"
_MOST_PAGES = 20
_MOST_SHOWN = 40
_SHOWN_AT_ONCE = 4
_SHOW_BUDGET_S = 3.0


@dataclass(frozen=True, slots=True)
class Found:
    """What a check learned.

    Attributes:
        models: as listed by the server; empty when it has no list.
        is_listed: whether the server has a list at all.
        is_proved: whether the answer shows that the key is good, or that none is needed.
        round_trip_ms: of the first request.
        url: the one that answered, as it may be shown.
    """

    models: tuple[ModelInfo, ...]
    is_listed: bool
    is_proved: bool
    round_trip_ms: int
    url: str = ""


async def check(
    http: Http,
    endpoint: Endpoint,
    preset: Preset,
    secret: Secret,
    *,
    monotonic: Callable[[], float],
    today: date,
) -> Found:
    """Try a provider.

    A provider without a dependable list is asked for a reply to nothing, which says that it is there, and may say
    that it takes the key.

    Raises:
        ProviderError: nobody answers, or the key is refused.
    """
    lister = _Lister(http, endpoint, preset, secret, monotonic, today)
    try:
        models = await lister.list_models()
    except (PathNotFound, ProtocolError, Rejected) as error:
        if error.status is not None and 300 <= error.status < 400:
            raise
        return await _without_list(http, endpoint, secret, lister, error)
    is_proved = not _is_open(endpoint, secret)
    if secret and not is_proved:
        is_public = endpoint.quirks.public_list
        is_proved = await is_key_proved(
            http,
            endpoint,
            secret,
            list_url="" if is_public else models_call(endpoint, preset).url,
            key_check_url=_key_url(endpoint, preset),
        )
    if endpoint.quirks.azure:
        # It lists what could be deployed; the models are deployments, which nobody lists.
        return Found((), is_listed=False, is_proved=is_proved, round_trip_ms=lister.round_trip_ms, url=lister.url)
    return Found(
        await lister.described(models),
        is_listed=True,
        is_proved=is_proved,
        round_trip_ms=lister.round_trip_ms,
        url=lister.url,
    )


def models_call(endpoint: Endpoint, preset: Preset) -> HttpCall:
    """The first request of a check: the list of models, without the key."""
    listing = LISTINGS[preset.listing or _PLAIN]
    url = _list_url(endpoint, preset, listing)
    return HttpCall("GET", with_query(url, **listing.query) if listing.query else url, plain_headers(endpoint))


async def _without_list(http: Http, endpoint: Endpoint, secret: Secret, lister: _Lister, error: ProviderError) -> Found:
    """A failed listing is not a failed connection. Raises: the error of the list, when nothing else is there."""
    knocked = await knock(http, endpoint, secret)
    if knocked.wants_key and knocked.error is not None:
        raise knocked.error
    if not knocked.is_there:
        raise error
    is_proved = not endpoint.needs_key or (
        bool(secret) and await is_key_proved(http, endpoint, secret, with_key=knocked)
    )
    return Found((), is_listed=False, is_proved=is_proved, round_trip_ms=lister.round_trip_ms, url=knocked.url)


def _is_open(endpoint: Endpoint, secret: Secret) -> bool:
    """Whether the list may be readable without the key, so that it proves nothing."""
    if not secret:
        return endpoint.needs_key
    is_own = is_private(host_of(endpoint.base_url))
    return endpoint.quirks.public_list or (endpoint.quirks.key_optional and not is_own)


def _key_url(endpoint: Endpoint, preset: Preset) -> str:
    if not preset.key_check:
        return ""
    root = _at_root(endpoint, preset)
    return api_url(root.base_url, root.format, preset.key_check, root.quirks)


def _list_url(endpoint: Endpoint, preset: Preset, listing: Listing) -> str:
    root = _at_root(endpoint, preset)
    if listing.is_beside_api:
        return origin_url(root.base_url, listing.path)
    return api_url(root.base_url, listing.wire_format or root.format, listing.path, root.quirks)


def _at_root(endpoint: Endpoint, preset: Preset) -> Endpoint:
    """A vendor lists its models at one place, whatever format is spoken elsewhere."""
    if preset.base_url and endpoint.base_url == preset.base_url_for(endpoint.format):
        return replace(endpoint, base_url=preset.base_url, format=WireFormat(preset.format))
    return endpoint


class _Lister:
    """Fetches model lists of one provider.

    Attributes:
        round_trip_ms: of the first answer; 0 before it.
        url: the list that was asked for last.
    """

    def __init__(
        self,
        http: Http,
        endpoint: Endpoint,
        preset: Preset,
        secret: Secret,
        monotonic: Callable[[], float],
        today: date,
    ) -> None:
        self._http = http
        self._preset = preset
        self._endpoint = endpoint
        self._secret = secret
        self._monotonic = monotonic
        self._today = today
        self._family = preset.listing or _PLAIN
        self.round_trip_ms = 0
        self.url = ""

    async def list_models(self) -> tuple[ModelInfo, ...]:
        """The provider's own list, or else the one that every imitation of OpenAI has. Raises: ProviderError."""
        try:
            return await self._pages(self._family)
        except (PathNotFound, ProtocolError, Rejected) as error:
            if self._family == _PLAIN or (error.status is not None and 300 <= error.status < 400):
                raise
            with suppress(PathNotFound, ProtocolError, Rejected):
                return await self._pages(_PLAIN)
            raise

    async def described(self, models: tuple[ModelInfo, ...]) -> tuple[ModelInfo, ...]:
        """The models with what only single requests tell: as many as there is time for, from local servers."""
        listing = LISTINGS[self._family]
        if listing.is_of_own_machine and not self._preset.is_local:
            return tuple(replace(model, rates=None) for model in models)
        if not listing.show_path or not is_private(host_of(self._endpoint.base_url)):
            return models
        asked = [model for model in models if model.context_window is None][:_MOST_SHOWN]
        shown: dict[str, ModelInfo] = {}
        limit = asyncio.Semaphore(_SHOWN_AT_ONCE)

        async def show(model_id: str) -> None:
            url = api_url(self._endpoint.base_url, WireFormat.OLLAMA_CHAT, listing.show_path)
            async with limit:
                with suppress(ProviderError):
                    reply = await post(self._http, self._endpoint, self._secret, url, {"model": model_id})
                    if reply.error is None:
                        shown[model_id] = parse_show(model_id, reply.body)

        with suppress(TimeoutError):
            async with asyncio.timeout(_SHOW_BUDGET_S):
                await asyncio.gather(*(show(model.id) for model in asked))
        return tuple(merge_model(model.id, None, model, shown.get(model.id)) for model in models)

    async def _pages(self, family: str) -> tuple[ModelInfo, ...]:
        """All pages of a list. Raises: ProviderError."""
        listing = LISTINGS[family]
        url = _list_url(self._endpoint, self._preset, listing)
        query = dict(listing.query)
        self.url = display_url(url)
        models: list[ModelInfo] = []
        for _ in range(_MOST_PAGES):
            page = parse_page(family, await self._get(with_query(url, **query) if query else url), checked=self._today)
            models += page.models
            following = listing.next_query(page)
            if following is None:
                break
            query = dict(following)
        return tuple(models)

    async def _get(self, url: str) -> bytes:
        started = self._monotonic()
        reply: Reply = await fetch(self._http, self._endpoint, self._secret, url)
        self.round_trip_ms = self.round_trip_ms or round((self._monotonic() - started) * 1000)
        if reply.error is not None:
            raise reply.error
        return reply.body
