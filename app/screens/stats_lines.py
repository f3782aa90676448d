"""What stands above and below the table of the stats screen: pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from textual.content import Content
from textual.style import Style

from app import format as fmt
from app.repriced import comparison_of, left_out
from app.screens.stats_rows import cost_cell, wasted_cell
from app.storage.stats import Grouping
from app.text import one_line
from app.widgets.fitting import fitted, spread
from app.widgets.grid import GAP, cells

if TYPE_CHECKING:
    from app.config.settings import BudgetSettings
    from app.storage.overview import Overview
    from app.storage.repricing import Repriced
    from app.storage.stats import Stats, Unpriced
    from app.storage.totals import Figures
    from providers.reference import ModelRef

TABS = (
    Grouping.MODEL,
    Grouping.DAY,
    Grouping.WEEK,
    Grouping.MONTH,
    Grouping.PROVIDER,
    Grouping.CONVERSATION,
)
TAB_META, STRETCH_META = "tab", "stretch"
"""Where a click on the line of tabs goes."""
FACTS_GAP = 4
"""Between the bars and the facts beside them."""
_SPACE = "   "
_NEARLY = Decimal("0.8")
"""The part of a budget from which on it is said in colour."""


def totals_line(overview: Overview, budget: BudgetSettings, room: int) -> Content:
    """Today, this week, this month and all time; what has no room is left out, the week first."""
    today = _spent("today", overview.today, budget.daily)
    week = _spent("this week", overview.week, None)
    month = _spent("this month", overview.month, budget.monthly)
    short_month = _spent("month", overview.month, budget.monthly)
    ever = _spent("all time", overview.all_time, None)
    choices = ((today, week, month, ever), (today, month, ever), (today, month), (today, short_month))
    lines = (Content(_SPACE).join(parts) for parts in choices)
    return next((line for line in lines if line.cell_length <= room), short_month)


def _spent(word: str, figures: Figures, budget: Decimal | None) -> Content:
    amount = cost_cell(figures) if figures.requests else fmt.usd(Decimal(0))
    spent = figures.usd or Decimal(0)
    style = "bold $foreground"
    if budget is not None:
        if spent >= budget:
            style = "bold $text-error"
        elif spent >= budget * _NEARLY:
            style = "bold $text-warning"
    of_budget = "" if budget is None else f" of {_round_usd(budget)}"
    return Content.assemble(
        Content.styled(f"{word} ", "$text-muted"),
        Content.styled(amount, style),
        Content.styled(of_budget, "$text-muted"),
    )


def _round_usd(amount: Decimal) -> str:
    return f"${amount:,.0f}" if amount == amount.to_integral_value() else fmt.usd(amount)


def tabs_line(by: Grouping, stretch: str, room: int) -> Content:
    """The groupings, the one in force in marks, and the stretch of time at the right."""
    right = Content.styled(stretch, "$text-muted").stylize(Style.from_meta({STRETCH_META: 1}))
    tabs = [_tab(tab, is_on=tab is by) for tab in TABS]
    lines = (Content.styled("by ", "$text-muted") + Content(gap).join(tabs) for gap in ("  ", ""))
    alone = Content.styled("by ", "$text-muted") + _tab(by, is_on=True)
    left = next((line for line in lines if line.cell_length + GAP + right.cell_length <= room), alone)
    return spread(left, right, room)


def _tab(tab: Grouping, *, is_on: bool) -> Content:
    name = (
        Content.styled(f"‹{tab.value}›", "bold $text-primary")
        if is_on
        else Content.styled(f" {tab.value} ", "$text-muted")
    )
    return name.stylize(Style.from_meta({TAB_META: tab.value}))


def fact_lines(total: Figures, days: int) -> list[Content]:
    """What a stretch of so many days comes to on average, one fact per line, all of one width; none without costs."""
    rate, unknown = total.cache_hit_rate, total.unpriced_requests + total.untracked_requests
    saved, spent = total.saved_by_cache_usd, total.usd or Decimal(0)
    if not spent:
        return []
    facts = [
        ("per day", fmt.total_usd(spent / max(1, days), estimated=total.estimated_usd, unpriced=unknown)),
        ("per request", fmt.total_usd(spent / max(1, total.requests - unknown), estimated=total.estimated_usd)),
        ("from caches", fmt.share(rate)),
        ("that saved", fmt.usd(saved)),
    ]
    if not saved:
        del facts[2:]
    labels, values = (max(map(len, column)) for column in zip(*facts, strict=True))
    return [
        Content.assemble(Content.styled(label.ljust(labels + GAP), "$text-muted"), value.rjust(values))
        for label, value in facts
    ]


def note_lines(stats: Stats, room: int, most: int, repriced: tuple[ModelRef, Repriced | None] | None = None) -> Content:
    """What has to be said about the figures, the most important first.

    Args:
        most: lines; what does not fit into them is left out.
        repriced: what all of it would have cost with another model; None beside a model without a price.
    """
    notes: list[Content] = []
    if repriced is not None:
        notes += [_fit(each, room) for each in _repriced(*repriced, room)]
    if stats.unpriced:
        notes.append(Content.styled(_unpriced(stats.unpriced, room), "$text-warning"))
    notes += [_fit(Content.styled(each, "$text-muted"), room) for each in _remarks(stats.total)]
    return Content("\n").join(_packed(notes, room)[:most])


def _fit(note: Content, room: int) -> Content:
    return note if note.cell_length <= room else Content.styled(fitted(note.plain, room), "$text-muted")


def _packed(notes: Iterable[Content], room: int) -> list[Content]:
    """As many of them on one line as fit."""
    lines: list[Content] = []
    for note in notes:
        if lines and lines[-1].cell_length + len(_SPACE) + note.cell_length <= room:
            lines[-1] = Content.assemble(lines[-1], _SPACE, note)
        else:
            lines.append(note)
    return lines


def _unpriced(models: Sequence[Unpriced], room: int) -> str:
    count = sum(each.requests for each in models)
    start = f"{fmt.many(count, 'request')} without a price: "
    names = [f"{one_line(str(each.ref))} {each.requests}" if len(models) > 1 else one_line(str(each.ref))
             for each in models]  # fmt: skip
    for shown in range(len(names), 0, -1):
        rest = len(names) - shown
        text = start + ", ".join(names[:shown]) + (f" and {rest} more" if rest else "")
        if Content(text).cell_length <= room:
            return text
    return f"{fmt.many(count, 'request')} without a price" if room >= len(start) else f"{count:,} unpriced"


def _remarks(total: Figures) -> Iterable[str]:
    wasted = total.wasted
    if wasted.requests:
        yield f"wasted on retries and stopped replies: {wasted_cell(wasted)} ({wasted.requests:,})"
    if total.estimated_usd:
        yield f"{fmt.usd(total.estimated_usd)} of the total is estimated"
    if total.untracked_requests:
        yield f"{total.untracked_requests:,} untracked"
    if free := total.free_requests - total.untracked_requests:
        yield f"{free:,} free"
    if total.flat_requests:
        yield f"{total.flat_requests:,} by subscription"
    if total.unreported_requests:
        yield f"tokens of {fmt.many(total.unreported_requests, 'request')} were never reported"


def _repriced(ref: ModelRef, answer: Repriced | None, room: int) -> Iterable[Content]:
    name = one_line(str(ref))
    if answer is None:
        yield Content.styled(f"what it would cost on {name} cannot be said: it has no price", "$text-warning")
        return
    compared = comparison_of(answer)
    if compared.there:
        starts = (f"if all of it had been on {name}: ", f"all on {name}: ", "")
        ends = (f" instead of {compared.here}, {_difference(compared.difference)}", f" instead of {compared.here}")
        start, end = next(
            ((start, end) for start in starts for end in ends if cells(start + compared.there + end) <= room),
            ("", ends[-1]),
        )
        yield Content.assemble(
            Content.styled(start, "$text-muted"), Content.styled(compared.there, "bold"),
            Content.styled(end, "$text-muted"),
        )  # fmt: skip
    about = "not in it" if compared.there else f"on {name}"
    for rest in left_out(answer):
        yield Content.styled(f"{about}: {rest}", "$text-muted")


def _difference(words: str) -> str:
    return "no difference" if words == "none" else words
