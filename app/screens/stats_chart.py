"""What was spent over time, as bars: pure functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content

from app import format as fmt
from app.screens.stats_rows import cost_cell
from app.screens.stats_sums import sum_up
from app.widgets.bars import BarPlan, plan_bars, standing_bars

if TYPE_CHECKING:
    from app.storage.totals import Figures

_UNITS: Mapping[str, Callable[[date], date]] = {
    "day": lambda day: day,
    "week": lambda day: day - timedelta(days=day.weekday()),
    "month": lambda day: day.replace(day=1),
    "year": lambda day: day.replace(month=1, day=1),
}
"""What a bar can stand for, and the first day of it; the finest that has room is taken."""
_GAP = 2


class Bar(NamedTuple):
    """What one bar stands for: some days, the last of them included."""

    first: date
    last: date
    amount: float


def short_day(day: date, today: date) -> str:
    """`14 Nov`; with its year when that is not this one."""
    text = f"{day.day} {day:%b}"
    return text if day.year == today.year else f"{text} {day.year}"


def bars_of(days: Sequence[tuple[date, float]], room: int) -> tuple[list[Bar], str]:
    """As many bars as there is room for, and what each stands for in words.

    Args:
        days: in order, none left out.
    """
    bars: list[Bar] = []
    for word, start_of in _UNITS.items():
        bars = _grouped(days, start_of)
        if len(bars) <= room:
            return bars, word
    return bars[-room:], "year"


def _grouped(days: Sequence[tuple[date, float]], start_of: Callable[[date], date]) -> list[Bar]:
    bars: list[Bar] = []
    for day, amount in days:
        if bars and start_of(bars[-1].last) == start_of(day):
            bars[-1] = Bar(bars[-1].first, day, bars[-1].amount + amount)
        else:
            bars.append(Bar(day, day, amount))
    return bars


def chart(
    days: Sequence[tuple[date, Figures]], room: int, height: int, marked: tuple[date, date] | None = None
) -> list[Content]:
    """The highest bar's label, `height` lines of bars, and the ends of the time axis; nothing when nothing was used.

    Of models that cost nothing the bars show the tokens.

    Args:
        days: in order, none left out.
        marked: first and last day of the bars that stand out.
    """
    amounts, what = [(day, float(figures.usd or 0)) for day, figures in days], "spent"
    if not any(spent for _, spent in amounts):
        amounts, what = [(day, float(_tokens(figures))) for day, figures in days], "tokens"
    if not any(used for _, used in amounts):
        return []
    bars, word = bars_of(amounts, room)
    plan = plan_bars(len(bars), room)
    today = days[-1][0]
    peak = max(range(len(bars)), key=lambda bar: (bars[bar].amount, bar))
    amount = _spent(days, bars[peak]) if what == "spent" else fmt.tokens(round(bars[peak].amount))
    lines = [_peak(bars, peak, plan, room, today, amount)]
    marks = [marked is not None and bar.first <= marked[1] and marked[0] <= bar.last for bar in bars]
    lines += [_coloured(line, plan, marks) for line in standing_bars([bar.amount for bar in bars], plan, height)]
    lines.append(_axis(bars, plan, room, today, f"{what} per {word}"))
    return lines


def _spent(days: Sequence[tuple[date, Figures]], bar: Bar) -> str:
    """With the marks that sums have everywhere."""
    return cost_cell(sum_up(figures for day, figures in days if bar.first <= day <= bar.last))


def _tokens(figures: Figures) -> int:
    return (figures.usage.input_tokens or 0) + (figures.usage.output_tokens or 0)


def _coloured(line: str, plan: BarPlan, marks: Sequence[bool]) -> Content:
    parts = []
    for bar, is_marked in enumerate(marks):
        piece = line[plan.left(bar) : plan.left(bar + 1)]
        style = "$text-muted" if not piece.strip(" ·") else "$primary" if is_marked else "$bar"
        parts.append(Content.styled(piece, style))
    return Content("").join(parts)


def _peak(bars: Sequence[Bar], place: int, plan: BarPlan, room: int, today: date, amount: str) -> Content:
    bar = bars[place]
    when = short_day(bar.last, today)
    if bar.first != bar.last:
        when = f"{short_day(bar.first, today)} to {when}"
    label = Content.assemble(amount, "  ", Content.styled(when, "$text-muted"))
    if label.cell_length > room:
        label = Content(amount)
    # It ends over its bar when it cannot begin there.
    left = plan.left(place)
    if left + label.cell_length > room:
        left = max(0, left + plan.width - label.cell_length)
    return Content.assemble(" " * left, label) if label.cell_length <= room else Content()


def _axis(bars: Sequence[Bar], plan: BarPlan, room: int, today: date, words: str) -> Content:
    first, last = short_day(bars[0].first, today), short_day(bars[-1].last, today)
    end = max(plan.cells, min(room, len(first) + len(last) + 2 * _GAP))
    inner = end - len(first) - len(last)
    if len(bars) == 1:
        text = f"{last}  {words}"
    elif inner >= len(words) + 2 * _GAP:
        text = first + words.center(inner) + last
    elif inner >= _GAP:
        text = first + " " * inner + last
    else:
        text = last
    return Content.styled(text[:room], "$text-muted")


def days_between(first: date, last: date) -> list[date]:
    """Every day, both ends included."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
