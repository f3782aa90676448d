"""What the user adds to request bodies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def merged(body: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """The body with `extra_body` laid over it: objects are merged field by field, all else is replaced."""
    result = dict(body)
    for name, value in extra.items():
        own = result.get(name)
        if isinstance(own, Mapping) and isinstance(value, Mapping):
            result[name] = merged(own, value)
        else:
            result[name] = value
    return result
