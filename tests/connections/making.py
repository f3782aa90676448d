"""Makes connections for tests: real files, a real vault, servers on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from app.config.load import load
from app.config.paths import Locations
from app.config.settings import ProviderSettings, Settings
from app.connections.connections import Connections
from app.connections.demo import ENVIRON
from app.connections.roster import Roster
from app.connections.routes import Route
from app.keys.store import KeyStore, open_key_store
from app.keys.vault import Cost

PASSPHRASE = {"PARLEY_VAULT_PASSPHRASE": "correct horse"}
CHEAP = Cost(n=2**4)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
NOWHERE = Path("/nonexistent/parley")


def key_store(home: Path, environ: Mapping[str, str] = PASSPHRASE) -> KeyStore:
    """A key store that keeps keys in a vault, with a passphrase that is cheap to check."""
    return open_key_store(Locations.under(home), environ, cost=CHEAP)


def roster_of(*entries: ProviderSettings, **environ: str) -> Roster:
    """A roster of these providers in this environment. Its key store is empty."""
    settings = Settings(providers={entry.name: entry for entry in entries})
    return Roster(settings, environ, lambda: key_store(NOWHERE, environ), NOWHERE, lambda: NOW)


def routed(entry: ProviderSettings, **environ: str) -> Route:
    """The route to a provider in this environment."""
    return roster_of(entry, **environ).route(entry.name)


@asynccontextmanager
async def connected(
    home: Path, config: str = "", environ: Mapping[str, str] | None = None, *, has_vault: bool = True
) -> AsyncIterator[Connections]:
    """Open connections on a config.toml with this text; a text of "" leaves the file as it is."""
    locations = Locations.under(home)
    if config:
        locations.config_file.write_text(config, "utf-8")
    everything = {**ENVIRON, **(PASSPHRASE if has_vault else {}), **(environ or {})}
    loaded = load(locations.config_file, everything)
    assert not loaded.problems, loaded.problems
    connections = Connections(loaded.settings, locations, everything, keys=key_store(home, everything))
    await connections.open()
    try:
        yield connections
    finally:
        await connections.close()
