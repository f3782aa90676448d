"""The only place that knows httpx: one client, one TLS context, its errors translated into ours."""

from __future__ import annotations

import json
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.parse import urlsplit

import httpx

from providers.errors import BadConfig, CannotConnect, IncompleteStream, ProviderError, TimedOut, TlsFailed
from providers.formats.urls import display_url
from providers.request import HttpCall

LARGEST_ANSWER = 64 * 1024 * 1024
_LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. `silence` is how long the server may say nothing, before the answer and inside it."""

    connect: float
    silence: float


class Response:
    """An answer whose headers have arrived. Bodies are bytes, decompressed, undecoded."""

    def __init__(self, inner: httpx.Response, url: str) -> None:
        self._inner = inner
        self._url = url
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
            raise translate(error, self._url, mid_body=True) from error

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
        trust_env: whether HTTP(S)_PROXY, NO_PROXY and SSL_CERT_FILE are honoured.
    """

    def __init__(self, *, trust_env: bool = True) -> None:
        self._trust_env = trust_env
        self._clients: dict[tuple[bool, bool], httpx.AsyncClient] = {}
        self._tls: ssl.SSLContext | None = None

    def _client(self, url: str) -> httpx.AsyncClient:
        parts = urlsplit(url)
        is_tls = parts.scheme != "http"
        # A proxy cannot reach this machine's own servers: it would look for them on itself.
        uses_proxy = self._trust_env and (parts.hostname or "") not in _LOCAL_HOSTS
        client = self._clients.get((is_tls, uses_proxy))
        if client is None:
            client = httpx.AsyncClient(
                verify=self._tls_context(is_tls),
                trust_env=uses_proxy,
                follow_redirects=False,
                # No domain may set one: providers share the client, and cookies do not tell ports apart.
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            )
            self._clients[is_tls, uses_proxy] = client
        return client

    def _tls_context(self, is_tls: bool) -> ssl.SSLContext:
        """One context for all clients. Loading the CA certificates is slow: plain http does without."""
        if not is_tls:
            return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if self._tls is None:
            self._tls = httpx.create_ssl_context(trust_env=self._trust_env)
        return self._tls

    @asynccontextmanager
    async def send(
        self, call: HttpCall, secret_headers: Mapping[str, str], timeouts: Timeouts
    ) -> AsyncIterator[Response]:
        """Send a call and wait for the headers of the answer.

        Args:
            secret_headers: the key's header; kept apart so that a call can be shown and logged.
        Raises:
            CannotConnect, TlsFailed, TimedOut: before any answer.
            BadConfig: the URL or a header cannot be sent at all.
        """
        url = display_url(call.url)
        content = None if call.body is None else json.dumps(call.body, ensure_ascii=False).encode(errors="replace")
        timeout = httpx.Timeout(timeouts.silence, connect=timeouts.connect, pool=None)
        try:
            client = self._client(call.url)
            request = client.build_request(
                call.method,
                call.url,
                headers=_encoded(call.headers, secret_headers),
                content=content,
                timeout=timeout,
            )
            inner = await client.send(request, stream=True)
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, UnicodeError, ValueError) as error:
            raise translate(error, url) from error
        try:
            yield Response(inner, url)
        finally:
            await inner.aclose()

    async def close(self) -> None:
        clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            await client.aclose()


def _encoded(headers: Mapping[str, str], secret: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """All headers as bytes; a header that the user wrote wins over the one that carries the key."""
    taken = {name.lower() for name in headers}
    own = {name: value for name, value in secret.items() if name.lower() not in taken}
    return [(name.encode("ascii"), value.encode("utf-8")) for name, value in {**headers, **own}.items()]


def translate(error: Exception, url: str, *, mid_body: bool = False) -> ProviderError:
    """What httpx says, as one of our errors.

    Args:
        url: for display; without user, password and query.
        mid_body: the answer had begun.
    """
    parts = urlsplit(url)
    host = parts.netloc or url
    if isinstance(error, httpx.TimeoutException):
        return _timed_out(error, host, url, mid_body)
    if mid_body:
        return IncompleteStream(
            "The connection broke before the reply was complete.",
            "What arrived is kept. Ask again, or ask it to continue.",
            url=url,
            is_retryable=True,
        )
    if isinstance(error, ssl.SSLError) or _is_tls(error):
        return TlsFailed(
            f"No secure connection to {host}: {_tls_reason(error)}.",
            "Check the base URL (http or https?), the clock, and SSL_CERT_FILE behind a company proxy.",
            url=url,
        )
    if isinstance(error, httpx.ProxyError):
        return CannotConnect(
            f"The proxy refused the way to {host}.",
            "Check HTTPS_PROXY and NO_PROXY.",
            detail=str(error)[:300],
            url=url,
            is_retryable=True,
        )
    if isinstance(error, (httpx.NetworkError, httpx.RemoteProtocolError)):
        return _cannot_connect(error, parts.hostname or "", host, url)
    return BadConfig(
        f"This cannot be sent to {host}: {_first_line(error)}.",
        "Check base_url, extra_headers and the key for characters that do not belong there.",
        url=url,
    )


def _timed_out(error: httpx.TimeoutException, host: str, url: str, mid_body: bool) -> ProviderError:
    if isinstance(error, httpx.ConnectTimeout):
        return TimedOut(
            f"{host} did not answer in time.",
            "Check the base URL and the network; timeout in config.toml sets how long to wait.",
            url=url,
            is_retryable=True,
        )
    when = "in the middle of the reply" if mid_body else "before the reply began"
    return TimedOut(
        f"{host} went silent {when}.",
        "Ask again, or raise stream_timeout in config.toml if this model thinks for long.",
        url=url,
        is_retryable=not mid_body,
    )


def _cannot_connect(error: Exception, hostname: str, host: str, url: str) -> CannotConnect:
    reason = _first_line(error).lower()
    is_local = hostname in _LOCAL_HOSTS
    if "name or service" in reason or "nodename" in reason or "getaddrinfo" in reason or "resolution" in reason:
        summary, hint = f"There is no host called {hostname}.", "Check the base URL and the network."
    elif isinstance(error, httpx.RemoteProtocolError):
        summary = f"{host} closed the connection without an answer."
        hint = "Check the base URL (http or https?) and try again."
    elif is_local:
        summary, hint = f"Nothing answers at {host}.", "Is the local server running?"
    else:
        summary, hint = f"{host} refused the connection.", "Check the base URL, the port and the network."
    return CannotConnect(summary, hint, url=url, is_retryable=True)


def _is_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _tls_reason(error: BaseException) -> str:
    text = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return "its certificate is not trusted"
    if "WRONG_VERSION_NUMBER" in text or "record layer" in text:
        return "it does not speak TLS"
    return _first_line(error)


def _first_line(error: BaseException) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0][:200].rstrip(".")
