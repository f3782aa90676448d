"""Newline-delimited JSON from bytes. Lines end in LF only: every other line end may occur inside a string."""

from __future__ import annotations

from providers.decoders.buffer import BOM, MAX_PENDING, SeparatedBytes, is_json
from providers.decoders.frame import Frame


class NdjsonDecoder:
    """Bytes to frames, one per line that is not blank."""

    def __init__(self, max_pending: int = MAX_PENDING) -> None:
        self._lines = SeparatedBytes(b"\n", max_pending)

    def feed(self, chunk: bytes) -> list[Frame]:
        """Raises: ProtocolError, when a line grows beyond all measure."""
        return [Frame(line) for line in self._lines.feed(chunk).split(b"\n") if line and not line.isspace()]

    def recognises(self, head: bytes) -> bool:
        """Whether a body begins with a line that is a whole JSON text, and goes on after it."""
        line, _, more = head.removeprefix(BOM).lstrip().partition(b"\n")
        return bool(more.strip()) and is_json(line)

    def end(self) -> list[Frame]:
        """The last line may lack its LF; one that was cut off is dropped."""
        line = self._lines.rest()
        return [Frame(line)] if is_json(line) else []
