"""What a turn is expected to cost decides the same on the first turn and on later ones."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from providers.reference import ModelRef
from tests.providers.recording import RecordingServer
from tests.session.test_budget_turns import WORDS, ask, category, house, remember, usd

IT = ModelRef("it", "m")
"""Every token of its replies costs a tenth of a cent."""


@pytest.mark.parametrize("on_exceed", ["ask", "block"])
async def test_a_first_turn_is_held_against_a_reply_of_500_tokens(tmp_path: Path, on_exceed: str) -> None:
    with RecordingServer({"/v1/chat/completions": WORDS}) as server:
        session = await house(server, tmp_path, per_message=usd("0.3"), on_exceed=on_exceed)
        check = await session.budgets.check(session.new_chat(), "Hello", IT)
        reply = await ask(session.new_chat(), "Hello", IT)
        await session.close()
    assert check.asks == (on_exceed == "ask")
    assert category(reply) == "budget"
    assert reply.error is not None
    assert "with a reply of 500 tokens" in reply.error.summary
    assert "this turn ≈ $0.50" in reply.error.summary
    assert not server.requests


@pytest.mark.parametrize(("usual", "is_sent"), [(100, True), (400, False)])
async def test_the_median_of_the_conversation_takes_its_place(tmp_path: Path, usual: int, is_sent: bool) -> None:
    with RecordingServer({"/v1/chat/completions": WORDS}) as server:
        session = await house(server, tmp_path, longest=4_000, daily=usd("0.3"), on_exceed="block")
        chat = session.new_chat()
        remember(chat, usual)
        reply = await ask(chat, "Hello", IT)
        await session.close()
    assert reply.error is not None
    assert (f"a reply of {usual} tokens" in reply.error.summary) is not is_sent
    sent = [each.json for each in server.requests if each.method == "POST"]
    assert [290 < each["max_tokens"] <= 300 for each in sent] == [True] * is_sent


async def test_a_reply_that_may_not_be_longer_is_not_expected_to_be(tmp_path: Path) -> None:
    with RecordingServer({"/v1/chat/completions": WORDS}) as server:
        session = await house(server, tmp_path, per_message=usd("0.3"), on_exceed="ask")
        chat = session.new_chat()
        check = await session.budgets.check(chat, "Hello", IT, max_output_tokens=200)
        await session.close()
    assert not check.asks
    assert check.quote.typical_output == 200
    assert usd("0.2") <= (check.quote.typical.usd or Decimal(0)) < usd("0.201")


@pytest.mark.parametrize(("limit", "is_sent"), [("0.1", True), ("0.008", False)])
async def test_a_length_that_servers_refuse_as_too_short_is_not_sent(tmp_path: Path, limit: str, is_sent: bool) -> None:
    with RecordingServer({"/v1/chat/completions": WORDS}) as server:
        session = await house(server, tmp_path, longest=4_000, per_message=usd(limit), on_exceed="block")
        chat = session.new_chat()
        remember(chat, 4)
        reply = await ask(chat, "Hello", IT)
        await session.close()
    (request,) = [each for each in server.requests if each.method == "POST"]
    assert ("max_tokens" in request.json) == is_sent
    assert category(reply) == "budget"
