"""Where a provider's key comes from, what it hides, and what is wrong with that: looked at, without any key.

What is said here is what `providers.credentials.find_key` does, told from the record alone: no vault is opened and
no keychain asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.config.expand import BrokenReference, UnsetVariable, expand, variables
from app.keys.store import KeyStore, StoredKey
from providers.catalogue.hosts import has_vendor_host, is_private, owns
from providers.credentials import KeyKind
from providers.key_hints import is_placeholder, looks_like_credential

if TYPE_CHECKING:
    from app.config.settings import ProviderSettings
    from providers.catalogue.records import Preset

CONFIG_PLACE = "api_key in config.toml"
HEADERS_PLACE = "extra_headers in config.toml"

OwnerOf = Callable[[str], "Preset | None"]
"""From a base URL to the preset whose host that is; see `providers.catalogue.loader.Catalogue.owner_of`."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One place that has a key for a provider.

    Attributes:
        place: in words: "the vault", "api_key in config.toml", "$ANTHROPIC_API_KEY".
        host: the host it was given for, for a stored key; "" otherwise, or when that was not known.
        problem: a clause, when the place is to have a key and has none: "$X is not set"; "" usually.
        is_plain_text: it stands readable in config.toml.
    """

    kind: KeyKind
    place: str
    host: str = ""
    problem: str = ""
    is_plain_text: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """One header that carries a secret, or looks as if it did.

    Attributes:
        place: where its value is, in words; "" when it has none yet.
        host: the host it was given for, for a stored one; "" otherwise, or when that was not known.
        is_named: it stands in `secret_headers`, or in `extra_headers`: it is sent.
        is_plain_text: it stands readable in `extra_headers`.
    """

    name: str
    place: str
    host: str = ""
    is_named: bool = True
    is_plain_text: bool = False


@dataclass(frozen=True, slots=True)
class Ladder:
    """Every place that has a key for one provider, the one in use first.

    Attributes:
        is_sent: False when the provider signs in without a key.
        is_needed: whether requests without a key are pointless.
        looked_for: places that were looked at in vain, in words.
    """

    rungs: tuple[Rung, ...]
    headers: tuple[Header, ...]
    is_sent: bool = True
    is_needed: bool = True
    looked_for: tuple[str, ...] = ()

    @property
    def in_use(self) -> Rung | None:
        """The place the key comes from; None when there is none, or none is sent."""
        return self.rungs[0] if self.rungs and self.is_sent else None

    @property
    def hidden(self) -> tuple[Rung, ...]:
        """Places whose keys are not used because of the one in use."""
        return self.rungs[1:] if self.is_sent else self.rungs

    def __str__(self) -> str:
        """One clause: "the vault, hides $ANTHROPIC_API_KEY"."""
        if not self.is_sent:
            source = "none is sent"
        elif self.in_use is None:
            source = "no key" if self.is_needed else "none needed"
        else:
            source = f"{self.in_use.place}: {self.in_use.problem}" if self.in_use.problem else self.in_use.place
        hidden = " and ".join(rung.place for rung in self.hidden)
        return f"{source}, hides {hidden}" if hidden else source


def key_ladder(entry: ProviderSettings, preset: Preset | None, environ: Mapping[str, str], store: KeyStore) -> Ladder:
    """Look at every place that may hold a key for a provider.

    Args:
        preset: the one behind the entry; None when its type is unknown: then no variable is looked at.
    """
    auth = entry.auth or (preset.auth if preset else "")
    variables_of_preset = () if entry.api_key or preset is None else preset.key_env
    return Ladder(
        rungs=tuple(_rungs(entry, preset, environ, store)),
        headers=tuple(_headers(entry, store)),
        is_sent=auth != "none",
        is_needed=bool(entry.auth) or preset is None or not preset.quirks.key_optional,
        looked_for=tuple(f"${name}" for name in variables_of_preset),
    )


def needs_consent(kind: KeyKind, given_for: str, preset: Preset, host: str, owner_of: OwnerOf) -> bool:
    """Whether a key may go to a host only after the user allowed it, because it does not belong there.

    Args:
        given_for: the host that a stored key was given for; "" when that was not known.
        host: as `providers.catalogue.hosts.host_of` gives it.
    """
    if kind is KeyKind.CONFIG:
        return False
    if has_vendor_host(preset):
        return given_for != host if kind is KeyKind.STORED else not owns(preset, host)
    if kind is not KeyKind.STORED or given_for in ("", host) or is_private(given_for):
        return False
    # A server that runs anywhere has no host of its own; but what another vendor gave out is that vendor's.
    owner = owner_of(f"https://{given_for}")
    return owner is not None and owner.id != preset.id


def is_plain_text(text: str) -> bool:
    """Whether a configured string holds a key that everybody can read who can read the file."""
    if not text.strip() or is_placeholder(text):
        return False
    if not variables(text):
        return True
    try:
        # ${VAR:-default}: the default is as readable as any key.
        return not is_placeholder(expand(text, {}))
    except (UnsetVariable, BrokenReference):
        return False


def is_movable(text: str) -> bool:
    """Whether such a string is a key and nothing else, so that it can be moved elsewhere."""
    return is_plain_text(text) and not variables(text)


def _rungs(
    entry: ProviderSettings, preset: Preset | None, environ: Mapping[str, str], store: KeyStore
) -> Iterator[Rung]:
    stored = store.stored(entry.name)
    if stored is not None:
        yield _stored_rung(stored)
    for other in store.all_stored():
        if (other.provider, other.header) == (entry.name, "") and other != stored:
            yield _stored_rung(other)
    named = variables(entry.api_key)
    if entry.api_key:
        place = ", ".join(f"${name}" for name in named) or CONFIG_PLACE
        yield Rung(
            KeyKind.CONFIG, place, problem=_problem(entry.api_key, environ), is_plain_text=is_plain_text(entry.api_key)
        )
    for variable in preset.key_env if preset else ():
        if environ.get(variable, "").strip() and variable not in named:
            yield Rung(KeyKind.ENVIRONMENT, f"${variable}")


def _headers(entry: ProviderSettings, store: KeyStore) -> Iterator[Header]:
    names = dict.fromkeys(key.header for key in store.all_stored() if key.provider == entry.name and key.header)
    stored = {name.lower(): store.stored(entry.name, name) for name in names}
    for name in entry.secret_headers:
        key = stored.pop(name.lower(), None)
        yield Header(name, key.place, key.host) if key else Header(name, "")
    for key in stored.values():
        if key is not None:
            yield Header(key.header, key.place, key.host, is_named=False)
    for name, value in entry.extra_headers.items():
        if is_movable(value) and looks_like_credential(name, value):
            yield Header(name, HEADERS_PLACE, is_plain_text=True)


def _stored_rung(stored: StoredKey) -> Rung:
    return Rung(KeyKind.STORED, stored.place, stored.host, stored.problem)


def _problem(text: str, environ: Mapping[str, str]) -> str:
    try:
        value = expand(text, environ)
    except UnsetVariable as error:
        return f"${error.name} is not set"
    except BrokenReference as error:
        return str(error)
    return "" if value.strip() else "it is empty"
