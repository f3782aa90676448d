"""How a session comes about: from config.toml, or for the demo."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo

from app.config.paths import Locations
from app.connections.opening import connections_for
from app.session.session import Session


def session_for(locations: Locations, environ: Mapping[str, str], *, is_demo: bool = False) -> Session:
    """A session, not opened yet. A broken config.toml does not stop it: `connections.problems` says what is wrong."""

    def zone() -> tzinfo:
        from app.storage.periods import local_zone

        return local_zone(environ)

    return Session(connections_for(locations, environ, is_demo=is_demo), locations, zone=zone)
