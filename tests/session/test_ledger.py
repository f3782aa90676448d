"""Every request of a turn is in the ledger, with what is known of it and what it cost."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.config.paths import Locations
from app.config.settings import ProviderSettings, Settings
from app.connections.connections import Connections
from app.connections.demo import ENVIRON
from app.session.chat import Chat
from app.session.reply import NOT_BILLED, Reply
from app.session.session import Session
from app.storage.records import LedgerRow
from app.storage.stats import StatsQuery
from providers.catalogue.records import ModelInfo
from providers.costs import Cost, CostStatus, Rates
from providers.events import StopReason, TextDelta
from providers.reference import ModelRef
from providers.usage import NO_USAGE, Usage
from tests.providers.recording import Answer, RecordingServer

RATES = Rates(input=Decimal(3), output=Decimal(15), cached_input=Decimal("0.30"), source="config")
HOUSE = ModelInfo("house", rates=RATES)
STREAM = "text/event-stream"
START = {
    "type": "message_start",
    "message": {"id": "m", "model": "house", "usage": {"input_tokens": 2000, "cache_read_input_tokens": 500}},
}
TEXT = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Once upon a time "}}
OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
END: list[dict[str, Any]] = [
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 100}},
    {"type": "message_stop"},
]


def streaming(*events: dict[str, Any]) -> Answer:
    return Answer("".join(f"data: {json.dumps(event)}\n\n" for event in events), content_type=STREAM)


@asynccontextmanager
async def opened(
    *answers: Answer, home: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC), **settings: Any
) -> AsyncIterator[Session]:
    """A session with one provider, whose server gives these answers one after the other."""
    script = iter(answers)
    with RecordingServer(lambda request: next(script)) as server:
        entry = ProviderSettings(
            "it", "anthropic", base_url=server.url, api_key="demo", models=(HOUSE,), **{"retries": 0, **settings}
        )
        locations = Locations.under(home)
        connections = Connections(Settings(providers={"it": entry}), locations, ENVIRON)
        session = Session(connections, locations, now=now)
        await session.open()
        yield session
        await session.close()


async def ask(session: Session) -> tuple[Chat, Reply]:
    chat = session.new_chat()
    turn = chat.ask("Tell me a story.", ModelRef("it", "house"))
    async for _ in turn.run():
        pass
    return chat, turn.reply


async def stored(session: Session, chat: Chat) -> tuple[Reply, list[LedgerRow]]:
    """The last reply and the rows, read back."""
    again = await session.open_chat(chat.id or "")
    reply = again.entries[-1]
    assert isinstance(reply, Reply)
    return reply, again.rows


async def test_a_whole_reply_is_computed_and_its_row_holds_all_that_is_known(tmp_path: Path) -> None:
    async with opened(streaming(START, TEXT, *END), home=tmp_path) as session:
        chat, reply = await ask(session)
        (row,) = chat.rows
    assert (row.provider, row.model, row.format) == ("it", "house", "anthropic-messages")
    assert (row.conversation_id, row.message_id, row.attempt) == (chat.id, reply.id, 1)
    assert row.usage == Usage(2500, 500, output_tokens=100)
    # 2,000 × 3 + 500 × 0.30 + 100 × 15 = 7,650
    assert row.cost == reply.cost == Cost(Decimal("0.00765"), CostStatus.COMPUTED, "config")
    assert (row.stop, row.rates, row.error) == (StopReason.STOP, RATES, "")
    assert row.first_token_ms is not None
    assert row.total_ms is not None
    assert row.input_estimate == reply.input_estimate > 0
    assert row.output_estimate == reply.output_tokens_estimate > 0
    assert row.counter == "words"


async def test_a_reply_that_breaks_off_keeps_what_was_reported_and_is_an_estimate(tmp_path: Path) -> None:
    async with opened(streaming(START, *[TEXT] * 50), home=tmp_path) as session:
        chat, reply = await ask(session)
        kept, _ = await stored(session, chat)
    assert reply.stop is StopReason.INCOMPLETE
    assert reply.usage == Usage(2500, 500)
    # 2,000 × 3 + 500 × 0.30 + our own count × 15
    assert reply.cost.usd == Decimal("0.00615") + reply.output_tokens_estimate * Decimal("0.000015")
    assert reply.cost.status is CostStatus.ESTIMATED
    assert (kept.usage, kept.cost) == (reply.usage, reply.cost)


@pytest.mark.parametrize(
    "events",
    [[START, TEXT, *END], [START, *[TEXT] * 50], [START, TEXT, OVERLOADED]],
    ids=["whole", "cut off", "failed"],
)
async def test_no_figure_of_a_reply_moves_when_it_is_read_back(tmp_path: Path, events: list[dict[str, Any]]) -> None:
    async with opened(streaming(*events), home=tmp_path) as session:
        chat, reply = await ask(session)
        kept, rows = await stored(session, chat)
        assert rows == chat.rows
        assert (kept.usage, kept.cost, kept.rates) == (reply.usage, reply.cost, reply.rates)
        assert kept.output_tokens_estimate == reply.output_tokens_estimate
        assert (kept.first_token_ms, kept.total_ms) == (reply.first_token_ms, reply.total_ms)
        assert kept.tokens_per_s == reply.tokens_per_s
        again = await session.open_chat(chat.id or "")
        before, after = await chat.quote("", reply.ref), await again.quote("", reply.ref)
        assert after.input_tokens == before.input_tokens
        assert again.totals() == chat.totals()


async def test_a_reply_whose_own_count_was_not_stored_yet_is_counted_again(tmp_path: Path) -> None:
    async with opened(streaming(START, *[TEXT] * 50), home=tmp_path) as session:
        chat, reply = await ask(session)
        with closing(sqlite3.connect(Locations.under(tmp_path).database)) as connection, connection:
            connection.execute("UPDATE ledger SET output_estimate = NULL")
        kept, _ = await stored(session, chat)
    assert abs(kept.output_tokens_estimate - reply.output_tokens_estimate) <= 2


async def test_an_attempt_that_failed_after_the_server_had_counted_keeps_the_counts(tmp_path: Path) -> None:
    answers = streaming(START, OVERLOADED), streaming(START, TEXT, *END)
    async with opened(*answers, home=tmp_path, retries=1) as session:
        chat, _ = await ask(session)
        _, rows = await stored(session, chat)
    failed, answered = rows
    assert (failed.attempt, failed.stop, failed.usage) == (1, StopReason.ERROR, Usage(2500, 500))
    assert (failed.cost, failed.message_id) == (NOT_BILLED, answered.message_id)
    assert (answered.attempt, answered.stop, answered.cost.status) == (2, StopReason.STOP, CostStatus.COMPUTED)


@pytest.mark.parametrize(
    "said",
    [None, "200", -200, 1e30, 2**63, 2**70, 0.5, [200], {"n": 1}, True],
    ids=str,
)
async def test_absurd_counts_lose_no_row_and_count_as_unknown(tmp_path: Path, said: object) -> None:
    start = {**START, "message": {"id": "m", "usage": {"input_tokens": said, "cache_read_input_tokens": said}}}
    ending = [{**END[0], "usage": {"output_tokens": said}}, END[1]]
    async with opened(streaming(start, TEXT, *ending), home=tmp_path) as session:
        chat, reply = await ask(session)
        kept, (row,) = await stored(session, chat)
    assert reply.notices == []
    assert row.usage == NO_USAGE
    # Our own count of what was sent and of what came.
    assert row.cost.usd == (3 * reply.input_estimate + 15 * reply.output_tokens_estimate) * Decimal("0.000001")
    assert (row.cost.status, kept.cost) == (CostStatus.ESTIMATED, row.cost)


async def test_a_request_that_is_refused_on_this_side_is_no_request(tmp_path: Path) -> None:
    async with opened(home=tmp_path, extra_headers={"x-bad": "line\nbreak"}) as session:
        chat, reply = await ask(session)
        assert reply.error is not None
        assert reply.error.category == "config"
        assert chat.rows == []
        assert (await session.spending.stats(StatsQuery())).rows == ()


async def test_clocks_that_jump_back_make_no_duration_negative_and_keep_the_order(tmp_path: Path) -> None:
    moments = clock_running_backwards()
    answers = [streaming(START, TEXT, *END)] * 3
    async with opened(*answers, home=tmp_path, now=lambda: next(moments)) as session:
        chat = session.new_chat()
        for _ in answers:
            async for _ in chat.ask("Go on.", ModelRef("it", "house")).run():
                pass
        _, rows = await stored(session, chat)
        assert rows == (await stored(session, chat))[1]
        assert [row.started_at for row in rows] == sorted(row.started_at for row in rows)
        assert {row.id for row in rows} == {row.id for row in chat.rows}
    for row in rows:
        assert row.total_ms is not None
        assert row.first_token_ms is not None
        assert 0 <= row.first_token_ms <= row.total_ms


def clock_running_backwards() -> Iterator[datetime]:
    moment = datetime(2026, 11, 21, 12, tzinfo=UTC)
    while True:
        yield moment
        moment -= timedelta(minutes=7)


async def test_a_stopped_reply_is_an_estimate_of_what_was_generated(tmp_path: Path) -> None:
    async with opened(streaming(START, *[TEXT] * 3000), home=tmp_path) as session:
        chat = session.new_chat()
        turn = chat.ask("Tell me a story.", ModelRef("it", "house"))

        events = turn.run()
        async for event in events:
            if isinstance(event, TextDelta):
                break
        await events.aclose()
        kept, (row,) = await stored(session, chat)
    assert (row.stop, row.cost.status) == (StopReason.CANCELLED, CostStatus.ESTIMATED)
    assert row.usage.output_tokens is None
    assert row.output_estimate is not None
    assert kept.cost == turn.reply.cost
