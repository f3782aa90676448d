"""What every wire format offers: two pure halves and the facts around them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from providers.costs import WriteFactors
from providers.decoders.frame import Frame
from providers.events import Event
from providers.request import ChatRequest, Endpoint, HttpCall


class Decoder(Protocol):
    """Bytes to frames, without I/O. Any split of the bytes gives the same frames."""

    def feed(self, chunk: bytes) -> list[Frame]: ...

    def recognises(self, head: bytes) -> bool:
        """Whether a body that begins like this, under whatever content type, is a stream of such frames."""
        ...

    def end(self) -> list[Frame]:
        """The frames left when the stream closes without a final separator."""
        ...


class Adapter(Protocol):
    """Frames of one reply to events. One object per reply; never reused."""

    def push(self, frame: Frame) -> Iterable[Event]:
        """Raises: ProviderError, when the server reports an error inside the stream; after the events beside it."""
        ...

    def end(self) -> list[Event]:
        """The stream is over: emits the terminal `Finished` unless it was emitted already.

        Raises: IncompleteStream, when nothing told that the reply is complete.
        """
        ...

    def whole(self, body: bytes) -> Iterable[Event]:
        """A whole JSON answer to a streaming request (proxies that buffer), `Finished` included.

        Raises: ProviderError, for an error inside a 200, HTML, or anything that is not this format.
        """
        ...


class WireFormatModule(Protocol):
    """A module in `providers.formats` that speaks one wire format."""

    WRITE_FACTORS: WriteFactors

    def build(self, request: ChatRequest, endpoint: Endpoint) -> HttpCall: ...

    def adapter(self, request: ChatRequest, endpoint: Endpoint) -> Adapter: ...

    def decoder(self) -> Decoder: ...
