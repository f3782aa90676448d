"""From what the session says to what the widgets show: pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from app import format as fmt
from app.widgets.cost_tracker import CostRow
from app.widgets.provider_list import ProviderRow

if TYPE_CHECKING:
    from app.config.problems import Problem
    from app.connections.views import ProviderView
    from app.session.chat import Chat
    from app.session.reply import Reply
    from app.session.views import Spent
    from app.storage.records import ModelTotal
    from providers.reference import ModelRef
    from providers.usage import Usage


def provider_row(view: ProviderView) -> ProviderRow:
    """One line of the sidebar."""
    connection = view.connection
    knows_models = bool(connection.models) or connection.is_listed
    return ProviderRow(
        name=view.name,
        label=view.label,
        state=connection.state,
        word=connection.word,
        models=len(connection.models) if knows_models else None,
        error=connection.error.summary if connection.error else "",
        found=view.found,
    )


def cost_rows(spent: Spent) -> list[CostRow]:
    """The cost tracker's rows, one per model; the provider is named where another has a model of that name, too."""
    ids = Counter(total.ref.model for total in spent.totals)
    return [
        CostRow(
            model=total.ref.model,
            tokens=_tokens(total.usage, is_guess=total.ref in spent.guessed),
            cost=total_cost([total]),
            provider=total.ref.provider if ids[total.ref.model] > 1 else "",
        )
        for total in spent.totals
    ]


def _tokens(usage: Usage, *, is_guess: bool) -> str:
    """Token counts with their arrows, and a place for the "≈" before them."""
    return f"{'≈' if is_guess else ' '} ↑{fmt.tokens(usage.input_tokens)} ↓{fmt.tokens(usage.output_tokens)}"


def total_cost(totals: Sequence[ModelTotal]) -> str:
    """The sum over models, honest about what is estimated or unpriced; "" when nothing was sent."""
    if not totals:
        return ""
    priced = [total.usd for total in totals if total.usd is not None]
    return fmt.total_usd(
        sum(priced, Decimal(0)) if priced else None,
        estimated=sum((total.estimated_usd for total in totals), Decimal(0)),
        unpriced=sum(total.unpriced_requests for total in totals),
        untracked=sum(total.untracked_requests for total in totals),
        is_free=all(total.is_free for total in totals),
        is_narrow=True,
    )


def status_figures(chat: Chat, reply: Reply | None, model: ModelRef | None) -> tuple[str, ...]:
    """The figures of the status line, the most important first.

    Args:
        reply: the newest one.
        model: whose name stands before the figures: what another one wrote is not its cost.
    """
    figures: list[str] = []
    total = total_cost(chat.totals())
    if total:
        figures.append(_placed("all", total))
    if reply is not None and not reply.is_running and reply.ref != model:
        reply = None
    if reply is not None:
        figures.append(_placed("reply", fmt.cost(reply.cost)))
    if reply is not None and (reply.counted.input_tokens or reply.counted.output_tokens):
        figures.append(_tokens(reply.counted, is_guess=reply.is_running or not reply.usage.is_reported).strip())
    return tuple(figures)


def _placed(label: str, money: str) -> str:
    """Label and amount, as wide with a "≈" as without."""
    marks = 2 if money.startswith("≥") else 0
    return f"{label} {money:>{fmt.USD_CELLS + marks}}"


def problem_sentences(problems: Sequence[Problem]) -> list[str]:
    """What is wrong with the configuration, one sentence each."""
    return [
        f"config.toml{':' if problem.line is None else ','} {problem}. {problem.hint}".strip() for problem in problems
    ]
