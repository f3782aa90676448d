"""`parley stats reconcile`: the provider's own export beside the ledger."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.context import CliContext
from app.cli.output import Column, csv_text, fail, markdown_table, note, table, width_of, write, write_json

if TYPE_CHECKING:
    from decimal import Decimal

    from app.reconciling.bills import Bill
    from app.reconciling.compare import Comparison, Difference
    from app.storage.records import LedgerRow
    from app.storage.store import Store

WRONG_USAGE = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("file", metavar="FILE", type=Path, help="OpenAI's or Anthropic's cost CSV, or OpenRouter's activity CSV")
    add(
        "--provider",
        metavar="P",
        dest="providers",
        action="append",
        default=[],
        help="compare with the requests of this provider (several times for several; default: all of that vendor)",
    )
    form = parser.add_mutually_exclusive_group()
    # Without defaults of their own: `parley stats --json reconcile FILE` asks for JSON, too.
    for name, what in (("json", "one JSON object"), ("csv", "comma-separated values"), ("md", "a Markdown table")):
        form.add_argument(f"--{name}", action="store_true", default=argparse.SUPPRESS, help=f"print {what}")


def run(args: argparse.Namespace, context: CliContext) -> int:
    """Print the differences and return the exit code."""
    from app.cli.opened import with_store
    from app.reconciling.bills import BillError
    from app.reconciling.compare import compare, span_of

    try:
        bill = _read(args.file)
    except OSError as error:
        return fail(context, f"{args.file} cannot be read: {error.strerror or error}.", code=WRONG_USAGE)
    except BillError as error:
        return fail(context, f"{args.file.name}: {error}.", error.hint, code=WRONG_USAGE)

    async def work(store: Store) -> int:
        for name in args.providers:
            if not await _is_known(name, store, context):
                return WRONG_USAGE
        span = span_of(bill)
        rows = await store.ledger.rows(since=span.since, until=span.until)
        comparison = compare(bill, _meant(rows, bill, args.providers))
        for sentence in bill.notes:
            note(context, sentence)
        if args.json:
            write_json(context, comparison_object(comparison))
        elif args.csv:
            write(context, csv_text(list(_object(comparison.total)), map(_object, comparison.rows)))
        elif args.md:
            write(context, markdown_table(*_cells(comparison)))
        else:
            write(context, table(*_cells(comparison), width=width_of(context)))
            write(context, "\n" + "".join(f"{sentence}\n" for sentence in _conclusions(comparison)))
        return 0

    return with_store(context, work)


def _read(path: Path) -> Bill:
    """Raises: OSError, BillError."""
    from app.reconciling.bills import BillError
    from app.reconciling.csv_text import MOST_BYTES
    from app.reconciling.exports import read_bill

    if path.stat().st_size > MOST_BYTES:
        raise BillError("The file is larger than any export", "Export a shorter time.")
    return read_bill(path.read_bytes())


async def _is_known(name: str, store: Store, context: CliContext) -> bool:
    """Whether a provider was ever asked or is configured; says so when neither."""
    from app.cli.connected import known_name
    from app.connections.opening import connections_for
    from app.storage.stats import StatsQuery

    if (await store.ledger.requests(StatsQuery(provider=name), 1)).total:
        return True
    return known_name(connections_for(context.locations, context.environ, is_demo=context.is_demo), context, name)


def _meant(rows: Sequence[LedgerRow], bill: Bill, providers: Sequence[str]) -> list[LedgerRow]:
    """The requests that a bill should be about. Of a reply that ended with Parley only the provider is known."""
    if providers:
        return [row for row in rows if row.provider in providers]
    names = {row.provider for row in rows if row.preset == bill.vendor}
    return [row for row in rows if row.preset == bill.vendor or (not row.preset and row.provider in names)]


def comparison_object(comparison: Comparison) -> dict[str, Any]:
    """The differences in the shape that scripts rely on; unknown is null."""
    from app.session.export import plain_usd

    bill = comparison.bill
    return {
        "export": bill.title,
        "since": bill.first_day.isoformat(),
        "until": bill.last_day.isoformat(),
        "timezone": "UTC",
        "rows": [_object(each) for each in comparison.rows],
        "total": _object(comparison.total),
        "notes": list(bill.notes),
        "comparable_difference_usd": plain_usd(comparison.comparable_usd),
    }


def _object(each: Difference) -> dict[str, Any]:
    from app.session.export import plain_usd

    return {
        "day": each.day.isoformat() if each.day else None,
        "model": each.model,
        "billed_usd": plain_usd(each.billed),
        "ledger_usd": plain_usd(each.counted),
        "difference_usd": plain_usd(each.usd),
        "requests": each.requests,
        "estimated_usd": plain_usd(each.estimated),
        "unpriced_requests": each.unpriced,
        "unreadable_lines": each.unreadable,
    }


def _cells(comparison: Comparison) -> tuple[list[Column], list[list[str]]]:
    columns = [
        Column("day"),
        Column("model", may_shrink=True),
        *(Column(title, is_number=True) for title in ("billed", "ledger", "difference")),
        Column("", may_go=True),
    ]
    rows = [_row(each) for each in comparison.rows]
    if len(rows) != 1:
        total = comparison.total
        difference = _signed(comparison.comparable_usd, comparison.comparable_estimated)
        what = [*([] if total.is_known else ["of what can be compared"]), *_remarks(total)]
        rows.append(["total", "", _billed(total), _counted(total), difference, ", ".join(what)])
    return columns, rows


def _row(each: Difference) -> list[str]:
    day = each.day.isoformat() if each.day else ""
    return [
        day,
        each.model,
        _billed(each),
        _counted(each),
        _signed(each.usd, each.estimated),
        ", ".join(_remarks(each)),
    ]


def _billed(each: Difference) -> str:
    from app.format import total_usd

    return total_usd(each.billed, unpriced=each.unreadable)


def _counted(each: Difference) -> str:
    from app.format import total_usd

    return total_usd(each.counted, estimated=each.estimated, unpriced=each.unpriced)


def _signed(amount: Decimal | None, estimated: Decimal) -> str:
    from app.format import usd

    if not amount:
        return usd(None) if amount is None else "0"
    return f"{'≈ ' if estimated else ''}{'+' if amount > 0 else ''}{usd(amount)}"


def _remarks(each: Difference) -> Iterator[str]:
    if each.day is not None and not each.requests:
        yield "not in the ledger"
    if each.day is not None and each.billed is None and not each.unreadable:
        yield "not on the bill"
    if each.unpriced:
        yield f"{each.unpriced} unpriced"
    if each.unreadable:
        yield f"{each.unreadable} unreadable"


def _conclusions(comparison: Comparison) -> Iterator[str]:
    """What it comes to, in words."""
    total, rows = comparison.total, comparison.rows
    if total.billed is None:
        yield "No amount on this bill can be read, so there is nothing to compare with."
        return
    if total.counted is None:
        yield f"The bill comes to {_billed(total)}; the ledger has no priced request of that time and provider."
    else:
        yield _comparison(comparison)
    if total.unpriced:
        yield "Requests without a price are missing on the ledger's side: it is a lower bound."
    if total.unreadable:
        yield "Amounts that cannot be read are missing on the bill's side: it is a lower bound."
    if any(each.billed is not None and not each.requests for each in rows):
        yield "What is not in the ledger was asked by other programs, or before Parley kept one."
    yield "Days are UTC, as the provider counts them; a request around midnight may be billed on the day beside."


def _comparison(comparison: Comparison) -> str:
    from app.format import total_usd

    total, difference = comparison.total, comparison.comparable_usd
    if difference is None:
        return "No day and model is known on both sides, so the bill and the ledger cannot be compared."
    if not difference:
        return (
            f"The bill and the ledger agree{f': {_billed(total)}' if total.is_known else ' on what can be compared'}."
        )
    amount = total_usd(abs(difference), estimated=comparison.comparable_estimated)
    said = f"the bill is {amount} {'more' if difference > 0 else 'less'} than the ledger"
    if not total.is_known:
        return f"Of what can be compared, {said}."
    return f"{said[0].upper()}{said[1:]}{_share(abs(difference), total.billed)}."


def _share(difference: Decimal, billed: Decimal | None) -> str:
    """Which part of the bill that is; "" where it would be more than all of it."""
    if billed is None or billed <= 0 or difference > billed:
        return ""
    percent = f"{difference / billed * 100:.1f}"
    return f" ({'< 0.1' if percent == '0.0' else percent} % of the bill)"
