"""What earlier requests let one hope for from a provider's cache."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.session.caching import CacheHope, cache_hope
from app.session.quote import quote
from app.storage.records import LedgerRow, RequestKind
from providers.catalogue.records import ModelInfo
from providers.costs import Cost, CostStatus, Rates, WriteFactors
from providers.events import StopReason
from providers.reference import ModelRef
from providers.usage import Usage

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
NOTHING = CacheHope()


def row(minutes_ago: float, **usage: Any) -> LedgerRow:
    cost = Cost(Decimal("0.01"), CostStatus.COMPUTED)
    sent_at = NOW - timedelta(minutes=minutes_ago)
    return LedgerRow("r", sent_at, "p", "m", "openai-chat", StopReason.STOP, Usage(**usage), cost)


@pytest.mark.parametrize(
    ("rows", "tokens"),
    [
        ([], 0),
        ([row(1, input_tokens=3_000)], 0),
        ([row(1, input_tokens=3_000, cached_tokens=0)], 0),
        ([row(1, input_tokens=3_000, cached_tokens=2_048)], 2_944),  # in steps of 128, as the server counts
        ([row(1, input_tokens=3_000, cached_tokens=2_040)], 3_000),
        ([row(1, input_tokens=300, cached_tokens=80)], 300),
        ([row(60, input_tokens=2_000, cached_tokens=1_024), row(1, input_tokens=2_500, cached_tokens=0)], 2_432),
        ([row(60, input_tokens=2_000, cached_tokens=1_024), row(1, input_tokens=900, cached_tokens=0)], 0),
        ([row(1, input_tokens=3_000, cached_tokens=1_000, cache_write_tokens=500)], 1_500),
        ([row(6, input_tokens=3_000, cached_tokens=2_048)], 0),
        ([row(6, input_tokens=3_000, cache_write_tokens=500, cache_write_1h_tokens=500)], 500),
    ],
)
def test_hope_rests_on_what_the_server_reported(rows: list[LedgerRow], tokens: int) -> None:
    assert cache_hope(rows, NOW).tokens == tokens


def test_a_request_that_only_counted_is_no_evidence() -> None:
    counted = replace(row(1, input_tokens=3_000, cached_tokens=2_048), kind=RequestKind.COUNT)
    assert cache_hope([counted], NOW) == NOTHING


def test_hope_ends_five_minutes_after_the_end_of_the_request() -> None:
    asked = replace(row(2, input_tokens=3_000, cached_tokens=2_048), total_ms=30_000)
    assert cache_hope([asked], NOW).lasts_s == pytest.approx(210)


def test_what_is_written_to_a_cache_is_quoted_at_the_price_of_that() -> None:
    hope = cache_hope([row(1, input_tokens=3_000, cache_write_tokens=1_000)], NOW)
    assert hope.is_written
    info = ModelInfo("m", rates=Rates(Decimal(2), Decimal(8), cached_input=Decimal("0.2")))
    given = quote(
        ModelRef("p", "m"),
        info,
        WriteFactors(short=Decimal("1.25")),
        input_tokens=4_000,
        cached_tokens=hope.tokens,
        is_written=hope.is_written,
    )
    assert given.least.usd == Decimal("0.0077")  # 1,000 at 0.20 and 3,000 at 2.50
