"""Replies as JSON, in the shape that scripts rely on."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from app.session.reply import Reply
from providers.costs import UNKNOWN_COST, Cost
from providers.errors import BadConfig, ProviderError
from providers.events import StopReason
from providers.messages import ToolCall
from providers.usage import NO_USAGE, Usage

_LEAST_DECIMALS = 10


def ask_object(reply: Reply, conversation_id: str | None) -> dict[str, Any]:
    """The one object of `parley ask --json`."""
    return {
        "model": str(reply.ref),
        "text": reply.text,
        "reasoning": reply.reasoning,
        "tool_calls": [_call(call) for call in reply.tool_calls],
        "stop_reason": (reply.stop or StopReason.INCOMPLETE).value,
        "raw_stop_reason": reply.raw_stop,
        "usage": _usage(reply.usage),
        "cost": _cost(reply.cost),
        "timing": {"first_token_ms": reply.first_token_ms, "total_ms": reply.total_ms},
        "conversation": conversation_id,
        "error": _error(reply.error) if reply.error else None,
    }


def failed_object(model: str, message: str, hint: str) -> dict[str, Any]:
    """The same object for a request that could not be sent."""
    return {
        "model": model or None,
        "text": "",
        "reasoning": "",
        "tool_calls": [],
        "stop_reason": StopReason.ERROR.value,
        "raw_stop_reason": "",
        "usage": _usage(NO_USAGE),
        "cost": _cost(UNKNOWN_COST),
        "timing": {"first_token_ms": None, "total_ms": None},
        "conversation": None,
        "error": _error(BadConfig(message, hint)),
    }


def plain_usd(usd: Decimal | None) -> str | None:
    """A decimal string without exponent, at least ten decimals, more when the value has more."""
    if usd is None:
        return None
    exponent = usd.as_tuple().exponent
    decimals = -exponent if isinstance(exponent, int) else 0
    return f"{usd:.{max(_LEAST_DECIMALS, decimals)}f}"


def _usage(usage: Usage) -> dict[str, int | None]:
    return {
        "input_tokens": usage.input_tokens,
        "cached_tokens": usage.cached_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
        "output_tokens": usage.output_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
    }


def _cost(cost: Cost) -> dict[str, str | None]:
    return {"usd": plain_usd(cost.usd), "status": cost.status.value, "source": cost.source or None}


def _call(call: ToolCall) -> dict[str, Any]:
    try:
        arguments = json.loads(call.arguments, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        arguments = call.arguments  # cut off in the middle, or not JSON at all: shown as it arrived
    return {"id": call.id, "name": call.name, "arguments": arguments}


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _error(error: ProviderError) -> dict[str, Any]:
    return {
        "category": error.category,
        "message": error.summary,
        "hint": error.hint,
        "status": error.status,
        "request_id": error.request_id or None,
        "retry_after_s": error.retry_after_s,
    }
