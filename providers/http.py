"""Sends calls, the only place that knows httpx: proxies, trusted certificates, both families of localhost."""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib import import_module
from urllib.parse import urlsplit
from urllib.request import getproxies

import httpx

from providers.catalogue.hosts import host_of, is_private
from providers.formats.urls import display_url
from providers.http_errors import (
    Way,
    bad_proxy,
    is_for_another_host,
    is_tls,
    offline,
    proxy_refusal,
    translate,
)
from providers.proxies import Proxy, proxy_for
from providers.request import Endpoint, HttpCall
from providers.tls import Trust, names_in_certificate, no_trust

LARGEST_ANSWER = 64 * 1024 * 1024
_LOOPBACK = {"localhost": ("127.0.0.1", "[::1]"), "127.0.0.1": ("[::1]",), "::1": ("127.0.0.1",)}
"""Where else a server on this machine may listen. Many systems know `localhost` in one family only."""


def load() -> None:
    """Import what httpx leaves for the first request: some 80 ms, for a thread."""
    for name in ("httpcore", "anyio._backends._asyncio"):
        # Its own business: where another version goes another way, the first request imports that.
        with suppress(ImportError):
            import_module(name)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds.

    Attributes:
        silence: how long the server may say nothing, before the answer and inside it.
        setting: where `silence` comes from, for hints.
    """

    connect: float
    silence: float
    setting: str = "timeout"


class Response:
    """An answer whose headers have arrived. Bodies are bytes, decompressed, undecoded."""

    def __init__(self, inner: httpx.Response, way: Way) -> None:
        self._inner = inner
        self._way = way
        self.status = inner.status_code
        self.headers: Mapping[str, str] = inner.headers

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters; "" when the server names none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    async def chunks(self) -> AsyncGenerator[bytes]:
        """The body as it arrives.

        Raises: TimedOut, when the server goes silent; IncompleteStream, when the connection breaks.
        """
        try:
            async for chunk in self._inner.aiter_bytes():
                yield chunk
        except httpx.HTTPError as error:
            raise translate(error, self._way, mid_body=True) from error

    async def read(self) -> bytes:
        """The whole body, cut off at 64 MiB."""
        parts: list[bytes] = []
        size = 0
        async for chunk in self.chunks():
            parts.append(chunk)
            size += len(chunk)
            if size > LARGEST_ANSWER:
                break
        return b"".join(parts)


class Http:
    """Sends calls. Follows no redirect: a key must not travel to another host.

    Args:
        trust_env: whether HTTP(S)_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE and SSL_CERT_DIR are honoured.
        environ: where they are looked up; None for this process's own, and the proxy settings of the system.
    Attributes:
        offline: whether nothing may leave this machine and private networks; may change at any time.
    """

    def __init__(self, *, trust_env: bool = True, environ: Mapping[str, str] | None = None) -> None:
        self.offline = False
        self._environ = (os.environ if environ is None else environ) if trust_env else {}
        self._system_proxies = getproxies() if trust_env and environ is None else {}
        self._clients: dict[tuple[bool, str, str], httpx.AsyncClient] = {}
        self._trust = Trust(self._environ, lambda: httpx.create_ssl_context(trust_env=False))

    @asynccontextmanager
    async def send(
        self,
        call: HttpCall,
        secret_headers: Mapping[str, str],
        timeouts: Timeouts,
        endpoint: Endpoint | None = None,
    ) -> AsyncIterator[Response]:
        """Send a call and wait for the headers of the answer.

        Args:
            secret_headers: the key's header; kept apart so that a call can be shown and logged.
            endpoint: names the proxy and the certificates of a provider, and how its server is started.
        Raises:
            CannotConnect, TlsFailed, TimedOut: before any answer.
            BadConfig: the URL or a header cannot be sent at all, or not while offline.
        """
        way = replace(self._way(call.url, endpoint), patience=timeouts.setting)
        if self.offline:
            _stay_inside(call.url, way)
        client = await self._client(call.url, way)
        try:
            inner = await _open(
                client, call, _encoded(call.headers, secret_headers), timeouts, is_direct=way.proxy is None
            )
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, UnicodeError, ValueError) as error:
            raise await _explained(error, way) from error
        try:
            if inner.status_code == 407 and way.proxy is not None:
                raise proxy_refusal(407, "", way.proxy, way)
            yield Response(inner, way)
        finally:
            await inner.aclose()

    async def close(self) -> None:
        clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            await client.aclose()

    def _way(self, url: str, endpoint: Endpoint | None) -> Way:
        way = Way(display_url(url))
        if endpoint is not None:
            way = replace(way, ca_file=endpoint.ca_file, start_hint=endpoint.start_hint)
        try:
            proxy = proxy_for(url, endpoint.proxy if endpoint else "", self._environ, self._system_proxies)
        except ValueError as error:
            raise translate(error, way) from error
        return replace(way, proxy=proxy)

    async def _client(self, url: str, way: Way) -> httpx.AsyncClient:
        """The client for a kind of way. Raises: BadConfig, for a proxy or a file that cannot be used."""
        is_plain, proxy_url = urlsplit(url).scheme == "http", way.proxy.url if way.proxy else ""
        key = (is_plain, proxy_url, way.ca_file)
        client = self._clients.get(key)
        if client is None:
            # Plain http does without the certificates, which are slow to load.
            context = no_trust() if is_plain else await self._trust.loaded(way.ca_file)
            proxy = await self._through(way.proxy, way) if way.proxy else None
            client = self._clients.get(key)  # Somebody else may have made it meanwhile.
        if client is None:
            client = self._clients[key] = httpx.AsyncClient(
                verify=context,
                proxy=proxy,
                trust_env=False,
                follow_redirects=False,
                # No domain may set one: providers share the client, and cookies do not tell ports apart.
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            )
        return client

    async def _through(self, proxy: Proxy, way: Way) -> httpx.Proxy:
        if not proxy.host:
            raise bad_proxy(proxy, way.url)
        scheme = urlsplit(proxy.url).scheme.lower()
        if scheme.startswith("socks") and not _has_socks():
            raise bad_proxy(proxy, way.url, lacks_socks=True)
        try:
            context = await self._trust.loaded(way.ca_file) if scheme == "https" else None
            return httpx.Proxy(proxy.url, ssl_context=context)
        except (httpx.InvalidURL, ValueError):
            # Its words would show the password.
            raise bad_proxy(proxy, way.url) from None


async def _open(
    client: httpx.AsyncClient,
    call: HttpCall,
    headers: list[tuple[bytes, bytes]],
    timeouts: Timeouts,
    *,
    is_direct: bool,
) -> httpx.Response:
    """Send, to the other loopback addresses too when nothing listens at the one that was written."""
    content = None if call.body is None else json.dumps(call.body, ensure_ascii=False).encode(errors="replace")
    timeout = httpx.Timeout(timeouts.silence, connect=timeouts.connect, pool=None)
    request = client.build_request(call.method, call.url, headers=headers, content=content, timeout=timeout)
    try:
        return await client.send(request, stream=True)
    except httpx.ConnectError as error:
        if is_tls(error) or not is_direct:
            raise
        for address in _LOOPBACK.get(request.url.host, ()):
            other = client.build_request(
                call.method,
                request.url.copy_with(host=address),
                headers=[*headers, (b"host", request.url.netloc)],
                content=content,
                timeout=timeout,
                extensions={"sni_hostname": request.url.host},
            )
            try:
                return await client.send(other, stream=True)
            except httpx.ConnectError:
                continue
        raise


async def _explained(error: Exception, way: Way) -> Exception:
    names: tuple[str, ...] = ()
    if way.proxy is None and is_for_another_host(error):
        parts = urlsplit(way.url)
        names = await names_in_certificate(parts.hostname or "", parts.port or 443)
    return translate(error, way, certificate_names=names)


def _stay_inside(url: str, way: Way) -> None:
    """Raises: BadConfig, for a request that would leave this machine and private networks."""
    host = host_of(url)
    if not is_private(host):
        raise offline(host or way.host, way.url)
    if way.proxy is not None and not is_private(way.proxy.host):
        raise offline(host, way.url, way.proxy)


def _encoded(headers: Mapping[str, str], secret: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """All headers as bytes; a header that the user wrote wins over the one that carries the key."""
    taken = {name.lower() for name in headers}
    own = {name: value for name, value in secret.items() if name.lower() not in taken}
    return [(name.encode("ascii"), value.encode("utf-8")) for name, value in {**headers, **own}.items()]


def _has_socks() -> bool:
    from importlib.util import find_spec

    return find_spec("socksio") is not None
