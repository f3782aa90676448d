"""`parley models`: what can be asked, and what it costs."""

from __future__ import annotations

import argparse
import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from app.cli.context import CliContext
from app.cli.output import Column, fail, note, table, write, write_json

if TYPE_CHECKING:
    from app.connections.views import ModelChoice
    from app.session.session import Session
    from providers.costs import Rates

_COLUMNS = (
    Column("model"),
    Column("name"),
    Column("in", is_number=True),
    Column("cached", is_number=True),
    Column("out", is_number=True),
    Column("window", is_number=True),
    Column("can"),
    Column("price from"),
    Column("note"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--provider", metavar="NAME", help="only the models of this provider")
    parser.add_argument("--refresh", action="store_true", help="ask the servers for their lists")
    parser.add_argument("--json", action="store_true", help="print an array of objects")


def run(args: argparse.Namespace, context: CliContext) -> int:
    """Print the models of every enabled provider; prices are USD per million tokens."""
    from app.session.opening import session_for

    session = session_for(context.locations, context.environ, is_demo=context.is_demo)
    for problem in session.problems:
        fail(context, f"config.toml, {problem}.", problem.hint)
    if session.problems:
        return 2
    return asyncio.run(_list(args, context, session))


async def _list(args: argparse.Namespace, context: CliContext, session: Session) -> int:
    from app.storage.errors import StoreError

    try:
        await session.open()
        if args.provider and args.provider not in session.provider_names():
            names = ", ".join(session.provider_names()) or "none"
            return fail(context, f"There is no provider called {args.provider}.", f"There are: {names}.", code=2)
        if args.refresh:
            await _refresh(args.provider, context, session)
        choices = [choice for choice in session.choices() if args.provider in (None, choice.ref.provider)]
    except StoreError as error:
        return fail(context, f"{error}.", error.hint, code=2)
    finally:
        await session.close()
    if args.json:
        write_json(context, [_object(choice) for choice in choices])
    elif choices:
        write(context, table(_COLUMNS, [_row(choice) for choice in choices]))
    else:
        note(context, "No models are known yet. " + session.no_model_hint())
    return 0


async def _refresh(provider: str | None, context: CliContext, session: Session) -> None:
    names = [name for name in session.names_to_connect() if provider in (None, name)]
    await asyncio.gather(*(session.check(name) for name in names))
    for name in names:
        error = session.provider(name).connection.error
        if error is not None:
            note(context, f"{name}: {error.summary} {error.hint}")


def _row(choice: ModelChoice) -> list[str]:
    from app.format import tokens

    info, rates = choice.info, choice.info.rates
    return [
        str(choice.ref),
        "" if info.label == info.id else info.label,
        *_prices(rates),
        tokens(info.context_window),
        " ".join(_abilities(choice)),
        rates.origin if rates else "",
        " ".join(filter(None, (info.note, info.detail))),
    ]


def _prices(rates: Rates | None) -> list[str]:
    """In, cached, out."""
    if rates is None:
        return ["—", "—", "—"]
    if rates.are_free:
        return ["free", "", "free"]
    return ["—" if rate is None else f"{rate:f}" for rate in (rates.input, rates.cached_input, rates.output)]


def _abilities(choice: ModelChoice) -> list[str]:
    info = choice.info
    marks = {
        "reasoning": info.can_reason,
        "vision": info.supports_vision,
        "tools": info.supports_function_calling,
        "files": info.supports_attachments,
    }
    return [name for name, has in marks.items() if has]


def _object(choice: ModelChoice) -> dict[str, Any]:
    info, rates = choice.info, choice.info.rates

    def rate(value: Decimal | None) -> str | None:
        return None if value is None else f"{value:f}"

    return {
        "id": str(choice.ref),
        "name": info.label,
        "provider": choice.ref.provider,
        "context_window": info.context_window,
        "max_output_tokens": info.max_output_tokens,
        "cost_per_1m_in": rate(rates.input) if rates else None,
        "cost_per_1m_out": rate(rates.output) if rates else None,
        "cost_per_1m_in_cached": rate(rates.cached_input) if rates else None,
        "cost_per_1m_cache_write": rate(rates.cache_write) if rates else None,
        "price_source": rates.origin if rates else None,
        "can_reason": info.can_reason,
        "supports_attachments": info.supports_attachments,
        "supports_vision": info.supports_vision,
        "supports_function_calling": info.supports_function_calling,
        "note": info.note or None,
    }
