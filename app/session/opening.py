"""How a session comes about: from config.toml, or for the demo."""

from __future__ import annotations

from collections.abc import Mapping

from app.config.load import load
from app.config.paths import Locations
from app.session.session import Session


def session_for(locations: Locations, environ: Mapping[str, str], *, is_demo: bool = False) -> Session:
    """A session, not opened yet. A broken config.toml does not stop it: `problems` says what is wrong.

    The demo knows no environment: nobody's key is sent to it, and no provider is found beside its own.
    """
    loaded = load(locations.config_file, environ)
    if not is_demo:
        return Session(loaded.settings, locations, environ, problems=loaded.problems)
    from app.session.demo import Demo

    return Session(loaded.settings, locations, {}, problems=loaded.problems, demo=Demo())
