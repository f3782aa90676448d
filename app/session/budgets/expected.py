"""What a turn is expected to cost, and whether that is unusual for its conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import TYPE_CHECKING

from app.storage.records import RequestKind
from providers.costs import MILLION, Cost

if TYPE_CHECKING:
    from app.session.quote import Quote
    from app.storage.records import LedgerRow

LEAST_GUARDED = Decimal("0.01")
"""USD; a turn below is never asked about for being unusual."""


def affordable_output(quote: Quote, usd: Decimal) -> int | None:
    """How many tokens a reply may have for the turn to cost no more; at least 1. None when there is no telling."""
    rates = quote.rates.for_input(quote.input_tokens) if quote.rates else None
    if rates is None or not rates.output or quote.least.usd is None:
        return None
    return max(1, int((usd - quote.least.usd) * MILLION / rates.output))


@dataclass(frozen=True, slots=True)
class Unusual:
    """Attributes:
    times: how many times the usual cost it is, rounded down.
    usual: USD, the median of this conversation.
    """

    times: int
    usual: Decimal


def can_be_unusual(rows: Sequence[LedgerRow], factor: int) -> bool:
    """Whether a conversation has a turn with a cost, to tell what is usual."""
    return factor > 0 and bool(_costs(rows))


def unusual(rows: Sequence[LedgerRow], expected: Cost, factor: int) -> Unusual | None:
    """Whether a turn would cost more than `factor` times the usual turn of its conversation."""
    if expected.usd is None or expected.usd < LEAST_GUARDED or not can_be_unusual(rows, factor):
        return None
    usual = median(_costs(rows))
    return Unusual(int(expected.usd / usual), usual) if expected.usd > factor * usual else None


def _costs(rows: Sequence[LedgerRow]) -> list[Decimal]:
    return [row.cost.usd for row in rows if row.kind is RequestKind.REPLY and row.cost.usd]
