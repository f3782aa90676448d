"""What changes the providers: each change goes into config.toml and the key store, and holds at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.threads import finished_in_thread
from providers.errors import ProviderError
from providers.reference import ModelRef

if TYPE_CHECKING:
    from app.config.load import Loaded
    from app.connections.connections import Connections
    from app.connections.consent import Consent
    from app.connections.drafts import Draft, Typed
    from app.connections.trying import Trial
    from app.importing.plan import ImportPlan
    from app.importing.values import Imported


class Changes:
    """Edits for one open Parley, one at a time: each reads config.toml and writes all of it."""

    def __init__(self, connections: Connections, config_file: Path, environ: Mapping[str, str]) -> None:
        self._connections = connections
        self._config_file = config_file
        self._environ = environ
        self._editing = asyncio.Lock()
        self._asked: dict[tuple[str, str], tuple[Consent, ...]] = {}
        """What was asked about a draft, by its name and address."""

    # ── providers ─────────────────────────────────────────────────────────────

    def draft(self, typed: Typed, *, editing: str = "") -> Draft:
        """What was typed, as something that can be tried and saved. Raises: DraftRefused."""
        from app.connections.drafts import DraftRefused, drafted

        if editing and editing not in self._connections.roster:
            raise DraftRefused("", f"{editing} is gone: it was removed or renamed meanwhile.", "Add it anew.")
        before = self._connections.roster.entry(editing) if editing else None
        others = {
            entry.name: entry
            for entry in self._connections.roster.entries()
            if not entry.found or entry.name == editing
        }
        return drafted(typed, self._connections.roster.catalogue, others, before, environ=self._environ)

    async def try_draft(self, draft: Draft, *, is_allowed: bool = False) -> Trial:
        """Ask the server behind a draft who it is. Nothing is saved.

        Args:
            is_allowed: the user said yes to everything that was asked about this draft before; where nothing was, to
                everything there is to ask.
        """
        from app.connections.trying import try_draft

        # Whoever agreed to send one secret was not asked about another, which only what answers there brings up.
        about = (draft.replaces or draft.settings.name, draft.settings.base_url)
        asked = self._asked.get(about)
        roster, client = self._connections.roster, self._connections.client
        trial = await try_draft(draft, roster, client, allowed=asked if is_allowed else ())
        if trial.asks:
            self._asked[about] = (*((asked or ()) if is_allowed else ()), *trial.asks)
        return trial

    async def save(self, draft: Draft, *, is_allowed: bool = False) -> str:
        """Write a provider into config.toml and its secrets into the key store. Returns: its name.

        Args:
            is_allowed: the user has said that its key may go where it would go.
        Raises:
            KeyStoreError: there is no safe place for its key; nothing was written.
            EditRefused: config.toml could not be changed.
        """
        from app.connections.saving import save
        from app.keys.errors import KeyStoreError

        async with self._editing:
            loaded = await save(
                draft, self._connections.roster, self._connections.keys, self._config_file, self._environ
            )
        self._connections.take_over(loaded)
        name = draft.settings.name
        if is_allowed:
            # It is saved. Where this cannot be recorded, the lamp asks for it again.
            with suppress(KeyStoreError, ProviderError):
                self._connections.allow(name)
        if draft.key is not None or draft.secret_headers:
            self._connections.roster.restart(name)
            self._connections.lamps.stir_all()
        return name

    async def remove(self, name: str) -> None:
        """Remove a provider, its stored key and its secret headers.

        Raises:
            EditRefused: config.toml could not be changed; nothing was removed.
            KeyStoreError: the provider is gone, but a key could not be removed: it stays where it is.
        """
        from app.config.edit import remove_provider
        from app.keys.errors import KeyStoreError

        # In this order nothing is lost where the file cannot be changed.
        async with self._editing:
            loaded = await finished_in_thread(remove_provider, self._config_file, name, self._environ)
        try:
            await self._connections.keys.remove(name)
        except KeyStoreError as error:
            hint = f"`parley keys remove {name} --all` tries again. {error.hint}".strip()
            raise KeyStoreError(f"{name} is gone from config.toml, but not all of its keys: {error}", hint) from error
        finally:
            self._connections.take_over(loaded)

    async def keep_found(self, name: str) -> str:
        """Write a provider that was found into config.toml. Returns: its name. Raises: EditRefused."""
        from app.connections.drafts import Draft

        return await self.save(Draft(replace(self._connections.roster.entry(name), found="")))

    async def move_key(self, name: str) -> None:
        """Move what stands in config.toml in plain text into the key store.

        Raises: KeyStoreError, EditRefused: as `save`. DraftRefused: it is no key.
        """
        from app.connections.moving import moved

        await self.save(self.draft(moved(self._connections.roster.entry(name), self._connections.keys), editing=name))

    async def set_enabled(self, name: str, is_enabled: bool) -> None:
        """Enable or disable a provider, in config.toml too if it stands there. Raises: EditRefused."""
        self._connections.roster.set_enabled(name, is_enabled)
        self._connections.lamps.stir_all()
        if self._connections.is_configured(name):
            await self.remember(("providers", name, "enabled"), is_enabled)

    # ── settings ──────────────────────────────────────────────────────────────

    async def toggle_favourite(self, ref: ModelRef) -> None:
        """Make a model a favourite, or an ordinary one again; for this run even if the file cannot be changed.

        Raises: EditRefused.
        """
        before = self._connections.settings.favourite_models
        after = tuple(each for each in before if each != ref) if ref in before else (*before, ref)
        self._connections.keep_in_mind(replace(self._connections.settings, favourite_models=after))
        await self.remember(("favourite_models",), [str(each) for each in after])

    async def remember(self, key: tuple[str, ...], value: Any) -> None:
        """Write one setting into config.toml. Raises: EditRefused."""
        from app.config.edit import set_value

        await self._edit(set_value, key, value)

    async def forget(self, key: tuple[str, ...]) -> None:
        """Take one setting out of config.toml. Raises: EditRefused."""
        from app.config.edit import remove_value

        await self._edit(remove_value, key)

    # ── imports ───────────────────────────────────────────────────────────────

    def import_plan(self, imported: Imported) -> ImportPlan:
        """What taking over another program's providers would change."""
        from app.importing.plan import plan_import

        connections = self._connections
        return plan_import(
            imported,
            connections.configured,
            self._environ,
            connections.roster.catalogue,
            is_stored=lambda provider, header: connections.keys.stored(provider, header) is not None,
        )

    async def take_import(self, plan: ImportPlan) -> None:
        """Write what an import plan says: keys first, then config.toml. Raises: KeyStoreError, EditRefused."""
        from app.connections.saving import take_import

        async with self._editing:
            loaded = await take_import(
                plan, self._connections.roster, self._connections.keys, self._config_file, self._environ
            )
        self._connections.take_over(loaded)

    async def _edit(self, edit: Callable[..., Loaded], *arguments: Any) -> None:
        async with self._editing:
            loaded = await finished_in_thread(edit, self._config_file, *arguments, self._environ)
        self._connections.take_over(loaded)
