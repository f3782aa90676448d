"""What is kept of a turn when the store, the provider or another Parley gets in the way."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from app.config.load import load
from app.config.paths import Locations
from app.config.settings import Settings
from app.connections.demo import demo_settings
from app.session.entries import Prompt
from app.session.opening import session_for
from app.session.reply import Reply
from app.session.session import Session
from app.storage.errors import StoreError
from app.storage.stats import StatsQuery
from providers.costs import CostStatus
from providers.demo import DemoServer, demo_models
from providers.events import Retrying, StopReason
from providers.reference import ModelRef
from tests.session.making import session_with


def ref(text: str) -> ModelRef:
    return ModelRef.parse(text)


async def test_two_windows_on_one_conversation_lose_nothing_and_keep_the_order(
    session: Session, reopen: Callable[[], Session]
) -> None:
    mine = session.new_chat()
    _ = [event async for event in mine.ask("My name is Ada.", ref("chat/eliza")).run()]
    other = reopen()
    await other.open()
    theirs = await other.latest_chat()
    assert theirs is not None
    _ = [event async for event in theirs.ask("from two", ref("chat/eliza")).run()]
    turn = mine.ask("from one", ref("chat/eliza"))
    _ = [event async for event in turn.run()]
    assert any("another Parley" in notice for notice in turn.reply.notices)
    whole = await other.latest_chat()
    assert whole is not None
    assert [entry.text for entry in whole.entries if isinstance(entry, Prompt)] == [
        "My name is Ada.",
        "from two",
        "from one",
    ]
    assert len(whole.entries) == 6


async def test_two_turns_at_once_in_one_conversation_keep_each_reply_with_its_prompt(
    session: Session, reopen: Callable[[], Session]
) -> None:
    first = session.new_chat()
    _ = [event async for event in first.ask("Hello", ref("chat/eliza")).run()]
    other = reopen()
    await other.open()
    second = await other.latest_chat()
    assert second is not None
    slow = first.ask("What is 1 + 1?", ref("chat/thinker"))
    events = slow.run()
    await anext(events)
    _ = [event async for event in second.ask("What is 2 + 2?", ref("chat/thinker")).run()]
    _ = [event async for event in events]
    whole = await other.latest_chat()
    assert whole is not None
    texts = [entry.text for entry in whole.entries[2:]]
    assert texts[0] == "What is 1 + 1?"
    assert "2" in texts[1]
    assert texts[2] == "What is 2 + 2?"
    assert "4" in texts[3]


async def test_the_journal_of_a_reply_goes_when_its_request_is_in_the_ledger(session: Session, tmp_path: Path) -> None:
    with closing(sqlite3.connect(Locations.under(tmp_path).database)) as connection, connection:
        connection.execute(
            "CREATE TRIGGER too_early BEFORE DELETE ON running_replies"
            " WHEN NOT EXISTS (SELECT 1 FROM ledger WHERE message_id = old.reply_id)"
            " BEGIN SELECT RAISE(ABORT, 'a kill would lose the request'); END"
        )
        turn = session.new_chat().ask("Hello", ref("chat/eliza"))
        _ = [event async for event in turn.run()]
        assert turn.reply.notices == []
        assert connection.execute("SELECT count(*) FROM running_replies").fetchone() == (0,)


async def test_a_conversation_deleted_meanwhile_costs_the_message_but_not_the_ledger_row(
    session: Session, reopen: Callable[[], Session]
) -> None:
    chat = session.new_chat()
    turn = chat.ask("What is 6 * 7?", ref("chat/thinker"))
    events = turn.run()
    await anext(events)
    other = reopen()
    await other.open()
    assert chat.id is not None
    await other.delete_chat(chat.id)
    _ = [event async for event in events]
    assert "42" in turn.reply.text
    assert any(notice.startswith("Not saved") for notice in turn.reply.notices)
    assert [row.figures.requests for row in (await other.spending.stats(StatsQuery())).rows] == [1]


async def test_stopping_while_a_retry_is_waited_for_bills_nothing_more(session: Session) -> None:
    chat = session.new_chat()
    turn = chat.ask("429 20", ref("chat/chaos"))
    waiting = asyncio.Event()

    async def read() -> None:
        async for event in turn.run():
            if isinstance(event, Retrying):
                waiting.set()

    task = asyncio.create_task(read())
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [(row.attempt, row.stop) for row in chat.rows] == [(1, StopReason.ERROR)]


async def test_an_attempt_that_may_have_been_billed_is_an_estimate_not_zero(session: Session) -> None:
    chat = session.new_chat()
    turn = chat.ask("empty then ok", ref("chat/chaos"))
    _ = [event async for event in turn.run()]
    first = chat.rows[0]
    assert first.stop is StopReason.ERROR
    assert first.cost.status is CostStatus.ESTIMATED


async def test_a_conversation_in_which_nothing_was_answered_is_not_the_last_one(
    session: Session, reopen: Callable[[], Session]
) -> None:
    good = session.new_chat()
    _ = [event async for event in good.ask("My name is Ada.", ref("chat/eliza")).run()]
    _ = [event async for event in session.new_chat().ask("401", ref("chat/chaos")).run()]
    other = reopen()
    await other.open()
    latest = await other.latest_chat()
    assert latest is not None
    assert latest.id == good.id


async def test_time_includes_the_wait_between_attempts_but_the_ledger_row_does_not(session: Session) -> None:
    chat = session.new_chat()
    turn = chat.ask("429 then ok", ref("chat/chaos"))
    _ = [event async for event in turn.run()]
    assert isinstance(chat.entries[-1], Reply)
    row = chat.rows[-1]
    assert turn.reply.total_ms is not None
    assert row.total_ms is not None
    assert turn.reply.total_ms > row.total_ms


async def test_edits_at_the_same_time_are_all_written(tmp_path: Path) -> None:
    names = [f"p{number}" for number in range(6)]
    places = Locations.under(tmp_path)
    places.config_file.write_text("".join(f'[providers.{name}]\ntype = "ollama"\n' for name in names), "utf-8")
    session = session_for(places, {})
    await asyncio.gather(*(session.connections.changes.set_enabled(name, False) for name in names))
    written = load(places.config_file, {}).settings.providers
    assert [name for name in names if written[name].enabled] == []


async def test_without_a_store_one_can_still_talk_and_is_told_that_nothing_is_saved(
    demo: DemoServer, tmp_path: Path
) -> None:
    (tmp_path / "parley.db").mkdir()
    session = session_with(demo_settings(Settings(), demo.url, demo_models()), tmp_path)
    with pytest.raises(StoreError):
        await session.open()
    await session.open(needs_store=False)
    assert any(notice.startswith("Nothing will be saved") for notice in session.notices)
    turn = session.new_chat().ask("My name is Ada.", ref("chat/eliza"))
    _ = [event async for event in turn.run()]
    assert "Ada" in turn.reply.text
    assert await session.latest_chat() is None
    assert (await session.spending.stats(StatsQuery())).rows == ()
    await session.close()
