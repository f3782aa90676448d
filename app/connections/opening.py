"""How the connections come about: from config.toml, or for the demo."""

from __future__ import annotations

from collections.abc import Mapping

from app.config.load import load
from app.config.paths import Locations
from app.connections.connections import Connections


def connections_for(locations: Locations, environ: Mapping[str, str], *, is_demo: bool = False) -> Connections:
    """Connections, not opened yet. A broken config.toml does not stop them: `problems` says what is wrong.

    The demo knows no environment but its own: no provider is found beside those it brings.
    """
    loaded = load(locations.config_file, environ)
    if not is_demo:
        return Connections(loaded.settings, locations, environ, problems=loaded.problems)
    from app.connections.demo import ENVIRON, Demo

    return Connections(loaded.settings, locations, ENVIRON, problems=loaded.problems, demo=Demo())
