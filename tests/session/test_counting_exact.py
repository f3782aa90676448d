"""Asking a server for its count: free, in the ledger, and a lesson."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from app.config.settings import ProviderSettings, Settings
from app.session.session import Session
from app.storage.records import RequestKind
from providers.costs import CostStatus
from providers.errors import BadConfig, BadCredential, CannotCount, MissingKey
from providers.events import StopReason
from providers.reference import ModelRef
from tests.session.making import session_with
from tests.session.test_turns import ask

ELIZA = ModelRef("messages", "eliza")


@pytest.mark.parametrize("provider", ["messages", "responses"])
async def test_a_count_is_the_servers_and_is_free_and_in_the_ledger(session: Session, provider: str) -> None:
    chat = session.new_chat(system="Be kind.")
    await ask(chat, "Hello there", f"{provider}/eliza")
    found = await session.count_exactly(chat, "And now?", ModelRef(provider, "eliza"))
    assert found > 5
    row = chat.rows[-1]
    assert (row.kind, row.cost.usd, row.cost.status) == (RequestKind.COUNT, Decimal(0), CostStatus.FREE)
    assert row.cost.source == "counting is free"
    assert (row.usage.input_tokens, row.usage.output_tokens, row.stop) == (found, None, StopReason.STOP)
    assert row.input_estimate is not None
    assert row.input_estimate == pytest.approx(found, abs=20)


async def test_counts_teach_what_the_next_request_will_have(session: Session) -> None:
    chat = session.new_chat(is_saved=False)
    text = "Unverständlichkeit " * 200
    before = (await chat.quote(text, ELIZA)).input_tokens
    true = await session.count_exactly(chat, text, ELIZA)
    for _ in range(4):
        await session.count_exactly(chat, text, ELIZA)
    after = (await chat.quote(text, ELIZA)).input_tokens
    assert abs(after - true) < abs(before - true) / 4


async def test_a_format_without_counting_says_so_and_sends_nothing(session: Session) -> None:
    chat = session.new_chat()
    with pytest.raises(CannotCount, match="chat does not count"):
        await session.count_exactly(chat, "Hello", ModelRef("chat", "eliza"))
    assert not chat.rows


async def test_a_refused_count_is_in_the_ledger_too(tmp_path: Path, session: Session) -> None:
    url = session.connections.settings.providers["messages"].base_url
    settings = Settings(
        providers={
            "bad": ProviderSettings("bad", "anthropic", base_url=url, api_key="bad-key"),
            "keyless": ProviderSettings("keyless", "anthropic"),
            "off": ProviderSettings("off", "anthropic", base_url=url, api_key="k", enabled=False),
        }
    )
    other = session_with(settings, tmp_path / "other")
    await other.open()
    chat = other.new_chat()
    with pytest.raises(BadCredential):
        await other.count_exactly(chat, "Hello", ModelRef("bad", "eliza"))
    assert [(row.kind, row.stop, row.cost.usd, row.usage.input_tokens) for row in chat.rows] == [
        (RequestKind.COUNT, StopReason.ERROR, Decimal(0), None)
    ]
    assert chat.rows[0].error
    with pytest.raises(MissingKey, match="keyless"):
        await other.count_exactly(chat, "Hello", ModelRef("keyless", "claude-sonnet-4-6"))
    with pytest.raises(BadConfig, match="off is disabled"):
        await other.count_exactly(chat, "Hello", ModelRef("off", "eliza"))
    with pytest.raises(BadConfig, match="no provider called nobody"):
        await other.count_exactly(chat, "Hello", ModelRef("nobody", "eliza"))
    assert len(chat.rows) == 1
    await other.close()
