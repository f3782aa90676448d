"""How old prices are, and that it is said once and only of prices that a cost was made with."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from app.price_age import days_old, is_old, old_price_notice, origin
from app.session.session import Session
from providers.costs import UNKNOWN_COST, Cost, CostStatus, Rates
from providers.reference import ModelRef

TODAY = date(2026, 11, 20)
CATALOGUE = Rates(Decimal(3), Decimal(15), source="catalogue", checked=TODAY)
SERVER = replace(CATALOGUE, source="server")
COMPUTED = Cost(Decimal("0.01"), CostStatus.COMPUTED)


@pytest.mark.parametrize(
    ("days", "words"), [(0, "today"), (1, "1 day old"), (19, "19 days old"), (400, "400 days old"), (-3, "today")]
)
def test_an_age_is_told_in_days(days: int, words: str) -> None:
    assert origin(CATALOGUE, TODAY + timedelta(days=days)) == f"catalogue 2026-11-20, {words}"


def test_a_price_without_a_day_has_no_age() -> None:
    assert origin(Rates(Decimal(1), Decimal(1), source="config"), TODAY) == "config"
    assert origin(None, TODAY) == origin(Rates(), TODAY) == ""
    assert days_old(Rates(), TODAY) is None


@pytest.mark.parametrize(
    ("rates", "most"), [(CATALOGUE, 60), (SERVER, 7)], ids=lambda value: getattr(value, "source", "")
)
def test_prices_are_old_from_the_day_after_their_bound(rates: Rates, most: int) -> None:
    assert not is_old(rates, TODAY + timedelta(days=most))
    assert is_old(rates, TODAY + timedelta(days=most + 1))


@pytest.mark.parametrize(
    "rates",
    [
        None,
        Rates(Decimal(0), Decimal(0), source="server", checked=TODAY),
        Rates(source="catalogue", checked=TODAY, is_flat=True),
        Rates(source="server", checked=TODAY),
        replace(CATALOGUE, source="config", checked=None),
    ],
)
def test_what_has_no_price_that_could_change_is_never_old(rates: Rates | None) -> None:
    assert not is_old(rates, TODAY + timedelta(days=1000))


def test_only_a_cost_that_old_prices_made_is_worth_a_word() -> None:
    later = TODAY + timedelta(days=100)
    assert "catalogue are 100 days old" in old_price_notice("claude", CATALOGUE, COMPUTED, later)
    assert "claude listed are 100 days old" in old_price_notice("claude", SERVER, COMPUTED, later)
    for cost in (UNKNOWN_COST, Cost(Decimal(1), CostStatus.REPORTED, "provider")):
        assert old_price_notice("claude", CATALOGUE, cost, later) == ""
    assert old_price_notice("claude", CATALOGUE, COMPUTED, TODAY) == ""


async def test_a_session_says_it_beside_one_reply_and_never_again(session: Session) -> None:
    old = replace(CATALOGUE, checked=datetime.now(UTC).date() - timedelta(days=61))
    heard = []
    for rates in (replace(old, source="config"), old, old, replace(old, source="server")):
        turn = session.new_chat().ask("Hello", ModelRef.parse("chat/eliza"))
        turn.reply.rates = rates
        async for _ in turn.run():
            pass
        heard.append([notice for notice in turn.reply.notices if "days old" in notice])
    assert [len(notices) for notices in heard] == [0, 1, 0, 0]


FIRST_FRAME = """
import asyncio, sys
from pathlib import Path
from app.app import ParleyApp
from app.config.paths import Locations
from app.session.opening import session_for

class Watched(ParleyApp):
    def _open_in_background(self):
        print("providers.catalogue.prices" in sys.modules, "app.price_age" in sys.modules)

async def main():
    session = session_for(Locations.under(Path(sys.argv[1])), {})
    async with Watched(session).run_test() as pilot:
        await pilot.pause()

asyncio.run(main())
"""


def test_the_first_frame_reads_no_price(tmp_path: Path) -> None:
    config = 'default_model = "o/gpt-4.1"\ndiscover = false\n[providers.o]\ntype = "openai"\napi_key = "x"\n'
    (tmp_path / "config.toml").write_text(config)
    done = subprocess.run(
        [sys.executable, "-c", FIRST_FRAME, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "False"]
