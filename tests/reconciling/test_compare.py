"""The bill beside the ledger: the difference per day and model, exact."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.reconciling.bills import Bill, BillLine
from app.reconciling.compare import ALL_MODELS, Comparison, compare, normal, span_of
from app.storage.records import LedgerRow, RequestKind
from providers.costs import Cost, CostStatus
from tests.storage.stories import ledger_row

FOURTH = date(2026, 8, 4)


def a_bill(*lines: tuple[date, str, str | None]) -> Bill:
    return Bill(
        "anthropic",
        "Anthropic cost",
        tuple(BillLine(day, model, None if usd is None else Decimal(usd)) for day, model, usd in lines),
    )


def asked(id_: str, hour: int, usd: str | None, model: str = "claude-haiku-4-5-20251001", **more: Any) -> LedgerRow:
    return ledger_row(
        id_, started_at=datetime(2026, 8, 4, tzinfo=UTC) + timedelta(hours=hour), usd=usd, model=model, **more
    )


def shown(comparison: Comparison) -> list[tuple[str, str, Decimal | None, Decimal | None, Decimal | None]]:
    return [(str(each.day), each.model, each.billed, each.counted, each.usd) for each in comparison.rows]


def test_lines_of_one_model_and_day_stand_beside_the_requests_of_both() -> None:
    bill = a_bill((FOURTH, "Claude Haiku 4.5", "0.05"), (FOURTH, "Claude Haiku 4.5", "0.02"))
    comparison = compare(bill, [asked("1", 1, "0.0400001"), asked("2", 23, "0.03")])
    assert shown(comparison) == [
        ("2026-08-04", "Claude Haiku 4.5", Decimal("0.07"), Decimal("0.0700001"), Decimal("-0.0000001"))
    ]
    assert comparison.total.usd == Decimal("-0.0000001")


def test_what_stands_on_one_side_only_is_named_there() -> None:
    bill = a_bill((FOURTH, "Claude Opus 4.6", "1"), (FOURTH, "web search", "0.01"))
    comparison = compare(bill, [asked("1", 1, "0.04")])
    assert shown(comparison) == [
        ("2026-08-04", "claude-haiku-4-5-20251001", None, Decimal("0.04"), Decimal("-0.04")),
        ("2026-08-04", "Claude Opus 4.6", Decimal(1), None, Decimal(1)),
        ("2026-08-04", "web search", Decimal("0.01"), None, Decimal("0.01")),
    ]


def test_a_request_that_only_counted_is_on_no_bill_and_accounts_for_nothing() -> None:
    counting = asked("1", 1, "0", kind=RequestKind.COUNT)
    comparison = compare(a_bill((FOURTH, "Claude Haiku 4.5", "0.05")), [counting])
    assert shown(comparison) == [("2026-08-04", "Claude Haiku 4.5", Decimal("0.05"), None, Decimal("0.05"))]
    assert (comparison.rows[0].requests, comparison.total.counted) == (0, None)


def test_what_somebody_priced_at_nothing_is_no_amount_of_the_ledger() -> None:
    untracked = asked("1", 1, "0", cost=Cost(Decimal(0), CostStatus.FREE, "config 2026-08-01"))
    free = asked("2", 1, "0", cost=Cost(Decimal(0), CostStatus.FREE, "catalogue 2026-08-01"), model="claude-free")
    comparison = compare(a_bill((FOURTH, "Claude Haiku 4.5", "0.05")), [untracked, free])
    by_model = {each.model: (each.counted, each.unpriced) for each in comparison.rows}
    assert by_model == {"Claude Haiku 4.5": (None, 1), "claude-free": (Decimal(0), 0)}


def test_days_are_utc_days() -> None:
    bill = a_bill((FOURTH, "Claude Haiku 4.5", "0.05"), (date(2026, 8, 5), "Claude Haiku 4.5", "0.05"))
    late = ledger_row(
        "1", started_at=datetime.fromisoformat("2026-08-05T01:30:00+02:00"), usd="0.05", model="claude-haiku-4-5"
    )
    comparison = compare(bill, [late])
    assert [each.usd for each in comparison.rows] == [Decimal(0), Decimal("0.05")]
    assert span_of(bill) == (datetime(2026, 8, 4, tzinfo=UTC), datetime(2026, 8, 6, tzinfo=UTC))


def test_a_day_without_models_on_the_bill_is_compared_as_a_whole() -> None:
    bill = a_bill((FOURTH, "", "0.10"), (date(2026, 8, 5), "Claude Haiku 4.5", "0.01"))
    comparison = compare(
        bill, [asked("1", 1, "0.04"), asked("2", 2, "0.06", "claude-opus-4-6"), asked("3", 30, "0.01")]
    )
    assert shown(comparison) == [
        ("2026-08-04", ALL_MODELS, Decimal("0.10"), Decimal("0.10"), Decimal(0)),
        ("2026-08-05", "Claude Haiku 4.5", Decimal("0.01"), Decimal("0.01"), Decimal(0)),
    ]


def test_unknown_costs_are_counted_and_never_zero() -> None:
    bill = a_bill((FOURTH, "Claude Haiku 4.5", "0.05"), (FOURTH, "Claude Haiku 4.5", None))
    (row,) = compare(bill, [asked("1", 1, None), asked("2", 2, "0.01", status=CostStatus.ESTIMATED)]).rows
    assert (row.unpriced, row.unreadable, row.estimated, row.usd) == (1, 1, Decimal("0.01"), None)
    (unread,) = compare(a_bill((FOURTH, "Claude Haiku 4.5", None)), []).rows
    assert (unread.billed, unread.usd) == (None, None)


def test_what_is_unknown_on_one_side_has_no_difference_and_is_in_none_of_the_total() -> None:
    bill = a_bill((FOURTH, "Claude Haiku 4.5", "0.05"), (FOURTH, "Claude Opus 4.6", "0.50"))
    comparison = compare(bill, [asked("1", 1, None), asked("2", 2, "0.40", "claude-opus-4-6")])
    assert [each.usd for each in comparison.rows] == [None, Decimal("0.10")]
    assert (comparison.total.usd, comparison.comparable_usd) == (None, Decimal("0.10"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Claude Haiku 4.5", "claude-haiku-4-5-20251001"),
        ("Claude Haiku 3.5", "claude-3-5-haiku-20241022"),
        ("gpt-5.4-2026-03-05", "gpt-5.4"),
        ("deepseek/deepseek-v4.1-flash-20260910", "deepseek/deepseek-v4.1-flash"),
        ("anthropic/claude-4.6-opus-20260101", "anthropic/claude-opus-4.6"),
        ("openai/gpt-oss-120b", "openai/gpt-oss-120b:free"),
        ("mistral-large-latest", "mistral-large"),
    ],
)
def test_names_of_the_same_model_are_equal(one: str, other: str) -> None:
    assert normal(one) == normal(other)


@pytest.mark.parametrize(
    ("one", "other"), [("gpt-4.5", "gpt-5.4"), ("gpt-5.4", "gpt-5.4-mini"), ("o3", "o3-mini"), ("", "gpt-5")]
)
def test_names_of_different_models_differ(one: str, other: str) -> None:
    assert normal(one) != normal(other)


amounts = st.none() | st.decimals(-10, 1000, allow_nan=False, allow_infinity=False, places=12).map(str)
days = st.integers(0, 3).map(lambda each: FOURTH + timedelta(days=each))
models = st.sampled_from(["Claude Haiku 4.5", "Claude Opus 4.6", "", "web search"])
ours = st.sampled_from(["claude-haiku-4-5-20251001", "claude-opus-4-6", "gpt-5.4"])


@given(
    st.lists(st.tuples(days, models, amounts), min_size=1, max_size=12),
    st.lists(st.tuples(st.integers(0, 95), ours, amounts), max_size=12),
)
def test_the_differences_add_up_to_the_difference_of_the_totals(
    lines: list[tuple[date, str, str | None]], requests: list[tuple[int, str, str | None]]
) -> None:
    bill = a_bill(*lines)
    rows = [asked(str(number), hour, usd, model) for number, (hour, model, usd) in enumerate(requests)]
    comparison = compare(bill, rows)
    if comparison.total.usd is not None:
        assert comparison.comparable_usd == comparison.total.usd
    assert sum(each.requests for each in comparison.rows) == len(rows) == comparison.total.requests
    assert sum(each.unpriced for each in comparison.rows) == sum(usd is None for _, _, usd in requests)
    assert sum(each.unreadable for each in comparison.rows) == sum(usd is None for _, _, usd in lines)
