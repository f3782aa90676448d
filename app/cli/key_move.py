"""`parley keys move`: keys in plain text leave config.toml, once the key store has them."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from app.cli.key_desk import KeyDesk
from app.cli.prompting import WrongUsage
from app.config.edit import EditRefused, remove_value, set_value
from app.config.expand import expand
from app.connections.moving import plain_headers
from app.keys.ladder import is_movable
from providers.credentials import Secret

if TYPE_CHECKING:
    from app.keys.store import StoredKey


async def move_keys(desk: KeyDesk, name: str) -> list[StoredKey]:
    """Move the key and the headers of a provider that stand in plain text. Returns: what was moved.

    Raises:
        KeyStoreError: something cannot be stored; config.toml keeps it.
        WrongUsage: there is no such provider, something else is stored already, or config.toml cannot be changed: then
            what is stored stands in it too.
    """
    entry = desk.entry(name)
    texts = {"": entry.api_key} if is_movable(entry.api_key) else {}
    texts |= plain_headers(entry)
    for header in texts:
        if desk.store.stored(name, header) is not None:
            raise WrongUsage(
                f"{header or 'A key'} of {name} is stored already, and hides what stands in config.toml.",
                f"Delete that, or `{_remove_command(name, header)}` first.",
            )
    moved: list[StoredKey] = []
    named = list(entry.secret_headers)
    remaining = len(entry.extra_headers)
    for header, text in texts.items():
        secret = Secret(expand(text, desk.context.environ))
        moved.append(await desk.store.write(name, secret, host=desk.host(entry), header=header))
        if not header:
            _remove(desk, name, "api_key")
            continue
        if header.lower() not in map(str.lower, named):
            named.append(header)
        _set(desk, name, "secret_headers", named)
        remaining -= 1
        _remove(desk, name, "extra_headers", *([header] if remaining else []))
    return moved


def _remove_command(name: str, header: str) -> str:
    return shlex.join(["parley", "keys", "remove", name, *(["--header", header] if header else [])])


def _set(desk: KeyDesk, name: str, key: str, value: list[str]) -> None:
    context = desk.context
    try:
        set_value(context.locations.config_file, ("providers", name, key), value, context.environ)
    except EditRefused as error:
        raise _left(error) from error


def _remove(desk: KeyDesk, name: str, *keys: str) -> None:
    context = desk.context
    try:
        remove_value(context.locations.config_file, ("providers", name, *keys), context.environ)
    except EditRefused as error:
        raise _left(error) from error


def _left(error: EditRefused) -> WrongUsage:
    return WrongUsage(f"{error}.", "The key is stored, and still stands in config.toml: remove it there by hand.")
