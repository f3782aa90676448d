"""Keys and values as TOML writes them on one line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def toml_key(name: str) -> str:
    """One part of a key, in quotes where it needs them."""
    return name if _BARE_KEY.fullmatch(name) else _string(name)


def toml_value(value: Any) -> str:
    """A value without line breaks; tables are inline ones.

    Args:
        value: a Decimal is written as a number, digit by digit; one with zeros that nobody wrote, as 1E+20.
    Raises:
        TypeError: TOML has no such value.
    """
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case Decimal() if value.is_finite():
            digits = f"{value:f}"
            return digits if "." in digits or value.as_tuple().exponent == 0 else str(value)
        case Decimal() | float():
            return str(value).lower().removesuffix("inity")
        case str():
            return _string(value)
        case Mapping():
            pairs = ", ".join(f"{toml_key(key)} = {toml_value(inner)}" for key, inner in value.items())
            return f"{{ {pairs} }}" if pairs else "{}"
        case list() | tuple():
            return f"[{', '.join(toml_value(item) for item in value)}]"
        case _:
            raise TypeError(f"TOML has no {type(value).__name__}")


def _string(text: str) -> str:
    """A basic string. JSON escapes the same characters, but for DEL."""
    import json

    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
