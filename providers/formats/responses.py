"""OpenAI's Responses API and those who speak it too (`openai-responses`)."""

from __future__ import annotations

from decimal import Decimal

from providers.costs import WriteFactors
from providers.decoders.sse import SseDecoder
from providers.formats.bodies import merged
from providers.formats.headers import request_headers
from providers.formats.responses_request import body_of
from providers.formats.responses_stream import ResponsesAdapter
from providers.formats.urls import chat_url
from providers.request import ChatRequest, Endpoint, HttpCall

WRITE_FACTORS = WriteFactors(short=Decimal("1.25"))
"""Cache writes, where they are reported (from gpt-5.6 on), in multiples of the input rate."""


def build(request: ChatRequest, endpoint: Endpoint) -> HttpCall:
    """Raises: BadConfig, when the base URL or an extra header cannot be used."""
    return HttpCall(
        "POST",
        chat_url(endpoint.base_url, endpoint.format, endpoint.quirks, request.model),
        request_headers(endpoint),
        merged(body_of(request, endpoint), endpoint.extra_body),
    )


def adapter(request: ChatRequest, endpoint: Endpoint) -> ResponsesAdapter:
    return ResponsesAdapter(request, endpoint)


def decoder() -> SseDecoder:
    return SseDecoder()
