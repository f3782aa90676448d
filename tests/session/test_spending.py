"""What the stats screen asks a session."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.config.settings import Settings
from app.connections.demo import demo_settings
from app.session.session import Session
from app.storage.stats import Grouping, StatsQuery
from app.storage.totals import NOTHING
from providers.demo import DemoServer, demo_models
from providers.errors import BadConfig
from providers.reference import ModelRef
from tests.session.making import session_with
from tests.storage.random_ledgers import money


async def asked(session: Session, prompt: str = "What is 6 * 7?") -> ModelRef:
    model = ModelRef("chat", "thinker")
    _ = [event async for event in session.new_chat().ask(prompt, model).run()]
    return model


async def test_a_request_is_in_every_answer(session: Session) -> None:
    model = await asked(session)
    spending = session.spending
    query = StatsQuery(Grouping.CONVERSATION, zone=spending.zone)
    stats = await spending.stats(query)
    (row,) = stats.rows
    assert row.title == "What is 6 * 7?"
    assert row.figures == stats.total
    overview = await spending.overview()
    assert overview.today == overview.all_time
    assert money(overview.today) == money(stats.total)
    series = await spending.series(query)
    assert [point.figures.requests for point in series.points] == [*[0] * 29, 1]
    page = await spending.requests(query.within(row.key))
    assert (page.total, page.requests[0].title, page.requests[0].row.model) == (1, row.title, model.model)


async def test_the_same_model_again_costs_the_same(session: Session) -> None:
    model = await asked(session)
    result = await session.spending.reprice(StatsQuery(), model)
    assert result is not None
    assert result.difference_usd == 0
    assert result.usd == (await session.spending.stats(StatsQuery())).total.usd


async def test_a_price_that_nobody_knows_is_no_figure(session: Session) -> None:
    assert await session.spending.reprice(StatsQuery(), ModelRef("chat", "nobody-knows-this")) is None
    with pytest.raises(BadConfig, match="no provider called nobody"):
        await session.spending.reprice(StatsQuery(), ModelRef("nobody", "x"))


async def test_without_a_store_every_answer_is_the_empty_one(demo: DemoServer, tmp_path: Path) -> None:
    session = session_with(demo_settings(Settings(), demo.url, demo_models()), tmp_path)
    spending = session.spending
    assert (await spending.stats(StatsQuery())).total == NOTHING
    assert (await spending.overview()).all_time == NOTHING
    series = await spending.series(StatsQuery(), Grouping.WEEK, 8)
    assert (series.by, len(series.points)) == (Grouping.WEEK, 8)
    assert (await spending.requests(StatsQuery())).total == 0


async def test_days_begin_where_those_of_budgets_do(demo: DemoServer, tmp_path: Path) -> None:
    place = ZoneInfo("Pacific/Kiritimati")
    session = session_with(demo_settings(Settings(), demo.url, demo_models()), tmp_path, zone=lambda: place)
    assert session.spending.zone is place


@pytest.mark.parametrize("is_saved", [True, False])
async def test_a_reply_counts_once_in_what_its_conversation_spent(session: Session, is_saved: bool) -> None:
    chat = session.new_chat(is_saved=is_saved)
    _ = [event async for event in chat.ask("What is 6 * 7?", ModelRef("chat", "thinker")).run()]
    (total,) = chat.spent().totals
    assert (total.requests, total.usd) == (1, chat.rows[0].cost.usd)
