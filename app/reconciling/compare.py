"""A bill beside the ledger: the difference per day and model."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple

from app.reconciling.bills import Bill, BillLine, known_sum
from app.storage.encoding import exact_sum
from app.storage.records import LedgerRow, RequestKind
from providers.costs import CostStatus

_DATED = re.compile(r"[-@ ]?20\d\d-?[01]\d-?[0-3]\d$")
_WORDS = re.compile(r"[a-z]+|\d+")

ALL_MODELS = "all models"


class Span(NamedTuple):
    """A stretch of time in UTC; `until` is not in it."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Difference:
    """One model on one day, or a sum over several.

    Attributes:
        model: in the provider's words; in ours where the bill does not name it.
        billed: None when the bill does not name it, or no amount could be read.
        counted: what the ledger says; None without a priced request.
        estimated: the part of `counted` that is our own estimate.
        unpriced: requests without a known cost, or with a price of 0 that somebody wrote.
        unreadable: lines of the bill without a readable amount.
    """

    day: date | None
    model: str
    billed: Decimal | None
    counted: Decimal | None
    requests: int = 0
    estimated: Decimal = Decimal(0)
    unpriced: int = 0
    unreadable: int = 0

    @property
    def is_known(self) -> bool:
        """Whether all amounts of both sides are; a side that is not there at all is nothing."""
        return not (self.unpriced or self.unreadable)

    @property
    def usd(self) -> Decimal | None:
        """How much more is on the bill than in the ledger; negative for less, None when a part of it is unknown."""
        return exact_sum((self.billed or Decimal(0), -(self.counted or Decimal(0)))) if self.is_known else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Attributes:
    rows: by day, then model.
    total: over all rows.
    """

    bill: Bill
    rows: tuple[Difference, ...]
    total: Difference

    @property
    def comparable_usd(self) -> Decimal | None:
        """The difference over the rows that have one; None when none has."""
        return known_sum(each.usd for each in self.rows)

    @property
    def comparable_estimated(self) -> Decimal:
        """How much of what is compared there is our own estimate."""
        return exact_sum(each.estimated for each in self.rows if each.is_known)


def span_of(bill: Bill) -> Span:
    """The days that a bill is about."""
    since = datetime.combine(bill.first_day, time(), UTC)
    return Span(since, datetime.combine(bill.last_day, time(), UTC) + timedelta(days=1))


def compare(bill: Bill, rows: Iterable[LedgerRow]) -> Comparison:
    """Set a bill beside the requests that it should be about.

    A request counts for the UTC day on which it was sent. Where no line of a day names a model, that day is compared
    as a whole.

    Args:
        rows: of this provider, in the days of the bill; those that only counted tokens make no difference.
    """
    nameless = _days_without_models(bill.lines)
    billed: dict[tuple[date, str], list[BillLine]] = {}
    for line in bill.lines:
        billed.setdefault((line.day, "" if line.day in nameless else normal(line.model)), []).append(line)
    counted: dict[tuple[date, str], list[LedgerRow]] = {}
    for row in (each for each in rows if each.kind is RequestKind.REPLY):
        day = row.started_at.astimezone(UTC).date()
        counted.setdefault((day, "" if day in nameless else normal(row.model)), []).append(row)
    differences = [
        _difference(key[0], billed.get(key, ()), counted.get(key, ())) for key in sorted({*billed, *counted})
    ]
    total = _difference(None, bill.lines, [row for group in counted.values() for row in group])
    return Comparison(bill, tuple(differences), total)


def normal(model: str) -> str:
    """A model by whatever name, so that names of the same one are equal.

    `Claude Haiku 4.5` and `claude-haiku-4-5-20251001` are, as are `claude-3-5-haiku` and `Claude Haiku 3.5`; the order
    of the numbers counts, that of the words does not.
    """
    name = _DATED.sub("", model.lower().partition(":")[0].rpartition("/")[2]).removesuffix("-latest")
    parts = _WORDS.findall(name)
    words = sorted(part for part in parts if not part.isdigit())
    return " ".join((*words, *(part for part in parts if part.isdigit()))) or name


def _days_without_models(lines: Sequence[BillLine]) -> set[date]:
    named = {line.day for line in lines if line.model}
    return {line.day for line in lines} - named


def _difference(day: date | None, lines: Sequence[BillLine], rows: Sequence[LedgerRow]) -> Difference:
    name = next((line.model for line in lines if line.model), "") or next((row.model for row in rows), "")
    is_whole_day = bool(lines) and not any(line.model for line in lines)
    return Difference(
        day=day,
        model=ALL_MODELS if is_whole_day or day is None else name,
        billed=known_sum(line.usd for line in lines),
        counted=known_sum(map(_usd, rows)),
        requests=len(rows),
        estimated=exact_sum(
            row.cost.usd for row in rows if row.cost.status is CostStatus.ESTIMATED and row.cost.usd is not None
        ),
        unpriced=sum(_usd(row) is None for row in rows),
        unreadable=sum(line.usd is None for line in lines),
    )


def _usd(row: LedgerRow) -> Decimal | None:
    """What the ledger knows of a request; a provider bills also what nobody here wanted to count."""
    return None if row.cost.is_untracked else row.cost.usd
