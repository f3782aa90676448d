"""What the adapters share: frames and bodies to JSON objects, or to the errors they stand for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from providers.decoders.frame import Frame
from providers.decoders.sse import DONE
from providers.errors import IncompleteStream, ProviderError
from providers.events import Event
from providers.failures import from_payload
from providers.formats.payload import foreign, parse, parse_whole
from providers.request import ChatRequest, Endpoint


def frame_object(frame: Frame, endpoint: Endpoint) -> Mapping[str, Any] | None:
    """The object in a frame; None for `[DONE]`, for blanks, and for JSON that is no object.

    Raises: ProtocolError, when the frame is not JSON.
    """
    data = frame.data.strip()
    if not data or data == DONE:
        return None
    value = parse(data, endpoint)
    return value if isinstance(value, dict) else None


def whole_object(
    body: bytes, endpoint: Endpoint, model: str, is_answer: Callable[[Mapping[str, Any]], bool]
) -> Mapping[str, Any]:
    """The object in a complete answer.

    Args:
        is_answer: whether an object is a reply in the wire format.
    Raises:
        ProviderError: for an error inside a 200, an empty body, a web page, or JSON of any other shape.
    """
    value = parse_whole(body, endpoint)
    if isinstance(value, dict) and not value.get("error") and is_answer(value):
        return value
    failure = from_payload(value, endpoint=endpoint, model=model)
    # Without a message of the server's there is no error in it: it is something else altogether.
    raise failure if failure.detail else foreign(endpoint, value)


def failing(events: Sequence[Event], error: ProviderError) -> Iterator[Event]:
    """What stood beside an error, then the error: text and usage still count."""
    yield from events
    raise error


def earlier_calls(request: ChatRequest) -> int:
    """How many calls the conversation holds: ids made up for new ones must differ from theirs."""
    return sum(len(message.tool_calls) for message in request.messages)


def cut_off(endpoint: Endpoint) -> IncompleteStream:
    """The error for a stream that ended before the server said that the reply is complete."""
    return IncompleteStream(
        f"{endpoint.provider} ended the stream before the reply was complete.",
        hint="What arrived is kept. Ask again, or ask it to continue.",
        provider=endpoint.provider,
        is_retryable=True,
    )
