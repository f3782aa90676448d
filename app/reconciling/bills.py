"""What a provider says that it charged, as values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.storage.encoding import exact_sum


@dataclass(frozen=True, slots=True)
class BillLine:
    """One row of an export.

    Attributes:
        day: in UTC, as every one of these providers counts.
        model: the provider's own word for it, or for what else it charged for; "" where the export does not say.
        usd: None when the row has an amount that cannot be read.
    """

    day: date
    model: str
    usd: Decimal | None


@dataclass(frozen=True, slots=True)
class Bill:
    """One export.

    Attributes:
        vendor: the id of the preset whose provider wrote it.
        title: what the export is, for people.
        notes: what was odd in it, one sentence each.
    """

    vendor: str
    title: str
    lines: tuple[BillLine, ...]
    notes: tuple[str, ...] = ()

    @property
    def first_day(self) -> date:
        return min(line.day for line in self.lines)

    @property
    def last_day(self) -> date:
        return max(line.day for line in self.lines)


class BillError(ValueError):
    """A file that cannot be used; `str()` is one sentence, `hint` says what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def known_sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of what is known, to the last digit; None when nothing is."""
    known = [amount for amount in amounts if amount is not None]
    return exact_sum(known) if known else None
