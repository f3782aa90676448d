"""`parley stats --reprice MODEL`: what all of it would have cost with another model."""

from __future__ import annotations

import argparse

from app.cli.connected import known_name, with_connections
from app.cli.context import CliContext
from app.cli.opened import in_store
from app.cli.output import Column, csv_text, facts, fail, markdown_table, width_of, write, write_json
from app.connections.connections import Connections
from app.storage.repricing import ASSUMPTION, Repriced, Target
from app.storage.stats import StatsQuery
from app.storage.store import Store
from providers.costs import Rates
from providers.reference import ModelRef

WRONG_USAGE = 2


def print_repriced(args: argparse.Namespace, context: CliContext, query: StatsQuery) -> int:
    """Print the comparison and return the exit code."""
    try:
        ref = ModelRef.parse(args.reprice)
    except ValueError as error:
        return fail(context, f"{error}.", "`parley models` lists them.", code=WRONG_USAGE)

    async def work(connections: Connections) -> int:
        from app.session.spending import target_for

        if not known_name(connections, context, ref.provider):
            return WRONG_USAGE
        target = target_for(connections, ref)
        if target is None:
            hint = f"`parley models --provider {ref.provider}` shows what is known."
            return fail(context, f"Nobody knows what {ref} costs.", hint, code=WRONG_USAGE)
        return await in_store(context, lambda store: _print(args, context, query, store, ref, target))

    return with_connections(context, work)


async def _print(
    args: argparse.Namespace, context: CliContext, query: StatsQuery, store: Store, ref: ModelRef, target: Target
) -> int:
    from app.cli.stats_objects import repriced_object
    from app.cli.stats_query import in_conversation
    from app.cli.stats_tables import empty_sentence

    query = await in_conversation(query, store)
    repriced = await store.ledger.reprice(query, target)
    if args.json:
        write_json(context, repriced_object(query, str(ref), target.rates.origin, repriced))
    elif args.csv:
        result = repriced_object(query, str(ref), target.rates.origin, repriced)
        write(context, csv_text(list(result), [result]))
    elif not repriced.priced_requests and not repriced.unknown_requests:
        write(context, empty_sentence(query))
    else:
        said = _said(ref, target.rates, repriced)
        if args.md:
            write(context, markdown_table([Column("what"), Column("")], said))
        else:
            write(context, facts(said, width_of(context)))
    return 0


def _said(ref: ModelRef, rates: Rates, repriced: Repriced) -> list[tuple[str, str]]:
    from app.format import many
    from app.repriced import comparison_of, left_out

    compared, rest = comparison_of(repriced), left_out(repriced)
    origin = f"at the rates of {rates.origin or 'config.toml'}"
    if compared.there:
        which = many(repriced.compared_requests, "request")
        said = [
            (str(ref), f"{compared.there} for {which}{' that can be compared' if rest else ''}, {origin}"),
            ("as it was", f"{compared.here} for the same"),
            ("difference", compared.difference),
        ]
    else:
        said = [(str(ref), f"nothing can be compared, {origin}")]
    if rest:
        said.append(("left out", "; ".join(rest)))
    said.append(("assumed", ASSUMPTION))
    return said
