"""How old a price is, and when that is worth a word. Headless."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.format import price_word
from providers.costs import CostStatus

if TYPE_CHECKING:
    from datetime import date

    from providers.costs import Cost, Rates

_SERVER = "server"
_MOST_DAYS = {"catalogue": 60, _SERVER: 7}
"""How long the prices of a source are taken for current."""
_PRICED_BY_US = (CostStatus.COMPUTED, CostStatus.ESTIMATED)


def days_old(rates: Rates | None, today: date) -> int | None:
    """Days since the prices were read; None where nobody noted it, as of a person's own."""
    return max(0, (today - rates.checked).days) if rates and rates.checked else None


def origin(rates: Rates | None, today: date) -> str:
    """Source, date and age in one: `catalogue 2026-11-20, 19 days old`; "" without any."""
    days = days_old(rates, today)
    if rates is None or days is None:
        return rates.origin if rates else ""
    return f"{rates.origin}, {'today' if not days else '1 day old' if days == 1 else f'{days} days old'}"


def is_old(rates: Rates | None, today: date) -> bool:
    """Whether prices may have changed since; a subscription and what is free have none that could."""
    days = days_old(rates, today)
    if rates is None or days is None or price_word(rates):
        return False
    return days > _MOST_DAYS.get(rates.source, days)


def old_price_notice(provider: str, rates: Rates | None, cost: Cost, today: date) -> str:
    """The sentence for a cost that was made with old prices; "" for any other. It is to be said once in a run.

    Args:
        provider: the user's name of whose model it is.
        rates: what the cost was made with.
    """
    if rates is None or cost.status not in _PRICED_BY_US or not is_old(rates, today):
        return ""
    age = f"{days_old(rates, today)} days old"
    if rates.source == _SERVER:
        return f"The prices that {provider} listed are {age}: `parley models --refresh` asks for new ones."
    return f"The prices of the catalogue are {age} and may have changed since; a newer Parley has newer ones."
