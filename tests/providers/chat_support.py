"""What the tests of the chat format share: an endpoint, a request, and a reply folded from events."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from providers.catalogue.quirks import NO_QUIRKS, Quirks
from providers.decoders.frame import Frame
from providers.errors import ProviderError
from providers.events import (
    Event,
    Finished,
    ReasoningDelta,
    ReasoningSeal,
    TextDelta,
    ToolCallDelta,
    UsageReport,
)
from providers.formats.chat import adapter, decoder
from providers.messages import Message, user
from providers.request import ChatRequest, Endpoint, ToolSpec, WireFormat
from providers.usage import NO_USAGE, Usage

WIRE = Path(__file__).parents[1] / "wire" / "openai-chat"


def endpoint(quirks: Quirks = NO_QUIRKS, base_url: str = "https://api.example.com/v1", **more: Any) -> Endpoint:
    return Endpoint("work", WireFormat.OPENAI_CHAT, base_url, quirks=quirks, **more)


def request(*messages: Message, tools: Sequence[str] = (), **more: Any) -> ChatRequest:
    specs = tuple(ToolSpec(name, "", {"type": "object"}) for name in tools)
    return ChatRequest("some-model", messages or (user("Hello"),), tools=specs, **more)


def outcome(chunks: Iterable[bytes], quirks: Quirks = NO_QUIRKS) -> tuple[list[Event], ProviderError | None]:
    """The events of a stream, its end included, and the error that cut them short."""
    frames, reply = decoder(), adapter(request(), endpoint(quirks))
    events: list[Event] = []
    try:
        for chunk in chunks:
            for decoded in frames.feed(chunk):
                events += reply.push(decoded)
        for decoded in frames.end():
            events += reply.push(decoded)
        return events + reply.end(), None
    except ProviderError as error:
        return events, error


def events_of(chunks: Iterable[bytes], quirks: Quirks = NO_QUIRKS) -> list[Event]:
    """All events of a stream that ends well."""
    events, error = outcome(chunks, quirks)
    if error is not None:
        raise error
    return events


def recorded(name: str) -> bytes:
    return (WIRE / f"{name}.sse").read_bytes()


def frame(payload: object) -> Frame:
    return Frame(json.dumps(payload).encode())


def chunk(delta: object = None, finish: str | None = None, **more: object) -> Frame:
    """One chunk of a stream."""
    choice = {"index": 0, "delta": {} if delta is None else delta, "finish_reason": finish}
    return frame({"object": "chat.completion.chunk", "choices": [choice], **more})


@dataclass
class Call:
    id: str
    name: str
    arguments: str
    opaque: dict[str, Any] = field(default_factory=dict)


@dataclass
class Reply:
    """Events folded as a session folds them."""

    text: str = ""
    reasoning: str = ""
    sealed: list[dict[str, Any]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    usage: Usage = NO_USAGE
    reports: int = 0
    finished: list[Finished] = field(default_factory=list)


def folded(events: Iterable[Event]) -> Reply:
    reply = Reply()
    for event in events:
        match event:
            case TextDelta(text):
                reply.text += text
            case ReasoningDelta(text):
                reply.reasoning += text
            case ReasoningSeal(opaque):
                reply.sealed.append(dict(opaque))
            case ToolCallDelta(index, id_, name, arguments, opaque):
                if index == len(reply.calls):
                    reply.calls.append(Call(id_, name, ""))
                else:
                    assert not id_
                    assert not name
                reply.calls[index].arguments += arguments
                reply.calls[index].opaque.update(opaque)
            case UsageReport(usage):
                reply.usage = usage
                reply.reports += 1
            case Finished():
                reply.finished.append(event)
    return reply
