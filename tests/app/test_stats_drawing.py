"""Bars, columns and sentences of the stats screen: whatever the room, nothing is wider and nothing is out of line."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.config.settings import BudgetSettings
from app.screens.stats_chart import bars_of, chart
from app.screens.stats_lines import TABS, fact_lines, note_lines, tabs_line, totals_line
from app.screens.stats_request import request_facts
from app.screens.stats_requests import grid_of_requests
from app.screens.stats_rows import Line, cost_cell, first_sort, grid_of, lines_of
from app.screens.stats_sums import sum_up
from app.storage.overview import Overview
from app.storage.repricing import Repriced
from app.storage.stats import Grouping, Request, Stats, StatsQuery, StatsRow, Unpriced
from app.storage.totals import NOTHING, Figures, Waste
from app.widgets.bars import plan_bars, share_bar, standing_bars
from app.widgets.grid import Sort
from providers.costs import CostStatus
from providers.events import StopReason
from providers.reference import ModelRef
from providers.usage import NO_USAGE, Usage
from tests.storage.stories import ledger_row

ROOMS = st.integers(20, 260)
DAY = date(2026, 11, 25)
MONEY = st.decimals(0, 100_000, places=6)


def figures(usd: str | None = "1.5", **changes: object) -> Figures:
    spent = Figures(
        requests=12,
        usage=Usage(input_tokens=80_000, cached_tokens=60_000, output_tokens=9_000),
        usd=None if usd is None else Decimal(usd),
        estimated_usd=Decimal(0),
        unpriced_requests=12 if usd is None else 0,
        is_free=False,
        saved_by_cache_usd=Decimal("0.4"),
        first_token_ms_median=900,
        tokens_per_s_median=71.4,
        hit_tokens=60_000,
        hit_base_tokens=80_000,
    )
    return replace(spent, **changes)  # type: ignore[arg-type]


def stats_of(*rows: tuple[str, Figures], by: Grouping = Grouping.MODEL, **more: object) -> Stats:
    return Stats(
        StatsQuery(by),
        tuple(StatsRow(key, each) for key, each in rows),
        sum_up(each for _, each in rows),
        **more,  # type: ignore[arg-type]
    )


# ── bars ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("share", "width", "bar"),
    [(1, 4, "▇▇▇▇"), (0.5, 4, "▇▇"), (0.53125, 4, "▇▇▏"), (0.0001, 4, "▏"), (0, 4, "")],
)
def test_a_lying_bar_is_exact_to_an_eighth_of_a_cell(share: float, width: int, bar: str) -> None:
    assert share_bar(share, width) == bar


@given(st.floats(0, 1), st.integers(1, 40))
def test_a_lying_bar_stays_in_its_column_and_shows_whatever_is_more_than_nothing(share: float, width: int) -> None:
    assert (share > 0) <= len(share_bar(share, width)) <= width


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=80), st.integers(80, 200), st.integers(1, 9))
def test_standing_bars_fill_their_lines_and_no_more(values: list[float], room: int, height: int) -> None:
    plan = plan_bars(len(values), room)
    lines = standing_bars(values, plan, height)
    assert [len(line) for line in lines] == [plan.cells] * height
    assert plan.cells <= room


def test_the_highest_bar_reaches_the_top_and_a_day_without_costs_is_a_dot() -> None:
    assert standing_bars([4, 0, 2, 1], plan_bars(4, 4), 2) == ["█   ", "█·█▄"]


def days_before(today: date, *amounts: str | Decimal) -> list[tuple[date, Figures]]:
    """What was spent on each day; the last amount is that of `today`."""
    count = len(amounts)
    return [(today - timedelta(days=count - 1 - at), figures(str(usd))) for at, usd in enumerate(amounts)]


@given(st.lists(MONEY, min_size=1, max_size=900), st.integers(10, 200), st.integers(1, 7))
def test_a_chart_is_never_wider_than_its_room(amounts: list[Decimal], room: int, height: int) -> None:
    lines = chart(days_before(DAY, *amounts), room, height)
    assert len(lines) == height + 2
    assert max(line.cell_length for line in lines) <= room


@given(st.lists(MONEY, min_size=1, max_size=400), st.integers(60, 200))
def test_what_was_spent_is_all_in_the_bars(amounts: list[Decimal], room: int) -> None:
    days = [(DAY - timedelta(days=back), float(amount)) for back, amount in enumerate(amounts)][::-1]
    bars, _ = bars_of(days, room)
    assert sum(bar.amount for bar in bars) == pytest.approx(sum(amount for _, amount in days))
    assert bars[-1].last == DAY


def test_a_chart_names_its_highest_day_its_ends_and_what_a_bar_is() -> None:
    amounts = ["7.25" if back == 11 else "1" for back in range(30)][::-1]
    peak, *_, axis = chart(days_before(DAY, *amounts), 90, 3)
    assert peak.plain.split() == ["$7.25", "14", "Nov"]
    assert peak.plain.index("$") == (29 - 11) * 3
    assert axis.plain.startswith("27 Oct")
    assert axis.plain.endswith("25 Nov")
    assert "spent per day" in axis.plain


def test_the_highest_day_has_the_marks_that_the_totals_have() -> None:
    *others, (last, spent) = days_before(DAY, "1", "7.25")
    guessed = replace(spent, estimated_usd=Decimal(1), unpriced_requests=1)
    peak = chart([*others, (last, guessed)], 90, 3)[0]
    assert peak.plain.split() == ["≥", "≈", "$7.25", "25", "Nov"]


def test_more_days_than_cells_are_drawn_as_weeks_of_the_calendar() -> None:
    days = days_before(DAY, *["1"] * 90)
    peak, *_, axis = chart(days, 60, 2)
    assert "spent per week" in axis.plain
    assert peak.plain.split() == ["$7.00", *["16", "Nov", "to", "22", "Nov"]]


def test_models_that_cost_nothing_are_drawn_by_their_tokens() -> None:
    free = [(day, replace(spent, usd=Decimal(0))) for day, spent in days_before(DAY, *["0"] * 30)]
    assert "tokens per day" in chart(free, 90, 2)[-1].plain
    assert chart([(day, NOTHING) for day, _ in free], 90, 2) == []


# ── columns ───────────────────────────────────────────────────────────────────

ROWS = stats_of(
    ("claude/claude-sonnet-4-6", figures("6.02")),
    ("openrouter/anthropic/claude-opus-4.6", figures("0.000012")),
    ("work/sonnet-internal", figures(None)),
    ("local/llama3.1:8b", figures("0", is_free=True, free_requests=12)),
)


@given(ROOMS, st.sampled_from(TABS))
def test_every_line_of_the_table_is_as_wide_as_the_room(room: int, by: Grouping) -> None:
    keys = {Grouping.DAY: "2026-11-25", Grouping.WEEK: "2026-W48", Grouping.MONTH: "2026-11"}
    rows = [(keys[by], figures())] if by in keys else [(row.key, row.figures) for row in ROWS.rows]
    lines, total = lines_of(stats_of(*rows, by=by))
    grid = grid_of(by, lines, total)
    drawn = [grid.headings(room, first_sort(by)), *(grid.line(line, room) for line in (*lines, total))]
    assert {line.cell_length for line in drawn} == {room}


@given(ROOMS)
def test_more_room_never_shows_fewer_columns(room: int) -> None:
    lines, total = lines_of(ROWS)
    grid = grid_of(Grouping.MODEL, lines, total)
    narrow, wide = ({place.column.title for place in grid.fit(width)} for width in (room, room + 1))
    assert narrow <= wide
    assert {"model", "cost"} <= narrow or room < 32


def test_model_ids_stand_in_full_at_eighty_columns() -> None:
    lines, total = lines_of(ROWS)
    grid = grid_of(Grouping.MODEL, lines, total)
    assert grid.line(lines[1], 75).plain.startswith("anthropic/claude-opus-4.6 ")


def test_a_model_that_two_providers_serve_is_named_with_its_provider() -> None:
    lines, _ = lines_of(stats_of(("a/gpt-5.4", figures()), ("b/gpt-5.4", figures()), ("b/other", figures())))
    assert [line.label for line in lines] == ["a/gpt-5.4", "b/gpt-5.4", "other"]


def test_what_is_unknown_comes_last_in_either_direction() -> None:
    lines, total = lines_of(ROWS)
    grid = grid_of(Grouping.MODEL, lines, total)
    for rises in (False, True):
        assert grid.sorted(lines, Sort("cost", rises))[-1].label == "sonnet-internal"


@pytest.mark.parametrize(
    ("spent", "cell"),
    [
        (figures("6.02"), "$6.02"),
        (figures("6.02", estimated_usd=Decimal("0.1")), "≈ $6.02"),
        (figures("6.02", unpriced_requests=3), "≥ $6.02"),
        (figures(None), "—"),
        (figures("0", is_free=True, free_requests=2), "free"),
        (figures("0", is_free=True, free_requests=2, untracked_requests=2), "untracked"),
        (figures("0", is_free=True, flat_requests=2), "subscription"),
    ],
)
def test_the_cost_says_what_it_does_not_know(spent: Figures, cell: str) -> None:
    assert cost_cell(spent) == cell


@given(st.lists(MONEY, min_size=1, max_size=20))
def test_the_sum_of_some_rows_is_exact(amounts: list[Decimal]) -> None:
    assert sum_up(figures(str(amount)) for amount in amounts).usd == sum(amounts)


# ── what stands around the table ──────────────────────────────────────────────

NOTED = stats_of(
    ("claude/claude-sonnet-4-6", figures("6.02", estimated_usd=Decimal("0.3"))),
    ("work/sonnet-internal", figures(None)),
    unpriced=(Unpriced(ModelRef("work", "sonnet-internal"), 9), Unpriced(ModelRef("local", "a-very-long-name-x"), 3)),
)


def test_the_totals_stand_against_the_budget() -> None:
    overview = Overview(figures("0.83"), figures("4.10"), figures("11.62"), figures("96.40"))
    budget = BudgetSettings(monthly=Decimal(50))
    line = totals_line(overview, budget, 100).plain
    assert line == "today $0.83   this week $4.10   this month $11.62 of $50   all time $96.40"
    assert totals_line(overview, budget, 40).plain == "today $0.83   this month $11.62 of $50"
    assert totals_line(overview, budget, 36).plain == "today $0.83   month $11.62 of $50"
    assert totals_line(Overview(NOTHING, NOTHING, NOTHING, NOTHING), BudgetSettings(), 100).plain.count("$0.00") == 4


@given(st.integers(36, 200))
def test_lines_around_the_table_have_room(room: int) -> None:
    overview = Overview(figures("0.83"), figures("4.10"), figures("11.62"), figures("96.40"))
    assert totals_line(overview, BudgetSettings(monthly=Decimal(50)), room).cell_length <= room
    assert all(tabs_line(by, "all time", room).cell_length <= room for by in TABS)
    notes = note_lines(NOTED, room, 9).plain.splitlines()
    assert max(map(len, notes)) <= room
    assert "…" not in "".join(notes)
    assert "without a price" in notes[0]


def test_unpriced_models_are_named_with_how_often() -> None:
    assert note_lines(NOTED, 100, 1).plain == (
        "12 requests without a price: work/sonnet-internal 9, local/a-very-long-name-x 3"
    )
    assert note_lines(NOTED, 64, 1).plain == "12 requests without a price: work/sonnet-internal 9 and 1 more"


def test_waste_is_said_with_what_it_cost() -> None:
    wasted = Waste(failed=3, cancelled=11, usd=Decimal("0.31"), estimated_usd=Decimal("0.1"))
    stats = stats_of(("a/b", figures("6.02")))
    stats = replace(stats, total=replace(stats.total, wasted=wasted))
    assert note_lines(stats, 100, 1).plain == "wasted on retries and stopped replies: ≈ $0.31 (14)"


def test_waste_is_marked_in_its_cell_as_in_the_sum_and_what_is_estimated_is_said_once() -> None:
    wasted = Waste(cancelled=2, usd=Decimal("0.31"), estimated_usd=Decimal("0.1"), unpriced_requests=1)
    stats = stats_of(("a/b", figures("6.02", wasted=wasted, estimated_usd=Decimal("0.1"), unreported_requests=2)))
    (line,), total = lines_of(stats)
    grid = grid_of(Grouping.MODEL, [line], total)
    assert [grid.line(each, 250).plain.count("≥ ≈ $0.31") for each in (line, total)] == [1, 1]
    assert note_lines(stats, 160, 3).plain == (
        "wasted on retries and stopped replies: ≥ ≈ $0.31 (2)   $0.10 of the total is estimated"
        "   tokens of 2 requests were never reported"
    )


def test_another_model_is_compared_with_what_was_paid() -> None:
    ref = ModelRef("claude", "claude-opus-4-6")
    answer = Repriced(
        usd=Decimal("32.2"),
        estimated_usd=Decimal("0.5"),
        priced_requests=40,
        unknown_requests=2,
        uncounted_requests=2,
        compared_requests=38,
        compared_usd=Decimal("31.2"),
        compared_estimated_usd=Decimal(0),
        actual_usd=Decimal("9.13"),
        actual_estimated_usd=Decimal(1),
    )
    assert note_lines(stats_of(), 120, 3, (ref, answer)).plain == (
        "if all of it had been on claude/claude-opus-4-6: $31.20 instead of ≈ $9.13, ≈ $22.07 more"
        "\nnot in it: 2 requests without a price (there: ≈ $1.00)   not in it: 2 requests whose tokens nobody counted"
    )
    assert "…" not in note_lines(stats_of(), 75, 3, (ref, answer)).plain
    assert note_lines(stats_of(), 30, 1, (ref, answer)).plain == "$31.20 instead of ≈ $9.13"
    assert "it has no price" in note_lines(stats_of(), 120, 3, (ref, None)).plain


def test_facts_say_nothing_of_caches_that_saved_nothing() -> None:
    assert len(fact_lines(figures(), 30)) == 4
    assert [fact.plain.split() for fact in fact_lines(figures(saved_by_cache_usd=None), 30)] == [
        ["per", "day", "$0.0500"],
        ["per", "request", "$0.12"],
    ]


def test_names_of_conversations_pass_the_door_for_foreign_text() -> None:
    stats = Stats(StatsQuery(Grouping.CONVERSATION), (StatsRow("c1", figures(), "a\x1b[31m [red]b\u202ec"),), figures())
    (line,), _ = lines_of(stats)
    assert line.label == "a[31m [red]bc"
    assert isinstance(line, Line)


def test_a_stopped_request_shows_our_own_counts_in_the_list_and_in_full() -> None:
    own = {"usage": NO_USAGE, "input_estimate": 1906, "output_estimate": 40}
    request = Request(ledger_row("1", stop=StopReason.CANCELLED, status=CostStatus.ESTIMATED, **own))
    line = grid_of_requests([request], StatsQuery(), 2026).line(request, 200).plain
    assert "≈ 1.9k" in line
    assert "≈ 40" in line
    assert request_facts(request, UTC)[1] == [("in", "≈ 1,906 (counted here)"), ("out", "≈ 40 (counted here)")]
