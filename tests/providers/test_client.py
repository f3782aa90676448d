"""One request against servers that keep to nothing, with real sockets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from providers.client import Client
from providers.credentials import Secret
from providers.errors import ProviderError
from providers.events import Event, Finished, Retrying, TextDelta, UsageReport
from providers.http import Http
from providers.messages import user
from providers.request import ChatRequest, Endpoint, WireFormat
from providers.usage import Usage

ASKED = ChatRequest("a-model", (user("Hello"),), max_output_tokens=20_000)
EVENTS = "text/event-stream"
DONE = b"data: [DONE]\n\n"


@dataclass
class Answer:
    """What a server sends to one request.

    Attributes:
        is_whole: False breaks the connection before the announced end of the body.
        stalls: keep the connection open and silent after the body, until the client is gone.
    """

    body: bytes
    content_type: str = EVENTS
    status: int = 200
    is_whole: bool = True
    stalls: bool = False


@dataclass
class Scene:
    """A server that was asked: its address, and the bodies it received."""

    url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)


@asynccontextmanager
async def serving(answer: Callable[[dict[str, Any], int], Answer]) -> AsyncIterator[Scene]:
    """A server that answers each request by its body and its number, counted from 1."""
    scene = Scene()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii").lower()
            length = int(head.split("content-length: ")[1].split("\r\n")[0])
            asked = json.loads(await reader.readexactly(length))
            scene.asked.append(asked)
            told = answer(asked, len(scene.asked))
            announced = len(told.body) + (0 if told.is_whole and not told.stalls else 10)
            lines = (f"HTTP/1.1 {told.status} X", f"content-type: {told.content_type}", f"content-length: {announced}")
            writer.write("\r\n".join((*lines, "connection: close", "", "")).encode() + told.body)
            await writer.drain()
            if told.stalls:
                await reader.read()
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        scene.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield scene


async def told(client: Client, endpoint: Endpoint, key: str = "") -> tuple[list[Event], ProviderError | None]:
    """All events of one request, and the error that ended it."""
    events: list[Event] = []
    try:
        async for event in client.stream(endpoint, ASKED, Secret(key)):
            events.append(event)  # noqa: PERF401 - what came before an error is kept
    except ProviderError as error:
        return events, error
    return events, None


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    http = Http(trust_env=False)
    yield Client(http, sleep=lambda _: asyncio.sleep(0), rng=lambda: 0.0)
    await http.close()


def at(scene: Scene, wire_format: WireFormat = WireFormat.OPENAI_CHAT, **more: Any) -> Endpoint:
    return Endpoint("work", wire_format, scene.url, stream_timeout_s=0.3, **more)


def event(payload: object) -> bytes:
    return b"data: " + json.dumps(payload).encode() + b"\n\n"


def text(said: str, finish: str | None = None) -> bytes:
    return event({"choices": [{"index": 0, "delta": {"content": said}, "finish_reason": finish}]})


def text_of(events: Sequence[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


COMPLETED = {"type": "response.completed", "response": {"status": "completed", "output": []}}
COMPLETE = {
    WireFormat.OPENAI_CHAT: text("Hi", "stop") + DONE,
    WireFormat.OPENAI_RESPONSES: event({"type": "response.output_text.delta", "delta": "Hi"}) + event(COMPLETED),
    WireFormat.ANTHROPIC_MESSAGES: (
        event({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}})
        + event({"type": "message_delta", "delta": {"stop_reason": "end_turn"}})
        + event({"type": "message_stop"})
    ),
    WireFormat.OLLAMA_CHAT: b'{"message": {"content": "Hi"}, "done": true, "done_reason": "stop"}\n',
}


@pytest.mark.parametrize("stalls", [False, True], ids=["breaks", "stalls"])
@pytest.mark.parametrize("wire_format", list(WireFormat))
async def test_a_complete_reply_stays_complete_whatever_the_connection_does_then(
    client: Client, wire_format: WireFormat, stalls: bool
) -> None:
    answer = Answer(COMPLETE[wire_format], is_whole=False, stalls=stalls)
    async with serving(lambda asked, number: answer) as scene:
        events, error = await told(client, at(scene, wire_format))
    assert error is None
    assert text_of(events) == "Hi"
    assert isinstance(events[-1], Finished)
    assert not any(isinstance(event, Retrying) for event in events)


HELLO = text("hello ") + text("world")
BOOM = event({"error": {"message": "boom", "code": 500}})
LINES = b'{"message": {"content": "hello "}, "done": false}\n{"message": {"content": "world"}, "done": false}\n'
BOOM_LINE = b'{"error": "boom"}\n'
HELLO_BLOCKS = b"".join(
    b"event: content_block_delta\n"
    + event({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": said}})
    for said in ("hello ", "world")
)
HELLO_ITEMS = b": a comment\n\n" + b"".join(
    event({"type": "response.output_text.delta", "delta": said}) for said in ("hello ", "world")
)


@pytest.mark.parametrize("content_type", ["application/json", "text/html; charset=utf-8"])
@pytest.mark.parametrize(
    ("wire_format", "body"),
    [
        (WireFormat.OPENAI_CHAT, HELLO),
        (WireFormat.OPENAI_CHAT, b"\xef\xbb\xbf\r\n" + HELLO + BOOM),
        (WireFormat.ANTHROPIC_MESSAGES, HELLO_BLOCKS),
        (WireFormat.OPENAI_RESPONSES, HELLO_ITEMS),
        (WireFormat.OLLAMA_CHAT, LINES),
        (WireFormat.OLLAMA_CHAT, LINES + BOOM_LINE),
    ],
)
@pytest.mark.parametrize("is_whole", [True, False], ids=["ends", "breaks"])
async def test_a_stream_under_another_content_type_keeps_its_text_when_it_fails_and_is_not_sent_again(
    client: Client, wire_format: WireFormat, body: bytes, content_type: str, is_whole: bool
) -> None:
    async with serving(lambda asked, number: Answer(body, content_type, is_whole=is_whole)) as scene:
        events, error = await told(client, at(scene, wire_format))
    assert text_of(events) == "hello world"
    assert error is not None
    assert len(scene.asked) == 1


@pytest.mark.parametrize("wire_format", list(WireFormat))
async def test_a_stream_under_another_content_type_is_read_as_it_arrives(
    client: Client, wire_format: WireFormat
) -> None:
    answer = Answer(COMPLETE[wire_format], "application/json")
    async with serving(lambda asked, number: answer) as scene:
        events, error = await told(client, at(scene, wire_format))
    assert error is None
    assert text_of(events) == "Hi"
    assert isinstance(events[-1], Finished)


@pytest.mark.parametrize("content_type", [EVENTS, "application/json", ""])
@pytest.mark.parametrize("indent", [None, 2])
async def test_an_answer_in_one_piece_is_read_under_any_content_type(
    client: Client, content_type: str, indent: int | None
) -> None:
    whole = {"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}
    answer = Answer(json.dumps(whole, indent=indent).encode() + b"\n", content_type)
    async with serving(lambda asked, number: answer) as scene:
        events, error = await told(client, at(scene))
    assert error is None
    assert text_of(events) == "Hi"


def refusal(message: str, status: int = 400) -> Answer:
    return Answer(json.dumps({"error": {"message": message}}).encode(), "application/json", status)


FINE = Answer(text("Hi", "stop") + DONE)


async def test_what_a_server_taught_is_remembered_once_it_worked(client: Client) -> None:
    def answer(asked: dict[str, Any], number: int) -> Answer:
        return refusal("Unknown parameter: max_tokens") if "max_tokens" in asked else FINE

    async with serving(answer) as scene:
        for _ in range(2):
            events, error = await told(client, at(scene))
            assert error is None
            assert text_of(events) == "Hi"
    assert ["max_tokens" in asked for asked in scene.asked] == [True, False, False]


async def test_a_provider_that_goes_elsewhere_now_was_taught_nothing(client: Client) -> None:
    def answer(asked: dict[str, Any], number: int) -> Answer:
        return refusal("Unknown parameter: max_tokens") if "max_tokens" in asked else FINE

    def other(asked: dict[str, Any], number: int) -> Answer:
        return FINE

    async with serving(answer) as before, serving(other) as now:
        for scene in (before, now):
            _, error = await told(client, at(scene))
            assert error is None
    assert ["max_tokens" in asked for asked in now.asked] == [True]


async def test_a_lesson_that_did_not_help_is_tried_once_and_forgotten(client: Client) -> None:
    def answer(asked: dict[str, Any], number: int) -> Answer:
        return refusal(f"Unknown parameter: {'max_tokens' if 'max_tokens' in asked else 'max_completion_tokens'}")

    async with serving(answer) as scene:
        for _ in range(2):
            _, error = await told(client, at(scene))
            assert error is not None
    assert ["max_tokens" in asked for asked in scene.asked] == [True, False, True, False]


async def test_lessons_do_not_use_up_the_retries(client: Client) -> None:
    def answer(asked: dict[str, Any], number: int) -> Answer:
        if number == 1:
            return refusal("Unknown parameter: max_tokens")
        if number == 2:
            return refusal("Unknown parameter: stream_options")
        return refusal("Busy.", 503) if number == 3 else FINE

    async with serving(answer) as scene:
        events, error = await told(client, at(scene, retries=1))
    assert error is None
    assert [event.attempt for event in events if isinstance(event, Retrying)] == [2, 3, 4]


async def test_a_limit_out_of_range_is_told_and_not_dropped(client: Client) -> None:
    async with serving(lambda asked, number: refusal("Invalid max_tokens value, the range is [1, 8192]")) as scene:
        _, error = await told(client, at(scene))
    assert error is not None
    assert "8192" in error.summary
    assert [asked["max_tokens"] for asked in scene.asked] == [ASKED.max_output_tokens]


SPENT = {"input_tokens": 3, "output_tokens": 4, "prompt_tokens": 3, "completion_tokens": 4}


@pytest.mark.parametrize(
    ("wire_format", "body"),
    [
        (
            WireFormat.OPENAI_CHAT,
            event({"choices": [{"delta": {"content": "Hi"}}], "usage": SPENT, "error": {"message": "boom"}}),
        ),
        (
            WireFormat.OPENAI_RESPONSES,
            event({"type": "response.output_text.delta", "delta": "Hi"})
            + event({"type": "response.failed", "response": {"error": {"message": "boom"}, "usage": SPENT}}),
        ),
    ],
)
async def test_an_error_is_told_at_once_and_after_what_came_with_it(
    client: Client, wire_format: WireFormat, body: bytes
) -> None:
    async with serving(lambda asked, number: Answer(body, stalls=True)) as scene:
        events, error = await told(client, at(scene, wire_format))
    assert text_of(events) == "Hi"
    assert events[-1] == UsageReport(Usage(3, output_tokens=4))
    assert error is not None
    assert error.detail == "boom"
