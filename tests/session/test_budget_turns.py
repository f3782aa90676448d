"""Budgets hold whatever sends: real turns, real HTTP, a real ledger."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.config.settings import BudgetLimits, BudgetSettings, ProviderSettings, Settings
from app.connections.demo import demo_settings
from app.session.budgets.verdict import OVER_BUDGET_ALLOWED, Permission
from app.session.chat import Chat
from app.session.reply import Reply
from app.session.session import Session
from providers.catalogue.records import ModelInfo
from providers.costs import CostStatus, Rates
from providers.demo import DemoServer, demo_models
from providers.events import StopReason
from providers.reference import ModelRef
from providers.usage import Usage
from tests.providers.recording import Answer, RecordingServer
from tests.session.making import session_with
from tests.storage.stories import Clock, ledger_row

THINKER, NOVEL, ELIZA, SNAIL = (
    ModelRef.parse(text) for text in ("chat/thinker", "chat/novel", "chat/eliza", "chat/snail")
)
BERLIN = ZoneInfo("Europe/Berlin")
Open = Callable[..., Any]


def usd(text: str) -> Decimal:
    return Decimal(text)


@pytest.fixture
async def opened(demo: DemoServer, tmp_path: Path) -> AsyncIterator[Open]:
    """Opens sessions on one store, with a budget; keywords are those of `[budget]`."""
    stack = AsyncExitStack()

    async def another(*, own: BudgetLimits | None = None, clock: Clock | None = None, **budget: Any) -> Session:
        settings = demo_settings(Settings(budget=BudgetSettings(**budget)), demo.url, demo_models())
        if own is not None:
            settings = replace(
                settings,
                providers={
                    name: replace(entry, budget=own) if name == "chat" else entry
                    for name, entry in settings.providers.items()
                },
            )
        session = session_with(settings, tmp_path, now=clock or Clock(), zone=lambda: BERLIN)
        await session.open()
        stack.push_async_callback(session.close)
        return session

    async with stack:
        yield another


async def ask(chat: Chat, text: str, ref: ModelRef, permission: Permission | None = None, **more: Any) -> Reply:
    turn = chat.ask(text, ref, permission=permission, **more)
    async for _ in turn.run():
        pass
    return turn.reply


async def spend(session: Session, amount: str, **changes: Any) -> None:
    """Put a row into the ledger, as an earlier turn would have."""
    store = session._runtime.store
    assert store is not None
    number = len(await store.ledger.rows())
    await store.ledger.add(ledger_row(f"row{number}", **{"usd": amount, "started_at": Clock().now, **changes}))


def remember(chat: Chat, tokens: int) -> None:
    """As if the conversation had had a reply of that length."""
    chat.rows.append(ledger_row("earlier", usd="0", usage=Usage(input_tokens=10, output_tokens=tokens)))


def category(reply: Reply) -> str:
    return reply.error.category if reply.error else ""


# ── before it is sent ─────────────────────────────────────────────────────────


@pytest.mark.parametrize("on_exceed", ["ask", "block"])
@pytest.mark.parametrize("limit", ["daily", "monthly"])
async def test_a_turn_over_budget_sends_nothing_and_leaves_no_row(opened: Open, limit: str, on_exceed: str) -> None:
    session = await opened(**{limit: usd("1")}, on_exceed=on_exceed)
    await spend(session, "0.99999")
    chat = session.new_chat()
    reply = await ask(chat, "What is 6 * 7?", THINKER)
    assert category(reply) == "budget"
    assert reply.error is not None
    assert "$1.00 of $1.00" in reply.error.summary
    assert f"{limit} in [budget]" in reply.error.hint
    assert reply.stop is StopReason.ERROR
    assert chat.rows == []
    assert (await session.budgets.standings())[0].spent == usd("0.99999")


async def test_exactly_the_limit_may_be_spent(opened: Open) -> None:
    session = await opened(daily=usd("1"), on_exceed="block")
    chat = session.new_chat()
    expected = (await session.budgets.check(chat, "What is 6 * 7?", THINKER)).quote.typical.usd
    assert expected
    await spend(session, str(1 - expected))
    assert (await session.budgets.check(chat, "What is 6 * 7?", THINKER)).refusal is None
    await spend(session, "0.000000000001")
    assert (await session.budgets.check(chat, "What is 6 * 7?", THINKER)).refusal is not None


async def test_a_warning_is_a_notice_and_the_turn_is_sent(opened: Open) -> None:
    session = await opened(daily=usd("0"), on_exceed="warn")
    reply = await ask(session.new_chat(), "What is 6 * 7?", THINKER)
    assert reply.error is None
    assert "42" in reply.text
    assert [each for each in reply.notices if each.startswith("Over budget: Today $0.00 of $0.00; this turn ≈ $")]
    assert len(reply.notices) == 1


async def test_nothing_may_be_spent_with_a_budget_of_0_but_free_models_answer(opened: Open) -> None:
    session = await opened(per_message=usd("0"), daily=usd("0"), monthly=usd("0"), on_exceed="block")
    assert category(await ask(session.new_chat(), "Hello", THINKER)) == "budget"
    reply = await ask(session.new_chat(), "Hello", ELIZA)
    assert (reply.error, reply.cost.status) == (None, CostStatus.FREE)


async def test_a_yes_lets_the_asked_limit_be_exceeded_and_only_for_its_model(opened: Open) -> None:
    session = await opened(daily=usd("0"), on_exceed="ask")
    chat = session.new_chat()
    check = await session.budgets.check(chat, "What is 6 * 7?", THINKER)
    assert check.asks
    assert category(await ask(chat, "What is 6 * 7?", NOVEL, check.permission)) == "budget"
    assert (await ask(chat, "What is 6 * 7?", THINKER, check.permission)).error is None
    assert category(await ask(chat, "What is 6 * 7?", THINKER)) == "budget"


async def test_a_yes_never_lets_a_blocking_limit_be_exceeded(opened: Open) -> None:
    session = await opened(daily=usd("0"), on_exceed="ask", own=BudgetLimits(monthly=usd("0"), on_exceed="block"))
    chat = session.new_chat()
    check = await session.budgets.check(chat, "Hello", THINKER)
    assert not check.asks
    assert check.refusal is not None
    assert "monthly in [providers.chat.budget]" in check.refusal.hint
    assert category(await ask(chat, "Hello", THINKER, check.permission)) == "budget"
    assert (await ask(chat, "Hello", THINKER, OVER_BUDGET_ALLOWED)).error is None


async def test_a_budget_of_one_provider_stops_that_one_alone(opened: Open) -> None:
    session = await opened(own=BudgetLimits(daily=usd("0.5"), on_exceed="block"))
    await spend(session, "7", provider="messages")
    assert (await ask(session.new_chat(), "Hello", THINKER)).error is None
    await spend(session, "0.5", provider="chat")
    assert category(await ask(session.new_chat(), "Hello", THINKER)) == "budget"
    assert (await ask(session.new_chat(), "Hello", ModelRef("messages", "thinker"))).error is None


async def test_what_is_allowed_for_today_is_asked_about_again_tomorrow(opened: Open) -> None:
    clock = Clock()
    session = await opened(daily=usd("0"), on_exceed="ask", clock=clock)
    chat = session.new_chat()
    session.budgets.allow_today((await session.budgets.check(chat, "Hello", THINKER)).verdict)
    assert (await ask(chat, "Hello", THINKER)).error is None
    clock.pass_time(hours=10, minutes=59)  # It is 12:00 in UTC; midnight in Berlin is at 23:00.
    assert (await ask(chat, "Hello", THINKER)).error is None
    clock.pass_time(minutes=1)
    assert category(await ask(chat, "Hello", THINKER)) == "budget"


async def test_a_changed_budget_holds_for_the_next_turn(opened: Open) -> None:
    session = await opened(daily=usd("0"), on_exceed="block")
    chat = session.new_chat()
    assert category(await ask(chat, "Hello", THINKER)) == "budget"
    session.connections.reload(replace(session.connections.settings, budget=BudgetSettings(daily=usd("1"))))
    assert (await ask(chat, "Hello", THINKER)).error is None


async def test_yesterday_and_last_month_are_over_where_the_user_lives(opened: Open) -> None:
    clock = Clock()
    session = await opened(daily=usd("1"), monthly=usd("9"), on_exceed="block", clock=clock)
    clock.now = clock.now.replace(month=11, day=1, hour=12)
    before_midnight = clock.now.replace(month=10, day=31, hour=22, minute=59)
    await spend(session, "50", started_at=before_midnight)
    assert (await ask(session.new_chat(), "Hello", THINKER)).error is None
    await spend(session, "1", started_at=before_midnight.replace(hour=23, minute=0))
    assert category(await ask(session.new_chat(), "Hello", THINKER)) == "budget"


# ── models without a price ────────────────────────────────────────────────────


async def test_block_refuses_a_model_without_a_price_and_says_what_to_write(opened: Open) -> None:
    session = await opened(monthly=usd("50"), on_exceed="block")
    reply = await ask(session.new_chat(), "Hello", SNAIL)
    assert reply.error is not None
    assert reply.error.summary == "chat/snail has no price, so the budget cannot be checked."
    assert "[[providers.chat.models]]" in reply.error.hint
    assert "0 means free" in reply.error.hint


async def test_ask_asks_once_about_a_model_without_a_price(opened: Open) -> None:
    session = await opened(monthly=usd("50"), on_exceed="ask")
    chat = session.new_chat()
    check = await session.budgets.check(chat, "Hello", SNAIL)
    assert check.asks
    assert (await ask(chat, "Hello", SNAIL, check.permission)).error is None
    assert not (await session.budgets.check(chat, "Hello", SNAIL)).asks
    assert (await ask(chat, "Hello", SNAIL)).error is None


async def test_warn_says_once_that_a_model_has_no_price(opened: Open) -> None:
    session = await opened(monthly=usd("50"), on_exceed="warn")
    chat = session.new_chat()
    first, second = await ask(chat, "Hello", SNAIL), await ask(chat, "Hello", SNAIL)
    assert (first.error, second.error) == (None, None)
    assert first.notices == ["chat/snail has no price, so the budget cannot be checked."]
    assert second.notices == []


# ── while it arrives ──────────────────────────────────────────────────────────


async def test_a_reply_is_told_to_end_where_the_budget_does(opened: Open) -> None:
    session = await opened(per_message=usd("0.01"), on_exceed="block")
    reply = await ask(session.new_chat(), "3000 tokens", NOVEL)
    assert reply.stop is StopReason.LENGTH
    assert reply.cost.usd is not None
    assert usd("0.009") < reply.cost.usd <= usd("0.0102")  # Our count of the input is a little off.
    assert any("The budget had room for" in each for each in reply.notices)


async def test_a_longer_reply_than_may_be_is_not_asked_for(opened: Open) -> None:
    session = await opened(per_message=usd("5"), on_exceed="block")
    assert (await ask(session.new_chat(), "40 tokens", NOVEL, max_output_tokens=20)).stop is StopReason.LENGTH


def streaming(*texts: str) -> Answer:
    chunks = [f'data: {{"choices":[{{"index":0,"delta":{{"content":"{text}"}}}}]}}\n\n' for text in texts]
    end = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
    return Answer("".join(chunks) + end, content_type="text/event-stream")


RATES = Rates(Decimal(1), Decimal(1_000), source="config")
WORDS = streaming(*["one two three four five "] * 200)
"""1,000 words, at a tenth of a cent each."""
DEAR = Decimal(20_000)
"""Two cents for each token of a prompt."""


async def house(
    server: RecordingServer, home: Path, *, longest: int | None = None, input_rate: Decimal = Decimal(1), **budget: Any
) -> Session:
    """A session with one model at a tenth of a cent a word. Args: longest: its longest reply, where that is known."""
    model = ModelInfo("m", rates=replace(RATES, input=input_rate), max_output_tokens=longest)
    entry = ProviderSettings(
        "it", "openai-compat", base_url=f"{server.url}/v1", models=(model,), stream_timeout=1, retries=1
    )
    session = session_with(Settings(providers={"it": entry}, budget=BudgetSettings(**budget)), home)
    await session.open()
    return session


@pytest.mark.parametrize("limit", ["per_message", "daily", "monthly"])
async def test_a_reply_is_cut_off_where_the_budget_ends_and_what_arrived_is_kept(tmp_path: Path, limit: str) -> None:
    with RecordingServer({"/v1/chat/completions": WORDS}) as server:
        session = await house(server, tmp_path, longest=None, **{limit: usd("0.6")}, on_exceed="block")
        chat = session.new_chat()
        reply = await ask(chat, "Hello", ModelRef("it", "m"))
        await session.close()
    assert category(reply) == "budget"
    assert reply.stop is StopReason.CANCELLED
    assert 590 < len(reply.text.split()) < 700
    (row,) = chat.rows
    assert (row.stop, row.cost.status) == (StopReason.CANCELLED, CostStatus.ESTIMATED)
    other = await house(server, tmp_path)
    stored = await other.latest_chat()
    await other.close()
    assert stored is not None
    assert stored.entries[-1].text == reply.text


async def test_a_reply_that_becomes_too_dear_is_said_once_and_goes_on(tmp_path: Path) -> None:
    with RecordingServer({"/v1/chat/completions": WORDS}) as server:
        session = await house(server, tmp_path, per_message=usd("0.6"), on_exceed="ask")
        reply = await ask(session.new_chat(), "Hello", ModelRef("it", "m"))
        await session.close()
    assert (reply.error, reply.stop) == (None, StopReason.STOP)
    assert len(reply.notices) == 1
    assert "over the budget of $0.60 a message" in reply.notices[0]


async def test_a_server_that_names_no_limit_is_sent_none(tmp_path: Path) -> None:
    with RecordingServer({"/v1/chat/completions": WORDS}) as server:
        session = await house(server, tmp_path, daily=usd("9"), on_exceed="block")
        await ask(session.new_chat(), "Hello", ModelRef("it", "m"))
        await session.close()
    (request,) = [each for each in server.requests if each.method == "POST"]
    assert not {"max_tokens", "max_completion_tokens"} & request.json.keys()


async def test_an_attempt_that_was_charged_counts_before_the_next_one_is_sent(tmp_path: Path) -> None:
    with RecordingServer({"/v1/chat/completions": replace(WORDS, delay_s=2)}) as server:
        session = await house(server, tmp_path, longest=20, daily=usd("0.2"), on_exceed="block", input_rate=DEAR)
        reply = await ask(session.new_chat(), "Hello", ModelRef("it", "m"))
        await session.close()
    assert category(reply) == "budget"
    assert len([each for each in server.requests if each.method == "POST"]) == 1


# ── several at once, and others ───────────────────────────────────────────────


async def test_parallel_replies_cannot_each_spend_the_rest(tmp_path: Path) -> None:
    with RecordingServer({"/v1/chat/completions": WORDS}) as server:
        one = await house(server, tmp_path, daily=usd("0.5"), on_exceed="block")
        two = await house(server, tmp_path, daily=usd("0.5"), on_exceed="block")
        chats = [session.new_chat() for session in (one, two) for _ in range(4)]
        for chat in chats:
            remember(chat, 4)
        turns = [ask(chat, "Hello", ModelRef("it", "m")) for chat in chats]
        replies = await asyncio.gather(*turns)
        (standing,) = await one.budgets.standings()
        await one.close()
        await two.close()
    assert sum((each.cost.usd or Decimal(0) for each in replies), Decimal(0)) == standing.spent
    # Each may be some words further when it looks: 200 characters are 40 of them.
    assert usd("0.4") < standing.spent < usd("0.5") + 8 * usd("0.05")
    assert all(category(each) == "budget" for each in replies)


async def test_what_a_running_turn_may_cost_counts_for_another_parley(opened: Open) -> None:
    one, two = await opened(daily=usd("0.03"), on_exceed="block"), await opened(daily=usd("0.03"), on_exceed="block")
    turn = one.new_chat().ask("1500 tokens", NOVEL)
    events = turn.run()
    async for _ in events:
        if turn.reply.has_content:
            break
    (standing,) = await two.budgets.standings()
    assert standing.spent > 0
    await events.aclose()
    (after,) = await two.budgets.standings()
    assert after.spent == turn.reply.cost.usd


async def test_a_fallback_over_budget_is_not_asked_and_the_failure_says_so(tmp_path: Path) -> None:
    first, spare = Rates(Decimal(0), Decimal(0), source="config"), Rates(Decimal(100), Decimal(100), source="config")
    busy = Answer({"error": {"message": "Busy."}}, 529)
    with RecordingServer({"/first/v1/chat/completions": busy, "/spare/v1/chat/completions": WORDS}) as server:
        providers = {
            name: ProviderSettings(
                name,
                "openai-compat",
                base_url=f"{server.url}/{name}/v1",
                retries=0,
                models=(ModelInfo("m", rates=rates),),
            )
            for name, rates in (("first", first), ("spare", spare))
        }
        budget = BudgetSettings(per_message=usd("0.0001"), on_exceed="ask")
        settings = Settings(providers=providers, fallback_model=ModelRef("spare", "m"), budget=budget)
        session = session_with(settings, tmp_path)
        await session.open()
        reply = await ask(session.new_chat(), "Hello", ModelRef("first", "m"))
        await session.close()
    assert category(reply) == "overloaded"
    assert reply.error is not None
    assert "spare/m was not asked: A budget stops this turn." in reply.error.hint
    assert reply.notices == []
    assert "POST /spare/v1/chat/completions" not in server.lines


async def test_without_a_store_only_messages_are_limited_and_that_is_said_once(
    demo: DemoServer, tmp_path: Path
) -> None:
    (tmp_path / "parley.db").mkdir()
    budget = BudgetSettings(per_message=usd("0.01"), daily=usd("0"), on_exceed="block")
    session = session_with(demo_settings(Settings(budget=budget), demo.url, demo_models()), tmp_path)
    await session.open(needs_store=False)
    chat = session.new_chat()
    first, second = await ask(chat, "What is 6 * 7?", THINKER), await ask(chat, "What is 6 * 7?", THINKER)
    dear = await ask(chat, "word " * 9_000, THINKER)
    await session.close()
    assert (first.error, second.error, category(dear)) == (None, None, "budget")
    assert [each for each in first.notices if "the store cannot be used" in each]
    assert second.notices == []


# ── the guard ─────────────────────────────────────────────────────────────────


async def test_a_turn_far_dearer_than_usual_is_asked_about(opened: Open) -> None:
    session = await opened()
    chat = session.new_chat()
    long = "word " * 20_000
    assert not session.budgets.concern(chat, THINKER)
    await ask(chat, "What is 6 * 7?", THINKER)
    assert session.budgets.concern(chat, THINKER)
    assert not (await session.budgets.check(chat, "What is 6 * 7?", THINKER)).asks
    check = await session.budgets.check(chat, long, THINKER)
    assert check.unusual is not None
    assert check.asks
    assert check.unusual.times > 10
    session.connections.reload(replace(session.connections.settings, budget=BudgetSettings(guard_factor=0)))
    assert not session.budgets.concern(chat, THINKER)
    assert not (await session.budgets.check(chat, long, THINKER)).asks
