"""What went wrong on the way to a server, as one of our errors: a sentence, and what to do about it."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from providers.catalogue.hosts import host_of, is_local, is_private
from providers.errors import (
    BadConfig,
    CannotConnect,
    ConnectTimedOut,
    IncompleteStream,
    ProviderError,
    TimedOut,
    TlsFailed,
)
from providers.proxies import Proxy

_HOSTNAME_MISMATCH, _ADDRESS_MISMATCH = 62, 64
_EXPIRED, _NOT_YET_VALID = 10, 9
_SELF_SIGNED = 18
_NO_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "HTTP_REQUEST", "record layer")


@dataclass(frozen=True, slots=True)
class Way:
    """How a request travels, for the sentences about it.

    Attributes:
        url: for display; without user, password and query.
        proxy: the one on the way; None when there is none.
        ca_file: the provider's own certificates; "" for the usual ones.
        start_hint: how the server is started, where that is the person's own.
        patience: the setting that says how long the server may be silent.
    """

    url: str
    proxy: Proxy | None = None
    ca_file: str = ""
    start_hint: str = ""
    patience: str = "timeout"

    @property
    def host(self) -> str:
        """Host and port, as written."""
        return re.split(r"[/?]", self.url.partition("://")[2], maxsplit=1)[0] or self.url


def translate(
    error: Exception, way: Way, *, mid_body: bool = False, certificate_names: tuple[str, ...] = ()
) -> ProviderError:
    """What httpx says, as one of our errors.

    Args:
        mid_body: the answer had begun.
        certificate_names: whom the server's certificate is for, where `is_for_another_host(error)`.
    """
    if isinstance(error, httpx.TimeoutException):
        return _timed_out(error, way, mid_body)
    if mid_body:
        return IncompleteStream(
            "The connection broke before the reply was complete.",
            "What arrived is kept. Ask again, or ask it to continue.",
            url=way.url,
            is_retryable=True,
        )
    tls = _tls_error(error)
    if tls is not None:
        summary, hint = _tls_sentences(tls, way, certificate_names)
        return TlsFailed(summary, hint, url=way.url)
    if isinstance(error, httpx.ProxyError) and way.proxy is not None:
        return proxy_refusal(_status(error), str(error), way.proxy, way)
    if isinstance(error, (httpx.NetworkError, httpx.RemoteProtocolError, httpx.ProxyError)):
        return _cannot_connect(error, way)
    return BadConfig(
        f"This cannot be sent to {way.host}: {_first_line(error)}.",
        "Check base_url, extra_headers and the key for characters that do not belong there.",
        url=way.url,
    )


def is_for_another_host(error: Exception) -> bool:
    """Whether a certificate was refused because it is for another host."""
    tls = _tls_error(error)
    return isinstance(tls, ssl.SSLCertVerificationError) and tls.verify_code in (_HOSTNAME_MISMATCH, _ADDRESS_MISMATCH)


def is_tls(error: Exception) -> bool:
    """Whether the two sides could not agree on a secure connection."""
    return _tls_error(error) is not None


def offline(host: str, url: str, proxy: Proxy | None = None) -> BadConfig:
    """The refusal of a request that would leave this machine and its networks."""
    by = f" through the proxy {proxy.shown}" if proxy is not None else ""
    hint = (
        "Set offline = false in config.toml, or use a server on this machine or in the local network."
        if proxy is None
        else 'Set offline = false in config.toml, or proxy = "none" for this provider.'
    )
    return BadConfig(f"offline = true: nothing is sent to {host}{by}.", hint, url=url)


def bad_proxy(proxy: Proxy, url: str, *, lacks_socks: bool = False) -> BadConfig:
    """A proxy that cannot be used at all."""
    if lacks_socks:
        return BadConfig(
            f"The proxy {proxy.shown} speaks SOCKS, for which the package socksio is missing.",
            'Install socksio beside Parley, name an HTTP proxy, or set proxy = "none" for this provider.',
            url=url,
        )
    return BadConfig(
        f"{proxy.place[:1].upper()}{proxy.place[1:]} does not name a proxy.",
        'Write it as "http://HOST:PORT", or as "none" for no proxy.',
        url=url,
    )


def proxy_refusal(status: int | None, said: str, proxy: Proxy, way: Way) -> CannotConnect:
    """A proxy that answered for itself.

    Args:
        said: its status line.
    """
    summary = f"The proxy {proxy.shown} does not let requests through to {way.host}: {said.strip() or 'no reason'}."
    hint = f'Ask whoever runs the proxy, or let {_bare(way.host)} go without it: NO_PROXY, or proxy = "none".'
    if status == 407:
        summary = f"The proxy {proxy.shown} wants a user name and a password."
        hint = f"Write them into {proxy.place}: http://USER:PASSWORD@{urlsplit(proxy.url).netloc.rpartition('@')[2]}."
    elif status in (502, 503, 504):
        summary = f"The proxy {proxy.shown} cannot reach {way.host}: {said.strip()}."
        hint = "Check the base URL, and try again in a moment."
    return CannotConnect(summary, hint, url=way.url, is_retryable=status in (502, 503, 504))


def not_in_time(host: str, limit_s: float, url: str) -> TimedOut:
    """A whole answer that took longer than the provider's timeout."""
    return TimedOut(f"{host} did not answer within {limit_s:g} s.", _patience("timeout"), url=url, is_retryable=True)


def _patience(setting: str) -> str:
    return f"Try again, or raise {setting} in config.toml if this server takes long."


def _timed_out(error: httpx.TimeoutException, way: Way, mid_body: bool) -> ProviderError:
    if isinstance(error, httpx.ConnectTimeout):
        who = f"The proxy {way.proxy.shown}" if way.proxy is not None else way.host
        hint = "Check the base URL and the network; timeout in config.toml sets how long to wait."
        if way.proxy is not None:
            hint = f"Check {way.proxy.place} and the network; timeout in config.toml sets how long to wait."
        return ConnectTimedOut(f"{who} did not answer in time.", hint, url=way.url, is_retryable=True)
    when = "in the middle of its answer" if mid_body else "before it answered"
    return TimedOut(
        f"{way.host} went silent {when}.",
        _patience(way.patience),
        url=way.url,
        is_retryable=not mid_body,
    )


def _cannot_connect(error: Exception, way: Way) -> CannotConnect:
    if isinstance(error, httpx.RemoteProtocolError):
        summary = f"{way.host} closed the connection without an answer."
        hint = "Check the base URL (http or https?) and try again."
    elif way.proxy is not None:
        reason = "is unknown" if _is_name_error(error) else "does not answer"
        summary = f"The proxy {way.proxy.shown} {reason}."
        hint = f'Correct {way.proxy.place}, or set proxy = "none" for this provider to go without one.'
    elif _is_name_error(error):
        hostname = urlsplit(way.url).hostname or way.host
        summary, hint = f"There is no host called {hostname}.", "Check the base URL and the network."
    else:
        summary, hint = f"{way.host} refused the connection.", "Check the base URL, the port and the network."
        if is_local(host_of(way.url)):
            summary, hint = f"Nothing answers at {way.host}.", "Is the local server running?"
        if way.start_hint and is_private(host_of(way.url)):
            hint = f"Is the server running? {way.start_hint}"
    return CannotConnect(summary, hint, url=way.url, is_retryable=True)


def _tls_sentences(error: ssl.SSLError, way: Way, names: tuple[str, ...]) -> tuple[str, str]:
    host, bare = way.host, _bare(way.host)
    if isinstance(error, ssl.SSLCertVerificationError):
        match error.verify_code:
            case code if code in (_HOSTNAME_MISMATCH, _ADDRESS_MISMATCH):
                whom = " and ".join(names) if names else "another host"
                hint = f"Write the name that the certificate is for into the base URL, or ask whoever runs {host}."
                return f"The certificate at {host} is for {whom}, not for {bare}.", hint
            case code if code == _EXPIRED:
                hint = f"Check the clock of this computer; if it is right, whoever runs {host} must renew it."
                return f"The certificate of {host} has expired.", hint
            case code if code == _NOT_YET_VALID:
                return f"The certificate of {host} is not valid yet.", "Check the clock of this computer."
            case code if code == _SELF_SIGNED:
                summary = f"The certificate of {host} is signed by itself alone, and nobody here trusts it."
            case _ if way.ca_file:
                summary = f"The certificate of {host} is not signed by anybody in {way.ca_file}."
            case _:
                summary = f"The certificate of {host} is signed by nobody whom this computer trusts."
        what = "Correct ca_file" if way.ca_file else "Set ca_file"
        return summary, f"{what} for this provider, or SSL_CERT_FILE, to the certificate that signed it."
    if any(mark in str(error) for mark in _NO_TLS):
        return f"{host} does not speak TLS there.", "Check the base URL: http:// instead of https://, or another port?"
    return (
        f"No secure connection to {host}: {_first_line(error)}.",
        "Check the base URL (http or https?), the clock, and SSL_CERT_FILE behind a company proxy.",
    )


def _tls_error(error: BaseException | None) -> ssl.SSLError | None:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return error
        error = error.__cause__ or error.__context__
    return None


def _is_name_error(error: Exception) -> bool:
    reason = str(error).lower()
    return any(word in reason for word in ("name or service", "nodename", "getaddrinfo", "resolution", "no address"))


def _status(error: httpx.ProxyError) -> int | None:
    word = str(error).strip()[:3]
    return int(word) if word.isascii() and word.isdigit() else None


def _bare(host: str) -> str:
    """Host and port without the port."""
    return host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host


def _first_line(error: BaseException) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0][:200].rstrip(".")
