"""OpenAI Chat Completions, as OpenAI speaks it and as everybody imitates it."""

from __future__ import annotations

from decimal import Decimal

from providers.costs import WriteFactors
from providers.decoders.sse import SseDecoder
from providers.formats.base import Adapter, Decoder
from providers.formats.chat_request import build
from providers.formats.chat_stream import ChatAdapter
from providers.request import ChatRequest, Endpoint

__all__ = ["WRITE_FACTORS", "adapter", "build", "decoder"]

WRITE_FACTORS = WriteFactors(short=Decimal("1.25"))
"""Cache writes are billed at 1.25 times the input rate by OpenAI (from gpt-5.6 on), and by Anthropic behind
OpenRouter; nobody else reports any in this format."""


def adapter(request: ChatRequest, endpoint: Endpoint) -> Adapter:
    return ChatAdapter(request, endpoint)


def decoder() -> Decoder:
    return SseDecoder()
