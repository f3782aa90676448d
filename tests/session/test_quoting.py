"""Quotes of real conversations with the demo, on a clock that the test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest

from app.config.paths import Locations
from app.config.settings import Settings
from app.connections.connections import Connections
from app.connections.demo import ENVIRON, demo_settings
from app.session.chat import Chat
from app.session.counting import Counting, Estimator
from app.session.quote import USUAL_REPLY
from app.session.reply import Reply
from app.session.session import Session
from app.session.tally import Tally
from providers.costs import CostStatus
from providers.demo import DemoServer, demo_models
from providers.events import TextDelta
from providers.messages import user
from providers.reference import ModelRef
from providers.tokens import Counter, estimate_tokens

THINKER, TOUR = ModelRef("chat", "thinker"), ModelRef("chat", "tour")
LONG = "Explain how the tides work, and mention every body of the solar system that matters. " * 12


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def session(demo: DemoServer, tmp_path: Path, clock: Clock) -> AsyncIterator[Session]:
    locations = Locations.under(tmp_path)
    settings = demo_settings(Settings(), demo.url, demo_models())
    opened = Session(Connections(settings, locations, ENVIRON), locations, now=clock)
    await opened.open()
    yield opened
    await opened.close()


async def say(chat: Chat, text: str, ref: ModelRef = THINKER) -> Reply:
    turn = chat.ask(text, ref)
    async for _ in turn.run():
        pass
    return turn.reply


async def talk(session: Session, ref: ModelRef = THINKER, turns: int = 2) -> Chat:
    chat = session.new_chat()
    for _ in range(turns):
        await say(chat, LONG, ref)
    return chat


async def test_a_new_conversation_is_quoted_for_its_draft_alone(session: Session) -> None:
    chat = session.new_chat()
    empty, short, long = [await chat.quote(text, THINKER) for text in ("", "Hello", LONG)]
    assert empty.input_tokens == 0
    assert 0 < short.input_tokens < 10
    assert long.input_tokens == pytest.approx(estimate_tokens(LONG), abs=8)
    assert long.cached_tokens == 0
    assert long.least.status is CostStatus.ESTIMATED


async def test_what_the_server_reported_is_taken_over_and_only_the_rest_is_guessed(session: Session) -> None:
    chat = await talk(session)
    usage = chat.entries[-1].usage if isinstance(chat.entries[-1], Reply) else None
    assert usage is not None
    assert usage.input_tokens
    assert usage.output_tokens
    assert usage.reasoning_tokens
    given = await chat.quote("", THINKER)
    assert given.input_tokens == usage.input_tokens + usage.output_tokens - usage.reasoning_tokens
    actual = (await say(chat, LONG)).usage.input_tokens
    assert actual
    expected = given.input_tokens + estimate_tokens(LONG)
    assert expected == pytest.approx(actual, rel=0.02)


async def test_a_cache_is_hoped_for_once_the_server_reported_one_and_until_it_forgets(
    session: Session, clock: Clock
) -> None:
    chat = await talk(session, turns=1)
    assert (await chat.quote("And?", THINKER)).cached_tokens == 0  # this one has reported nothing yet
    reply = await say(chat, LONG)
    assert reply.usage.cached_tokens
    given = await chat.quote("And?", THINKER)
    assert given.cached_tokens == reply.usage.input_tokens
    assert given.cached_for_s
    assert 290 < given.cached_for_s <= 310
    clock.now += timedelta(minutes=6)
    later = await chat.quote("And?", THINKER)
    assert (later.cached_tokens, later.cached_for_s) == (0, None)
    assert (later.least.usd or 0) > (given.least.usd or 0)


async def test_what_was_hoped_for_is_what_the_server_then_reads(session: Session) -> None:
    chat = await talk(session)
    hoped = (await chat.quote(LONG, THINKER)).cached_tokens
    read = (await say(chat, LONG)).usage.cached_tokens
    assert read
    assert hoped <= read <= hoped * 1.6  # the demo keeps its own reply, too


async def test_a_format_without_a_cache_gives_no_hope(session: Session) -> None:
    chat = await talk(session, ModelRef("messages", "thinker"))
    assert (await chat.quote("And?", ModelRef("messages", "thinker"))).cached_tokens == 0


async def test_another_model_has_no_cache_and_that_is_what_a_switch_costs(session: Session) -> None:
    chat = await talk(session, ModelRef("chat", "novel"))
    turn = chat.next_turn("And?")
    here, there = ModelRef("chat", "novel"), ModelRef("responses", "novel")
    await turn.count_for([here, there])
    info, _ = session.connections.models.describe(here)
    now = turn.quote(here, info)
    switch = turn.switch(now, there, info)
    assert switch.loses_cache
    assert switch.extra is not None
    assert switch.extra > 0
    assert switch.is_to_be_asked(switch.extra / 2)
    assert not switch.is_to_be_asked(switch.extra)
    assert not turn.switch(now, here, info).extra


async def test_the_usual_reply_is_the_median_of_the_conversation(session: Session) -> None:
    chat = session.new_chat()
    assert chat.next_turn("").typical_output == USUAL_REPLY
    replies = [await say(chat, text) for text in ("What is 6 * 7?", LONG, "What is 2 + 2?")]
    lengths = sorted(reply.usage.output_tokens or 0 for reply in replies)
    assert chat.next_turn("").typical_output == lengths[1]


async def test_a_window_that_is_too_small_is_asked_about_whatever_it_costs(session: Session) -> None:
    chat = session.new_chat()
    turn = chat.next_turn("word " * 40_000)
    await turn.count_for([TOUR])
    info, _ = session.connections.models.describe(TOUR)
    switch = turn.switch(None, TOUR, info)
    assert not switch.then.fits
    assert switch.then.output_limit == 0
    assert switch.is_to_be_asked(Decimal(1000))


async def test_a_reply_that_is_arriving_is_counted_as_far_as_it_has_come(session: Session) -> None:
    chat = session.new_chat()
    turn = chat.ask(LONG, THINKER)
    before = during = await chat.quote("", THINKER)
    async for event in turn.run():
        if isinstance(event, TextDelta) and turn.reply.output_tokens_estimate > 20:
            during = await chat.quote("", THINKER)
            break
    assert during.input_tokens > before.input_tokens >= estimate_tokens(LONG)


async def test_entries_and_unchanged_parts_of_a_draft_are_counted_once(session: Session) -> None:
    counted: list[str] = []

    def spied(text: str) -> int:
        counted.append(text)
        return estimate_tokens(text)

    counter, tally = Counter("spy", spied), Tally()
    draft = "".join(f"line {number} of a long text\n" for number in range(4_000))
    whole = tally.of_draft(draft, counter)
    assert "".join(counted) == draft
    assert whole == pytest.approx(estimate_tokens(draft), rel=0.01)
    counted.clear()
    assert tally.of_draft(f"{draft}more", counter) > whole
    assert sum(map(len, counted)) < 2_000
    chat = await talk(session, turns=1)
    for _ in range(2):
        counted.clear()
        tally.count(tally.uncounted(chat.entries, counter), counter)
    assert counted == []
    assert tally.of(chat.entries[0], counter) == estimate_tokens(user(LONG).text) + 4


async def test_a_better_counter_that_comes_meanwhile_is_for_the_next_quote(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = count(1)

    def estimator(self: Counting, ref: ModelRef) -> Estimator:
        return Estimator(Counter(f"counter {next(numbers)}", estimate_tokens))

    monkeypatch.setattr(Counting, "estimator", estimator)
    given = await session.new_chat().quote(LONG, THINKER)
    assert given.input_tokens == pytest.approx(estimate_tokens(LONG), abs=8)
