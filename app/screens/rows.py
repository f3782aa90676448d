"""From what the session says to what the widgets show: pure functions."""

from __future__ import annotations

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
    from app.storage.records import ModelTotal


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


def cost_rows(totals: Sequence[ModelTotal]) -> list[CostRow]:
    """The cost tracker's rows, one per model."""
    return [
        CostRow(
            model=total.ref.model,
            tokens=_tokens(total.usage.input_tokens, total.usage.output_tokens),
            cost=total_cost([total]),
        )
        for total in totals
    ]


def _tokens(sent: int | None, made: int | None) -> str:
    """Token counts with their arrows; "" when both are unknown."""
    return "" if sent is None and made is None else f"↑{fmt.tokens(sent)} ↓{fmt.tokens(made)}"


def total_cost(totals: Sequence[ModelTotal]) -> str:
    """The sum over models, honest about what is estimated or unpriced; "" when nothing was sent."""
    if not totals:
        return ""
    priced = [total.usd for total in totals if total.usd is not None]
    return fmt.total_usd(
        sum(priced, Decimal(0)) if priced else None,
        estimated=sum((total.estimated_usd for total in totals), Decimal(0)),
        unpriced=sum(total.unpriced_requests for total in totals),
        is_free=all(total.is_free for total in totals),
    )


def status_figures(chat: Chat, reply: Reply | None) -> tuple[str, ...]:
    """The figures of the status line, the most important first."""
    figures: list[str] = []
    total = total_cost(chat.totals())
    if total:
        figures.append(f"all {total}")
    if reply is not None:
        figures.insert(0, f"reply {fmt.usd(reply.cost.usd, reply.cost.status)}")
    use = chat.context()
    if use.share is not None:
        figures.append(f"context {use.share:.0%}".replace("%", " %"))
    if reply is not None:
        sent, made = reply.usage.input_tokens, reply.usage.output_tokens
        if reply.is_running:
            made = reply.output_tokens_estimate
        figures.append(_tokens(sent, made))
    return tuple(filter(None, figures))


def problem_sentences(problems: Sequence[Problem]) -> list[str]:
    """What is wrong with the configuration, one sentence each."""
    return [
        f"config.toml{':' if problem.line is None else ','} {problem}. {problem.hint}".strip() for problem in problems
    ]
