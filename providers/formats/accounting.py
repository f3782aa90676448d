"""Building a `Usage` from what servers report: nothing impossible gets into it."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from providers.costs import EXACT
from providers.formats.payload import MOST_TOKENS
from providers.usage import NO_USAGE, Usage

_LARGEST, _SMALLEST = 9, -100
"""Powers of ten that an amount of money can reach: a request costs less than ten billion USD, and is not written
with thousands of digits."""


def exact(data: bytes) -> Any:
    """The value of a JSON text, every number with a fraction a `Decimal` with all the digits written.

    Slower than `payload.parse`, so only for frames that carry an amount of money.

    Returns:
        None when it is not JSON in the strict sense, or holds a number beyond all measure.
    """
    try:
        return json.loads(data, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError):
        return None


def money(value: object, *, power: int = 0) -> Decimal | None:
    """An amount in USD; None for anything that cannot be one (negative, absurd, not a number).

    A float goes through its shortest decimal form, never through its binary value. Where a server writes more
    than 15 digits only `exact` keeps them all.

    Args:
        power: of ten, of the unit that the value counts.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        return None
    try:
        amount = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    except (InvalidOperation, ValueError):
        return None
    exponent = amount.as_tuple().exponent
    if not isinstance(exponent, int) or amount < 0:
        return None
    # Before any arithmetic: 1e999999999 would overflow, and writing it out would take for ever.
    is_sensible = exponent + power >= _SMALLEST and amount.adjusted() + power <= _LARGEST
    return EXACT.scaleb(amount, power) if is_sensible else None


def add(*parts: int | None) -> int | None:
    """The sum of the known parts; None when none is known."""
    known = [part for part in parts if part is not None]
    return sum(known) if known else None


def consistent(usage: Usage) -> Usage:
    """The same usage with every part inside its whole: what does not fit is clamped.

    Cache reads are settled before writes: more servers report them, and more of them correctly. A whole that is
    absurd is unknown, and then so is what it was made of.
    """
    if (usage.input_tokens or 0) > MOST_TOKENS or (usage.output_tokens or 0) > MOST_TOKENS:
        return replace(NO_USAGE, cost_usd=usage.cost_usd, service_tier=usage.service_tier)
    cached = _at_most(usage.cached_tokens, usage.input_tokens)
    left = None if usage.input_tokens is None else usage.input_tokens - (cached or 0)
    written = _at_most(usage.cache_write_tokens, left)
    return replace(
        usage,
        cached_tokens=cached,
        cache_write_tokens=written,
        cache_write_1h_tokens=_at_most(usage.cache_write_1h_tokens, written),
        reasoning_tokens=_at_most(usage.reasoning_tokens, usage.output_tokens),
        cached_output_tokens=_at_most(usage.cached_output_tokens, usage.output_tokens),
    )


def _at_most(part: int | None, whole: int | None) -> int | None:
    return part if part is None or whole is None else min(part, whole)
