"""What a host is: this machine, a private network, or whose; and base URLs that are known to be wrong."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from providers.catalogue.records import Preset

_LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1", "0.0.0.0", "::"))
_DEFAULT_PORTS = {"http": 80, "https": 443}
_PRIVATE_NETWORKS = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/32",  # "here", as servers write it that listen everywhere
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared by carriers, and by overlay networks
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::/127",
        "fc00::/7",
        "fe80::/10",
    )
)
_PRIVATE_DOMAINS = (".localhost", ".local", ".lan", ".internal", ".home.arpa")
_LABEL = re.compile(r"(?!\d+$|0x[0-9a-f]*$)[a-z0-9_-]+")
"""A name without a dot; a number alone would be an address, written in another way."""


class Correction(NamedTuple):
    """A base URL to use instead of the one configured, and the sentence that says so."""

    base_url: str
    sentence: str


def host_of(url: str) -> str:
    """The host of a URL in lower case, `host:port` where the port is not the scheme's own.

    All names of this machine are `localhost`. "" for a text that is no URL.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return ""
    if not host:
        return ""
    if host in _LOOPBACK:
        host = "localhost"
    elif ":" in host:
        host = f"[{host}]"
    return host if port is None or port == _DEFAULT_PORTS.get(parts.scheme) else f"{host}:{port}"


def is_local(host: str) -> bool:
    """Whether a host, as `host_of` gives it, is this machine."""
    name = _without_port(host)
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def is_private(host: str) -> bool:
    """Whether a host is this machine or in a private network, judged by its name alone: nothing is looked up.

    Private are loopback, RFC 1918, link-local, unique local and shared (100.64/10) addresses, names without a dot,
    and those below `.local`, `.lan`, `.internal`, `.home.arpa` and `.localhost`.

    Args:
        host: with or without a port, an IPv6 address with or without brackets.
    """
    name = _without_port(host.strip().lower())
    try:
        address = ip_address(name.partition("%")[0])
    except ValueError:
        name = name.removesuffix(".")
        return _LABEL.fullmatch(name) is not None or (len(name) > 1 and name.endswith(_PRIVATE_DOMAINS))
    return any(address in network for network in _PRIVATE_NETWORKS if network.version == address.version) or (
        isinstance(address, IPv6Address) and _is_private_v4(address.ipv4_mapped)
    )


def _is_private_v4(address: IPv4Address | None) -> bool:
    return address is not None and is_private(str(address))


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host if host.count(":") > 1 else host.partition(":")[0]


def hosts_of(preset: Preset) -> tuple[str, ...]:
    """Every host that belongs to a preset, the one of its own base URL first; `*.` in front: all below it."""
    urls = (preset.base_url, *preset.format_base_urls.values(), *preset.wrong_base_urls)
    hosts = [host_of(url) for url in urls if url]
    return tuple(dict.fromkeys((*hosts, *preset.hosts)))


def owns(preset: Preset, host: str) -> bool:
    """Whether a host, as `host_of` gives it, belongs to a preset."""
    name = host.partition(":")[0]
    return any(name.endswith(owned[1:]) if owned.startswith("*.") else host == owned for owned in hosts_of(preset))


def runs_here(preset: Preset, base_url: str) -> bool:
    """Whether the models of a provider run on this machine or in a private network."""
    return preset.is_local and is_private(host_of(base_url))


def is_same_place(one: str, other: str) -> bool:
    """Whether two base URLs lead to one place, but for the scheme and slashes at the end."""
    return _comparable(one) == _comparable(other)


def has_vendor_host(preset: Preset) -> bool:
    """Whether keys for a preset belong to certain hosts.

    Servers that people run themselves (vLLM, a proxy) and resources of their own (Azure's) have no such host.
    """
    return bool(preset.base_url) and not is_local(host_of(preset.base_url))


def correct_base_url(preset: Preset, base_url: str, wire_format: str = "") -> Correction | None:
    """What to use instead of a base URL that was published somewhere and does not work; None if it is fine.

    Args:
        wire_format: the one to be spoken, where it is not the preset's own.
    """
    wrong = {_comparable(url) for url in preset.wrong_base_urls}
    if _comparable(base_url) not in wrong:
        return None
    right = preset.base_url_for(wire_format or preset.format)
    shown = base_url.strip().rstrip("/")
    return Correction(right, f"{preset.name} does not answer at {shown}; Parley uses {right} instead.")


def _comparable(url: str) -> tuple[str, str]:
    """Host and path, in which two spellings of one base URL agree."""
    host = host_of(url)
    return (host, urlsplit(url.strip()).path.rstrip("/")) if host else ("", url)
