"""When the chosen model cannot begin to answer, the fallback answers after saying so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.config.settings import ProviderSettings, Settings
from app.session.explained import explained
from app.session.provenance import of_reply
from app.session.reply import Reply
from app.session.session import Session
from providers.costs import CostStatus
from providers.demo import DemoServer, demo_models
from providers.events import Event, Notice, TextDelta
from providers.reference import ModelRef
from tests.providers.recording import Answer, Recorded, RecordingServer
from tests.session.making import session_with

SPARE = ModelRef("spare", "thinker")


class Elsewhere:
    """A server that fails as it is told."""

    def __init__(self) -> None:
        self.answer = Answer("")

    def __call__(self, request: Recorded) -> Answer:
        return self.answer


@pytest.fixture
def failing() -> Elsewhere:
    return Elsewhere()


@pytest.fixture
async def session(demo: DemoServer, failing: Elsewhere, tmp_path: Path) -> AsyncIterator[Session]:
    """One provider that fails, one without a key, one that is not there, and the demo as the fallback."""
    with RecordingServer(failing) as server:
        first = ProviderSettings("first", "openai-compat", base_url=server.url, retries=0, models=tuple(demo_models()))
        providers = (
            first,
            ProviderSettings("keyless", "openai-compat", base_url=server.url, auth="api_key"),
            ProviderSettings("gone", "ollama", base_url="http://127.0.0.1:9", retries=0),
            ProviderSettings(
                "spare", "openai-compat", base_url=f"{demo.url}/v1", api_key="demo-key", models=tuple(demo_models())
            ),
        )
        settings = Settings(fallback_model=SPARE, providers={entry.name: entry for entry in providers})
        made = session_with(settings, tmp_path)
        await made.open()
        yield made
        await made.close()


async def ask(session: Session, provider: str) -> tuple[Reply, list[Event]]:
    turn = session.new_chat().ask("Hello", ModelRef(provider, "eliza"))
    return turn.reply, [event async for event in turn.run()]


@pytest.mark.parametrize("status", [401, 402, 429, 500, 503, 529])
async def test_a_model_that_cannot_begin_is_stood_in_for(session: Session, failing: Elsewhere, status: int) -> None:
    failing.answer = Answer({"error": {"message": "No."}}, status)
    reply, events = await ask(session, "first")
    assert reply.error is None
    assert reply.ref == SPARE
    assert reply.text
    said = next(event for event in events if isinstance(event, Notice))
    assert "first/eliza" in said.text
    assert "spare/thinker" in said.text
    assert events.index(said) < next(place for place, event in enumerate(events) if isinstance(event, TextDelta))


@pytest.mark.parametrize("provider", ["keyless", "gone"])
async def test_no_key_and_no_connection_are_stood_in_for(session: Session, provider: str) -> None:
    reply, _ = await ask(session, provider)
    assert (reply.error, reply.ref) == (None, SPARE)


async def test_the_ledger_says_which_model_answered_and_which_one_failed(session: Session, failing: Elsewhere) -> None:
    failing.answer = Answer({"error": {"message": "No."}}, 529)
    chat = session.new_chat()
    turn = chat.ask("Hello", ModelRef("first", "eliza"))
    async for _ in turn.run():
        pass
    failed, answered = chat.rows
    assert (failed.provider, bool(failed.error)) == ("first", True)
    assert (answered.provider, answered.error, answered.cost.status) == ("spare", "", CostStatus.COMPUTED)
    stored = await session.open_chat(chat.id or "")
    assert isinstance(stored.entries[-1], Reply)
    assert stored.entries[-1].ref == SPARE


async def test_the_chosen_model_is_asked_first_again_next_time(session: Session, failing: Elsewhere) -> None:
    failing.answer = Answer({"error": {"message": "No."}}, 529)
    chat = session.new_chat()
    async for _ in chat.ask("Hello", ModelRef("first", "eliza")).run():
        pass
    assert chat.model == ModelRef("first", "eliza")


@pytest.mark.parametrize(("status", "message"), [(400, "temperature is wrong"), (404, "model 'eliza' not found")])
async def test_a_request_that_is_wrong_is_not_tried_elsewhere(
    session: Session, failing: Elsewhere, status: int, message: str
) -> None:
    failing.answer = Answer({"error": {"message": message}}, status)
    reply, _ = await ask(session, "first")
    assert reply.error is not None
    assert reply.ref.provider == "first"


async def test_a_fallback_that_fails_too_says_its_own_reason(session: Session, failing: Elsewhere) -> None:
    failing.answer = Answer({"error": {"message": "No."}}, 529)
    session.connections.roster.set_enabled("spare", False)
    reply, events = await ask(session, "first")
    assert reply.error is not None
    assert not [event for event in events if isinstance(event, Notice)]


async def test_a_provider_that_does_not_exist_or_is_disabled_is_not_stood_in_for(session: Session) -> None:
    session.connections.roster.set_enabled("gone", False)
    for name in ("nope", "gone"):
        reply, _ = await ask(session, name)
        assert reply.error is not None
        assert reply.ref.provider == name


async def test_the_attempt_at_the_first_model_is_told_with_the_reply_of_the_other(
    session: Session, failing: Elsewhere
) -> None:
    failing.answer = Answer({"error": {"message": "No."}}, 503)
    chat = session.new_chat()
    turn = chat.ask("Hello", ModelRef("first", "eliza"))
    async for _ in turn.run():
        pass
    told = {line.name: line.text for line in explained(of_reply(turn.reply, chat.rows))}
    assert told["model"] == "spare/thinker"
    assert told["attempt 1"].startswith("first/eliza · $0.00 · ")
    assert told["together"].endswith("for 2 attempts")
    assert told["note"].startswith("first/eliza could not answer: ")
