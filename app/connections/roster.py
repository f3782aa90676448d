"""The providers of a session: what they are, how to reach them, and the lamp of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from app.config.expand import expand
from app.config.settings import ProviderSettings, Settings
from app.connections.views import ModelChoice, ProviderView
from providers.connection import Connection, ConnectionState
from providers.errors import BadConfig, ProviderError
from providers.reference import ModelRef

if TYPE_CHECKING:
    from app.connections.routes import Route
    from providers.catalogue.loader import Catalogue
    from providers.catalogue.records import ModelInfo, Preset
    from providers.client import Client

_NO_KEY = "no key"
_FAILURE_WORDS = {
    "auth": "key rejected",
    "permission": "not allowed",
    "connection": "no answer",
    "tls": "TLS failed",
    "timeout": "timed out",
    "path_not_found": "wrong URL",
    "protocol": "wrong URL",
    "rate_limit": "rate limit",
    "quota": "no credit",
    "overloaded": "overloaded",
    "config": "config",
}


class Roster:
    """Every provider the user has, configured ones first, in the order of the file.

    Args:
        environ: where `$VAR` and the presets' own variables are looked up.
        now: aware, UTC.
    """

    def __init__(
        self,
        settings: Settings,
        environ: Mapping[str, str],
        now: Callable[[], datetime],
    ) -> None:
        self._environ = environ
        self._now = now
        self._providers: dict[str, ProviderSettings] = dict(settings.providers)
        self._connections = {name: self._initial(entry) for name, entry in self._providers.items()}
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

    def is_enabled(self, name: str) -> bool:
        return name in self._providers and self._providers[name].enabled

    def names_to_connect(self) -> tuple[str, ...]:
        return tuple(name for name, entry in self._providers.items() if entry.enabled and entry.auto_connect)

    def connection(self, name: str) -> Connection:
        return self._connections[name]

    def views(self) -> tuple[ProviderView, ...]:
        return tuple(
            ProviderView(
                name=name,
                label=entry.display,
                connection=self._connections[name],
                format=entry.format,
                url=entry.base_url,
                default_model=entry.model,
                found=entry.found,
            )
            for name, entry in self._providers.items()
        )

    def view(self, name: str) -> ProviderView:
        """One provider in full: URL, wire format and key source looked up in its preset."""
        entry = self._providers[name]
        plain = ProviderView(name, entry.display, self._connections[name], found=entry.found)
        try:
            way = self.route(name)
        except ProviderError:
            return plain
        from providers.formats.urls import display_url

        return replace(
            plain,
            format=way.endpoint.format.value,
            url=display_url(way.endpoint.base_url),
            key_source=way.key.place if way.key else "",
            default_model=entry.model or way.preset.default_model,
        )

    def choices(self) -> tuple[ModelChoice, ...]:
        """Every known model of every enabled provider."""
        return tuple(
            ModelChoice(ModelRef(name, info.id), info, entry.display, self._connections[name].state)
            for name, entry in self._providers.items()
            if entry.enabled
            for info in self.models(name)
        )

    def models(self, name: str) -> tuple[ModelInfo, ...]:
        """What the server listed, else what the preset knows; the user's own rows on top of either."""
        listed = self._connections[name].models
        if listed:
            return listed
        entry = self._providers[name]
        try:
            preset = self.preset(entry)
        except BadConfig:
            return entry.models
        return self.catalogue.models(preset, (), entry.models)

    def describe(self, ref: ModelRef) -> tuple[ModelInfo | None, str]:
        """What is known about a model, and how its provider is called on the screen.

        A model that no list names gets what holds for all models of its preset; None when there is no preset.
        """
        entry = self._providers.get(ref.provider)
        if entry is None:
            return None, ref.provider
        for info in self.models(ref.provider):
            if info.id == ref.model:
                return info, entry.display
        try:
            return self.catalogue.model(self.preset(entry), ref.model), entry.display
        except BadConfig:
            return None, entry.display

    def default_model(self, name: str) -> str:
        """The model id that turns to this provider go to; "" when that is for the user to say."""
        entry = self._providers[name]
        if entry.model:
            return entry.model
        try:
            preset = self.preset(entry)
        except BadConfig:
            return ""
        connection = self._connections[name]
        listed = [info.id for info in connection.models] if connection.is_listed else []
        if preset.default_model and (not listed or preset.default_model in listed):
            return preset.default_model
        if entry.models:
            return entry.models[0].id
        return listed[0] if listed and preset.default_is_first_listed else ""

    # ── how to reach it ───────────────────────────────────────────────────────

    def preset(self, entry: ProviderSettings) -> Preset:
        """The preset behind a provider, or the bare kind at its address.

        Raises: BadConfig, when its type is unknown.
        """
        base_url = self._readable_base_url(entry)
        preset = self.catalogue.kind_preset(entry.type, base_url) if base_url else None
        preset = preset or self.catalogue.preset(entry.type)
        if preset is None:
            raise BadConfig(
                f"There is no provider type {entry.type}{self.catalogue.hint_for(entry.type)}.",
                f"Correct type under [providers.{entry.name}].",
                provider=entry.name,
            )
        return preset

    def _readable_base_url(self, entry: ProviderSettings) -> str:
        """The base URL with its variables filled in; "" when one is not set: `route` says so."""
        try:
            return expand(entry.base_url, self._environ)
        except ValueError:
            return ""

    def route(self, name: str) -> Route:
        """Raises: BadConfig, with what to write where."""
        entry = self._providers.get(name)
        if entry is None:
            raise BadConfig(
                f"There is no provider called {name}.",
                f"Add [providers.{name}] to config.toml, or choose another model.",
                provider=name,
            )
        from app.connections.routes import route

        return route(entry, self.preset(entry), self._environ)

    # ── lamps ─────────────────────────────────────────────────────────────────

    def apply(self, settings: Settings) -> None:
        """Take over other settings. A provider that did not change keeps its lamp."""
        before = self._providers
        self._providers = dict(settings.providers)
        for name, entry in self._providers.items():
            if before.get(name) != entry:
                self._connections[name] = self._initial(entry)

    def add_found(self, entries: tuple[ProviderSettings, ...]) -> None:
        """Offer providers that nobody configured."""
        for entry in entries:
            if entry.name not in self._providers:
                self._providers[entry.name] = entry
                self._connections[entry.name] = self._initial(entry)
                self._tell(entry.name)

    def set_enabled(self, name: str, is_enabled: bool) -> None:
        entry = replace(self._providers[name], enabled=is_enabled)
        self._providers[name] = entry
        self._set(name, self._initial(entry))

    async def check(self, name: str, client: Client) -> None:
        """Try one provider and move its lamp. Nothing is sent without a key where one is needed."""
        entry = self._providers[name]
        if not entry.enabled:
            return
        before = self._connections[name]
        try:
            way = self.route(name)
            if way.endpoint.needs_key and way.key is None:
                self._set(name, Connection(ConnectionState.DISCONNECTED, _NO_KEY, since=self._now()))
                return
            self._set(name, replace(before, state=ConnectionState.CONNECTING, word="connecting", since=self._now()))
            found = await client.check(way.endpoint, way.preset, way.key.secret if way.key else None)
        except ProviderError as error:
            if self.is_enabled(name):
                self._set(name, self._failed(before, error))
            return
        if not self.is_enabled(name):
            return
        now = self._now()
        state = ConnectionState.CONNECTED if found.is_proved else ConnectionState.UNVERIFIED
        self._set(
            name,
            Connection(
                state,
                state.value,
                models=self.catalogue.models(way.preset, found.models, entry.models),
                is_listed=found.is_listed,
                since=now,
                checked_at=now,
                round_trip_ms=found.round_trip_ms,
            ),
        )

    def note_outcome(self, name: str, error: ProviderError | None) -> None:
        """A request went through or failed: that moves the lamp too."""
        if not self.is_enabled(name):
            return
        before = self._connections[name]
        if error is None:
            if before.state is not ConnectionState.CONNECTED:
                now = self._now()
                state = ConnectionState.CONNECTED
                self._set(
                    name,
                    replace(before, state=state, word=state.value, error=None, since=now, checked_at=now),
                )
        elif error.category in ("auth", "connection", "tls", "timeout", "path_not_found", "quota"):
            self._set(name, self._failed(before, error))

    def _failed(self, before: Connection, error: ProviderError) -> Connection:
        now = self._now()
        word = _FAILURE_WORDS.get(error.category, "error")
        return replace(before, state=ConnectionState.ERROR, word=word, error=error, since=now, checked_at=now)

    def _initial(self, entry: ProviderSettings) -> Connection:
        if not entry.enabled:
            return Connection(ConnectionState.DISABLED, "disabled", since=self._now())
        if entry.auto_connect:
            return Connection(ConnectionState.CONNECTING, "connecting", since=self._now())
        return Connection(ConnectionState.DISCONNECTED, "not connected", since=self._now())

    def _set(self, name: str, connection: Connection) -> None:
        self._connections[name] = connection
        self._tell(name)

    def _tell(self, name: str) -> None:
        if self.on_changed is not None:
            self.on_changed(name)
