"""What every turn of a session shares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.connections.connections import Connections
    from app.session.budgets.budgets import Budgets
    from app.session.counting import Counting
    from app.storage.store import Store


@dataclass(slots=True)
class Runtime:
    """Attributes:
    store: None until the session is open.
    monotonic: seconds, never jumping back; measures durations.
    now: aware, UTC; stamps what is stored.
    new_id: a fresh sortable id.
    counting: our own token counts.
    zone: where the user lives: days and months begin there. Called late, for it reads files.
    said: what is said once in a run and was.
    """

    connections: Connections
    monotonic: Callable[[], float]
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    counting: Counting
    zone: Callable[[], tzinfo] = lambda: UTC
    store: Store | None = None
    said: set[str] = field(default_factory=set)
    _budgets: Budgets | None = None

    @property
    def budgets(self) -> Budgets:
        """Made at the first use: the first frame does without."""
        if self._budgets is None:
            from app.session.budgets.budgets import Budgets

            self._budgets = Budgets(self)
        return self._budgets
