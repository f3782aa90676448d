"""`parley models`: what can be asked, and what it costs."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from app.cli.context import CliContext
from app.cli.output import Column, fail, note, table, write, write_json

if TYPE_CHECKING:
    from datetime import date, datetime

    from app.connections.views import ModelChoice, ProviderView
    from app.session.session import Session
    from providers.costs import Rates, Tier
    from providers.reference import ModelRef

_COLUMNS = (
    Column("model"),
    Column("name"),
    Column("in", is_number=True),
    Column("cached", is_number=True),
    Column("out", is_number=True),
    Column("window", is_number=True),
    Column("can"),
    Column("price from"),
    Column("list"),
    Column("note"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--provider", metavar="NAME", help="only the models of this provider")
    parser.add_argument("--refresh", action="store_true", help="ask the servers for their lists first")
    parser.add_argument("--json", action="store_true", help="print an array of objects")


def run(args: argparse.Namespace, context: CliContext) -> int:
    """Print the models of every enabled provider; prices are USD per million tokens."""
    from app.session.opening import session_for

    session = session_for(context.locations, context.environ, is_demo=context.is_demo)
    for problem in session.connections.problems:
        fail(context, f"config.toml, {problem}.", problem.hint)
    if session.connections.problems:
        return 2
    return asyncio.run(_list(args, context, session))


async def _list(args: argparse.Namespace, context: CliContext, session: Session) -> int:
    from app.storage.errors import StoreError

    code = 0
    try:
        await session.open()
        if args.provider and args.provider not in session.connections.names:
            names = ", ".join(session.connections.names) or "none"
            return fail(context, f"There is no provider called {args.provider}.", f"There are: {names}.", code=2)
        if args.refresh:
            code = await _refresh(args.provider, context, session)
        choices = [choice for choice in session.connections.choices() if args.provider in (None, choice.ref.provider)]
        views = {view.name: view for view in session.connections.views()}
        favourites = session.connections.settings.favourite_models
    except StoreError as error:
        return fail(context, f"{error}.", error.hint, code=2)
    finally:
        await session.close()
    if args.json:
        today = context.clock().date()
        write_json(context, [_object(choice, views[choice.ref.provider], favourites, today) for choice in choices])
    elif choices:
        write(context, table(_COLUMNS, _rows(choices, views, context.clock())))
        _note_old_prices(choices, context)
    elif args.provider and views[args.provider].connection.state == "disabled":
        note(context, f"{args.provider} is disabled: `parley providers enable {args.provider}`.")
    else:
        note(context, "No models are known yet. " + session.connections.no_model_hint())
    return code


async def _refresh(provider: str | None, context: CliContext, session: Session) -> int:
    """Ask the servers for their lists, and say of which there is none. Returns: 1 when not one was to be had."""
    from providers.connection import ConnectionState

    views = [view for view in session.connections.views() if provider in (None, view.name)]
    names = [view.name for view in views if view.connection.state is not ConnectionState.DISABLED]
    if provider is not None and not names:
        note(context, f"{provider} is disabled, so it was not asked.")
    await asyncio.gather(*(session.connections.check(name) for name in names))
    listed = 0
    for name in names:
        connection = session.connections.roster.connection(name)
        if connection.state in (ConnectionState.CONNECTED, ConnectionState.UNVERIFIED):
            listed += 1
            if not connection.is_listed:
                note(context, f"{name}: it answers, but has no list of models.")
        elif connection.error is not None:
            note(context, f"{name}: {connection.error.summary} {connection.error.hint}")
        else:
            note(context, f"{name}: {connection.word}, so it was not asked.")
    return 0 if listed else 1


def _note_old_prices(choices: Sequence[ModelChoice], context: CliContext) -> None:
    """Said once, however many prices are old."""
    from app.price_age import is_old

    today = context.clock().date()
    old = [choice for choice in choices if is_old(choice.info.rates, today)]
    if old:
        what = "One price is" if len(old) == 1 else f"{len(old)} prices are"
        note(context, f"{what} old and may have changed: `parley models --refresh` asks the servers that list theirs.")


def _rows(choices: list[ModelChoice], views: Mapping[str, ProviderView], now: datetime) -> list[list[str]]:
    from app import model_facts as facts
    from app import price_age
    from app.format import tokens

    ages = {
        name: facts.list_age(view, [choice for choice in choices if choice.ref.provider == name], now)
        for name, view in views.items()
    }
    return [
        [
            str(choice.ref),
            "" if choice.info.label == choice.info.id else choice.info.label,
            *_prices(choice.info.rates),
            tokens(choice.info.context_window),
            " ".join(facts.ability_words(choice.info)),
            price_age.origin(choice.info.rates, now.date()),
            ages[choice.ref.provider],
            " · ".join(filter(None, (facts.standing(choice.info.note, now.date()).words, facts.place(choice)))),
        ]
        for choice in choices
    ]


def _prices(rates: Rates | None) -> list[str]:
    """In, cached, out."""
    from app.format import UNKNOWN, price_word

    word = price_word(rates)
    if rates is None or word:
        return [word, *([word, word] if word == UNKNOWN else ["", ""])]
    return [UNKNOWN if usd is None else f"{usd:f}" for usd in (rates.input, rates.cached_input, rates.output)]


def _object(choice: ModelChoice, view: ProviderView, favourites: Sequence[ModelRef], today: date) -> dict[str, Any]:
    from app import model_facts as facts
    from app import price_age
    from app.format import UNKNOWN, price_word

    info, rates = choice.info, choice.info.rates
    word, last_day = price_word(rates), facts.retires_on(info.note)
    return {
        "id": str(choice.ref),
        "name": info.label,
        "provider": choice.ref.provider,
        "state": view.connection.state.value,
        "context_window": info.context_window,
        "max_output_tokens": info.max_output_tokens,
        "price": "unknown" if word == UNKNOWN else word or "known",
        "cost_per_1m_in": _usd(rates.input if rates else None),
        "cost_per_1m_out": _usd(rates.output if rates else None),
        "cost_per_1m_in_cached": _usd(rates.cached_input if rates else None),
        "cost_per_1m_cache_write": _usd(rates.cache_write if rates else None),
        "cost_per_1m_cache_write_1h": _usd(rates.cache_write_1h if rates else None),
        "tiers": [_tier(tier) for tier in rates.tiers] if rates else [],
        "price_source": rates.origin if rates else None,
        "price_age_days": price_age.days_old(rates, today),
        "can_reason": info.can_reason,
        "supports_attachments": info.supports_attachments,
        "supports_vision": info.supports_vision,
        "supports_function_calling": info.supports_function_calling,
        "note": info.note or None,
        "retires_on": last_day.isoformat() if last_day else None,
        "detail": info.detail or None,
        "is_local": choice.is_local,
        "is_favourite": choice.ref in favourites,
        "list": facts.list_source(view, choice),
        "listed_at": view.connection.listed_at.isoformat() if view.connection.listed_at else None,
    }


def _tier(tier: Tier) -> dict[str, Any]:
    return {
        "above_input": tier.above_input,
        "cost_per_1m_in": _usd(tier.input),
        "cost_per_1m_out": _usd(tier.output),
        "cost_per_1m_in_cached": _usd(tier.cached_input),
        "cost_per_1m_cache_write": _usd(tier.cache_write),
        "cost_per_1m_cache_write_1h": _usd(tier.cache_write_1h),
    }


def _usd(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"
