"""What the screens say about budgets: pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from textual.content import Content

from app.session.budgets import words
from app.session.budgets.limits import Limit, Period
from app.text import one_line, plain

if TYPE_CHECKING:
    from app.session.budgets.budgets import Check, Standing

_NEAR, _OVER = Decimal("0.8"), Decimal(1)


def question(check: Check) -> tuple[str, list[str]]:
    """The title of what is asked before a turn is sent, and what there is to know."""
    quote, verdict = check.quote, check.verdict
    sentences = [words.exceeded_sentence(each, quote) for each in verdict.exceeded]
    if verdict.unpriced:
        sentences += [words.unpriced_sentence(quote.ref), words.unpriced_hint(quote.ref)]
    if check.unusual is not None:
        sentences.append(words.unusual_sentence(check.unusual, quote))
    if verdict.exceeded:
        title = "Send it over budget?"
    elif verdict.unpriced:
        title = "Send it without knowing the price?"
    else:
        title = "Send it? It costs far more than usual."
    return title, sentences


def budget_lines(standings: Sequence[Standing]) -> Content:
    """`today $4.10 of $5.00`: the budget of the day is always there, the others once they are near their end."""
    return Content("\n").join(_line(each) for each in standings if each.share >= _NEAR or _is_of_day(each.limit))


def _is_of_day(limit: Limit) -> bool:
    return limit.period is Period.DAY and not limit.provider


def _line(standing: Standing) -> Content:
    line = plain(
        one_line(
            words.state(standing.limit, standing.spent, is_guess=standing.is_guess, is_lacking=standing.is_lacking)
        )
    )
    if standing.share >= _OVER:
        return line.stylize("$text-error")
    return line.stylize("$text-warning" if standing.share >= _NEAR else "$text-muted")
