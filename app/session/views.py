"""What screens and commands may know about a conversation, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.storage.records import ModelTotal
    from providers.reference import ModelRef


@dataclass(frozen=True, slots=True)
class ContextUse:
    """How full the model's window is.

    Attributes:
        tokens: sent and received in the last turn; an estimate before the first one. None when nothing was said.
        window: None when nobody knows the model's window.
    """

    tokens: int | None
    window: int | None

    @property
    def share(self) -> float | None:
        """0.0 to 1.0 and above; None when one of the two is unknown."""
        if self.tokens is None or not self.window:
            return None
        return self.tokens / self.window


@dataclass(frozen=True, slots=True)
class Spent:
    """What a conversation comes to, the reply that is on its way included.

    Attributes:
        totals: one per model, in the order of first use. Where the server gave no count, ours is in the usage.
        guessed: the models for which that is so.
    """

    totals: tuple[ModelTotal, ...] = ()
    guessed: frozenset[ModelRef] = frozenset()
