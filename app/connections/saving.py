"""Writes a provider: its secrets into the key store first, then its table into config.toml."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from app.config.edit import EditRefused, add_provider, replace_provider, set_value
from app.config.load import load
from app.config.writing import table_of
from app.connections.drafts import Draft
from app.connections.roster import Roster
from app.importing.plan import Change
from app.keys.errors import KeyStoreError
from app.threads import finished_in_thread

if TYPE_CHECKING:
    from app.config.load import Loaded
    from app.importing.plan import ImportPlan
    from app.keys.store import KeyStore, StoredKey
    from providers.credentials import Secret


async def save(draft: Draft, roster: Roster, keys: KeyStore, config_file: Path, environ: Mapping[str, str]) -> Loaded:
    """Save a draft. Returns: the configuration afterwards.

    Raises:
        KeyStoreError: nothing was written.
        EditRefused: config.toml is as it was, and so is the key store.
    """
    name, old = draft.settings.name, draft.replaces
    is_renamed = bool(old) and old != name
    if is_renamed:
        await keys.rename(old, name)
    undo = _Undo(keys, name)
    is_saved = False
    try:
        host = roster.destination(draft.settings)
        for header, secret in {**({"": draft.key} if draft.key is not None else {}), **draft.secret_headers}.items():
            await undo.remember(header)
            await keys.write(name, secret, host=host, header=header)
        loaded = await finished_in_thread(_write, draft, config_file, environ)
        is_saved = True
        return loaded
    finally:
        if not is_saved:
            await undo.all()
            if is_renamed:
                await keys.rename(name, old)


class _Undo:
    """What lay in the key store before, for the case that it is to lie there again."""

    def __init__(self, keys: KeyStore, name: str) -> None:
        self._keys = keys
        self._name = name
        self._before: list[tuple[str, StoredKey | None, Secret | None]] = []

    async def remember(self, header: str) -> None:
        """Keep what is stored now. What cannot be read lies in a place that is not written to either."""
        stored = self._keys.stored(self._name, header)
        secret: Secret | None = None
        if stored is not None:
            with suppress(KeyStoreError):
                secret = await self._keys.read(self._name, header)
        self._before.append((header, stored, secret))

    async def all(self) -> None:
        """Put everything back. Raises: KeyStoreError."""
        for header, stored, secret in self._before:
            if stored is None:
                await self._keys.remove(self._name, header)
            elif secret is not None:
                await self._keys.write(self._name, secret, host=stored.host, header=header)


async def take_import(
    plan: ImportPlan, roster: Roster, keys: KeyStore, config_file: Path, environ: Mapping[str, str]
) -> Loaded:
    """Write what an import brings, provider by provider. Returns: the configuration afterwards.

    Raises:
        KeyStoreError: there is no place for the keys in it; nothing was written. Or a key could not be stored after
            all: what was written before stays, and the message names the provider where it stopped.
        EditRefused: what was written before stays.
    """
    await _prove_place(plan, keys)
    loaded: Loaded | None = None
    for planned in plan.providers:
        replaces = planned.name if planned.change is not Change.NEW else ""
        before = roster.entry(replaces) if replaces else None
        draft = Draft(planned.settings, planned.key, planned.secret_headers, replaces, before=before)
        try:
            loaded = await save(draft, roster, keys, config_file, environ)
        except EditRefused as error:
            stopped = f"{planned.name} and what follows it was not written: {error}"
            raise EditRefused(stopped, error.problems) from error
    for key, ref in (("default_model", plan.default_model), ("fallback_model", plan.fallback_model)):
        if ref is not None:
            loaded = await finished_in_thread(set_value, config_file, key, str(ref), environ)
    return loaded or load(config_file, environ)


async def _prove_place(plan: ImportPlan, keys: KeyStore) -> None:
    """Raises: KeyStoreError, when there are keys to be stored, and nowhere they could be."""
    from app.keys.errors import KeyStoreError

    if any(planned.key is not None or planned.secret_headers for planned in plan.providers):
        places = await keys.status()
        if not places.for_new:
            message = "There is no safe place for the keys in that file, so nothing was written."
            raise KeyStoreError(message, places.hint)


def _write(draft: Draft, config_file: Path, environ: Mapping[str, str]) -> Loaded:
    name, old = draft.settings.name, draft.replaces
    table = table_of(draft.settings)
    if not old:
        return add_provider(config_file, name, table, environ)
    before = table_of(draft.before) if draft.before is not None else None
    return replace_provider(config_file, old, table, environ, new_name=name if name != old else "", before=before)
