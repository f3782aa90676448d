"""Which preset a host belongs to, and base URLs that are known to be wrong."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from providers.catalogue.records import Preset

_LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1", "0.0.0.0", "::"))
_DEFAULT_PORTS = {"http": 80, "https": 443}


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
    return host.partition(":")[0] == "localhost"


def hosts_of(preset: Preset) -> tuple[str, ...]:
    """Every host that belongs to a preset, the one of its own base URL first; `*.` in front: all below it."""
    urls = (preset.base_url, *preset.format_base_urls.values(), *preset.wrong_base_urls)
    hosts = [host_of(url) for url in urls if url]
    return tuple(dict.fromkeys((*hosts, *preset.hosts)))


def owns(preset: Preset, host: str) -> bool:
    """Whether a host, as `host_of` gives it, belongs to a preset."""
    name = host.partition(":")[0]
    return any(name.endswith(owned[1:]) if owned.startswith("*.") else host == owned for owned in hosts_of(preset))


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
