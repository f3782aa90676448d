"""What people are told about budgets."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from app import format as fmt
from app.config.literals import toml_key
from app.session.budgets.limits import Limit, Period
from providers.errors import OverBudget

if TYPE_CHECKING:
    from app.session.budgets.expected import Unusual
    from app.session.budgets.verdict import Exceeded, Verdict
    from app.session.quote import Quote
    from providers.reference import ModelRef

_STRETCHES = {Period.DAY: "today", Period.MONTH: "this month"}
UNKNOWN_SPENDING = (
    "What was spent is not known, because the store cannot be used: of the budgets only per_message is checked."
)


def stretch(limit: Limit) -> str:
    """`today`, `this month`; with the provider where it is that one's limit."""
    words = _STRETCHES.get(limit.period, "a message")
    return f"{words} at {limit.provider}" if limit.provider else words


def state(limit: Limit, spent: Decimal, *, is_guess: bool, is_lacking: bool = False) -> str:
    """`today $4.92 of $5.00`; with "≈" where a part of it is an estimate, with "≥" where a request had no price."""
    if limit.period is Period.MESSAGE:
        return f"{stretch(limit)} may cost {fmt.usd(limit.usd)}"
    mark = ("≥ " if is_lacking else "") + ("≈ " if is_guess else "")
    return f"{stretch(limit)} {mark}{fmt.usd(spent)} of {fmt.usd(limit.usd)}"


def turn_cost(quote: Quote) -> str:
    """`≈ $0.12 with a reply of 664 tokens`"""
    return f"≈ {fmt.usd(quote.typical.usd)} with a reply of {fmt.many(quote.typical_output, 'token')}"


def exceeded_sentence(exceeded: Exceeded, quote: Quote) -> str:
    """`Today $4.92 of $5.00; this turn ≈ $0.12 with a reply of 664 tokens.`"""
    standing = state(exceeded.limit, exceeded.spent, is_guess=exceeded.is_guess, is_lacking=exceeded.is_lacking)
    return f"{_capital(standing)}; this turn {turn_cost(quote)}."


def warning(exceeded: Exceeded, quote: Quote) -> str:
    return f"Over budget: {exceeded_sentence(exceeded, quote)}"


def unpriced_sentence(ref: ModelRef) -> str:
    return f"{ref} has no price, so the budget cannot be checked."


def unpriced_hint(ref: ModelRef) -> str:
    table = f"[[providers.{toml_key(ref.provider)}.models]]"
    return f"Write cost_per_1m_in and cost_per_1m_out for it under {table} in config.toml; 0 means free."


def unusual_sentence(found: Unusual, quote: Quote) -> str:
    usual = fmt.usd(found.usual)
    return f"This turn {turn_cost(quote)}: {found.times} times the usual {usual} of this conversation."


def crossed(exceeded: Exceeded, usd: Decimal) -> str:
    """While a reply arrives: it has cost so much by now."""
    if exceeded.limit.period is Period.MESSAGE:
        return f"This reply costs ≈ {fmt.usd(usd)} by now: over the budget of {fmt.usd(exceeded.limit.usd)} a message."
    standing = state(exceeded.limit, exceeded.spent + usd, is_guess=True, is_lacking=exceeded.is_lacking)
    return f"Over budget since this reply: {standing}."


def cut_short(tokens: int) -> str:
    """The reply ended at a limit that the budget had set."""
    return f"The budget had room for {tokens:,} tokens of reply."


def refusal(verdict: Verdict, ref: ModelRef, quote: Quote) -> OverBudget:
    """The error of a turn that is not sent."""
    decisive = verdict.decisive
    if decisive:
        sentences = " ".join(exceeded_sentence(each, quote) for each in decisive)
        return OverBudget(f"A budget stops this turn. {sentences}", way_out(decisive))
    return OverBudget(unpriced_sentence(ref), unpriced_hint(ref))


def cut_off(exceeded: Sequence[Exceeded], usd: Decimal) -> OverBudget:
    """The error of a reply that is stopped on its way."""
    sentences = " ".join(crossed(each, usd) for each in exceeded)
    return OverBudget(f"The reply was stopped. {sentences}", way_out(exceeded))


def way_out(exceeded: Sequence[Exceeded]) -> str:
    """What to do about limits that are in the way."""
    tables: dict[str, list[str]] = {}
    for each in exceeded:
        name = each.limit.provider
        table = f"[providers.{toml_key(name)}.budget]" if name else "[budget]"
        tables.setdefault(table, []).append(each.limit.key)
    places = " and ".join(f"{' and '.join(keys)} in {table}" for table, keys in tables.items())
    periods = {each.limit.period for each in exceeded}
    if Period.MONTH in periods:
        other = "choose a cheaper model, or wait until next month"
    elif Period.DAY in periods:
        other = "choose a cheaper model, or wait until tomorrow"
    else:
        other = "choose a cheaper model, or ask for less"
    return f"Raise {places} of config.toml, {other}."


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
