"""From what another program calls a provider, and the address it has there, to a type of Parley's."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from app.config.expand import escaped
from app.importing.keys import is_credential_field
from providers.catalogue.hosts import correct_base_url, host_of, is_private, is_same_place
from providers.catalogue.loader import KINDS, Catalogue
from providers.catalogue.records import Preset
from providers.credentials import Secret
from providers.formats.urls import base_url_problem, complete_typed, display_url, split_userinfo
from providers.request import WireFormat

GEMINI = "gemini"

_VERSION_SEGMENTS = ("/v1beta/openai", "/v1beta", "/v1")
_CREDENTIALS_BESIDE_VARIABLES = re.compile(r"//[^/?#]*@|[?&][^=&]*(key|token|secret|passw|auth)[^=&]*=", re.IGNORECASE)


class NotSupported(Exception):
    """Parley cannot reach this provider; `str()` is the reason, to be read after "NAME: "."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a provider is, as config.toml says it.

    Attributes:
        base_url: "" where the type has its own.
        secret: what stood in the URL and belongs into the key store.
    """

    type: str
    base_url: str = ""
    format: str = ""
    secret: Secret | None = None
    notes: list[str] = field(default_factory=list)


def wire_of(kind: str) -> WireFormat | None:
    """The wire format that other programs speak to a preset or bare kind; None for Google's own."""
    return None if kind == GEMINI else KINDS.get(kind, WireFormat.OPENAI_CHAT)


def find_address(
    catalogue: Catalogue, kind: str, wire: WireFormat | None, base_url: str, *, has_variables: bool = False
) -> Address:
    """Decide how a provider is configured here.

    Args:
        kind: a preset or a bare kind; "" when only the address says what it is.
        wire: the wire format that the other program speaks to it; None for one that Parley does not have.
        base_url: as it stands there.
        has_variables: it refers to variables, in Parley's own syntax, which stay in it.
    Raises:
        NotSupported.
    """
    if not base_url:
        return _at_home(catalogue, kind, wire)
    if has_variables:
        if _CREDENTIALS_BESIDE_VARIABLES.search(base_url):
            raise NotSupported("its address mixes variables and credentials")
        return Address(kind or _kind_of(wire), base_url)
    url, secret, notes = _clean(base_url)
    if base_url_problem(url) is not None:
        raise NotSupported("its address is not a URL")
    preset = catalogue.preset(kind)
    is_at_home = preset is not None and is_same_place(url, preset.base_url)
    owner = preset if is_at_home else catalogue.owner_of(url)
    address = _at_a_preset(owner, kind, wire, url) if owner else _elsewhere(kind or _kind_of(wire), wire, url)
    return Address(address.type, escaped(address.base_url), address.format, secret, [*notes, *address.notes])


def _at_home(catalogue: Catalogue, kind: str, wire: WireFormat | None) -> Address:
    """A provider without an address of its own: the preset's."""
    preset = catalogue.preset(kind)
    if preset is None:
        raise NotSupported("the file gives no address for it, and Parley knows none")
    # The Responses API is somebody's choice; between the other formats a preset knows best.
    is_choice = wire is WireFormat.OPENAI_RESPONSES and wire in preset.formats and preset.format != wire
    return Address(preset.id, format=wire.value if is_choice and wire else "")


def _elsewhere(kind: str, wire: WireFormat | None, url: str) -> Address:
    """An address that belongs to no preset: a gateway, a proxy, a server of one's own."""
    if kind == GEMINI and wire is None:
        raise NotSupported(f"it speaks Google's own API at {host_of(url)}, which Parley does not")
    if wire is WireFormat.OPENAI_RESPONSES and kind in KINDS:
        return Address("openai-responses", url)
    if kind == "openai" and is_private(host_of(url)):
        return Address(
            "openai-compat", url, notes=["a server in the own network is taken for one that imitates OpenAI"]
        )
    return Address(kind, url)


def _at_a_preset(owner: Preset, kind: str, wire: WireFormat | None, url: str) -> Address:
    """An address at a host that belongs to a preset: that preset, in a wire format that is spoken there."""
    notes: list[str] = []
    if kind not in ("", owner.id):
        notes.append(f"the host {host_of(url)} belongs to {owner.name}, so its type is {owner.id}")
    correction = correct_base_url(owner, url)
    if correction is not None:
        return Address(owner.id, url, notes=[*notes, correction.sentence])
    # Where a variable may name another server, the address stays written down.
    is_implied = url.rstrip("/") == owner.base_url.rstrip("/") and not owner.base_url_env
    kept_url = "" if is_implied else url
    if wire is None or wire == owner.format:
        return Address(owner.id, kept_url, notes=notes)
    is_spoken = wire in (owner.formats or (owner.format,))
    if is_spoken and (wire is WireFormat.OPENAI_RESPONSES or _comparable(url) != _comparable(owner.base_url)):
        return Address(owner.id, kept_url, wire.value, notes=notes)
    if is_spoken or _comparable(url) == _comparable(owner.base_url):
        notes.append(f"it is spoken to in {owner.format} here, not in {wire.value}")
        return Address(owner.id, kept_url, notes=notes)
    # A path of its own in a format that the preset does not list: the address knows better than the catalogue.
    return Address(_kind_of(wire), url)


def _clean(base_url: str) -> tuple[str, Secret | None, list[str]]:
    """A URL with a scheme and without credentials; these; and what was done."""
    notes: list[str] = []
    url = complete_typed(base_url)
    url, user, password = split_userinfo(url)
    secret = password or user
    if secret:
        notes.append("the credentials in its address are its key here")
    try:
        parts = urlsplit(url)
    except ValueError:
        return url, None, notes
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(name, value) for name, value in pairs if not is_credential_field(name)]
    if len(kept) != len(pairs):
        notes.append("the credentials in its address are its key here")
        secret = secret or next(value for name, value in pairs if is_credential_field(name))
        url = urlunsplit(parts._replace(query=urlencode(kept)))
    if "://" not in base_url and "://" in url:
        notes.append(f"its address was completed to {display_url(url)}")
    return url, Secret(secret) if secret else None, list(dict.fromkeys(notes))


def _kind_of(wire: WireFormat | None) -> str:
    """The bare kind that speaks a wire format to a server about which nothing else is known."""
    if wire is WireFormat.OPENAI_CHAT or wire is None:
        return "openai-compat"
    return next(kind for kind, spoken in KINDS.items() if spoken is wire)


def _comparable(url: str) -> tuple[str, str]:
    """Host and path, without the version that some write into a base URL and some do not."""
    path = urlsplit(url).path.rstrip("/")
    for segment in _VERSION_SEGMENTS:
        if path.endswith(segment):
            path = path.removesuffix(segment)
            break
    return host_of(url), path
