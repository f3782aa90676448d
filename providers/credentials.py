"""Where a provider's key comes from. Backends and the environment are passed in; nothing here is printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from providers.errors import BadConfig, MissingKey


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


@dataclass(frozen=True, slots=True)
class Key:
    """A key and the place it was found.

    Attributes:
        place: in words, for people: "$ANTHROPIC_API_KEY" or "api_key in config.toml".
    """

    secret: Secret
    place: str


def find_key(
    *,
    provider: str,
    configured: str | None,
    configured_place: str,
    key_env: Sequence[str],
    environ: Mapping[str, str],
    foreign_host: str,
    owner: str,
) -> Key | None:
    """Climb the key ladder: the key in the configuration, then the preset's environment variables.

    Args:
        configured: `api_key` after expansion; None when the configuration has none.
        configured_place: how to name that place.
        foreign_host: where requests go, when keys from `key_env` do not belong there; "" when they may be sent.
        owner: whom the keys in `key_env` belong to, for people.
    Returns:
        None when no place has a key.
    Raises:
        BadConfig: an environment key would go to a host that it does not belong to.
    """
    if configured is not None and configured.strip():
        return Key(Secret(configured), configured_place)
    for variable in key_env:
        value = environ.get(variable, "").strip()
        if not value:
            continue
        if foreign_host:
            raise BadConfig(
                f"${variable} is a key for {owner} and is not sent to {foreign_host} by itself.",
                f'If {foreign_host} may have it, write api_key = "${variable}" under [providers.{provider}].',
                provider=provider,
            )
        return Key(Secret(value), f"${variable}")
    return None


def missing_key(provider: str, places: Sequence[str], key_url: str = "") -> MissingKey:
    """The error for a request that has no key to go with."""
    where = " or ".join(places) if places else f"api_key under [providers.{provider}] in config.toml"
    hint = f"Set {where}."
    if key_url:
        hint += f" Keys are made at {key_url}."
    return MissingKey(f"There is no key for {provider}.", hint, provider=provider)
