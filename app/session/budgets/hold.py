"""What one turn may spend, from before it is sent until it has ended."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from app.session.budgets import words
from app.session.budgets.expected import affordable_output
from app.session.budgets.limits import Limit, OnExceed
from app.session.budgets.verdict import Permission, room
from app.storage.reservations import Reservation
from providers.costs import Cost, CostStatus
from providers.events import ReasoningDelta, StopReason, TextDelta, ToolCallDelta

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.session.budgets.budgets import Budgets
    from app.session.budgets.verdict import Exceeded, Verdict
    from app.session.quote import Quote
    from app.session.reply import Reply
    from app.storage.reservations import Outlay
    from providers.events import Event
    from providers.reference import ModelRef

_LOOK_EVERY = 200
"""Characters of a reply between two looks at what it costs."""
_STEP = Decimal("1.1")
"""So much more than at the last look a reply must cost for what is reserved to be brought up to date."""
_LEAST_CAP = 16
"""The shortest reply that every wire format lets one ask for, in tokens: the Responses API refuses less."""


@dataclass(frozen=True, slots=True)
class Admission:
    """Attributes:
    notices: what the user should know before the turn is sent.
    max_output_tokens: where the budget ends, if that is below the length that the reply may have anyway.
    """

    notices: tuple[str, ...] = ()
    max_output_tokens: int | None = None


class Hold:
    """Of one turn. Without limits it does nothing, and counts nothing."""

    def __init__(self, budgets: Budgets, reply: Reply, permission: Permission) -> None:
        self._budgets = budgets
        self._reply = reply
        self._permission = permission
        self._is_reserved = False
        self._unseen = 0
        self._next_look: Decimal | None = None
        """The cost at which the next look is due; None when there is nothing to look at."""
        self._announced: set[Limit] = set()
        self._cap: int | None = None

    def matters(self, provider: str) -> bool:
        """Whether anything limits a turn with a model of this provider, or another turn by what this one costs."""
        return bool(self._budgets.limits(provider)) or self._budgets.is_limited

    async def check(self, ref: ModelRef, quote: Quote) -> None:
        """Whether a model may be asked. Raises: OverBudget."""
        verdict = await self._budgets.verdict(ref, quote.typical, self._permission, without=self._reply.id)
        if verdict.is_refused:
            raise words.refusal(verdict, ref, quote)

    async def admit(self, ref: ModelRef, quote: Quote) -> Admission:
        """Let the turn through, and keep what it is expected to cost from others. Raises: OverBudget."""
        expected = quote.typical
        self._next_look = self._cap = None
        verdict, outlay = await self._reserve(ref, expected)
        if verdict.is_refused:
            raise words.refusal(verdict, ref, quote)
        notices = [words.warning(each, quote) for each in verdict.exceeded]
        if verdict.unpriced:
            notices.append(words.unpriced_sentence(ref))
        if verdict.unknown and (sentence := self._budgets.say_unknown()):
            notices.append(sentence)
        if expected.usd is None:
            self._budgets.note_unpriced(ref)
        if expected.usd is None or expected.status in (CostStatus.FREE, CostStatus.FLAT):
            return Admission(tuple(notices))
        self._announced = {each.limit for each in verdict.exceeded}
        self._next_look = self._look_after(expected.usd, ref, outlay)
        self._cap = self._affordable(quote, ref, outlay)
        return Admission(tuple(notices), self._cap)

    async def follow(self, event: Event) -> tuple[str, ...]:
        """Look at what the reply costs by now, where that is due after an event that it has taken in.

        Returns: what the user should know.
        Raises: OverBudget, when the reply must end here.
        """
        if self._next_look is None or not self._is_due(event):
            return ()
        cost, ref = self._reply.cost, self._reply.ref
        if cost.usd is None or cost.usd <= self._next_look:
            return ()
        verdict, outlay = await self._reserve(ref, cost, is_spent=True)
        self._next_look = self._look_after(cost.usd, ref, outlay)
        if verdict.action is OnExceed.BLOCK:
            raise words.cut_off(verdict.decisive, cost.usd)
        new = [each for each in verdict.exceeded if each.limit not in self._announced]
        self._announced |= {each.limit for each in new}
        return (self._say_crossed(new, cost.usd),) if new else ()

    def ending(self, reason: StopReason) -> str:
        """What the user should know about the end of the reply; "" for nothing."""
        return words.cut_short(self._cap) if self._cap is not None and reason is StopReason.LENGTH else ""

    async def release(self) -> None:
        """The turn has ended."""
        if self._is_reserved:
            await self._budgets.release(self._reply.id)
            self._is_reserved = False

    def _say_crossed(self, exceeded: Sequence[Exceeded], usd: Decimal) -> str:
        sentences = [words.crossed(each, usd) for each in exceeded]
        if any(each.limit.on_exceed is OnExceed.ASK for each in exceeded):
            sentences.append(self._budgets.way_to_stop)
        return " ".join(filter(None, sentences))

    async def _reserve(self, ref: ModelRef, cost: Cost, *, is_spent: bool = False) -> tuple[Verdict, Outlay | None]:
        self._is_reserved = True
        wanted = Reservation(self._reply.id, ref.provider, cost.usd or Decimal(0))
        return await self._budgets.reserve(wanted, ref, cost, self._permission, is_spent=is_spent)

    def _look_after(self, usd: Decimal, ref: ModelRef, outlay: Outlay | None) -> Decimal:
        """The cost of the next look: where the nearest limit is, or a step further."""
        limits = [each for each in self._budgets.holding(ref, self._permission) if each not in self._announced]
        left = room(limits, outlay)
        return usd * _STEP if left is None or left < usd else min(usd * _STEP, left)

    def _affordable(self, quote: Quote, ref: ModelRef, outlay: Outlay | None) -> int | None:
        """Where `block` ends the reply, if that is below the length that it may have anyway."""
        limits = self._budgets.holding(ref, self._permission)
        left = room([each for each in limits if each.on_exceed is OnExceed.BLOCK], outlay)
        tokens = None if left is None else affordable_output(quote, left)
        # Where no length is known none is sent: a server refuses more than its model can write. Nor is one that servers
        # refuse as too short: such a reply is cut off while it arrives.
        if tokens is None or tokens < _LEAST_CAP or not quote.output_limit:
            return None
        return tokens if tokens < quote.output_limit else None

    def _is_due(self, event: Event) -> bool:
        match event:
            case TextDelta(text) | ReasoningDelta(text):
                self._unseen += len(text)
            case ToolCallDelta():
                self._unseen += len(event.arguments)
            case _:
                return False
        if self._unseen < _LOOK_EVERY:
            return False
        self._unseen = 0
        return True
