"""What is said about a model: the same words everywhere, and none that nobody knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import model_facts as facts
from app.connections.views import ModelChoice, ProviderView
from app.format import price_word, rate
from providers.catalogue.records import ModelInfo
from providers.connection import Connection, ConnectionState
from providers.costs import Rates, Tier
from providers.reference import ModelRef

TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ZERO = Decimal(0)


def view(*, is_listed: bool = False, listed_at: datetime | None = None) -> ProviderView:
    connection = Connection(ConnectionState.CONNECTED, "connected", is_listed=is_listed, listed_at=listed_at)
    return ProviderView("p", "p", connection)


def choice(info: ModelInfo | None = None, *, is_local: bool = False, is_configured: bool = False) -> ModelChoice:
    info = info or ModelInfo("m")
    state = ConnectionState.CONNECTED
    return ModelChoice(ModelRef("p", info.id), info, "p", state, is_local=is_local, is_configured=is_configured)


@pytest.mark.parametrize(
    ("rates", "word"),
    [
        (None, "—"),
        (Rates(source="server"), "—"),
        (Rates(ZERO, ZERO, source="server"), "free"),
        (Rates(ZERO, ZERO, source="config"), "free or untracked"),
        (Rates(ZERO, ZERO, cache_write=Decimal(1)), ""),
        (Rates(ZERO, ZERO, tiers=(Tier(1000, Decimal(1)),)), ""),
        (Rates(Decimal(3), Decimal(15)), ""),
        (Rates(ZERO, None), ""),
        (Rates(source="catalogue", is_flat=True), "subscription"),
    ],
)
def test_free_unknown_and_untracked_are_three_things(rates: Rates | None, word: str) -> None:
    assert price_word(rates) == word


@pytest.mark.parametrize(
    ("usd", "text"),
    [
        (None, "—"),
        ("3", "3"),
        ("15.00", "15"),
        ("100", "100"),
        ("0.30", "0.3"),
        ("0.0375", "0.0375"),
        ("0.041666666666666664", "≈0.0417"),
        ("0.00000004", "4e-8"),
        ("0", "0"),
    ],
)
def test_rate(usd: str | None, text: str) -> None:
    assert rate(None if usd is None else Decimal(usd)) == text


@given(st.decimals(min_value="0.000000000001", max_value=1_000_000, allow_nan=False, allow_infinity=False))
def test_a_price_is_never_shown_as_nothing(usd: Decimal) -> None:
    assert Decimal(rate(usd).removeprefix("≈")) > 0


def test_a_price_is_told_with_its_source_and_its_tiers() -> None:
    rates = Rates(
        Decimal(3), Decimal(15), Decimal("0.3"), cache_write=Decimal("3.75"), source="catalogue", checked=TODAY
    )
    assert facts.price_sentence(rates, TODAY + timedelta(days=19)) == (
        "$3 in, $15 out, $0.3 cached, $3.75 cache write per 1M (catalogue 2026-11-20, 19 days old)"
    )
    hourly = replace(rates, cache_write_1h=Decimal(6), checked=None)
    assert "$3.75 cache write, $6 for an hour per 1M (catalogue)" in facts.price_sentence(hourly, TODAY)
    tiered = Rates(Decimal(3), Decimal(15), tiers=(Tier(200_000, Decimal(6)),))
    assert facts.price_sentence(tiered, TODAY) == "$3 in, $15 out per 1M, other prices above 200k tokens"
    assert facts.price_sentence(Rates(ZERO, ZERO, source="config"), TODAY) == "free or untracked (config)"
    assert facts.price_sentence(None, TODAY) == "price unknown"


@pytest.mark.parametrize(
    ("note", "words", "is_pressing"),
    [
        ("", "", False),
        ("recommended", "recommended", False),
        ("previous generation, retires on 2026-11-30", "retires on 2026-11-30, previous generation", True),
        ("retires on 2026-11-20", "retires on 2026-11-20", True),
        ("retires on 2026-11-19", "retired on 2026-11-19", True),
        ("previous generation, retires on 2027-11-30", "previous generation, retires on 2027-11-30", False),
        ("retires on 2026-13-45", "retires on 2026-13-45", False),
    ],
)
def test_a_retirement_that_is_near_or_past_comes_first(note: str, words: str, is_pressing: bool) -> None:
    assert facts.standing(note, TODAY) == (words, is_pressing)


def test_abilities_are_told_from_nothing_known() -> None:
    assert facts.ability_sentence(ModelInfo("m", can_reason=True, supports_attachments=True)) == "reasoning, files"
    assert facts.ability_sentence(ModelInfo("m")) == "abilities unknown"
    assert facts.ability_sentence(ModelInfo("m", supports_vision=False)) == "text only"


def test_a_local_model_says_what_it_takes() -> None:
    info = ModelInfo("llama3.1", detail="8.0B · Q4_K_M · 4.7 GB")
    assert facts.place(choice(info, is_local=True)) == "local · 8.0B · Q4_K_M · 4.7 GB"
    assert facts.place(choice(info)) == "8.0B · Q4_K_M · 4.7 GB"
    assert facts.place(choice(is_local=True)) == "local"


def test_a_list_says_whose_it_is_and_how_old() -> None:
    listed_at = NOW - timedelta(minutes=3)
    assert facts.list_age(view(listed_at=listed_at), [choice()], NOW) == "listed 3 min ago"
    assert facts.list_age(view(is_listed=True), [choice()], NOW) == "listed by the server"
    assert facts.list_age(view(), [choice(is_configured=True)], NOW) == "from config.toml"
    assert facts.list_age(view(), [choice(), choice(is_configured=True)], NOW) == "from the catalogue"
    assert facts.list_age(view(), [], NOW) == "no list: type a model"


def test_a_server_that_lists_nothing_is_not_a_server_that_was_never_asked() -> None:
    assert facts.list_age(view(listed_at=NOW), [], NOW) == "its list is empty: type a model"
