"""Replaying recorded and invented streams through a wire format's decoder and adapter."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from providers.catalogue.quirks import NO_QUIRKS, Quirks
from providers.errors import ProviderError
from providers.events import Event
from providers.formats import wire_format as module_of
from providers.messages import user
from providers.request import ChatRequest, Endpoint, WireFormat

WIRE = Path(__file__).parents[1] / "wire"
ASKED = ChatRequest(model="a-model", messages=(user("Hello"),))


def _replayed(
    wire_format: WireFormat,
    stream: str | bytes | Iterable[bytes],
    request: ChatRequest = ASKED,
    quirks: Quirks = NO_QUIRKS,
) -> list[Event | ProviderError]:
    """What a stream tells; a final error stands at the end.

    Args:
        stream: the name of a file in tests/wire, or the bytes, whole or in chunks.
    """
    if isinstance(stream, str):
        stream = (WIRE / wire_format.value / stream).read_bytes()
    chunks = [stream] if isinstance(stream, bytes) else stream
    endpoint = Endpoint("here", wire_format, "http://localhost:8000", quirks=quirks)
    module = module_of(wire_format)
    decoder, adapter = module.decoder(), module.adapter(request, endpoint)
    told: list[Event | ProviderError] = []
    try:
        for chunk in chunks:
            for frame in decoder.feed(chunk):
                told += adapter.push(frame)
        for frame in decoder.end():
            told += adapter.push(frame)
        told += adapter.end()
    except ProviderError as error:
        told.append(error)
    return told


@pytest.fixture(scope="session")
def replay() -> Callable[..., list[Event | ProviderError]]:
    return _replayed
