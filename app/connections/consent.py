"""Where a key may not go without being asked for: to a host it does not belong to, or in the open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.keys.ladder import needs_consent
from providers.catalogue.hosts import host_of, is_private
from providers.credentials import KeyKind
from providers.errors import BadConfig, BadCredential

if TYPE_CHECKING:
    from app.keys.store import StoredKey
    from providers.catalogue.records import Preset
    from providers.credentials import Key


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


class KeyOutOfReach(BadCredential):
    """Nothing was sent, because the key store does not give the key."""

    word = "key locked"


def consent_needed(provider: str, consents: tuple[Consent, ...]) -> ConsentNeeded:
    """The error for a request that has to wait for an answer."""
    sentences = " ".join(consent.question for consent in consents)
    hint = f"If that is meant, allow it: `parley keys allow {provider}`, or y on its card in the app."
    return ConsentNeeded(sentences, hint, provider=provider)


def consents(
    preset: Preset, base_url: str, key: Key | None, stored: StoredKey | None, headers: Sequence[StoredKey] = ()
) -> Iterator[Consent]:
    """What would have to be allowed before the secrets of a provider are sent to a base URL.

    A key in config.toml stands beside the URL it is for; servers that run anywhere have no host of their own.

    Args:
        headers: secret headers whose values are stored.
    """
    yield from _about_key(preset, base_url, key, stored)
    host = host_of(base_url)
    for header in headers:
        if needs_consent(KeyKind.STORED, header.host, preset, host):
            question = (
                f"The header {header.header} was given for {header.host or 'another host'} and would go to {host}."
            )
            yield Consent(header.place, host, question)


def _about_key(preset: Preset, base_url: str, key: Key | None, stored: StoredKey | None) -> Iterator[Consent]:
    host = host_of(base_url)
    if stored is not None:
        place = stored.place
        if needs_consent(KeyKind.STORED, stored.host, preset, host):
            given_for = stored.host or "another host"
            yield Consent(place, host, f"The key in {place} was given for {given_for} and would go to {host}.")
    elif key is not None:
        place = key.place
        if key.kind is KeyKind.ENVIRONMENT and needs_consent(key.kind, "", preset, host):
            yield Consent(place, host, f"{place} is a key for {preset.name} and would go to {host}.")
    else:
        return
    if urlsplit(base_url).scheme == "http" and not is_private(host):
        yield Consent(place, f"http://{host}", f"The key from {place} would go to {host} without encryption.")
