"""Turns over real HTTP, kept in a real database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from app.config.settings import ProviderSettings, Settings
from app.session.chat import Chat
from app.session.entries import Prompt
from app.session.reply import Reply
from app.session.session import Session
from app.storage.stats import StatsQuery
from providers.catalogue.records import ModelInfo
from providers.costs import CostStatus
from providers.events import Event, Retrying, StopReason, TextDelta
from providers.reference import ModelRef
from tests.providers.recording import Answer, RecordingServer
from tests.session.making import session_with

FORMATS = ("chat", "responses", "messages", "ollama")


async def ask(chat: Chat, text: str, ref: str) -> tuple[Reply, list[Event]]:
    turn = chat.ask(text, ModelRef.parse(ref))
    return turn.reply, [event async for event in turn.run()]


async def ask_and_stop(chat: Chat, text: str, ref: str) -> Reply:
    """Stop as soon as the first text is there."""
    turn = chat.ask(text, ModelRef.parse(ref))
    seen = asyncio.Event()

    async def read() -> None:
        async for event in turn.run():
            if isinstance(event, TextDelta):
                seen.set()

    task = asyncio.create_task(read())
    await seen.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    return turn.reply


@pytest.mark.parametrize("provider", FORMATS)
async def test_a_reply_arrives_in_every_wire_format_with_usage_and_cost(session: Session, provider: str) -> None:
    reply, _ = await ask(session.new_chat(), "What is 6 * 7?", f"{provider}/thinker")
    assert "42" in reply.text
    assert reply.stop is StopReason.STOP
    assert reply.usage.input_tokens
    assert reply.usage.output_tokens
    assert reply.cost.status is CostStatus.COMPUTED
    assert reply.cost.usd
    assert reply.first_token_ms is not None


async def test_the_next_turn_knows_the_whole_history_whatever_model_wrote_it(session: Session) -> None:
    chat = session.new_chat()
    await ask(chat, "My name is Ada.", "chat/eliza")
    await ask(chat, "What is 6 * 7?", "messages/thinker")
    reply, _ = await ask(chat, "What is my name?", "ollama/eliza")
    assert "Ada" in reply.text
    assert [str(entry.ref) for entry in chat.entries if isinstance(entry, Reply)] == [
        "chat/eliza",
        "messages/thinker",
        "ollama/eliza",
    ]


@pytest.mark.parametrize("provider", FORMATS)
async def test_reasoning_arrives_apart_from_the_text(session: Session, provider: str) -> None:
    reply, _ = await ask(session.new_chat(), "What is 6 * 7?", f"{provider}/thinker")
    assert "42" in reply.text
    assert reply.reasoning
    assert reply.reasoning not in reply.text


async def test_stopping_keeps_the_partial_reply_and_estimates_its_cost(
    session: Session, reopen: Callable[[], Session]
) -> None:
    chat = session.new_chat()
    reply = await ask_and_stop(chat, "stall", "chat/chaos")
    assert reply.stop is StopReason.CANCELLED
    assert reply.text
    other = reopen()
    await other.open()
    stored = await other.latest_chat()
    assert stored is not None
    kept = stored.entries[-1]
    assert isinstance(kept, Reply)
    assert (kept.text, kept.stop) == (reply.text, StopReason.CANCELLED)


async def test_a_dropped_connection_keeps_what_arrived_and_says_so(session: Session) -> None:
    reply, _ = await ask(session.new_chat(), "drop", "chat/chaos")
    assert reply.stop is StopReason.INCOMPLETE
    assert reply.text
    assert reply.error is not None
    assert reply.error.hint


async def test_a_failed_request_is_in_the_ledger_but_not_in_the_history(
    session: Session, reopen: Callable[[], Session]
) -> None:
    chat = session.new_chat()
    await ask(chat, "My name is Ada.", "chat/eliza")
    failed, _ = await ask(chat, "401", "chat/chaos")
    assert failed.error is not None
    assert failed.error.category == "auth"
    reply, _ = await ask(chat, "What is my name?", "chat/eliza")
    assert "Ada" in reply.text
    assert [row.stop for row in chat.rows] == [StopReason.STOP, StopReason.ERROR, StopReason.STOP]
    other = reopen()
    await other.open()
    stored = await other.latest_chat()
    assert stored is not None
    assert [entry.text for entry in stored.entries if isinstance(entry, Prompt)] == [
        "My name is Ada.",
        "What is my name?",
    ]


async def test_a_retry_is_announced_and_each_attempt_is_in_the_ledger(session: Session) -> None:
    chat = session.new_chat()
    reply, events = await ask(chat, "429 then ok", "chat/chaos")
    assert reply.error is None
    assert [event.attempt for event in events if isinstance(event, Retrying)] == [2]
    assert [(row.attempt, row.stop) for row in chat.rows] == [(1, StopReason.ERROR), (2, StopReason.STOP)]


async def test_a_provider_without_a_key_sends_nothing_and_says_what_to_set(session: Session) -> None:
    chat = session.new_chat()
    reply, events = await ask(chat, "Hello", "keyless/eliza")
    assert events == []
    assert reply.error is not None
    assert "[providers.keyless]" in reply.error.hint
    assert chat.rows == []


async def test_a_model_writes_as_much_as_its_settings_say_unless_the_request_says_otherwise(tmp_path: Path) -> None:
    info = ModelInfo("house", default_max_tokens=77)
    with RecordingServer(lambda request: Answer({"error": {"message": "no"}}, 400)) as server:
        entry = ProviderSettings("it", "openai-compat", base_url=server.url, models=(info,))
        session = session_with(Settings(providers={"it": entry}), tmp_path)
        await session.open()
        await ask(session.new_chat(), "Hello", "it/house")
        turn = session.new_chat().ask("Hello", ModelRef("it", "house"), max_output_tokens=5)
        async for _ in turn.run():
            pass
        await session.close()
    assert [request.json["max_tokens"] for request in server.requests] == [77, 5]


async def test_a_disabled_provider_is_not_asked_even_by_name(session: Session) -> None:
    reply, _ = await ask(session.new_chat(), "Hello", "paused/eliza")
    assert reply.error is not None
    assert reply.error.summary == "paused is disabled."
    assert "parley providers enable paused" in reply.error.hint
    assert not reply.text


async def test_a_provider_that_does_not_exist_is_an_error_with_a_way_out(session: Session) -> None:
    reply, _ = await ask(session.new_chat(), "Hello", "nowhere/x")
    assert reply.error is not None
    assert reply.error.category == "config"


async def test_unsaved_conversations_leave_a_ledger_row_and_nothing_else(
    session: Session, reopen: Callable[[], Session]
) -> None:
    chat = session.new_chat(is_saved=False)
    await ask(chat, "Hello", "chat/eliza")
    assert chat.id is None
    other = reopen()
    await other.open()
    assert await other.latest_chat() is None
    assert [row.figures.requests for row in (await other.spending.stats(StatsQuery())).rows] == [1]


async def test_the_costs_of_a_conversation_are_the_same_after_reading_it_back(
    session: Session, reopen: Callable[[], Session]
) -> None:
    chat = session.new_chat()
    await ask(chat, "My name is Ada.", "chat/eliza")
    await ask(chat, "What is 6 * 7?", "messages/thinker")
    other = reopen()
    await other.open()
    stored = await other.latest_chat()
    assert stored is not None
    assert stored.totals() == chat.totals()
    assert sum((total.usd or Decimal(0) for total in chat.totals()), Decimal(0)) > 0


async def test_a_model_without_a_price_makes_the_total_a_lower_bound(session: Session) -> None:
    unpriced = next(choice.ref for choice in session.connections.choices() if choice.info.rates is None)
    chat = session.new_chat()
    reply, _ = await ask(chat, "Hello", str(unpriced))
    assert reply.cost.usd is None
    assert [total.unpriced_requests for total in chat.totals()] == [1]
