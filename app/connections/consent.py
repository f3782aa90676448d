"""Where a key may not go without being asked for: to a host it does not belong to, or in the open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.keys.ladder import needs_consent
from providers.catalogue.hosts import host_of, is_private
from providers.connection import NO_KEY
from providers.credentials import KeyKind
from providers.errors import BadConfig, BadCredential

if TYPE_CHECKING:
    from app.keys.ladder import OwnerOf
    from app.keys.store import StoredKey
    from providers.catalogue.records import Preset
    from providers.credentials import Key


TYPED = "what you typed"
"""The place of a secret that is not kept anywhere yet."""


@dataclass(frozen=True, slots=True)
class Consent:
    """One thing the user has to allow, once.

    Attributes:
        place: where the key comes from, in words.
        host: where it would go; with `http://` in front when anybody on the way could read it.
        question: for the user, as one sentence.
    """

    place: str
    host: str
    question: str


class ConsentNeeded(BadConfig):
    """Nothing was sent, because the user has not allowed it yet."""

    word = "confirm key"
    """For the lamp."""


class KeyVariableUnset(BadConfig):
    """Nothing was sent, because the variable that has the key is not set."""

    word = NO_KEY


class KeyOutOfReach(BadCredential):
    """Nothing was sent, because the key store does not give the key."""

    word = "key locked"


def consent_needed(provider: str, consents: tuple[Consent, ...]) -> ConsentNeeded:
    """The error for a request that has to wait for an answer."""
    sentences = " ".join(consent.question for consent in consents)
    hint = f"If that is meant, allow it: `parley keys allow {provider}`, or y on its card in the app."
    return ConsentNeeded(sentences, hint, provider=provider)


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the secrets of a provider would go.

    Attributes:
        proxy: the host of a proxy on the way; "" when there is none.
    """

    preset: Preset
    base_url: str
    proxy: str = ""

    @property
    def host(self) -> str:
        return host_of(self.base_url)

    @property
    def listener(self) -> str:
        """The host beyond private networks up to which everybody could read along; "" when nobody can."""
        if urlsplit(self.base_url).scheme.lower() != "http":
            return ""
        return next((host for host in (self.host, self.proxy) if host and not is_private(host)), "")


@dataclass(frozen=True, slots=True)
class Carried:
    """The secrets that a request carries.

    Attributes:
        key: in hand; `stored`: still in the key store. At most one of the two.
        stored_headers: secret headers whose values are in the key store.
        headers: the names of those in hand, with the places they come from, in words.
    """

    key: Key | None = None
    stored: StoredKey | None = None
    stored_headers: Sequence[StoredKey] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


def consents(to: Destination, carried: Carried, owner_of: OwnerOf) -> Iterator[Consent]:
    """What would have to be allowed before the secrets of a provider are sent.

    A key in config.toml stands beside the URL it is for; servers that run anywhere have no host of their own.
    """
    yield from _about_key(to, carried, owner_of)
    for header in carried.stored_headers:
        if needs_consent(KeyKind.STORED, header.host, to.preset, to.host, owner_of):
            given_for = header.host or "another host"
            question = f"The header {header.header} was given for {given_for} and would go to {to.host}."
            yield Consent(header.place, to.host, question)
    yield from _in_the_open(to, carried)


def _about_key(to: Destination, carried: Carried, owner_of: OwnerOf) -> Iterator[Consent]:
    key, stored = carried.key, carried.stored
    if stored is not None:
        if needs_consent(KeyKind.STORED, stored.host, to.preset, to.host, owner_of):
            given_for = stored.host or "another host"
            question = f"The key in {stored.place} was given for {given_for} and would go to {to.host}."
            yield Consent(stored.place, to.host, question)
    elif (
        key is not None
        and key.kind is KeyKind.ENVIRONMENT
        and needs_consent(key.kind, "", to.preset, to.host, owner_of)
    ):
        yield Consent(key.place, to.host, f"{key.place} is a key for {to.preset.name} and would go to {to.host}.")


def _in_the_open(to: Destination, carried: Carried) -> Iterator[Consent]:
    """What everybody on the way could read."""
    listener = to.listener
    if not listener:
        return
    source = carried.stored or carried.key
    secrets = [("key", source.place)] if source is not None else []
    secrets += [(f"header {header.header}", header.place) for header in carried.stored_headers]
    secrets += [(f"header {name}", place) for name, place in carried.headers.items()]
    way = to.host if listener == to.host else f"{to.host} through the proxy {listener}"
    for what, place in secrets:
        whence = "" if place == TYPED else f" from {place}"
        yield Consent(place, f"http://{listener}", f"The {what}{whence} would go to {way} without encryption.")
