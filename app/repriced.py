"""What another model would have cost, in words: the same figures on the screen as on the command line."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from app import format as fmt

if TYPE_CHECKING:
    from app.storage.repricing import Repriced


class Comparison(NamedTuple):
    """Three figures over the same requests, so that they add up; all "" where nothing can be compared.

    Attributes:
        there: at the other model.
        here: as it was.
        difference: with "more" or "less"; "none" where both are equal.
    """

    there: str
    here: str
    difference: str


def comparison_of(repriced: Repriced) -> Comparison:
    """The requests whose cost is known on both sides."""
    difference = repriced.difference_usd
    if difference is None:
        return Comparison("", "", "")
    there = _there(repriced, repriced.compared_usd, repriced.compared_estimated_usd)
    here = fmt.total_usd(repriced.actual_usd, estimated=repriced.actual_estimated_usd)
    if not difference:
        return Comparison(there, here, "none")
    estimated = repriced.compared_estimated_usd + repriced.actual_estimated_usd
    amount = fmt.total_usd(abs(difference), estimated=estimated)
    return Comparison(there, here, f"{amount} {'more' if difference > 0 else 'less'}")


def left_out(repriced: Repriced) -> list[str]:
    """The requests that cannot be compared, one phrase per reason."""
    parts = []
    if unpriced := repriced.unpriced.requests:
        would = _there(repriced, repriced.unpriced.usd, repriced.unpriced.estimated)
        parts.append(f"{fmt.many(unpriced, 'request')} without a price (there: {would})")
    if uncounted := repriced.uncounted_requests:
        parts.append(f"{fmt.many(uncounted, 'request')} whose tokens nobody counted")
    if rest := repriced.unknown_requests - uncounted:
        parts.append(f"{fmt.many(rest, 'request')} that would need a rate which is unknown there")
    return parts


def _there(repriced: Repriced, usd: Decimal | None, estimated: Decimal) -> str:
    if repriced.is_flat:
        return fmt.SUBSCRIPTION
    is_free = repriced.usd is not None and not repriced.usd
    return fmt.total_usd(usd, estimated=estimated, is_free=is_free)
