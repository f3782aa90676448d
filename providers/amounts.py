"""Numbers that people and price lists write, as exact decimals: prices, sums of money."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

_WRITTEN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_MOST_DECIMALS = 20
_TOO_LARGE = 10**9


def amount(value: object) -> Decimal | None:
    """A number, or a text that is nothing but one, without losing a digit; None for anything else.

    Also None for what is no number of a sensible size: NaN, Infinity, a billion and more, more than 20 decimals.
    A binary float is read by its shortest decimal form, which is what was written.
    """
    if isinstance(value, float):
        value = repr(value)
    if isinstance(value, str):
        value = Decimal(value.strip()) if _WRITTEN.fullmatch(value.strip()) else None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    number = Decimal(value)
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -_MOST_DECIMALS or abs(number) >= _TOO_LARGE:
        return None
    return number or number.copy_abs()


def decimal_of(digits: str) -> Decimal:
    """A number as JSON and TOML write it, for their parsers; NaN where its exponent is more than a Decimal can hold."""
    try:
        return Decimal(digits)
    except InvalidOperation:
        return Decimal("NaN")
