"""What screens and commands may know about a conversation, as values."""

from __future__ import annotations

from dataclasses import dataclass


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
