"""The budgets of an open Parley: what holds, what was spent, what somebody allowed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from app.session.budgets import words
from app.session.budgets.expected import Unusual, can_be_unusual, unusual
from app.session.budgets.limits import Limit, OnExceed, Period, all_limits, limits_for
from app.session.budgets.verdict import NO_PERMISSION, Permission, Verdict, judge, still_holding
from app.storage.errors import StoreError
from app.storage.periods import Stretch, day_of, month_of
from app.storage.reservations import Outlay, Reservation

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from app.session.chat import Chat
    from app.session.quote import Quote
    from app.session.reply import Reply
    from app.session.runtime import Runtime
    from providers.costs import Cost
    from providers.errors import OverBudget
    from providers.reference import ModelRef
    from providers.request import ToolSpec


@dataclass(frozen=True, slots=True)
class Check:
    """What there is to say about a draft before it is sent.

    Attributes:
        unusual: how much more it would cost than its conversation's turns do; None when it would not.
    """

    quote: Quote
    verdict: Verdict
    unusual: Unusual | None = None

    @property
    def asks(self) -> bool:
        """Whether somebody has to say yes before it is sent."""
        action = self.verdict.action
        return action is OnExceed.ASK or (self.unusual is not None and action is not OnExceed.BLOCK)

    @property
    def permission(self) -> Permission:
        """What a yes gives."""
        return self.verdict.permission(self.quote.ref)

    @property
    def refusal(self) -> OverBudget | None:
        """Why the turn is not sent where nobody can be asked; None when it may be."""
        return words.refusal(self.verdict, self.quote.ref, self.quote) if self.verdict.is_refused else None


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a budget for a day or a month is used up.

    Attributes:
        spent: USD; what the turns on their way have reserved is in it, unless they were left out.
        is_guess: a part of it is an estimate.
        is_lacking: some request had no price, so that this is a lower bound.
    """

    limit: Limit
    spent: Decimal
    is_guess: bool = False
    is_lacking: bool = False

    @property
    def share(self) -> Decimal:
        """1 is all of it. Of nothing, anything is too much."""
        if self.limit.usd:
            return self.spent / self.limit.usd
        return Decimal(2 if self.spent else 0)

    def with_replies(self, replies: Iterable[Reply]) -> Standing:
        """Where it stands with what these replies cost by now, which is not in it. Cheap."""
        costs = [each.cost.usd for each in replies if self.limit.provider in ("", each.ref.provider)]
        usd = sum(filter(None, costs), Decimal(0))
        return replace(self, spent=self.spent + usd, is_guess=True) if usd else self


class Budgets:
    """Reads the settings anew each time: what is written into config.toml holds from the next turn on.

    Attributes:
        can_ask: whether somebody is there to be asked. False, and a limit that asks blocks.
        way_to_stop: what stops a running reply, as the end of a notice: "^x stops it."; "" for nothing to say.
    """

    def __init__(self, runtime: Runtime) -> None:
        self.can_ask = True
        self.way_to_stop = ""
        self._runtime = runtime
        self._allowed_until: dict[Limit, datetime] = {}
        self._known_unpriced: set[ModelRef] = set()
        """Models without a price that somebody allowed, or that were mentioned where that is enough."""

    # ── before a turn ─────────────────────────────────────────────────────────

    def limits(self, provider: str) -> tuple[Limit, ...]:
        """What holds for a turn with a model of this provider, without what was allowed for today."""
        now = self._runtime.now()
        limits = limits_for(self._runtime.connections.settings, provider)
        if not self.can_ask:
            limits = tuple(each.without_asking for each in limits)
        return tuple(each for each in limits if each not in self._allowed_until or now >= self._allowed_until[each])

    def holding(self, ref: ModelRef, permission: Permission) -> tuple[Limit, ...]:
        """What holds for a turn with this model in spite of a permission."""
        return still_holding(self.limits(ref.provider), permission, ref)

    def concern(self, chat: Chat, ref: ModelRef) -> bool:
        """Whether a draft has to be checked at all. Cheap."""
        factor = self._runtime.connections.settings.budget.guard_factor
        return bool(self.limits(ref.provider)) or can_be_unusual(chat.rows, factor)

    async def check(
        self,
        chat: Chat,
        draft: str,
        ref: ModelRef,
        *,
        max_output_tokens: int | None = None,
        tools: tuple[ToolSpec, ...] = (),
    ) -> Check:
        """What there is to say about sending this draft now to this model. Reserves nothing."""
        quote = await chat.quote(draft, ref, max_output_tokens=max_output_tokens, tools=tools)
        verdict = await self.verdict(ref, quote.typical, NO_PERMISSION)
        factor = self._runtime.connections.settings.budget.guard_factor
        return Check(quote, verdict, unusual(chat.rows, quote.typical, factor))

    async def verdict(self, ref: ModelRef, expected: Cost, permission: Permission, *, without: str = "") -> Verdict:
        """Whether a turn that costs so much may be sent. Reserves nothing.

        Args:
            without: its reservation so far, if it has one: it does not stand in its own way.
        """
        limits = self.holding(ref, permission)
        return self._judge(ref, limits, await self._outlay(limits, without=without), expected, permission)

    def allow_today(self, verdict: Verdict) -> None:
        """The limits that these turns exceed do not hold until midnight; those that `block` go on to hold."""
        _, midnight = self._day
        for limit in verdict.waivable:
            self._allowed_until[limit] = midnight

    def note_unpriced(self, ref: ModelRef) -> None:
        """Somebody knows that a model has no price, and wants it asked."""
        self._known_unpriced.add(ref)

    # ── during a turn ─────────────────────────────────────────────────────────

    async def reserve(
        self, wanted: Reservation, ref: ModelRef, expected: Cost, permission: Permission, *, is_spent: bool = False
    ) -> tuple[Verdict, Outlay | None]:
        """Reserve what a turn is expected to cost, unless the verdict is to refuse it.

        Args:
            is_spent: it costs that already, so it is reserved whatever the verdict is.
        Returns: what was spent besides; None when nobody knows.
        """
        limits = self.holding(ref, permission)

        def may(outlay: Outlay) -> bool:
            return is_spent or not self._judge(ref, limits, outlay, expected, permission).is_refused

        outlay = await self._outlay(limits, wanted, may)
        return self._judge(ref, limits, outlay, expected, permission), outlay

    async def release(self, reservation_id: str) -> None:
        """What the turn cost is in the ledger. What the store cannot let go of goes with this process."""
        store = self._runtime.store
        if store is None:
            return
        try:
            await store.reservations.release(reservation_id)
        except StoreError:
            return

    def say_unknown(self) -> str:
        """The sentence about budgets that nobody can check, once; "" after that."""
        if words.UNKNOWN_SPENDING in self._runtime.said:
            return ""
        self._runtime.said.add(words.UNKNOWN_SPENDING)
        return words.UNKNOWN_SPENDING

    # ── at any time ───────────────────────────────────────────────────────────

    @property
    def is_limited(self) -> bool:
        """Whether there is a budget for a day or a month."""
        return any(each.period is not Period.MESSAGE for each in all_limits(self._runtime.connections.settings))

    async def standings(self, *, without: Collection[str] = ()) -> tuple[Standing, ...]:
        """How far each budget for a day or a month is used up, those for all providers first.

        None of them without a store. Those that were allowed for today are among them.

        Args:
            without: ids of replies on their way whose reservations are left out.
        Raises: StoreError.
        """
        store = self._runtime.store
        limits = [each for each in all_limits(self._runtime.connections.settings) if each.period is not Period.MESSAGE]
        if store is None or not limits:
            return ()
        outlay = await store.reservations.outlay(self._day, self._month, without=without)
        return tuple(
            Standing(limit, limit.spent(outlay), limit.is_guess(outlay), limit.is_lacking(outlay)) for limit in limits
        )

    # ── inside ────────────────────────────────────────────────────────────────

    @property
    def _day(self) -> Stretch:
        return day_of(self._runtime.now(), self._runtime.zone())

    @property
    def _month(self) -> Stretch:
        return month_of(self._runtime.now(), self._runtime.zone())

    def _judge(
        self,
        ref: ModelRef,
        limits: Sequence[Limit],
        outlay: Outlay | None,
        expected: Cost,
        permission: Permission,
    ) -> Verdict:
        verdict = judge(limits, outlay, expected)
        if not verdict.unpriced:
            return verdict
        is_known = ref in self._known_unpriced or (permission.covers_unpriced and permission.ref == ref)
        forbidding = tuple(each for each in verdict.unpriced if each.on_exceed is OnExceed.BLOCK)
        return Verdict(unpriced=forbidding if is_known else verdict.unpriced)

    async def _outlay(
        self,
        limits: Sequence[Limit],
        wanted: Reservation | None = None,
        may: Callable[[Outlay], bool] | None = None,
        *,
        without: str = "",
    ) -> Outlay | None:
        """What was spent, where that matters; reserves at the same time. None when nobody knows."""
        store = self._runtime.store
        settings = self._runtime.connections.settings
        # Another turn may be limited where this one is not: it has to know what this one costs.
        matters = limits if wanted is None else all_limits(settings)
        if all(each.period is Period.MESSAGE for each in matters):
            return Outlay()
        if store is None:
            return None
        try:
            if wanted is None or may is None:
                return await store.reservations.outlay(self._day, self._month, without=(without,))
            return await store.reservations.reserve(wanted, self._day, self._month, may)
        except StoreError:
            return None
