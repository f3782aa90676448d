"""The limits that settings name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.config.settings import BudgetLimits, Settings
    from app.storage.reservations import Outlay


class Period(StrEnum):
    MESSAGE = "message"
    DAY = "day"
    MONTH = "month"


class OnExceed(StrEnum):
    """From the mildest to the strictest."""

    WARN = "warn"
    ASK = "ask"
    BLOCK = "block"


STRICTNESS = tuple(OnExceed)


@dataclass(frozen=True, slots=True)
class Limit:
    """Attributes:
    provider: whose money; "" for all together.
    usd: 0 or more.
    """

    provider: str
    period: Period
    usd: Decimal
    on_exceed: OnExceed

    @property
    def key(self) -> str:
        """Where it stands in config.toml."""
        return {Period.MESSAGE: "per_message", Period.DAY: "daily", Period.MONTH: "monthly"}[self.period]

    @property
    def without_asking(self) -> Limit:
        """What holds where nobody can be asked."""
        return replace(self, on_exceed=OnExceed.BLOCK) if self.on_exceed is OnExceed.ASK else self

    def spent(self, outlay: Outlay) -> Decimal:
        """What counts against it so far; nothing does against the limit of a message."""
        spent = outlay.of(self.provider)
        return {Period.MESSAGE: Decimal(0), Period.DAY: spent.day, Period.MONTH: spent.month}[self.period]

    def is_guess(self, outlay: Outlay) -> bool:
        """Whether a part of what counts against it is an estimate."""
        spent = outlay.of(self.provider)
        return {Period.MESSAGE: False, Period.DAY: spent.guesses_day, Period.MONTH: spent.guesses_month}[self.period]

    def is_lacking(self, outlay: Outlay) -> bool:
        """Whether more was spent than anybody knows: some request had no price."""
        spent = outlay.of(self.provider)
        return {Period.MESSAGE: False, Period.DAY: spent.lacks_day, Period.MONTH: spent.lacks_month}[self.period]


def limits_for(settings: Settings, provider: str) -> tuple[Limit, ...]:
    """What holds for a turn with a model of this provider."""
    own = settings.providers.get(provider)
    return (*_limits("", settings.budget, settings), *(_limits(provider, own.budget, settings) if own else ()))


def all_limits(settings: Settings) -> tuple[Limit, ...]:
    """The limits for all providers together first."""
    own = (each for name, entry in settings.providers.items() for each in _limits(name, entry.budget, settings))
    return (*_limits("", settings.budget, settings), *own)


def _limits(provider: str, written: BudgetLimits, settings: Settings) -> Iterator[Limit]:
    on_exceed = OnExceed(written.on_exceed or settings.budget.on_exceed)
    pairs = (
        (Period.MESSAGE, written.per_message),
        (Period.DAY, written.daily),
        (Period.MONTH, written.monthly),
    )
    for period, usd in pairs:
        if usd is not None:
            yield Limit(provider, period, usd, on_exceed)
