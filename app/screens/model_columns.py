"""The columns of the model picker: how wide they have to be, and which of them fit."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from rich.cells import cell_len

from app import format as fmt
from app import model_facts as facts
from app.screens.model_search import shown_id, shown_name
from app.text import one_line
from app.widgets.fitting import fitted

if TYPE_CHECKING:
    from decimal import Decimal

    from app.connections.views import ModelChoice
    from providers.costs import Rates

GAP = 2
INDENT = 3
"""Of a model: its two marks and a space."""
TURN, WINDOW, ABILITIES = 9, 6, 4
_LEAST_NAME, _LEAST_NAME_BESIDE_PRICE, _LEAST_NOTE = 24, 18, 11
_USUAL_SHARE = 0.8
_PART_ENDS = re.compile(", | · ")


@dataclass(frozen=True, slots=True)
class Layout:
    """Cells per column; 0 for a column that has no room.

    Attributes:
        has_ids: the ids have room beside the names.
    """

    name: int
    has_ids: bool = False
    turn: int = 0
    price: int = 0
    window: int = 0
    abilities: int = 0
    note: int = 0


class Columns:
    """Of one set of models.

    Args:
        today: what is to be said about a retirement depends on it.
        has_turns: what the next turn would cost has a column.
    """

    def __init__(self, choices: Sequence[ModelChoice], today: date, *, has_turns: bool = False) -> None:
        self._turn = TURN if has_turns else 0
        rates = {id(choice.info.rates): choice.info.rates for choice in choices}.values()
        self._in = max(len("in"), _widest(_figures(each.input for each in rates if each)))
        self._out = max(len("out"), _widest(_figures(each.output for each in rates if each)))
        self._price = max(self._in + len(" / ") + self._out, _widest({fmt.price_word(each) for each in rates}))
        self._longest_name = _widest(shown_name(choice) for choice in choices)
        self._longest_provider = _widest({one_line(choice.provider_label) for choice in choices})
        self._usual_both = _usual(_cells_of_both(choice) for choice in choices)
        notes = {(choice.info.note, choice.info.detail, choice.is_local): choice for choice in choices}
        texts = [text for choice in notes.values() if (text := note(choice, today))]
        self._usual_note = _usual(map(cells, texts))
        if any(facts.standing(text, today).is_pressing for text, _, _ in notes):
            self._usual_note = max(self._usual_note, len("retires on 2026-11-30"))
        self._layouts: dict[int, Layout] = {}

    def fit(self, room: int) -> Layout:
        """The most important columns that leave the names enough room."""
        known = self._layouts.get(room)
        if known is None:
            known = self._layouts[room] = self._fit(room)
        return known

    def prices(self, rates: Rates | None) -> str:
        """What a model costs, as wide as the column."""
        word = fmt.price_word(rates)
        if rates is None or word:
            return word.rjust(self._price)
        return self.in_price_column(fmt.rate(rates.input), fmt.rate(rates.output))

    def in_price_column(self, left: str, right: str) -> str:
        """Two prices, or what stands over them, with the slash below the others."""
        return f"{left.rjust(self._in)} / {right.ljust(self._out)}".rjust(self._price)

    def _fit(self, room: int) -> Layout:
        left, widths = room - INDENT, dict.fromkeys(("turn", "price", "window", "abilities"), 0)
        for column, width in zip(widths, (self._turn, self._price, WINDOW, ABILITIES), strict=True):
            if not width:
                continue
            least = _LEAST_NAME_BESIDE_PRICE if column in ("turn", "price") else _LEAST_NAME
            if left - GAP - width < least:
                return Layout(left, has_ids=False, **widths)
            widths[column] = width
            left -= GAP + width
        longest, spare = max(_LEAST_NAME, self._longest_name), left - GAP
        has_notes = self._usual_note > 0 and spare - _LEAST_NOTE >= _LEAST_NAME
        most = max(_LEAST_NAME, spare - max(_LEAST_NOTE, self._usual_note)) if has_notes else left
        if has_notes and most < longest:
            most = min(longest, spare - _LEAST_NOTE)
        elif not has_notes:
            longest += GAP + self._longest_provider  # where there is no note, favourites say here whose they are
        has_ids = most >= self._usual_both
        name = min(most, max(longest, self._usual_both) if has_ids else longest)
        return Layout(name, has_ids, **widths, note=spare - name if has_notes else 0)


def note(choice: ModelChoice, today: date, room: int | None = None) -> str:
    """The preset's own word and, for a local model, its size.

    Args:
        room: parts that do not fit are left out, the last ones first; None leaves nothing out.
    """
    words, place = one_line(facts.standing(choice.info.note, today).words), one_line(facts.place(choice))
    whole = " · ".join(filter(None, (words, place)))
    if room is None:
        return whole
    ends = [end.start() for end in _PART_ENDS.finditer(whole)] if cells(whole) > room else []
    while ends and cells(whole) > room:
        whole = whole[: ends.pop()]
    return fitted(whole, room)


def id_beside(name: str, model_id: str) -> str:
    """The id, where it says more than the name."""
    return "" if model_id.lower() == name.lower() else model_id


def cells(text: str) -> int:
    """The width of a text; most are plain ASCII, where it need not be looked up."""
    return len(text) if text.isascii() else cell_len(text)


def _figures(prices: Iterable[Decimal | None]) -> Iterable[str]:
    return (fmt.rate(price) for price in set(prices))


def _widest(texts: Iterable[str]) -> int:
    return max(map(cells, texts), default=0)


def _usual(widths: Iterable[int]) -> int:
    """A width that is enough for most: a single endless name must not decide for all."""
    ordered = sorted(widths)
    return ordered[math.ceil(len(ordered) * _USUAL_SHARE) - 1] if ordered else 0


def _cells_of_both(choice: ModelChoice) -> int:
    name = shown_name(choice)
    beside = id_beside(name, shown_id(choice))
    return cells(name) + (GAP + cells(beside) if beside else 0)
