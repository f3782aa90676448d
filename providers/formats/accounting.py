"""Building a `Usage` from what servers report: nothing impossible gets into it."""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any

from providers.usage import Usage


def exact(data: bytes) -> Any:
    """The value of a JSON text, every number with a fraction a `Decimal` with all the digits written.

    Slower than `payload.parse`, so only for frames that carry an amount of money.

    Returns:
        None when it is not JSON in the strict sense.
    """
    try:
        return json.loads(data, parse_float=Decimal)
    except (ValueError, RecursionError):
        return None


def money(value: object) -> Decimal | None:
    """An amount in USD; None for anything that cannot be one (negative, infinite, not a number).

    A float goes through its shortest decimal form, never through its binary value. Where a server writes more
    than 15 digits only `exact` keeps them all.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        return None
    try:
        amount = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    except (InvalidOperation, ValueError):
        return None
    return amount if amount.is_finite() and amount >= 0 else None


def add(*parts: int | None) -> int | None:
    """The sum of the known parts; None when none is known."""
    known = [part for part in parts if part is not None]
    return sum(known) if known else None


def consistent(usage: Usage) -> Usage:
    """The same usage with every part inside its whole: what does not fit is clamped.

    Cache reads are settled before writes: more servers report them, and more of them correctly.
    """
    cached = _at_most(usage.cached_tokens, usage.input_tokens)
    left = None if usage.input_tokens is None else usage.input_tokens - (cached or 0)
    written = _at_most(usage.cache_write_tokens, left)
    return Usage(
        input_tokens=usage.input_tokens,
        cached_tokens=cached,
        cache_write_tokens=written,
        cache_write_1h_tokens=_at_most(usage.cache_write_1h_tokens, written),
        output_tokens=usage.output_tokens,
        reasoning_tokens=_at_most(usage.reasoning_tokens, usage.output_tokens),
        cost_usd=usage.cost_usd,
        service_tier=usage.service_tier,
    )


def _at_most(part: int | None, whole: int | None) -> int | None:
    return part if part is None or whole is None else min(part, whole)
