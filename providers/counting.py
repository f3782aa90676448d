"""Asking a server how many tokens a request has. Anthropic and OpenAI answer that, for free; most others do not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from providers.asking import Reply, post
from providers.credentials import Secret
from providers.errors import CannotCount, PathNotFound, ProtocolError
from providers.formats import wire_format
from providers.formats.payload import MOST_TOKENS
from providers.formats.urls import api_url
from providers.http import Http
from providers.request import ChatRequest, Endpoint, WireFormat

_PATHS: Mapping[WireFormat, str] = {
    WireFormat.ANTHROPIC_MESSAGES: "/messages/count_tokens",
    WireFormat.OPENAI_RESPONSES: "/responses/input_tokens",
}
_COMMON = ("model", "tools", "tool_choice")
_FIELDS: Mapping[WireFormat, frozenset[str]] = {
    WireFormat.ANTHROPIC_MESSAGES: frozenset((*_COMMON, "messages", "system", "thinking", "output_config")),
    WireFormat.OPENAI_RESPONSES: frozenset(
        (*_COMMON, "input", "instructions", "parallel_tool_calls", "reasoning", "text", "truncation")
    ),
}
"""What these paths take of a request; anything else is refused."""
_NOT_THERE = (404, 405, 501)


async def count_tokens(http: Http, endpoint: Endpoint, request: ChatRequest, secret: Secret) -> int:
    """Raises: CannotCount; ProviderError, for anything else that failed."""
    if endpoint.quirks.counts_as_responses and endpoint.format is WireFormat.OPENAI_CHAT:
        endpoint = replace(endpoint, format=WireFormat.OPENAI_RESPONSES)
    path = _PATHS.get(endpoint.format)
    if path is None:
        raise _cannot_count(endpoint)
    body = wire_format(endpoint.format).build(request, endpoint).body or {}
    kept = {name: value for name, value in body.items() if name in _FIELDS[endpoint.format]}
    url = api_url(endpoint.base_url, endpoint.format, path, endpoint.quirks, request.model)
    reply = await post(http, endpoint, secret, url, kept, request.model)
    if reply.status in _NOT_THERE and isinstance(reply.error, PathNotFound):
        raise _cannot_count(endpoint, reply) from reply.error
    if reply.error is not None:
        raise reply.error
    return _counted(reply.body, endpoint, reply.url)


def _counted(body: bytes, endpoint: Endpoint, url: str) -> int:
    try:
        count = json.loads(body)["input_tokens"]
    except (ValueError, RecursionError, KeyError, TypeError):
        count = None
    # No request is without a token: a zero is a server that does not count.
    if isinstance(count, bool) or not isinstance(count, int) or not 0 < count <= MOST_TOKENS:
        raise ProtocolError(
            "The server's answer holds no count of tokens.",
            "Check the base URL and the type.",
            provider=endpoint.provider,
            url=url,
        )
    return count


def _cannot_count(endpoint: Endpoint, reply: Reply | None = None) -> CannotCount:
    """Args: reply: how the server said so; None when it was not asked."""
    return CannotCount(
        f"{endpoint.provider} does not count tokens before they are sent.",
        "Parley's own count stands, marked ≈.",
        provider=endpoint.provider,
        url=reply.url if reply else "",
        status=reply.status if reply else None,
    )
