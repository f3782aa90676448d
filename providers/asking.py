"""Single requests that cost nothing: lists, and calls that are invalid on purpose, to see who answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from providers.catalogue.hosts import host_of
from providers.credentials import Secret
from providers.errors import BadCredential, NotAllowed, PathNotFound, ProviderError, ServerTrouble
from providers.failures import from_payload, from_response
from providers.formats.headers import auth_headers, merge, plain_headers
from providers.formats.urls import chat_url, display_url
from providers.http import Http, Timeouts
from providers.http_errors import not_in_time
from providers.request import Endpoint, HttpCall

NO_SECRET = Secret("")
_NOTHING_THERE = (404, 405, 410, 501)
_GATEWAY_TROUBLE = (502, 503, 504)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered.

    Attributes:
        url: as it may be shown.
        error: what the answer means when it is not a 200, or an error in the answer to a `knock`; None for a 200.
    """

    url: str
    status: int
    body: bytes
    error: ProviderError | None = None

    @property
    def is_json(self) -> bool:
        return self.body.lstrip()[:1] in (b"{", b"[")

    @property
    def wants_key(self) -> bool:
        """Whether the key is what is wrong with the request."""
        return isinstance(self.error, (BadCredential, NotAllowed))

    @property
    def is_there(self) -> bool:
        """Whether an API answers a `knock` at that URL, be it to say that the request is wrong."""
        if self.status in _NOTHING_THERE and isinstance(self.error, PathNotFound):
            return False
        if 300 <= self.status < 400 or self.status in _GATEWAY_TROUBLE:
            return False
        if self.status == 200:
            # LM Studio answers so where it has nothing; MiniMax writes all its errors into a 200.
            return self.error is not None
        return self.is_json or self.status == 401

    @property
    def accepts_key(self) -> bool:
        """Whether it is there, and the key is not what it objects to."""
        return self.is_there and not self.wants_key


async def fetch(http: Http, endpoint: Endpoint, secret: Secret, url: str) -> Reply:
    """GET. Raises: ProviderError, when nobody answers."""
    return await _ask(http, endpoint, secret, HttpCall("GET", url, plain_headers(endpoint)))


async def post(
    http: Http, endpoint: Endpoint, secret: Secret, url: str, body: Mapping[str, object], model: str = ""
) -> Reply:
    """POST a JSON document, and wait for one. Raises: ProviderError, when nobody answers."""
    headers = merge({"content-type": "application/json"}, plain_headers(endpoint))
    return await _ask(http, endpoint, secret, HttpCall("POST", url, headers, body), model)


async def knock(http: Http, endpoint: Endpoint, secret: Secret) -> Reply:
    """Ask for a reply without saying for what: no server can answer that, so it costs nothing, and all object.

    Raises: ProviderError, when nobody answers.
    """
    url = chat_url(endpoint.base_url, endpoint.format, endpoint.quirks, model="-")
    reply = await post(http, endpoint, secret, url, {})
    if reply.status != 200 or not reply.is_json:
        return reply
    try:
        payload = json.loads(reply.body)
    except (ValueError, RecursionError):
        return reply
    error = from_payload(payload, endpoint=endpoint)
    return reply if isinstance(error, ServerTrouble) else replace(reply, error=error)


async def is_key_proved(
    http: Http,
    endpoint: Endpoint,
    secret: Secret,
    *,
    list_url: str = "",
    key_check_url: str = "",
    with_key: Reply | None = None,
) -> bool:
    """Whether it can be shown that a key is good, for free.

    Either the vendor has a place that answers to good keys only, or a request without the key is refused for the lack
    of it, where the same request with the key is not.

    Args:
        list_url: of a list that was read with the key, and may need it.
        key_check_url: the vendor's place; "" when nobody documents one.
        with_key: the answer to a `knock` with the key, if it is known.
    Raises: ProviderError, when the key is refused, or nobody answers.
    """
    if list_url and (await fetch(http, endpoint, NO_SECRET, list_url)).wants_key:
        return True
    if key_check_url:
        checked = await fetch(http, endpoint, secret, key_check_url)
        if checked.status == 200:
            return True
        if checked.wants_key and checked.error is not None:
            raise checked.error
    with_key = with_key or await knock(http, endpoint, secret)
    if with_key.wants_key and with_key.error is not None:
        raise with_key.error
    return with_key.is_there and (await knock(http, endpoint, NO_SECRET)).wants_key


async def _ask(http: Http, endpoint: Endpoint, secret: Secret, call: HttpCall, model: str = "") -> Reply:
    timeouts = Timeouts(endpoint.timeout_s, endpoint.timeout_s)
    secret_headers = auth_headers(endpoint.auth, secret.reveal())
    try:
        # For the whole answer: one that comes byte by byte would never be silent for long.
        async with (
            asyncio.timeout(endpoint.timeout_s),
            http.send(call, secret_headers, timeouts, endpoint) as response,
        ):
            body = await response.read()
    except TimeoutError:
        raise not_in_time(host_of(call.url), endpoint.timeout_s, display_url(call.url)) from None
    error = None
    if response.status != 200:
        error = from_response(response.status, response.headers, body, endpoint=endpoint, url=call.url, model=model)
    return Reply(display_url(call.url), response.status, body, error)
