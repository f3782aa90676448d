"""Where a provider's key comes from. Backends and the environment are passed in; nothing here is printed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from providers.errors import MissingKey

_INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060\xa0"
"""Comes along when a key is copied from a web page or a document."""
_KEY = re.compile(r"[\x21-\x7e]+")


class Secret:
    """A key. Its text appears in no `repr`, log or error; `reveal` is called where it goes on the wire."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value.strip()

    def reveal(self) -> str:
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return "Secret(…)"


class KeyKind(StrEnum):
    """The rungs of the key ladder, from the top."""

    STORED = "stored"
    CONFIG = "config"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class Key:
    """A key and the place it was found.

    Attributes:
        place: in words, for people: "$ANTHROPIC_API_KEY", "api_key in config.toml", "the vault".
        kind: the rung of the ladder; a `$VAR` named in the configuration counts as configured.
    """

    secret: Secret
    place: str
    kind: KeyKind = KeyKind.ENVIRONMENT


def find_key(
    *, configured: str | None, configured_place: str, key_env: Sequence[str], environ: Mapping[str, str]
) -> Key | None:
    """Climb the rungs of the key ladder below the key store: the configuration, then the preset's variables.

    Args:
        configured: `api_key` after expansion; None when the configuration has none.
        configured_place: how to name that place.
    Returns:
        None when no place has a key.
    """
    if configured is not None and configured.strip():
        return Key(Secret(configured), configured_place, KeyKind.CONFIG)
    for variable in key_env:
        value = environ.get(variable, "").strip()
        if value:
            return Key(Secret(value), f"${variable}")
    return None


def clean_key(key: str) -> str:
    """A pasted key without the blanks, line ends, quotes and the word `Bearer` that came along."""
    return re.sub(r"^bearer(\s+|$)", "", clean_value(key), flags=re.IGNORECASE)


def clean_value(text: str) -> str:
    """A pasted header value without the blanks, line ends and quotes that came along."""
    return text.strip().strip(_INVISIBLE).strip().strip("\"'").strip()


def is_sendable(key: str) -> bool:
    """Whether a key fits into a header: printable ASCII without blanks."""
    return _KEY.fullmatch(key) is not None


def missing_key(provider: str, places: Sequence[str], key_url: str = "") -> MissingKey:
    """The error for a request that has no key to go with."""
    where = " or ".join(places) if places else f"api_key under [providers.{provider}] in config.toml"
    hint = f"Set {where}."
    if key_url:
        hint += f" Keys are made at {key_url}."
    return MissingKey(f"There is no key for {provider}.", hint, provider=provider)
