"""Numbers for people: short, honest, and never a zero that is not one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.format import ago, cost, duration, many, share, speed, tokens, tokens_per_s, total_usd, usd
from providers.costs import Cost, CostStatus

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (None, "—"),
        (0, "0"),
        (999, "999"),
        (1_000, "1k"),
        (1_049, "1.0k"),
        (8_100, "8.1k"),
        (9_960, "10k"),
        (96_400, "96k"),
        (200_000, "200k"),
        (999_499, "999k"),
        (999_500, "1.0M"),
        (1_000_000, "1M"),
        (1_050_000, "1.1M"),
        (1_900_000, "1.9M"),
        (12_345_678, "12M"),
        (999_999_999, "1.0G"),
        (2_000_000_000_000, "2000G"),
    ],
)
def test_tokens(count: int | None, text: str) -> None:
    assert tokens(count) == text


@given(st.integers(0, 999 * 10**9))
def test_tokens_are_short_and_close(count: int) -> None:
    text = tokens(count)
    assert len(text) <= 4
    scale = {"k": 10**3, "M": 10**6, "G": 10**9}.get(text[-1], 1)
    assert abs(float(text.rstrip("kMG")) * scale - count) <= 0.06 * count


@pytest.mark.parametrize(
    ("amount", "status", "text"),
    [
        (None, None, "—"),
        (None, CostStatus.UNKNOWN, "—"),
        (Decimal(0), CostStatus.FREE, "free"),
        (Decimal(0), CostStatus.FLAT, "subscription"),
        (Decimal(0), CostStatus.COMPUTED, "$0.00"),
        (Decimal("0.0042"), None, "$0.0042"),
        (Decimal("0.0423"), CostStatus.REPORTED, "$0.0423"),
        (Decimal("0.014"), None, "$0.0140"),
        (Decimal("0.01"), CostStatus.ESTIMATED, "≈ $0.0100"),
        (Decimal("0.00001234"), None, "$0.000012"),
        (Decimal("1E-9"), None, "$0.0000000010"),
        (Decimal("0.83"), None, "$0.83"),
        (Decimal("1.234"), None, "$1.23"),
        (Decimal("1234567.891"), None, "$1,234,567.89"),
        (Decimal("1E+3"), None, "$1,000.00"),
        (Decimal("1E+30"), None, "$1," + "000," * 9 + "000.00"),
        (Decimal("-0.02"), None, "-$0.0200"),
    ],
)
def test_money(amount: Decimal | None, status: CostStatus | None, text: str) -> None:
    assert usd(amount, status) == text


@given(st.decimals(min_value=Decimal("1e-15"), max_value=10**12, allow_nan=False))
def test_money_that_is_not_zero_is_not_shown_as_zero(amount: Decimal) -> None:
    text = usd(amount)
    shown = Decimal(text.removeprefix("$").replace(",", ""))
    assert shown > 0
    assert abs(shown - amount) <= amount * Decimal("0.05")


@pytest.mark.parametrize(
    ("amount", "text"),
    [("0.000999", "$0.0010"), ("0.0999999", "$0.10"), ("0.00000996", "$0.000010"), ("0.0009", "$0.00090")],
)
def test_an_amount_that_is_rounded_up_has_no_digit_more_than_the_rounded_one(amount: str, text: str) -> None:
    assert usd(Decimal(amount)) == text


def test_totals_say_what_they_do_not_know() -> None:
    known = Decimal("0.0563")
    assert total_usd(known) == "$0.0563"
    assert total_usd(known, unpriced=2) == "≥ $0.0563"
    assert total_usd(known, estimated=Decimal("0.01")) == "≈ $0.0563"
    assert total_usd(known, estimated=Decimal("0.01"), unpriced=1) == "≥ ≈ $0.0563"
    assert total_usd(None, unpriced=3) == "—"
    assert total_usd(Decimal(0), is_free=True) == "free"
    assert total_usd(Decimal(0)) == "$0.00"


def test_a_price_of_nothing_that_somebody_wrote_is_never_a_measured_nothing() -> None:
    written = Cost(Decimal(0), CostStatus.FREE, "config")
    assert cost(written) == "free or untracked"
    assert cost(Cost(Decimal(0), CostStatus.FREE, "server 2026-11-20")) == "free"
    assert cost(Cost(Decimal("0.5"), CostStatus.ESTIMATED, "config")) == "≈ $0.50"
    assert total_usd(Decimal(0), untracked=2, is_free=True) == "free or untracked"
    assert total_usd(Decimal(0), untracked=2, is_free=True, is_narrow=True) == "untracked"
    assert total_usd(Decimal("0.5"), untracked=1) == "≥ $0.50"
    assert total_usd(Decimal(0), untracked=1, unpriced=1) == "—"


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (None, "—"),
        (0, "0 ms"),
        (340, "340 ms"),
        (999, "999 ms"),
        (1_000, "1.0 s"),
        (1_234, "1.2 s"),
        (59_940, "59.9 s"),
        (59_960, "1 min"),
        (125_000, "2 min 5 s"),
        (3_600_000, "1 h"),
        (3_845_000, "1 h 4 min"),
    ],
)
def test_durations(milliseconds: int | None, text: str) -> None:
    assert duration(milliseconds) == text


@pytest.mark.parametrize(
    ("count", "milliseconds", "text"),
    [(148, 2_000, "74 tok/s"), (3, 2_000, "1.5 tok/s"), (None, 5, "—"), (5, None, "—"), (5, 0, "—"), (0, 5, "—")],
)
def test_speed(count: int | None, milliseconds: int | None, text: str) -> None:
    assert speed(count, milliseconds) == text


@pytest.mark.parametrize(
    ("passed", "text"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(hours=3), "3 h ago"),
        (timedelta(hours=30), "yesterday"),
        (timedelta(days=4), "4 days ago"),
        (timedelta(days=40), "2026-10-12"),
    ],
)
def test_how_long_ago(passed: timedelta, text: str) -> None:
    assert ago(NOW - passed, NOW) == text


def test_a_sum_of_nothing_but_unknowns_is_unknown_and_not_zero() -> None:
    assert total_usd(Decimal(0), unpriced=2) == "—"
    assert total_usd(Decimal("0.5"), unpriced=2).startswith("≥")


@pytest.mark.parametrize(
    ("part", "text"),
    [(None, "—"), (0, "0 %"), (0.0001, "< 1 %"), (0.01, "1 %"), (0.624, "62 %"), (0.9951, "99 %"), (1, "100 %")],
)
def test_a_share_is_nothing_or_all_only_when_it_is(part: float | None, text: str) -> None:
    assert share(part) == text


@pytest.mark.parametrize(
    ("rate", "text"), [(None, "—"), (8.25, "8.2 tok/s"), (71.4, "71 tok/s"), (1200, "1,200 tok/s")]
)
def test_a_median_speed(rate: float | None, text: str) -> None:
    assert tokens_per_s(rate) == text


def test_one_request_and_many() -> None:
    assert (many(1, "request"), many(0, "request"), many(2310, "request")) == (
        "1 request",
        "0 requests",
        "2,310 requests",
    )
