"""What the user should know about a provider's keys, and do about it: one sentence each."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

from app.keys.ladder import CONFIG_PLACE, Ladder, OwnerOf, needs_consent
from providers.credentials import KeyKind

if TYPE_CHECKING:
    from app.keys.store import KeyStore
    from providers.catalogue.records import Preset


def advice(
    name: str, ladder: Ladder, preset: Preset | None, host: str, store: KeyStore, owner_of: OwnerOf
) -> tuple[str, ...]:
    """Sentences about a provider's keys; none when all is well.

    Args:
        preset: None when the provider's type is unknown.
        host: where its requests go; "" when that cannot be told.
    """
    return (
        *_about_rungs(name, ladder),
        *_about_headers(name, ladder),
        *_about_host(name, ladder, preset, host, store, owner_of),
    )


def _about_rungs(name: str, ladder: Ladder) -> Iterator[str]:
    in_use = ladder.in_use
    if in_use is not None and in_use.problem:
        where = f"it is in {in_use.place}, and " if in_use.kind is KeyKind.STORED else ""
        yield f"{name} has no key: {where}{in_use.problem}."
    for rung in ladder.rungs:
        if rung.is_plain_text and rung.place != CONFIG_PLACE:
            yield (
                f"{name}: the default in api_key stands in plain text in config.toml. Leave it out, and store it with "
                f"`{_command('set', name)}`."
            )
        elif rung.is_plain_text:
            yield (
                f"{name}: api_key stands in plain text in config.toml. `{_command('move', name)}` moves it into the "
                "key store."
            )


def _about_headers(name: str, ladder: Ladder) -> Iterator[str]:
    for header in ladder.headers:
        if header.is_plain_text:
            yield (
                f"{name}: the header {header.name} stands in plain text in config.toml. `{_command('move', name)}` "
                "moves it into the key store."
            )
        elif not header.place:
            command = _command("set", name, "--header", header.name)
            yield f"{name}: the secret header {header.name} has no value. `{command}` stores one."
        elif not header.is_named:
            yield (
                f"{name}: the stored header {header.name} is not sent: it is not among the secret_headers of "
                f"[providers.{name}]."
            )


def _about_host(
    name: str, ladder: Ladder, preset: Preset | None, host: str, store: KeyStore, owner_of: OwnerOf
) -> Iterator[str]:
    if preset is None or not host:
        return
    keys = [(rung.kind, rung.place, rung.host) for rung in (ladder.in_use,) if rung and not rung.problem]
    keys += [
        (KeyKind.STORED, header.place, header.host)
        for header in ladder.headers
        if header.place and header.is_named and not header.is_plain_text
    ]
    for kind, place, given_for in dict.fromkeys(keys):
        if needs_consent(kind, given_for, preset, host, owner_of) and not store.allows(name, place, host):
            yield (
                f"{name}: the key in {place} was not given for {host} and is not sent there. "
                f"`{_command('allow', name)}` allows it."
            )


def _command(*words: str) -> str:
    return shlex.join(["parley", "keys", *words])
