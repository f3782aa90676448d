"""Which proxy a request goes through: the provider's own, the environment's, the system's, or none. No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from providers.catalogue.hosts import host_of, is_local
from providers.formats.urls import display_url

DIRECT = "none"
"""What `proxy` says when a provider is to be reached without one."""
_PORT = re.compile(r"\d{1,5}", re.ASCII)
_OWN_PLACE = "the provider's proxy setting"
_SYSTEM_PLACE = "the settings of the system"


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy, and where somebody configured it.

    Attributes:
        url: as configured, user and password included; a missing scheme is added.
        place: in words: "HTTPS_PROXY", "the provider's proxy setting".
    """

    url: str = field(repr=False)
    place: str

    @property
    def host(self) -> str:
        """Host and port, without user and password; "" where the URL has none."""
        return host_of(self.url)

    @property
    def shown(self) -> str:
        """For sentences: `http://proxy.example:3128 (HTTPS_PROXY)`."""
        return f"{display_url(self.url)} ({self.place})"


def proxy_for(
    url: str, configured: str, environ: Mapping[str, str], system: Mapping[str, str] | None = None
) -> Proxy | None:
    """The proxy for a URL; None when it is reached directly.

    A proxy of the environment cannot reach this machine's own servers: it would look for them on itself. One that is
    configured for a provider is always used.

    Args:
        configured: of the provider: a URL, `none`, or "" for what the environment says.
        environ: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY in it, in capitals or not; not in capitals wins.
        system: by scheme, for systems with settings of their own; asked where the environment names no proxy.
    """
    if configured.strip():
        return None if configured.strip().lower() == DIRECT else Proxy(_with_scheme(configured), _OWN_PLACE)
    host = host_of(url)
    if is_local(host) or _is_excepted(url, _either_case(environ, "no_proxy")[1]):
        return None
    scheme = urlsplit(url).scheme.lower()
    for name in (f"{scheme}_proxy", "all_proxy"):
        variable, value = _either_case(environ, name)
        if value:
            return Proxy(_with_scheme(value), variable)
    named = (system or {}).get(scheme) or (system or {}).get("all")
    return Proxy(_with_scheme(named), _SYSTEM_PLACE) if named else None


def _either_case(environ: Mapping[str, str], name: str) -> tuple[str, str]:
    """The variable that is set, and its value; "" when neither is."""
    for variable in (name, name.upper()):
        if value := environ.get(variable, "").strip():
            return variable, value
    return name.upper(), ""


def _with_scheme(url: str) -> str:
    return url.strip() if "://" in url else f"http://{url.strip()}"


def _is_excepted(url: str, exceptions: str) -> bool:
    """Whether NO_PROXY names the host: as it is, by a domain above it, by a network, with its port or without."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return any(_names(entry.lower(), host, port) for entry in exceptions.replace(",", " ").split())


def _names(entry: str, host: str, port: int | None) -> bool:
    if entry == "*":
        return True
    with suppress(ValueError):  # Not two addresses, or no network: a name, or anything with a port.
        return ip_address(host) in ip_network(entry.strip("[]"), strict=False)
    name, colon, own_port = entry.rpartition(":")
    if colon and _PORT.fullmatch(own_port):
        return int(own_port) == port and _names(name, host, port)
    domain = entry.removeprefix("*").strip(".")
    return bool(domain) and (host == domain or host.endswith(f".{domain}"))
