"""Reading JSON that a server wrote: every accessor takes anything and gives the type it promises.

Servers send null, nothing, or another type wherever a field is documented; none of that is worth a crash.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json

from providers.errors import ProtocolError
from providers.request import Endpoint

CHECK_BASE_URL = "Check the base URL and the type of the provider."

MOST_TOKENS = 10**9
"""No request has more; larger numbers are noise."""


def parse(data: bytes, endpoint: Endpoint) -> Any:
    """The JSON value in one frame.

    Raises:
        ProtocolError: when it is not UTF-8 or not JSON.
    """
    try:
        return from_json(data)
    except ValueError:
        pass
    try:
        # The slow parser also takes halves of surrogate pairs, which gateways that cut strings produce.
        return _whole_characters(json.loads(data))
    except (ValueError, RecursionError) as error:
        raise ProtocolError(
            f"{endpoint.provider} sent something that is not JSON in the middle of its reply.",
            "Send the message again; if it happens every time, check the base URL and what stands between.",
            detail=excerpt(data),
            provider=endpoint.provider,
        ) from error


def parse_whole(body: bytes, endpoint: Endpoint) -> Any:
    """The JSON value of a complete answer.

    Raises:
        ProtocolError: for an empty body, HTML, or anything else that is not JSON.
    """
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        said = "with an empty page"
    elif start.startswith(b"<"):
        said = "with a web page instead of a reply"
    else:
        try:
            return parse(start, endpoint)
        except ProtocolError:
            said = "with something that is not JSON"
    raise ProtocolError(
        f"{endpoint.provider} answered {said}.",
        CHECK_BASE_URL,
        detail=excerpt(start),
        provider=endpoint.provider,
    )


def foreign(endpoint: Endpoint, body: object) -> ProtocolError:
    """The error for JSON that belongs to no answer of the wire format."""
    return ProtocolError(
        f"{endpoint.provider} answered with JSON that is not a reply in the format {endpoint.format.value}.",
        CHECK_BASE_URL,
        detail=excerpt(json.dumps(body, ensure_ascii=False).encode(errors="replace")),
        provider=endpoint.provider,
    )


def excerpt(data: bytes, limit: int = 200) -> str:
    """The first characters of foreign bytes, for the detail of an error."""
    text = data[: limit * 4].decode(errors="replace").strip()
    return text if len(text) <= limit else text[: limit - 1] + "…"


def text_of(value: object) -> str:
    """The string, or "" for anything else."""
    return value if isinstance(value, str) else ""


def count_of(value: object) -> int | None:
    """A token count; None for anything that cannot be one."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if isinstance(value, float) and not value.is_integer():
        return None
    return int(value) if 0 <= value <= MOST_TOKENS else None


def object_of(value: object) -> Mapping[str, Any]:
    """The JSON object, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def objects_of(value: object) -> list[Mapping[str, Any]]:
    """The objects in a JSON array; everything else in it, and anything that is no array, is left out."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _whole_characters(value: Any) -> Any:
    """The value with unpaired surrogates replaced, so that every string in it can be encoded."""
    text = json.dumps(value, ensure_ascii=False)
    return json.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
