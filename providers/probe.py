"""What is at a base URL, when nobody said: its preset, its wire formats, its models. Costs nothing to find out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from providers.asking import Reply, fetch, knock
from providers.catalogue.hosts import correct_base_url, host_of, is_same_place
from providers.catalogue.loader import Catalogue
from providers.catalogue.recognise import is_anthropic_list, is_list, recognise
from providers.catalogue.records import ModelInfo, Preset
from providers.check import check
from providers.credentials import Secret
from providers.errors import BadConfig, BadCredential, PathNotFound, ProviderError
from providers.formats.urls import (
    api_url,
    base_of,
    base_url_problem,
    chat_url,
    complete_typed,
    pasted_format,
    split_userinfo,
)
from providers.http import Http
from providers.request import AuthScheme, Endpoint, WireFormat

IDENTIFY_TIMEOUT_S = 20.0
"""Of each request."""

_CHAT, _RESPONSES = WireFormat.OPENAI_CHAT, WireFormat.OPENAI_RESPONSES
_MESSAGES, _OLLAMA = WireFormat.ANTHROPIC_MESSAGES, WireFormat.OLLAMA_CHAT
_KNOCKED = (_CHAT, _MESSAGES, _RESPONSES)
"""In the order of preference: most servers speak the first best."""
_KINDS = {_CHAT: "openai-compat", _RESPONSES: "openai-responses", _MESSAGES: "anthropic", _OLLAMA: "ollama"}
_KEY_PLACES = ("the key",)


@dataclass(frozen=True, slots=True)
class Identified:
    """What answered.

    Attributes:
        type: a preset id or a bare kind, for `type` in config.toml.
        base_url: for `base_url` there; corrected, and without the endpoint that was pasted with it.
        url: the one that answered, as it may be shown.
        models: empty when it lists none.
        is_proved: whether the key was shown to be good, or not to be needed.
        round_trip_ms: of a first request.
        other_formats: wire formats that are spoken there too.
        auth: for `auth` there; "" for what the type does by itself.
    """

    type: str
    format: WireFormat
    base_url: str
    url: str
    models: tuple[ModelInfo, ...]
    is_listed: bool
    is_proved: bool
    round_trip_ms: int
    other_formats: tuple[WireFormat, ...] = ()
    auth: str = ""


async def identify(
    http: Http,
    catalogue: Catalogue,
    base_url: str,
    secret: Secret,
    *,
    proxy: str = "",
    ca_file: str = "",
    timeout_s: float = IDENTIFY_TIMEOUT_S,
    headers: Mapping[str, str] | None = None,
    monotonic: Callable[[], float],
    today: date,
) -> Identified:
    """Find out what is at a base URL.

    Args:
        base_url: as typed, in any spelling; user and password in it are dropped.
        secret: may be empty; it is sent to the host of the URL only.
        headers: extra ones; all of them count as secrets.
    Raises:
        ProviderError: nobody answers, the key is refused, or nothing there is an API that Parley speaks: then the
            most telling of the answers, with the URLs tried.
    """
    base = split_userinfo(complete_typed(base_url))[0]
    problem = base_url_problem(base)
    if problem is not None:
        raise BadConfig(problem, "Type the address of the server, such as https://HOST/v1.")
    owner = catalogue.owner_of(base)
    endpoint = Endpoint(
        host_of(base),
        pasted_format(base) or _CHAT,
        base,
        headers=headers or {},
        secret_headers=tuple(headers or {}),
        timeout_s=timeout_s,
        key_places=_KEY_PLACES,
        proxy=proxy,
        ca_file=ca_file,
        start_hint=owner.start_hint if owner else "",
    )
    looker = _Looker(http, catalogue, endpoint, secret, monotonic, today)
    if owner is not None and owner.server is None:
        return await looker.at_vendor(owner)
    return await looker.anywhere()


class _Looker:
    """One search at one address."""

    def __init__(
        self,
        http: Http,
        catalogue: Catalogue,
        endpoint: Endpoint,
        secret: Secret,
        monotonic: Callable[[], float],
        today: date,
    ) -> None:
        self._http = http
        self._catalogue = catalogue
        self._endpoint = endpoint
        self._secret = secret
        self._monotonic = monotonic
        self._today = today
        self._replies: dict[tuple[str, AuthScheme], Reply] = {}

    async def at_vendor(self, owner: Preset) -> Identified:
        """The host says who it is; the path may say which wire format."""
        typed = self._endpoint.base_url
        urls = owner.format_base_urls.items()
        by_path = next((WireFormat(name) for name, url in urls if is_same_place(url, base_of(typed))), None)
        wire_format = _spoken_by(owner, pasted_format(typed) or by_path)
        base = _short(typed, wire_format)
        correction = correct_base_url(owner, base, wire_format.value)
        return await self._checked(owner, wire_format, correction.base_url if correction else base)

    async def anywhere(self) -> Identified:
        """Nobody knows the host: its lists tell, and what it says to requests that are wrong on purpose."""
        for base in self._bases():
            preset, list_format = await self._lists(base)
            if preset is not None:
                wire_format = _spoken_by(preset, pasted_format(self._endpoint.base_url))
                return await self._checked(preset, wire_format, _short(base, wire_format))
            spoken = await self._spoken(base, list_format)
            if spoken is not None:
                return await self._of_a_kind(base, spoken)
        raise self._most_telling()

    def _bases(self) -> tuple[str, ...]:
        """The base URL, and once more for an API that lives without a version in its path."""
        typed = self._endpoint.base_url
        whole = f"{typed.rstrip('/')}/chat/completions"
        is_same = pasted_format(typed) is not None or chat_url(typed, _CHAT) == chat_url(whole, _CHAT)
        return (typed,) if is_same else (typed, whole)

    async def _lists(self, base: str) -> tuple[Preset | None, WireFormat | None]:
        """Whose model list it is, or at least in which format. Raises: ProviderError, when nobody answers."""
        plain = await self._fetched(base, _CHAT, "/models", AuthScheme.BEARER)
        if plain.wants_key and self._secret:
            keyed = await self._fetched(base, _MESSAGES, "/models", AuthScheme.X_API_KEY)
            plain = keyed if keyed.status == 200 else plain
        tags = await self._fetched(base, _OLLAMA, "/api/tags", AuthScheme.BEARER)
        presets = self._catalogue.all_presets()
        for reply in (tags, plain):
            preset = recognise(presets, reply.body) if reply.status == 200 else None
            if preset is not None:
                return preset, None
        if plain.status != 200 or not is_list(plain.body):
            return None, None
        return None, _MESSAGES if is_anthropic_list(plain.body) else _CHAT

    async def _spoken(self, base: str, list_format: WireFormat | None) -> _Spoken | None:
        """The wire formats that are spoken; None for none. Raises: BadCredential, when all refuse the key."""
        replies = await asyncio.gather(*(self._knocked(base, each, _scheme(each)) for each in _KNOCKED))
        answers = dict(zip(_KNOCKED, replies, strict=True))
        auth = ""
        if answers[_MESSAGES].wants_key and self._secret:
            by_bearer = await self._knocked(base, _MESSAGES, AuthScheme.BEARER)
            if by_bearer.accepts_key:
                answers[_MESSAGES], auth = by_bearer, AuthScheme.BEARER.value
        wanted = (pasted_format(base), list_format, *_KNOCKED)
        order = [each for each in dict.fromkeys(wanted) if each in answers]
        accepted = [each for each in order if answers[each].accepts_key]
        refused = [each for each in order if answers[each].is_there and answers[each].wants_key]
        if list_format is not None and list_format not in accepted:
            accepted.insert(0, list_format)  # Somebody who lists models in a format speaks it.
        if accepted:
            is_messages = accepted[0] is _MESSAGES
            needs_key = bool(self._secret) or not answers[accepted[0]].accepts_key
            return _Spoken(accepted[0], tuple(accepted[1:]), auth if is_messages else "", needs_key)
        if not refused:
            return None
        error = answers[refused[0]].error
        if self._secret and error is not None:
            raise error
        # Many refuse whatever comes without a key: what they would answer to is not known.
        best = min(refused, key=lambda each: not _is_shaped(each, answers[each]))
        return _Spoken(best, (), "", needs_key=True)

    async def _of_a_kind(self, base: str, spoken: _Spoken) -> Identified:
        kind, at = _KINDS[spoken.format], _short(base, spoken.format)
        preset = self._catalogue.kind_preset(kind, at)
        assert preset is not None
        auth = spoken.auth if spoken.needs_key or preset.quirks.key_optional else AuthScheme.NONE.value
        found = await self._checked(preset, spoken.format, at, auth)
        return replace(found, type=kind, other_formats=spoken.others, auth=auth)

    async def _checked(self, preset: Preset, wire_format: WireFormat, base_url: str, auth: str = "") -> Identified:
        """What a check of the provider would say, had it been configured. Raises: ProviderError."""
        scheme = AuthScheme(auth or preset.auth)
        endpoint = replace(
            self._endpoint,
            format=wire_format,
            base_url=base_url,
            auth=scheme,
            preset=preset.id,
            headers={**preset.headers, **self._endpoint.headers},
            quirks=preset.quirks,
            needs_key=scheme is not AuthScheme.NONE and not preset.quirks.key_optional,
            key_url=preset.key_url,
        )
        others = tuple(WireFormat(name) for name in preset.formats if name != wire_format.value)
        unknown = Identified(preset.id, wire_format, base_url, "", (), False, False, 0, others)
        started = self._monotonic()
        try:
            found = await check(
                self._http, endpoint, preset, self._secret, monotonic=self._monotonic, today=self._today
            )
        except BadCredential as error:
            if self._secret:
                raise
            return replace(unknown, url=error.url, round_trip_ms=round((self._monotonic() - started) * 1000))
        return replace(
            unknown,
            url=found.url,
            models=found.models,
            is_listed=found.is_listed,
            is_proved=found.is_proved,
            round_trip_ms=found.round_trip_ms,
        )

    async def _fetched(self, base: str, wire_format: WireFormat, path: str, auth: AuthScheme) -> Reply:
        endpoint = replace(self._endpoint, format=wire_format, auth=auth)
        url = api_url(base, wire_format, path)
        if (url, auth) not in self._replies:
            self._replies[url, auth] = await fetch(self._http, endpoint, self._secret, url)
        return self._replies[url, auth]

    async def _knocked(self, base: str, wire_format: WireFormat, auth: AuthScheme) -> Reply:
        endpoint = replace(self._endpoint, base_url=base, format=wire_format, auth=auth)
        reply = await knock(self._http, endpoint, self._secret)
        self._replies[reply.url, auth] = reply
        return reply

    def _most_telling(self) -> ProviderError:
        errors = [reply.error for reply in self._replies.values() if reply.error is not None]
        tried = ", ".join(dict.fromkeys(reply.url for reply in self._replies.values()))
        telling = [error for error in errors if not isinstance(error, PathNotFound)] or errors
        if not telling:
            host = self._endpoint.provider
            return PathNotFound(f"{host} answers, but with no API that Parley speaks.", f"Tried {tried}.")
        return replace(telling[0], hint=f"{telling[0].hint} Tried {tried}.".strip())


class _Spoken(NamedTuple):
    """What an unknown server speaks.

    Attributes:
        auth: how the key travels, when not as usual.
        needs_key: False when it answers without one.
    """

    format: WireFormat
    others: tuple[WireFormat, ...]
    auth: str
    needs_key: bool


def _spoken_by(preset: Preset, wanted: WireFormat | None) -> WireFormat:
    """The format that was wanted, if the preset speaks it, else its own."""
    return wanted if wanted is not None and wanted.value in preset.formats else WireFormat(preset.format)


def _short(url: str, wire_format: WireFormat) -> str:
    """The base URL without a pasted endpoint, where that leads to the same place; else the whole endpoint."""
    base, whole = base_of(url), chat_url(url, wire_format)
    return base if chat_url(base, wire_format) == whole else whole


def _scheme(wire_format: WireFormat) -> AuthScheme:
    return AuthScheme.X_API_KEY if wire_format is _MESSAGES else AuthScheme.BEARER


def _is_shaped(wire_format: WireFormat, reply: Reply) -> bool:
    """Whether an error is written as this format writes it; all others write alike."""
    is_messages = (
        b'"type"' in reply.body and b'"error"' in reply.body and b'"type":"error"' in reply.body.replace(b" ", b"")
    )
    return is_messages is (wire_format is _MESSAGES)
