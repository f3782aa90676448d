"""Writes a provider: its secrets into the key store first, then its table into config.toml."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from app.config.edit import add_provider, rename_provider, replace_provider, set_value
from app.config.load import load
from app.config.writing import table_of
from app.connections.drafts import Draft
from app.connections.roster import Roster
from app.importing.plan import Change

if TYPE_CHECKING:
    from app.config.load import Loaded
    from app.importing.plan import ImportPlan
    from app.keys.store import KeyStore


async def save(draft: Draft, roster: Roster, keys: KeyStore, config_file: Path, environ: Mapping[str, str]) -> Loaded:
    """Save a draft. Returns: the configuration afterwards.

    Raises:
        KeyStoreError: nothing was written.
        EditRefused: config.toml is as it was, and a key that was stored for this is gone again.
    """
    name, old = draft.settings.name, draft.replaces
    host = roster.destination(draft.settings)
    secrets = {**({"": draft.key} if draft.key is not None else {}), **draft.secret_headers}
    stored: list[str] = []
    is_renamed = bool(old) and old != name
    if is_renamed:
        await keys.rename(old, name)
    is_saved = False
    try:
        for header, secret in secrets.items():
            had_one = keys.stored(name, header) is not None
            await keys.write(name, secret, host=host, header=header)
            if not had_one:
                stored.append(header)
        loaded = await asyncio.to_thread(_write, draft, config_file, environ)
        is_saved = True
        return loaded
    finally:
        if not is_saved:
            for header in stored:
                await keys.remove(name, header)
            if is_renamed:
                await keys.rename(name, old)


async def take_import(
    plan: ImportPlan, roster: Roster, keys: KeyStore, config_file: Path, environ: Mapping[str, str]
) -> Loaded:
    """Write what an import brings, provider by provider. Returns: the configuration afterwards.

    Raises:
        KeyStoreError, EditRefused: what was written before stays; the message names where it stopped.
    """
    loaded: Loaded | None = None
    for planned in plan.providers:
        replaces = planned.name if planned.change is not Change.NEW else ""
        draft = Draft(planned.settings, planned.key, planned.secret_headers, replaces)
        loaded = await save(draft, roster, keys, config_file, environ)
    for key, ref in (("default_model", plan.default_model), ("fallback_model", plan.fallback_model)):
        if ref is not None:
            loaded = await asyncio.to_thread(set_value, config_file, key, str(ref), environ)
    return loaded or load(config_file, environ)


def _write(draft: Draft, config_file: Path, environ: Mapping[str, str]) -> Loaded:
    name, old = draft.settings.name, draft.replaces
    table = table_of(draft.settings)
    if not old:
        return add_provider(config_file, name, table, environ)
    if old != name:
        rename_provider(config_file, old, name, environ)
    return replace_provider(config_file, name, table, environ)
