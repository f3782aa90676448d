"""Whether a turn may be sent: pure functions on limits, outlay and an expected cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from app.session.budgets.limits import STRICTNESS, Limit, OnExceed, Period
from providers.costs import Cost, CostStatus

if TYPE_CHECKING:
    from app.storage.reservations import Outlay
    from providers.reference import ModelRef


@dataclass(frozen=True, slots=True)
class Permission:
    """What a person allowed, for one turn.

    Attributes:
        ref: the model it was allowed for; a fallback is another one. None, and it allows nothing.
        limits: may be exceeded.
        covers_unpriced: the model may be asked though it has no price.
        covers_everything: no limit holds for this turn, whichever model answers.
    """

    ref: ModelRef | None = None
    limits: frozenset[Limit] = frozenset()
    covers_unpriced: bool = False
    covers_everything: bool = False


NO_PERMISSION = Permission()
OVER_BUDGET_ALLOWED = Permission(covers_everything=True)


@dataclass(frozen=True, slots=True)
class Exceeded:
    """Attributes:
    spent: so far, without this turn; 0 for the limit of a message.
    is_guess: a part of it is an estimate.
    is_lacking: some request had no price, so that it is a lower bound.
    """

    limit: Limit
    spent: Decimal
    is_guess: bool = False
    is_lacking: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Attributes:
    exceeded: the limits that the turn would exceed; those that were allowed are not among them.
    unpriced: the limits that nothing can be said about, because the model has no price.
    unknown: the limits that nothing can be said about, because nobody knows what was spent.
    """

    exceeded: tuple[Exceeded, ...] = ()
    unpriced: tuple[Limit, ...] = ()
    unknown: tuple[Limit, ...] = ()

    @property
    def action(self) -> OnExceed | None:
        """What to do before the turn is sent; None when nothing is to be done."""
        found = {each.limit.on_exceed for each in self.exceeded} | {each.on_exceed for each in self.unpriced}
        return max(found, key=STRICTNESS.index) if found else None

    @property
    def decisive(self) -> tuple[Exceeded, ...]:
        """The exceeded limits that are as strict as the strictest."""
        return tuple(each for each in self.exceeded if each.limit.on_exceed is self.action)

    @property
    def is_refused(self) -> bool:
        """Whether the turn must not be sent as things are."""
        return self.action in (OnExceed.ASK, OnExceed.BLOCK)

    @property
    def waivable(self) -> frozenset[Limit]:
        """The exceeded limits that a person may let be exceeded: what `block` forbids is not among them."""
        return frozenset(each.limit for each in self.exceeded if each.limit.on_exceed is not OnExceed.BLOCK)

    def permission(self, ref: ModelRef) -> Permission:
        """What is given by a yes to this verdict."""
        return Permission(ref, self.waivable, covers_unpriced=bool(self.unpriced))


def judge(limits: Sequence[Limit], outlay: Outlay | None, expected: Cost) -> Verdict:
    """Hold an expected cost against limits.

    Args:
        outlay: without this turn; None when nobody knows.
        expected: its `usd` is None without a price.
    """
    if expected.status in (CostStatus.FREE, CostStatus.FLAT):
        return Verdict()
    if expected.usd is None:
        return Verdict(unpriced=tuple(limits))
    unknown = tuple(each for each in limits if outlay is None and each.period is not Period.MESSAGE)
    return Verdict(tuple(_exceeded(limits, outlay, expected.usd)), unknown=unknown)


def room(limits: Iterable[Limit], outlay: Outlay | None) -> Decimal | None:
    """What a turn may cost at most under these limits; below 0 where too much was spent. None for no limit."""
    left = [each.usd - spent for each in limits if (spent := _spent(each, outlay)) is not None]
    return min(left) if left else None


def still_holding(limits: Iterable[Limit], permission: Permission, ref: ModelRef) -> tuple[Limit, ...]:
    """The limits that hold in spite of a permission."""
    if permission.covers_everything:
        return ()
    waived = permission.limits if permission.ref == ref else frozenset()
    return tuple(each for each in limits if each not in waived)


def _exceeded(limits: Iterable[Limit], outlay: Outlay | None, usd: Decimal) -> Iterable[Exceeded]:
    for limit in limits:
        spent = _spent(limit, outlay)
        if spent is not None and spent + usd > limit.usd:
            marks = (limit.is_guess(outlay), limit.is_lacking(outlay)) if outlay is not None else ()
            yield Exceeded(limit, spent, *marks)


def _spent(limit: Limit, outlay: Outlay | None) -> Decimal | None:
    if limit.period is Period.MESSAGE:
        return Decimal(0)
    return None if outlay is None else limit.spent(outlay)
