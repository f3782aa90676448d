"""What it means for the next turn when another model is to write it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.session.quote import Quote


@dataclass(frozen=True, slots=True)
class Switch:
    """The next turn at another model, beside the same turn at the model in use.

    Attributes:
        now: None when no model is in use.
        lost_calls: calls of tools in this conversation that the other model is known not to take.
    """

    now: Quote | None
    then: Quote
    lost_calls: int = 0

    @property
    def extra(self) -> Decimal | None:
        """USD that the next turn costs more with a reply of the usual length; None when a price is unknown."""
        if self.now is None or self.now.typical.usd is None or self.then.typical.usd is None:
            return None
        return self.then.typical.usd - self.now.typical.usd

    @property
    def loses_cache(self) -> bool:
        """Whether the model in use would read something from its cache, and the other one less of it."""
        return self.now is not None and self.then.cached_tokens < self.now.cached_tokens

    def is_to_be_asked(self, limit: Decimal) -> bool:
        """Whether somebody should confirm it.

        Args:
            limit: USD that a turn may cost more without a question; 0 asks about every switch.
        """
        if self.now is not None and self.now.ref == self.then.ref:
            return False
        if not self.then.fits or self.lost_calls:
            return True
        return self.now is not None and (not limit or (self.extra is not None and self.extra > limit))
