"""Makes sessions for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.config.paths import Locations
from app.config.settings import Settings
from app.connections.connections import Connections
from app.connections.demo import ENVIRON
from app.session.session import Session


def session_with(settings: Settings, home: Path, **options: Any) -> Session:
    """A session with these settings, its files under `home`, in the environment of the demo."""
    locations = Locations.under(home)
    return Session(Connections(settings, locations, ENVIRON), locations, **options)
