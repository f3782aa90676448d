"""What a turn reserves: as much as it will cost, and in nobody's way twice."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from app.config.settings import BudgetSettings, ProviderSettings, Settings
from providers.catalogue.records import ModelInfo
from providers.costs import Rates
from providers.reference import ModelRef
from providers.request import ToolSpec
from tests.providers.recording import Answer, RecordingServer
from tests.session.making import session_with
from tests.session.test_budget_turns import WORDS, ask, category, house, usd

BUSY = Answer({"error": {"message": "Busy."}}, 529)
FIRST, SPARE = ModelRef("first", "m"), ModelRef("spare", "m")
DEAR = Rates(Decimal(10_000), Decimal(0), source="config")


async def test_what_the_chosen_model_would_have_cost_does_not_stop_the_fallback(tmp_path: Path) -> None:
    with RecordingServer({"/first/v1/chat/completions": BUSY, "/spare/v1/chat/completions": WORDS}) as server:
        providers = {
            name: ProviderSettings(
                name,
                "openai-compat",
                base_url=f"{server.url}/{name}/v1",
                retries=0,
                models=(ModelInfo("m", rates=DEAR),),
            )
            for name in ("first", "spare")
        }
        budget = BudgetSettings(daily=usd("0.09"), on_exceed="ask")
        settings = Settings(providers=providers, fallback_model=SPARE, budget=budget)
        session = session_with(settings, tmp_path)
        await session.open()
        chat = session.new_chat()
        expected = (await session.budgets.check(chat, "Hello", FIRST)).quote.typical.usd
        reply = await ask(chat, "Hello", FIRST)
        await session.close()
    assert expected is not None
    assert expected < usd("0.09") < 2 * expected
    assert (reply.error, reply.ref) == (None, SPARE)


async def test_the_tools_of_a_request_are_part_of_what_it_is_expected_to_cost(tmp_path: Path) -> None:
    tool = ToolSpec("look_up", "Finds words. " * 100, {"type": "object"})
    with RecordingServer({"/v1/chat/completions": WORDS}) as server:
        session = await house(server, tmp_path, per_message=usd("0.5002"), on_exceed="block")
        chat = session.new_chat()
        small = await session.budgets.check(chat, "Hello", ModelRef("it", "m"))
        large = await session.budgets.check(chat, "Hello", ModelRef("it", "m"), tools=(tool,))
        reply = await ask(chat, "Hello", ModelRef("it", "m"), tools=(tool,))
        await session.close()
    assert (small.refusal is None, large.refusal is None) == (True, False)
    assert large.quote.input_tokens > small.quote.input_tokens + 200
    assert category(reply) == "budget"
    assert not server.requests
