"""One request from the call to its events: key, wire, decoder, adapter, retries."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, date, datetime

from providers.adjust import other_way
from providers.catalogue.loader import Catalogue
from providers.catalogue.quirks import Quirks
from providers.catalogue.records import Preset
from providers.check import Found, check
from providers.counting import count_tokens
from providers.credentials import Secret
from providers.discovery import DISCOVERY_BUDGET_S, Discovered, discover
from providers.errors import ProtocolError, ProviderError
from providers.events import (
    Event,
    Finished,
    Notice,
    ReasoningDelta,
    Retrying,
    Started,
    TextDelta,
    ToolCallDelta,
)
from providers.failures import from_response, redacted
from providers.formats import wire_format
from providers.formats.base import WireFormatModule
from providers.formats.headers import auth_headers, request_id
from providers.http import LARGEST_ANSWER, Http, Response, Timeouts
from providers.probe import IDENTIFY_TIMEOUT_S, Identified, identify
from providers.ranks import RankFile, fetch
from providers.request import ChatRequest, Endpoint, WireFormat
from providers.retry import wait_before

_NO_SECRET = Secret("")
_WHOLE_ANSWERS = ("application/json", "text/html")
_HEAD_LIMIT = 1024 * 1024
_SNIFFED = 64 * 1024
_CONTENT = (TextDelta, ReasoningDelta, ToolCallDelta)
_Place = tuple[str, str, WireFormat, Quirks]


class Client:
    """Sends requests and remembers which dialect each provider understood.

    Args:
        sleep: waits between attempts; cancelling it cancels the request.
        rng: a number in [0, 1) for jitter.
        monotonic: seconds, for round-trip times.
        today: stands beside prices that servers list.
    """

    def __init__(
        self,
        http: Http,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        rng: Callable[[], float] = random.random,
        monotonic: Callable[[], float] = time.monotonic,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
    ) -> None:
        self._http = http
        self._sleep = sleep
        self._rng = rng
        self._monotonic = monotonic
        self._today = today
        self._learned: dict[_Place, Quirks] = {}

    async def stream(
        self,
        endpoint: Endpoint,
        request: ChatRequest,
        key: Secret | None = None,
        *,
        sending: Callable[[], None] = lambda: None,
    ) -> AsyncGenerator[Event, None]:
        """Ask, and yield the reply's events; the last one is `Finished`.

        Retries happen before the first content only, each announced by a `Retrying` event.

        Args:
            sending: called whenever the request goes out, the first time and after each wait.
        Raises:
            ProviderError: what failed, with everything a person needs. Text yielded before it stays valid.
        """
        secret = key or _NO_SECRET
        place = _place(endpoint)
        endpoint = replace(endpoint, quirks=self._learned.get(place, endpoint.quirks))
        attempt, tried = 1, set[str]()
        while True:
            has_content = False
            sending()
            try:
                async with aclosing(self._attempt(endpoint, request, secret)) as events:
                    async for event in events:
                        has_content = has_content or isinstance(event, _CONTENT)
                        if tried and isinstance(event, (*_CONTENT, Finished)):
                            self._learned[place] = endpoint.quirks  # It was understood this way.
                        yield event
                return
            except ProviderError as error:
                named = redacted(error, secret.reveal(), endpoint)
                if has_content:
                    raise named from error
                lesson = other_way(named, endpoint)
                wait: float | None = 0.0
                if lesson is not None and lesson.subject not in tried:
                    tried.add(lesson.subject)
                    endpoint = replace(endpoint, quirks=lesson.quirks)
                    yield Notice(lesson.sentence)
                else:
                    wait = wait_before(named, attempt - len(tried), endpoint, self._rng())
                if wait is None:
                    raise named from error
                attempt += 1
                yield Retrying(attempt, wait, named)
            await self._sleep(wait)

    async def check(self, endpoint: Endpoint, preset: Preset, key: Secret | None = None) -> Found:
        """Try a provider without asking it anything. Raises: ProviderError, naming what to do."""
        secret = key or _NO_SECRET
        try:
            return await check(self._http, endpoint, preset, secret, monotonic=self._monotonic, today=self._today())
        except ProviderError as error:
            raise redacted(error, secret.reveal(), endpoint) from error

    async def identify(
        self,
        catalogue: Catalogue,
        base_url: str,
        key: Secret | None = None,
        *,
        proxy: str = "",
        ca_file: str = "",
        timeout_s: float = IDENTIFY_TIMEOUT_S,
        headers: Mapping[str, str] | None = None,
    ) -> Identified:
        """Find out what is at a base URL, typed in any spelling. Raises: ProviderError, naming what to do."""
        secret = key or _NO_SECRET
        try:
            return await identify(
                self._http,
                catalogue,
                base_url,
                secret,
                proxy=proxy,
                ca_file=ca_file,
                timeout_s=timeout_s,
                headers=headers,
                monotonic=self._monotonic,
                today=self._today(),
            )
        except ProviderError as error:
            at = Endpoint("", WireFormat.OPENAI_CHAT, "", headers=headers or {}, secret_headers=tuple(headers or {}))
            raise redacted(error, secret.reveal(), at) from error

    async def discover(
        self, catalogue: Catalogue, *, skip: Collection[str] = (), budget_s: float = DISCOVERY_BUDGET_S
    ) -> tuple[Discovered, ...]:
        """The servers that answer on this machine at their usual ports. Asks without a key, and past any proxy."""
        return await discover(self._http, catalogue, skip=skip, budget_s=budget_s, today=self._today())

    async def count_tokens(self, endpoint: Endpoint, request: ChatRequest, key: Secret | None = None) -> int:
        """Ask the server how many tokens a request has, without sending it to the model; that is free.

        Raises:
            CannotCount: the server does not do that.
            ProviderError: anything else that failed.
        """
        secret = key or _NO_SECRET
        try:
            return await count_tokens(self._http, endpoint, request, secret)
        except ProviderError as error:
            raise redacted(error, secret.reveal(), endpoint) from error

    async def download_ranks(self, file: RankFile) -> bytes:
        """The content of a rank file. Raises: ProviderError, WrongRanks; see `providers.ranks.fetch`."""
        return await fetch(self._http, file)

    async def _attempt(self, endpoint: Endpoint, request: ChatRequest, secret: Secret) -> AsyncGenerator[Event, None]:
        module = wire_format(endpoint.format)
        call = module.build(request, endpoint)
        timeouts = Timeouts(endpoint.timeout_s, endpoint.stream_timeout_s, "stream_timeout")
        async with self._http.send(call, auth_headers(endpoint.auth, secret.reveal()), timeouts, endpoint) as response:
            if response.status != 200:
                body = await response.read()
                raise from_response(
                    response.status,
                    response.headers,
                    body,
                    endpoint=endpoint,
                    url=call.url,
                    model=request.model,
                )
            yield Started(request_id=request_id(response.headers))
            async with aclosing(_events(response, module, request, endpoint)) as events:
                async for event in events:
                    yield event
                    if isinstance(event, Finished):
                        return  # What the connection does from here on is no matter of the reply.


def _place(endpoint: Endpoint) -> _Place:
    """What a dialect belongs to: a provider that is edited may be another server, which was taught nothing."""
    return endpoint.provider, endpoint.base_url, endpoint.format, endpoint.quirks


async def _events(
    response: Response, module: WireFormatModule, request: ChatRequest, endpoint: Endpoint
) -> AsyncGenerator[Event, None]:
    """The events of a 200, whether it streams or arrives as one JSON document, whatever it calls itself."""
    adapter, decoder = module.adapter(request, endpoint), module.decoder()
    is_stream = response.content_type not in _WHOLE_ANSWERS
    has_frames = False
    head = bytearray()
    async with aclosing(response.chunks()) as chunks:
        async for chunk in chunks:
            news = chunk
            if not has_frames:
                head += chunk
                if len(head) > (_HEAD_LIMIT if is_stream else LARGEST_ANSWER):
                    raise ProtocolError(
                        "The server sent something that is not a reply.", "Check the base URL and the type."
                    )
            if not is_stream:
                is_stream = len(head) <= _SNIFFED and decoder.recognises(bytes(head))
                if not is_stream:
                    continue
                news = bytes(head)
            for frame in decoder.feed(news):
                has_frames = True
                for event in adapter.push(frame):
                    yield event
    for frame in decoder.end():
        has_frames = True
        for event in adapter.push(frame):
            yield event
    # A stream without a single frame is a whole answer under a wrong content type, or nothing at all.
    for event in adapter.end() if has_frames else adapter.whole(bytes(head)):
        yield event
