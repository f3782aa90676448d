"""Replies, and where their figures come from, as JSON in the shape that scripts rely on."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.session.provenance import Provenance
from app.session.reply import Reply
from app.storage.encoding import from_money
from app.storage.records import LedgerRow
from providers.costs import UNKNOWN_COST, Cost, Portion
from providers.errors import ProviderError
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


def provenance_object(of: Provenance) -> dict[str, Any]:
    """Where the figures of a stored reply come from; money and rates are exact decimal strings, unknown is null."""
    return {
        "format": of.format or None,
        "request_kind": of.kind.value,
        "usage": _whole_usage(of.usage),
        "cost": {
            "usd": from_money(of.cost.usd),
            "status": of.cost.status_word,
            "source": of.cost.source or None,
            "explanation": of.why,
            "counted": {"input_tokens": of.counted.input_tokens, "output_tokens": of.counted.output_tokens},
            "rates": _rates(of),
            "portions": [_portion(each) for each in of.portions] if of.adds_up else None,
        },
        "timing": _timing(of.started_at, of.first_token_ms, of.total_ms),
        "attempts": [_attempt(row) for row in of.earlier],
    }


NO_PROVENANCE = dict.fromkeys(("format", "request_kind", "usage", "cost", "timing"), None) | {"attempts": []}
"""Of a message that no request is recorded for."""


def _attempt(row: LedgerRow) -> dict[str, Any]:
    """A request that was sent before the one that brought the reply."""
    return {
        "attempt": row.attempt,
        "model": f"{row.provider}/{row.model}",
        "format": row.format or None,
        "stop_reason": row.stop.value,
        "error": row.error or None,
        "usage": _whole_usage(row.usage),
        "cost": {"usd": from_money(row.cost.usd), "status": row.cost.status_word, "source": row.cost.source or None},
        "timing": _timing(row.started_at, row.first_token_ms, row.total_ms),
    }


def _whole_usage(usage: Usage) -> dict[str, Any]:
    return {
        **_usage(usage),
        "cache_write_1h_tokens": usage.cache_write_1h_tokens,
        "service_tier": usage.service_tier,
    }


def _rates(of: Provenance) -> dict[str, Any] | None:
    """Those in force for the request, USD per 1,000,000 tokens."""
    if of.rates is None:
        return None
    rates = of.rates.for_input(of.counted.input_tokens or 0)
    return {
        "input": from_money(rates.input),
        "output": from_money(rates.output),
        "cached_input": from_money(rates.cached_input),
        "cache_write": from_money(rates.cache_write),
        "cache_write_1h": from_money(rates.cache_write_1h),
        "above_input": of.tier.above_input if of.tier else None,
        "source": rates.source or None,
        "checked": rates.checked.isoformat() if rates.checked else None,
    }


def _portion(portion: Portion) -> dict[str, Any]:
    return {
        "kind": portion.bucket.value,
        "tokens": portion.tokens,
        "usd_per_1m": from_money(portion.rate),
        "usd": from_money(portion.usd),
    }


def _timing(started_at: datetime | None, first_token_ms: int | None, total_ms: int | None) -> dict[str, Any]:
    return {
        "started_at": started_at.isoformat() if started_at else None,
        "first_token_ms": first_token_ms,
        "total_ms": total_ms,
    }


def failed_object(model: str, error: ProviderError) -> dict[str, Any]:
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
        "error": _error(error),
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
    return {"usd": plain_usd(cost.usd), "status": cost.status_word, "source": cost.source or None}


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
