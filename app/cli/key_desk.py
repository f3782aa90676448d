"""What the actions of `parley keys` work on: the providers of this home, and the key store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.cli.context import CliContext
from app.cli.prompting import WrongUsage

if TYPE_CHECKING:
    from app.config.settings import ProviderSettings, Settings
    from app.connections.roster import Roster
    from app.keys.ladder import Ladder
    from app.keys.store import KeyStore
    from providers.catalogue.records import Preset


@dataclass(frozen=True, slots=True)
class KeyDesk:
    """Attributes:
    entries: every provider that is configured or found, in the order of the file.
    """

    context: CliContext
    settings: Settings
    entries: Mapping[str, ProviderSettings]
    roster: Roster
    store: KeyStore

    def entry(self, name: str) -> ProviderSettings:
        """A provider. Raises: WrongUsage."""
        if name in self.entries:
            return self.entries[name]
        raise WrongUsage(f"There is no provider called {name}.", self.others_hint(name))

    def others_hint(self, name: str) -> str:
        """What a mistaken name may have meant."""
        from app.config.problems import nearest

        meant = nearest(name, self.entries)
        if meant:
            return f"Did you mean {meant}?"
        return f"There are: {', '.join(self.entries)}." if self.entries else "No provider is configured or found."

    def preset(self, entry: ProviderSettings) -> Preset | None:
        """None when its type is unknown."""
        from providers.errors import BadConfig

        try:
            return self.roster.preset(entry)
        except BadConfig:
            return None

    def host(self, entry: ProviderSettings) -> str:
        """Where its requests go; "" when that cannot be told."""
        return self.roster.destination(entry)

    def ladder(self, entry: ProviderSettings) -> Ladder:
        from app.keys.ladder import key_ladder

        return key_ladder(entry, self.preset(entry), self.context.environ, self.store)

    def advice(self, entry: ProviderSettings) -> tuple[str, ...]:
        """What the user should know about a provider's keys, one sentence each."""
        from app.keys.advice import advice

        owner_of = self.roster.catalogue.owner_of
        return advice(entry.name, self.ladder(entry), self.preset(entry), self.host(entry), self.store, owner_of)


def open_store(context: CliContext) -> KeyStore:
    from app.keys.store import open_key_store

    return open_key_store(context.locations, context.environ, now=context.clock)


def open_desk(context: CliContext) -> KeyDesk:
    """Raises: WrongUsage, when config.toml has mistakes."""
    from app.config.load import load
    from app.connections.found import found_with_key
    from app.connections.roster import Roster

    loaded = load(context.locations.config_file, context.environ)
    if loaded.problems:
        first = loaded.problems[0]
        raise WrongUsage(f"config.toml, {first}.", first.hint or "`parley config check` says what is wrong.")
    settings = loaded.settings
    store = open_store(context)
    roster = Roster(settings, context.environ, lambda: store, context.locations.config_file.parent, context.clock)
    found = found_with_key(settings, roster.catalogue, context.environ, store)
    roster.add_found(found)
    entries = {**{entry.name: entry for entry in found}, **settings.providers}
    ordered = {name: entries[name] for name in roster.names}
    return KeyDesk(context, settings, ordered, roster, store)
