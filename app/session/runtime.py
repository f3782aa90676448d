"""What every turn of a session shares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.connections.connections import Connections
    from app.storage.store import Store


@dataclass(slots=True)
class Runtime:
    """Attributes:
    store: None until the session is open.
    monotonic: seconds, never jumping back; measures durations.
    now: aware, UTC; stamps what is stored.
    new_id: a fresh sortable id.
    """

    connections: Connections
    monotonic: Callable[[], float]
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    store: Store | None = None
