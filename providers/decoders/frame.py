"""One decoded SSE event or NDJSON line."""

from __future__ import annotations

from typing import NamedTuple


class Frame(NamedTuple):
    """Attributes:
    data: the payload, UTF-8 as received; what it holds is the adapter's business.
    event: the SSE event name; "" when the server sent none, and always "" for NDJSON.
    """

    data: bytes
    event: str = ""
