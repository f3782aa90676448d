"""The providers of one open Parley: found, kept, added, changed and removed. Screens and commands know this."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING

from app.config.paths import Locations
from app.config.problems import Problem
from app.config.settings import ProviderSettings, Settings
from app.connections.choosing import choose_model, no_model_hint
from app.connections.demo import Demo, demo_settings
from app.connections.models import Models
from app.connections.roster import Roster
from app.connections.viewing import in_full, summary
from app.connections.views import ModelChoice, ProviderView
from providers.errors import ProviderError
from providers.reference import ModelRef

if TYPE_CHECKING:
    from app.config.load import Loaded
    from app.config.reload import Reloader
    from app.config.watch import Watcher
    from app.connections.changes import Changes
    from app.connections.lamps import Lamps
    from app.connections.offers import Offer
    from app.keys.store import KeyStore
    from providers.client import Client
    from providers.http import Http


class Connections:
    """Nothing heavy happens before `open`: the first frame is drawn from settings alone.

    Attributes:
        settings: what holds now: the file's, with the demo's providers in front where there is a demo.
        problems: what is wrong with config.toml; empty when nothing is.
    """

    def __init__(
        self,
        settings: Settings,
        locations: Locations,
        environ: Mapping[str, str],
        *,
        problems: tuple[Problem, ...] = (),
        demo: Demo | None = None,
        keys: KeyStore | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        rng: Callable[[], float] = random.random,
    ) -> None:
        self._configured = settings
        self._demo = demo
        self.settings = demo_settings(settings) if demo else settings
        self.problems = problems
        self._locations = locations
        self._environ = environ
        self._given_keys = keys
        self._now = now
        self.roster = Roster(self.settings, environ, lambda: self.keys, locations.config_file.parent, now)
        self.models = Models(self.roster)
        self._rng = rng
        self._http: Http | None = None
        self._client: Client | None = None
        self.on_edited: Callable[[], None] | None = None
        """Called after each edit of config.toml by Parley itself."""

    @cached_property
    def keys(self) -> KeyStore:
        """Where keys are kept."""
        from app.keys.store import open_key_store

        return self._given_keys or open_key_store(self._locations, self._environ)

    @cached_property
    def lamps(self) -> Lamps:
        """What keeps the lamps true."""
        from app.connections.lamps import Lamps
        from app.connections.model_lists import ModelLists

        return Lamps(self.roster, ModelLists(self._locations.model_lists_dir, self._now), self._now, self._rng)

    @cached_property
    def changes(self) -> Changes:
        """Adding, editing and removing providers, and every other edit of config.toml."""
        from app.connections.changes import Changes

        return Changes(self, self._locations.config_file, self._environ)

    @property
    def on_changed(self) -> Callable[[str], None] | None:
        """Called with a provider's name when its lamp moves, and when it comes or goes."""
        return self.roster.on_changed

    @on_changed.setter
    def on_changed(self, listener: Callable[[str], None] | None) -> None:
        self.roster.on_changed = listener

    @property
    def is_demo(self) -> bool:
        return self._demo is not None

    # ── life ──────────────────────────────────────────────────────────────────

    async def open(self) -> None:
        """Get ready to send. Imports what the first frame did without, in a thread."""
        from app.threads import use_background_threads

        use_background_threads()
        http_module, client_module = await asyncio.to_thread(_import_client)
        if self._demo is not None:
            self.settings = await asyncio.to_thread(self._demo.start, self._configured)
            self.roster.apply(self.settings)
        self._http = http_module.Http(environ=self._environ)
        self._http.offline = self.settings.offline
        self._client = client_module.Client(self._http)
        self.roster.add_found(await asyncio.to_thread(self._found_with_key))
        await self.lamps.recall_lists()

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()
        if self._demo is not None:
            await asyncio.to_thread(self._demo.stop)

    @property
    def client(self) -> Client:
        """Only in an open Parley."""
        assert self._client is not None, "connections are opened before they are used"
        return self._client

    async def discover(self) -> tuple[str, ...]:
        """Look for servers on this machine and offer those that nobody configured. Returns: their names."""
        from app.connections.found import found_on_this_machine
        from providers.catalogue.hosts import host_of

        if not self.settings.discover or self.is_demo or self._client is None:
            return ()
        known: set[str] = set()
        for name in self.roster.names:
            try:
                known.add(host_of(self.roster.route(name).endpoint.base_url))
            except ProviderError:
                continue
        servers = await self._client.discover(self.roster.catalogue, skip=known)
        found = found_on_this_machine(servers, known, self.roster.catalogue, self.roster.names)
        return self.roster.add_found(found)

    def reload(self, settings: Settings, problems: tuple[Problem, ...] = ()) -> None:
        """Take over what config.toml says now. With problems, what ran goes on."""
        self.problems = problems
        if problems:
            return
        self._configured = settings
        self.settings = self._demo.settings(settings) if self._demo is not None else settings
        self.roster.apply(self.settings)
        if self._http is not None:
            was_offline, self._http.offline = self._http.offline, self.settings.offline
            self.roster.add_found(self._found_with_key())
            if was_offline is not self.settings.offline:
                self.lamps.try_all_again()
        self.lamps.stir_all()

    def take_over(self, loaded: Loaded) -> None:
        """The settings after an edit by Parley itself."""
        self.reload(loaded.settings)
        if self.on_edited is not None:
            self.on_edited()

    def keep_in_mind(self, settings: Settings) -> None:
        """Hold a setting for this run, whether or not it can be written down."""
        self._configured = replace(self._configured, favourite_models=settings.favourite_models)
        self.settings = replace(self.settings, favourite_models=settings.favourite_models)

    def _found_with_key(self) -> tuple[ProviderSettings, ...]:
        from app.connections.found import found_with_key

        return found_with_key(self.settings, self.roster.catalogue, self._environ, self.keys)

    # ── what there is ─────────────────────────────────────────────────────────

    @property
    def names(self) -> tuple[str, ...]:
        return self.roster.names

    def views(self) -> tuple[ProviderView, ...]:
        return tuple(summary(self.roster, name) for name in self.roster.names)

    def view(self, name: str) -> ProviderView | None:
        """One provider in full, for its card; None once it is gone."""
        return in_full(self.roster, self.models, name) if name in self.roster else None

    @property
    def configured(self) -> Settings:
        """What config.toml says, without the demo's providers."""
        return self._configured

    def reloader(self) -> Reloader:
        """Notices when config.toml changes."""
        from app.config.reload import Reloader

        return Reloader(self._locations.config_file, self._environ, self._configured, self.problems)

    def key_watcher(self) -> Watcher:
        """Notices when keys come, go, or are allowed: `parley keys` may do that meanwhile."""
        from app.config.watch import Watcher

        return Watcher(self._locations.key_record)

    def keys_changed(self) -> None:
        """Offer what has a key now, and try again what waited for one."""
        self.roster.add_found(self._found_with_key())
        self.lamps.try_without_key_again()

    def is_configured(self, name: str) -> bool:
        """Whether it stands in config.toml."""
        return name in self._configured.providers

    def names_to_connect(self) -> tuple[str, ...]:
        """Enabled providers that are checked at the start."""
        return tuple(entry.name for entry in self.roster.entries() if entry.enabled and entry.auto_connect)

    def choices(self) -> tuple[ModelChoice, ...]:
        return self.models.choices()

    def default_model(self, of_conversation: ModelRef | None = None) -> ModelRef | None:
        return choose_model(self.settings, self.roster, self.models, of_conversation)

    async def settled_model(self, of_conversation: ModelRef | None, *, provider: str = "") -> ModelRef | None:
        """As `default_model`, but asks servers whose first model is the default which one that is.

        Args:
            provider: choose among the models of this one only.
        """
        if not provider and (ref := self.default_model(of_conversation)):
            return ref
        if not provider:
            await self.discover()
        for name in (provider,) if provider else self.names_to_connect():
            if not self.models.default(name):
                await self.check(name)
            if model := self.models.default(name):
                return ModelRef(name, model)
        return None

    def no_model_hint(self) -> str:
        return no_model_hint(self.roster)

    def offers(self) -> tuple[Offer, ...]:
        """The presets, for somebody who adds a provider."""
        from app.connections.offers import offers

        return offers(self.roster.catalogue, self._environ)

    # ── lamps ─────────────────────────────────────────────────────────────────

    async def check(self, name: str) -> None:
        """Try a provider and move its lamp; failures are the lamp's to show."""
        if self._client is not None and name in self.roster:
            # Somebody wants it now: a keychain that hung or refused may be asked again.
            self.keys.ask_again()
            await self.lamps.check(name, self._client)

    async def keep(self, name: str) -> None:
        """Keep the lamp of a provider true until it is gone or this is cancelled."""
        await self.lamps.keep(name, self.client)

    def curl_line(self, name: str) -> str:
        """The check of a provider as a command, with the key as a variable. Raises: ProviderError."""
        from providers.check import models_call
        from providers.curl import curl_line

        way = self.roster.route(name)
        call = models_call(way.endpoint, way.preset)
        variable = next(iter(way.preset.key_env), "API_KEY") if way.has_key else ""
        return curl_line(call, way.endpoint, variable)

    def ask_again(self) -> None:
        """Let the next request ask a keychain that hung or refused: the user wants that."""
        self.keys.ask_again()

    def allow(self, name: str) -> None:
        """The user allows that the key of a provider goes where it would go. Raises: KeyStoreError."""
        for consent in self.roster.route(name).consents:
            self.keys.allow(name, consent.place, consent.host)
        self.roster.restart(name)
        self.lamps.stir_all()


def _import_client() -> tuple[ModuleType, ModuleType]:
    import providers.client
    import providers.http

    providers.http.load()
    return providers.http, providers.client
