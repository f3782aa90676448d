"""Is a provider there, does it take the key, and which models has it? Asked with GETs that cost nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from providers.catalogue.listing import LISTINGS, Listing, parse_page
from providers.catalogue.records import ModelInfo, Preset
from providers.credentials import Secret
from providers.errors import BadCredential, NotAllowed, PathNotFound, ProtocolError, ProviderError, Rejected
from providers.failures import from_response
from providers.formats.headers import auth_headers, plain_headers
from providers.formats.urls import api_url, origin_url, with_query
from providers.http import Http, Timeouts
from providers.request import Endpoint, HttpCall, WireFormat

_PLAIN = "openai"
_MOST_PAGES = 20


@dataclass(frozen=True, slots=True)
class Found:
    """What a check learned.

    Attributes:
        models: as listed by the server; empty when it has no list.
        is_listed: whether the server has a list at all.
        is_proved: whether the answer shows that the key is good, or that none is needed.
        round_trip_ms: of the first request.
    """

    models: tuple[ModelInfo, ...]
    is_listed: bool
    is_proved: bool
    round_trip_ms: int


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

    A provider without a dependable list may still be fine: then the answer says only that somebody is there.

    Raises:
        ProviderError: nobody answers, or the key is refused.
    """
    lister = _Lister(http, endpoint, preset, secret, today)
    started = monotonic()
    family = preset.listing or _PLAIN
    try:
        models = await lister.list(family)
    except (PathNotFound, ProtocolError, Rejected) as error:
        if error.status is None and not isinstance(error, ProtocolError):
            raise
        round_trip = _milliseconds(monotonic() - started)
        plain = await lister.list_plainly(family)
        if plain is None:
            if preset.listing:
                raise
            return Found((), is_listed=False, is_proved=not endpoint.needs_key, round_trip_ms=round_trip)
        models = plain
    proves = not endpoint.needs_key or not endpoint.quirks.public_list
    return Found(models, is_listed=True, is_proved=proves, round_trip_ms=_milliseconds(monotonic() - started))


class _Lister:
    """Fetches model lists of one provider."""

    def __init__(self, http: Http, endpoint: Endpoint, preset: Preset, secret: Secret, today: date) -> None:
        self._http = http
        self._preset = preset
        self._endpoint = endpoint
        self._secret = secret
        self._today = today

    async def list(self, family: str) -> tuple[ModelInfo, ...]:
        """All pages of a list. Raises: ProviderError."""
        listing = LISTINGS[family]
        url = self._url(listing)
        query = dict(listing.query)
        models: list[ModelInfo] = []
        for _ in range(_MOST_PAGES):
            page = parse_page(family, await self._get(with_query(url, **query) if query else url), checked=self._today)
            models += page.models
            following = listing.next_query(page)
            if following is None:
                break
            query = dict(following)
        return tuple(models)

    async def list_plainly(self, family: str) -> tuple[ModelInfo, ...] | None:
        """The list every imitation of OpenAI has; None when this one has not, or it was tried already.

        Raises: BadCredential, NotAllowed.
        """
        if family == _PLAIN:
            return None
        try:
            return await self.list(_PLAIN)
        except (BadCredential, NotAllowed):
            raise
        except ProviderError:
            return None

    def _url(self, listing: Listing) -> str:
        endpoint = self._endpoint
        if endpoint.base_url == self._preset.base_url_for(endpoint.format) and self._preset.base_url:
            # A vendor lists its models at one place, whatever format is spoken elsewhere.
            endpoint = replace(endpoint, base_url=self._preset.base_url, format=WireFormat(self._preset.format))
        if listing.is_beside_api:
            return origin_url(endpoint.base_url, listing.path)
        return api_url(endpoint.base_url, listing.wire_format or endpoint.format, listing.path, endpoint.quirks)

    async def _get(self, url: str) -> bytes:
        endpoint = self._endpoint
        call = HttpCall("GET", url, plain_headers(endpoint))
        timeouts = Timeouts(endpoint.timeout_s, endpoint.timeout_s)
        secret_headers = auth_headers(endpoint.auth, self._secret.reveal())
        async with self._http.send(call, secret_headers, timeouts) as response:
            body = await response.read()
            if response.status != 200:
                raise from_response(response.status, response.headers, body, endpoint=endpoint, url=url, model="")
            return body


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
