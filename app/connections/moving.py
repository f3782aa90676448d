"""Secrets that stand in config.toml in plain text, and how they get into the key store."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from app.config.expand import expand
from app.config.settings import ProviderSettings
from app.connections.drafts import Typed
from app.keys.ladder import is_movable
from app.keys.store import KeyStore, KeyStoreError
from providers.key_hints import looks_like_credential


def has_plain_secrets(entry: ProviderSettings) -> bool:
    """Whether its key or one of its secret headers can be read in config.toml."""
    return is_movable(entry.api_key) or bool(plain_headers(entry))


def plain_headers(entry: ProviderSettings) -> Mapping[str, str]:
    """The extra headers that look like secrets and can be read, as they are written."""
    return {
        name: written
        for name, written in entry.extra_headers.items()
        if is_movable(written) and looks_like_credential(name, written)
    }


def moved(entry: ProviderSettings, keys: KeyStore) -> Typed:
    """The edit after which none can: they are typed again, and what is typed goes into the key store.

    Raises: KeyStoreError, when that has another one already.
    """
    secret = {name: expand(written, {}) for name, written in plain_headers(entry).items()}
    for header in ("", *secret) if is_movable(entry.api_key) else secret:
        if keys.stored(entry.name, header) is not None:
            raise KeyStoreError(
                f"{header or 'A key'} of {entry.name} is stored already, and hides what stands in config.toml.",
                f"Delete that, or `{_remove_command(entry.name, header)}` first.",
            )
    others = {name: value for name, value in entry.extra_headers.items() if name not in secret}
    return Typed(
        key=expand(entry.api_key, {}) if is_movable(entry.api_key) else None,
        secret_headers=[f"{name}: {value}" for name, value in secret.items()],
        # As they are written: typed again, `$$` would become a dollar and `X-Max-Tokens` a secret.
        more={"extra_headers": others},
    )


def _remove_command(name: str, header: str) -> str:
    return shlex.join(["parley", "keys", "remove", name, *(["--header", header] if header else [])])
