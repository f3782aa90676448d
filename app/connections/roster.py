"""Which providers there are, and how to reach each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from app.config.expand import readable
from app.config.settings import ProviderSettings, Settings
from providers.connection import Connection
from providers.errors import BadConfig

if TYPE_CHECKING:
    from app.connections.consent import Consent
    from app.connections.routes import Route
    from app.keys.ladder import Ladder
    from app.keys.store import KeyStore
    from providers.catalogue.loader import Catalogue
    from providers.catalogue.records import Preset


class Roster:
    """Every provider the user has, configured ones first, in the order of the file; then those that were found.

    Args:
        environ: where `$VAR` and the presets' own variables are looked up.
        key_store: where keys are kept; made when it is first asked for.
        config_folder: where relative paths in config.toml start.
        now: aware, UTC.
    Attributes:
        on_changed: called with a provider's name when its lamp moves, and when it comes or goes.
    """

    def __init__(
        self,
        settings: Settings,
        environ: Mapping[str, str],
        key_store: Callable[[], KeyStore],
        config_folder: Path,
        now: Callable[[], datetime],
    ) -> None:
        self._environ = environ
        self._key_store = key_store
        self._config_folder = config_folder
        self._now = now
        self._providers: dict[str, ProviderSettings] = dict(settings.providers)
        self._connections = {name: self._at_start(entry) for name, entry in self._providers.items()}
        self.on_changed: Callable[[str], None] | None = None

    @cached_property
    def catalogue(self) -> Catalogue:
        """The presets; asked for by the first request or list, not by the first frame."""
        from providers.catalogue.loader import Catalogue

        return Catalogue()

    # ── what is there ─────────────────────────────────────────────────────────

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._providers)

    def __contains__(self, name: str) -> bool:
        return name in self._providers

    def entry(self, name: str) -> ProviderSettings:
        """A provider as configured, `$VAR` and all. Raises: BadConfig, when there is none of that name."""
        entry = self._providers.get(name)
        if entry is None:
            raise BadConfig(
                f"There is no provider called {name}.",
                f"Add it with `parley providers add {name}`, or choose another model.",
                provider=name,
            )
        return entry

    def shown(self, name: str) -> ProviderSettings:
        """The same for showing: with its variables replaced, what cannot be is empty."""
        return readable(self.entry(name), self._environ)

    def entries(self) -> tuple[ProviderSettings, ...]:
        return tuple(self._providers.values())

    def is_enabled(self, name: str) -> bool:
        return name in self._providers and self._providers[name].enabled

    def refuse_disabled(self, name: str) -> None:
        """Raises: BadConfig, for a provider to which nothing may be sent."""
        if name in self._providers and not self._providers[name].enabled:
            hint = f"`parley providers enable {name}` enables it, and so does Space in the sidebar."
            raise BadConfig(f"{name} is disabled.", hint, provider=name)

    def connection(self, name: str) -> Connection:
        return self._connections[name]

    # ── how to reach it ───────────────────────────────────────────────────────

    def preset(self, entry: ProviderSettings) -> Preset:
        """The preset behind a provider, or the bare kind at its address.

        Raises: BadConfig, when its type is unknown, or cannot be known for a variable that is not set.
        """
        shown = readable(entry, self._environ)
        preset = self.catalogue.kind_preset(shown.type, shown.base_url) if shown.base_url else None
        preset = preset or self.catalogue.preset(shown.type)
        if preset is None:
            # A kind is known by its address, which may stand in a variable that is not set.
            self.filled_in(entry)
            raise BadConfig(
                f"There is no provider type {shown.type}{self.catalogue.hint_for(shown.type)}",
                f"Correct type under [providers.{entry.name}].",
                provider=entry.name,
            )
        return preset

    def known_preset(self, entry: ProviderSettings) -> Preset | None:
        """The same; None when its type is unknown."""
        try:
            return self.preset(entry)
        except BadConfig:
            return None

    def runs_here(self, shown: ProviderSettings) -> bool:
        """Whether the models of a provider run on this machine or in a private network."""
        from providers.catalogue.hosts import runs_here

        preset = self.known_preset(shown)
        return preset is not None and runs_here(preset, shown.base_url or preset.base_url)

    def route(self, name: str) -> Route:
        """What a request to a provider needs, the key store left shut. Raises: BadConfig, with what to write where."""
        return self.route_of(self.entry(name))

    def route_of(self, entry: ProviderSettings) -> Route:
        """The same for a provider that may not be in the roster."""
        from app.connections.routes import filled_in, route

        if not readable(entry, self._environ).type:
            filled_in(entry, self._environ)
        way = route(entry, self.preset(entry), self._environ, self._key_store(), self._config_folder)
        return replace(way, consents=self.consents_for(way))

    def filled_in(self, entry: ProviderSettings) -> ProviderSettings:
        """A provider as it is used: variables replaced, files found. Raises: BadConfig, which names the variable."""
        from app.config.paths import beside
        from app.connections.routes import filled_in

        used = filled_in(entry, self._environ)
        return replace(used, ca_file=beside(self._config_folder, used.ca_file))

    def destination(self, entry: ProviderSettings) -> str:
        """The host that requests go to, whatever is the matter with the key; "" when it cannot be told."""
        from providers.catalogue.hosts import host_of

        keyless = replace(entry, api_key="", auth="none", extra_headers={})
        try:
            return host_of(self.route_of(keyless).endpoint.base_url)
        except BadConfig:
            return ""

    async def ready_route(self, name: str) -> Route:
        """What a request needs, with the key read from the key store.

        Raises: BadConfig, ConsentNeeded, KeyOutOfReach: as `route` and `ready`.
        """
        return await self.ready(self.route(name))

    async def ready(self, way: Route, *, may_ask: bool = True) -> Route:
        """A route with its key.

        Args:
            may_ask: whether the keychain may ask the user to unlock it.
        Raises:
            ConsentNeeded: the key would go where it may not go yet.
            KeyOutOfReach: the key store gives none.
        """
        from app.connections.consent import KeyOutOfReach, consent_needed
        from app.connections.routes import unlocked
        from app.keys.store import KeyStoreError

        if way.consents:
            raise consent_needed(way.endpoint.provider, way.consents)
        try:
            return await unlocked(way, self._key_store(), may_ask=may_ask)
        except KeyStoreError as error:
            raise KeyOutOfReach(str(error), error.hint, provider=way.endpoint.provider) from error

    def consents_for(self, way: Route, typed: Collection[str] = ()) -> tuple[Consent, ...]:
        """What the user has yet to allow before a request takes that route.

        Args:
            typed: secret headers whose values were typed just now.
        """
        from app.connections.routes import consents_for

        return consents_for(way, self._key_store(), self._environ, self.catalogue.owner_of, typed)

    def key_ladder(self, entry: ProviderSettings, preset: Preset | None) -> Ladder:
        """Every place that has a key for a provider, looked at without any key."""
        from app.keys.ladder import key_ladder

        return key_ladder(entry, preset, self._environ, self._key_store())

    def key_advice(self, entry: ProviderSettings, way: Route) -> tuple[str, ...]:
        """What the user should know about a provider's keys, one sentence each."""
        from app.keys.advice import advice
        from providers.catalogue.hosts import host_of

        # Where something has to be allowed, the route asks for that: it need not be said twice.
        host = "" if way.consents else host_of(way.endpoint.base_url)
        ladder, owner_of = self.key_ladder(entry, way.preset), self.catalogue.owner_of
        return advice(entry.name, ladder, way.preset, host, self._key_store(), owner_of)

    # ── changes ───────────────────────────────────────────────────────────────

    def apply(self, settings: Settings) -> None:
        """Take over other settings. A provider that did not change keeps its lamp; found ones stay."""
        before = self._providers
        found = {name: entry for name, entry in before.items() if entry.found and name not in settings.providers}
        kinds = {entry.type for entry in settings.providers.values()}
        still_found = {name: entry for name, entry in found.items() if entry.type not in kinds}
        # What did not change stays the same object: a check that is under way is still about it.
        same = {name: before[name] for name, entry in settings.providers.items() if before.get(name) == entry}
        self._providers = {**settings.providers, **same, **still_found}
        changed = [name for name, entry in self._providers.items() if before.get(name) != entry]
        gone = [name for name in before if name not in self._providers]
        for name in changed:
            self._connections[name] = self._at_start(self._providers[name])
        for name in gone:
            del self._connections[name]
        for name in (*changed, *gone):
            self._tell(name)

    def add_found(self, entries: tuple[ProviderSettings, ...]) -> tuple[str, ...]:
        """Offer providers that nobody configured. Returns: the names of those that were not there yet."""
        new = [entry for entry in entries if entry.name not in self._providers]
        for entry in new:
            self._providers[entry.name] = entry
            self._connections[entry.name] = self._at_start(entry)
            self._tell(entry.name)
        return tuple(entry.name for entry in new)

    def set_enabled(self, name: str, is_enabled: bool) -> None:
        entry = replace(self.entry(name), enabled=is_enabled)
        self._providers[name] = entry
        self.set_connection(name, self._at_start(entry))

    def restart(self, name: str) -> None:
        """Forget what was learned about a provider: its key or what it may do has changed."""
        if name in self._providers:
            # Another object: what is under way is about the provider as it was.
            self._providers[name] = replace(self._providers[name])
            self.set_connection(name, self._at_start(self._providers[name]))

    def set_connection(self, name: str, connection: Connection) -> None:
        """Move the lamp of a provider."""
        self._connections[name] = connection
        self._tell(name)

    def _at_start(self, entry: ProviderSettings) -> Connection:
        return Connection.at_start(self._now(), is_enabled=entry.enabled, connects_itself=entry.auto_connect)

    def _tell(self, name: str) -> None:
        if self.on_changed is not None:
            self.on_changed(name)
