"""Server-sent events from bytes, by the rules of the WHATWG HTML standard, section 9.2.6.

One exception, because servers need it: the last event may lack its blank line. It counts when its data is a
whole JSON text or `[DONE]`; anything else at the end is an event that was cut off, and is dropped.
"""

from __future__ import annotations

from providers.decoders.buffer import BOM, MAX_PENDING, SeparatedBytes, is_json
from providers.decoders.frame import Frame

DONE = b"[DONE]"


class SseDecoder:
    """Bytes to frames. Lines end in LF, CR or CRLF, and in nothing else, wherever chunks are cut."""

    def __init__(self, max_pending: int = MAX_PENDING) -> None:
        self._events = SeparatedBytes(b"\n\n", max_pending)
        self._after_cr = False

    def feed(self, chunk: bytes) -> list[Frame]:
        """Raises: ProtocolError, when an event grows beyond all measure."""
        frames: list[Frame] = []
        for block in self._events.feed(self._with_line_feeds(chunk)).split(b"\n\n"):
            # Nearly every event of a chat stream is one such line.
            if block.startswith(b"data: ") and b"\n" not in block:
                frames.append(Frame(block[6:]))
            elif block and (frame := _frame(block)) is not None:
                frames.append(frame)
        return frames

    def recognises(self, head: bytes) -> bool:
        """Whether a body begins with a field or a comment of an event stream."""
        return head.removeprefix(BOM).lstrip().startswith((b"data:", b"event:", b":"))

    def end(self) -> list[Frame]:
        frame = _frame(self._events.rest())
        if frame is None or not (frame.data.strip() == DONE or is_json(frame.data)):
            return []
        return [frame]

    def _with_line_feeds(self, chunk: bytes) -> bytes:
        if self._after_cr and chunk:
            self._after_cr = False
            chunk = chunk.removeprefix(b"\n")
        if b"\r" in chunk:
            self._after_cr = chunk.endswith(b"\r")
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return chunk


def _frame(block: bytes) -> Frame | None:
    """The event in a block of lines; None when it has no data line."""
    data: list[bytes] = []
    event = b""
    for line in block.split(b"\n"):
        field, _, value = line.partition(b":")
        if field == b"data":
            data.append(value.removeprefix(b" "))
        elif field == b"event":
            event = value.removeprefix(b" ")
    if not data:
        return None
    return Frame(b"\n".join(data), event.decode("utf-8", errors="replace"))
