"""Bytes as they arrive, cut at a separator: what both decoders stand on."""

from __future__ import annotations

import json

from providers.errors import ProtocolError

MAX_PENDING = 64 * 1024 * 1024
"""Bytes without a separator. No event is so long; a server that sends more would fill the memory."""

BOM = b"\xef\xbb\xbf"


class SeparatedBytes:
    """Collects bytes and gives out all that is complete.

    The cost is linear in the bytes fed, however small the pieces: what was searched is not searched again.
    """

    def __init__(self, separator: bytes, max_pending: int = MAX_PENDING) -> None:
        self._separator = separator
        self._max_pending = max_pending
        self._pending = bytearray()
        self._searched = 0
        self._at_start = True

    def feed(self, chunk: bytes) -> bytes:
        """Everything up to the last separator, that one included; b"" when none has come.

        Raises:
            ProtocolError: when more than `max_pending` bytes wait for a separator.
        """
        pending = self._pending
        pending += chunk
        if self._at_start and not self._skip_bom():
            return b""
        end = pending.rfind(self._separator, self._searched)
        if end < 0:
            self._searched = max(0, len(pending) - len(self._separator) + 1)
            if len(pending) > self._max_pending:
                raise ProtocolError(
                    f"The server sent more than {self._max_pending // (1024 * 1024)} MiB in one piece.",
                    hint="Check the base URL: this is not a stream of a chat API.",
                )
            return b""
        end += len(self._separator)
        complete = bytes(pending[:end])
        del pending[:end]
        self._searched = 0
        return complete

    def rest(self) -> bytes:
        """What is left when the stream is over."""
        rest = bytes(self._pending)
        self._pending.clear()
        return rest

    def _skip_bom(self) -> bool:
        """Drop a leading byte order mark. Returns: False while only a part of one may have arrived."""
        if len(self._pending) < len(BOM) and BOM.startswith(self._pending):
            return False
        if self._pending.startswith(BOM):
            del self._pending[: len(BOM)]
        self._at_start = False
        return True


def is_json(data: bytes) -> bool:
    """Whether the bytes are a whole JSON text: tells a finished last event from one that was cut off."""
    try:
        json.loads(data.decode("utf-8", errors="replace"))
    except (ValueError, RecursionError):
        return False
    return True
