"""Getting and using the rank file for OpenAI's models, over loopback."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from app.config.paths import Locations
from app.config.settings import ProviderSettings, Settings
from app.connections.connections import Connections
from app.connections.demo import ENVIRON
from app.connections.token_ranks import TokenRanks
from app.session.counting import Counting
from providers.ranks import WrongRanks
from providers.reference import ModelRef
from tests.providers.recording import Answer, Recorded, RecordingServer
from tests.providers.tiny_ranks import published, rank_file
from tests.session.making import session_with
from tests.session.test_turns import ask

GPT, OTHER, AT_HOME = ModelRef("openai", "gpt-5.4"), ModelRef("openai", "babbage"), ModelRef("home", "gpt-oss:20b")
PROVIDERS = {
    "openai": ProviderSettings("openai", "openai", api_key="k"),
    "home": ProviderSettings("home", "ollama"),
}
DATA = rank_file()
THE_THING = 'data: {"choices":[{"index":0,"delta":{"content":"the thing"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'


@dataclass
class House:
    """Attributes:
    said: what the user was told.
    answer: what is at the address of the file.
    """

    home: Path
    server: RecordingServer
    said: list[str] = field(default_factory=list)
    answer: Answer = field(default_factory=lambda: Answer(DATA))
    opened: list[Connections] = field(default_factory=list)

    async def counting(self, settings: Settings | None = None, *, uses_ranks: bool = True) -> Counting:
        """As an open Parley has it."""
        locations = Locations.under(self.home)
        connections = Connections(settings or Settings(providers=PROVIDERS), locations, ENVIRON)
        await connections.open()
        self.opened.append(connections)
        counting = Counting(connections, locations, rank_file=published(DATA, f"{self.server.url}/tiny.tiktoken"))
        if uses_ranks:
            counting.use_ranks(self.said.append)
        return counting

    @property
    def file(self) -> Path:
        return self.home / "cache" / "tokens" / "tiny.tiktoken"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    with RecordingServer() as server:
        made = House(tmp_path, server)

        def script(request: Recorded) -> Answer:
            return made.answer

        server.script = script
        yield made
        for connections in made.opened:
            await connections.close()


async def settled(is_done: Callable[[], bool]) -> bool:
    """Whether something comes true within some seconds."""
    for _ in range(500):
        if is_done():
            return True
        await asyncio.sleep(0.01)
    return False


def counter(counting: Counting, ref: ModelRef) -> str:
    return counting.estimator(ref).counter.name


async def test_the_first_use_of_a_model_of_openai_fetches_the_file_for_the_next_turn(
    house: House,
) -> None:
    counting = await house.counting()
    assert counter(counting, GPT) == "words"
    counting.prepare(GPT)
    counting.prepare(GPT)
    assert counter(counting, GPT) == "words"
    assert await settled(lambda: counter(counting, GPT) == "o200k")
    assert counter(counting, OTHER) == "words"
    assert len(house.server.requests) == 1
    assert stat.S_IMODE(house.file.stat().st_mode) == 0o600
    await counting.close()


async def test_a_file_that_is_there_is_used_without_any_request(house: House) -> None:
    TokenRanks(house.file.parent, published(DATA)).install(DATA)
    counting = await house.counting(Settings(providers=PROVIDERS, download_tokenizer=False))
    counting.prepare(GPT)
    assert await settled(lambda: counter(counting, GPT) == "o200k")
    assert not house.server.requests
    await counting.close()


@pytest.mark.parametrize("switch", ["offline", "download_tokenizer", "another model", "a model at home", "a command"])
async def test_nothing_is_fetched_where_it_is_not_wanted(house: House, switch: str) -> None:
    settings = Settings(providers=PROVIDERS)
    if switch == "offline":
        settings = replace(settings, offline=True)
    elif switch == "download_tokenizer":
        settings = replace(settings, download_tokenizer=False)
    counting = await house.counting(settings, uses_ranks=switch != "a command")
    counting.prepare({"another model": OTHER, "a model at home": AT_HOME}.get(switch, GPT))
    await asyncio.sleep(0.3)
    assert not house.server.requests
    assert not house.file.exists()
    await counting.close()


async def test_a_wrong_file_is_thrown_away_said_once_and_not_fetched_again(house: House) -> None:
    house.answer = Answer("<html>please log in</html>")
    counting = await house.counting()
    counting.prepare(GPT)
    assert await settled(lambda: bool(house.said))
    assert "not o200k's rank file" in house.said[0]
    assert not house.file.exists()
    counting.prepare(GPT)
    await counting.close()
    again = await house.counting()
    again.prepare(GPT)
    await asyncio.sleep(0.3)
    assert len(house.server.requests) == 1
    assert len(house.said) == 1
    await again.close()


async def test_a_failed_download_is_tried_again_a_day_later(house: House) -> None:
    ranks = TokenRanks(house.file.parent, published(DATA))
    assert ranks.may_try()
    ranks.note_trouble(WrongRanks("It was another file"))
    assert not ranks.may_try()
    assert ranks.state().trouble == "It was another file."
    noted = (house.file.parent / "tiny.failed").stat().st_mtime
    assert TokenRanks(house.file.parent, published(DATA), lambda: noted + 25 * 3600).may_try()
    ranks.install(DATA)
    assert ranks.state().trouble == ""
    assert not ranks.may_try()


async def test_a_silent_failure_says_nothing_to_who_talks_but_is_known(house: House) -> None:
    house.answer = Answer(b"", 503)
    counting = await house.counting()
    counting.prepare(GPT)
    assert await settled(lambda: bool(counting.ranks.state().trouble))
    assert "503" in counting.ranks.state().trouble
    assert not house.said
    await counting.close()


async def test_a_model_at_home_is_in_no_ones_way(house: House) -> None:
    counting = await house.counting()
    counting.prepare(AT_HOME)
    await asyncio.sleep(0.2)
    counting.prepare(GPT)
    assert await settled(lambda: counter(counting, GPT) == counter(counting, AT_HOME) == "o200k")
    await counting.close()


async def test_closing_stops_a_download(house: House) -> None:
    house.answer = Answer(DATA, delay_s=5)
    counting = await house.counting()
    counting.prepare(GPT)
    assert await settled(lambda: bool(house.server.requests))
    await asyncio.wait_for(counting.close(), 2)
    assert not house.file.exists()


async def test_a_damaged_file_is_not_used(house: House) -> None:
    house.file.parent.mkdir(parents=True)
    house.file.write_bytes(DATA[:-9])
    counting = await house.counting()
    assert not await counting.load_ranks()
    assert counting.ranks.state().is_good is False
    counting.prepare(GPT)
    await asyncio.sleep(0.2)
    assert counter(counting, GPT) == "words"
    assert not house.server.requests
    await counting.close()


async def test_turns_count_with_the_ranks_from_the_second_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.connections.token_ranks.O200K", published(DATA))
    TokenRanks(tmp_path / "cache" / "tokens", published(DATA)).install(DATA)
    with RecordingServer({"POST /v1/chat/completions": Answer(THE_THING, content_type="text/event-stream")}) as server:
        entry = ProviderSettings("work", "openai-compat", base_url=f"{server.url}/v1", api_key="k")
        session = session_with(Settings(providers={"work": entry}), tmp_path)
        await session.open()
        session.use_token_ranks(lambda sentence: None)
        chat = session.new_chat()
        await ask(chat, "in the", "work/gpt-5")
        assert await settled(lambda: counter(session.counting, ModelRef("work", "gpt-5")) == "o200k")
        reply, _ = await ask(chat, "in the", "work/gpt-5")
        await session.close()
    assert [row.counter for row in chat.rows] == ["words", "o200k"]
    assert chat.rows[1].output_estimate == reply.output_tokens_estimate == 4  # the, a blank, th, ing
