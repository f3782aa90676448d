"""Servers that count tokens before they are sent, and those that do not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from providers.catalogue.loader import Catalogue
from providers.client import Client
from providers.credentials import Secret
from providers.demo import DemoServer
from providers.demo.counting import count
from providers.errors import BadCredential, CannotCount, ModelNotFound, ProtocolError
from providers.http import Http
from providers.messages import user
from providers.request import AuthScheme, ChatRequest, Endpoint, ToolSpec, WireFormat
from tests.providers.recording import Answer, RecordingServer

KEY = Secret("demo-key")
TEXT = "How many tokens are these?"
ASKED = ChatRequest("eliza", (user(TEXT),), system="Be brief.", max_output_tokens=50)


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    http = Http(environ={})
    yield Client(http)
    await http.close()


def messages(url: str) -> Endpoint:
    return Endpoint("claude", WireFormat.ANTHROPIC_MESSAGES, url, AuthScheme.X_API_KEY)


def responses(url: str) -> Endpoint:
    return Endpoint("gpt", WireFormat.OPENAI_RESPONSES, f"{url}/v1")


async def test_anthropic_and_openai_count(client: Client, demo: DemoServer) -> None:
    expected = count(TEXT) + count("Be brief.")
    assert await client.count_tokens(messages(demo.url), ASKED, KEY) == pytest.approx(expected, abs=3)
    assert await client.count_tokens(responses(demo.url), ASKED, KEY) == pytest.approx(expected, abs=3)


async def test_openais_own_chat_api_is_counted_for_by_its_responses_api(client: Client, demo: DemoServer) -> None:
    openai = Catalogue().preset("openai")
    assert openai is not None
    endpoint = Endpoint("gpt", WireFormat.OPENAI_CHAT, f"{demo.url}/v1", quirks=openai.quirks)
    assert await client.count_tokens(endpoint, ASKED, KEY) > 0


async def test_what_the_counting_path_refuses_is_left_out(client: Client) -> None:
    tool = ToolSpec("search", "Look for it.", {"type": "object"})
    asked = replace(ASKED, tools=(tool,))
    with RecordingServer({"POST /v1/messages/count_tokens": Answer({"input_tokens": 7})}) as server:
        endpoint = replace(messages(server.url), extra_body={"temperature": 0.5, "thinking": {"type": "adaptive"}})
        assert await client.count_tokens(endpoint, asked, KEY) == 7
    assert set(server.requests[0].json) == {"model", "messages", "system", "tools", "thinking"}
    assert server.requests[0].headers["x-api-key"] == "demo-key"
    with RecordingServer({"POST /v1/responses/input_tokens": Answer({"input_tokens": 8})}) as server:
        assert await client.count_tokens(responses(server.url), asked, KEY) == 8
    assert set(server.requests[0].json) == {"model", "input", "instructions", "tools"}


@pytest.mark.parametrize("wire_format", [WireFormat.OPENAI_CHAT, WireFormat.OLLAMA_CHAT])
async def test_other_formats_cannot_count_and_nobody_is_asked(client: Client, wire_format: WireFormat) -> None:
    with RecordingServer({}) as server, pytest.raises(CannotCount, match="local does not count") as failed:
        await client.count_tokens(Endpoint("local", wire_format, server.url), ASKED, KEY)
    assert failed.value.status is None
    assert not server.requests


async def test_an_imitation_without_that_path_cannot_count(client: Client) -> None:
    with RecordingServer({}) as server, pytest.raises(CannotCount) as failed:
        await client.count_tokens(responses(server.url), ASKED, KEY)
    assert failed.value.status == 404


async def test_errors_are_those_of_other_requests(client: Client, demo: DemoServer) -> None:
    with pytest.raises(BadCredential):
        await client.count_tokens(messages(demo.url), ASKED, Secret("bad-key"))
    not_found = Answer({"type": "error", "error": {"type": "not_found_error", "message": "model: nobody"}}, 404)
    with RecordingServer({"POST /v1/messages/count_tokens": not_found}) as server, pytest.raises(ModelNotFound):
        await client.count_tokens(messages(server.url), replace(ASKED, model="nobody"), KEY)


@pytest.mark.parametrize(
    "body",
    [
        "<html>",
        "[]",
        {"tokens": 3},
        {"input_tokens": "3"},
        {"input_tokens": -1},
        {"input_tokens": True},
        {"input_tokens": 0},
        {"input_tokens": 10**400},
    ],
)
async def test_an_answer_without_a_count_is_no_count(client: Client, body: object) -> None:
    with RecordingServer({"POST /v1/messages/count_tokens": Answer(body)}) as server, pytest.raises(ProtocolError):
        await client.count_tokens(messages(server.url), ASKED, KEY)


async def test_no_key_stands_in_an_error(client: Client) -> None:
    echo = Answer({"type": "error", "error": {"type": "api_error", "message": "key demo-key-0123456789 failed"}}, 500)
    with RecordingServer({"POST /v1/messages/count_tokens": echo}) as server, pytest.raises(Exception) as failed:
        await client.count_tokens(messages(server.url), ASKED, Secret("demo-key-0123456789"))
    assert "0123456789" not in f"{failed.value} {vars(failed.value)}"
