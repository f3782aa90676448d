"""Ids for what is stored: sortable by time, unique across processes, easy to type the start of."""

from __future__ import annotations

import os
from datetime import datetime

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: no letters that look alike."""


def new_id(now: datetime, random_bits: int | None = None) -> str:
    """Sixteen characters: nine of milliseconds since 1970, seven random.

    Args:
        random_bits: 35 of them; fresh ones from the system when None.
    """
    bits = int.from_bytes(os.urandom(5)) if random_bits is None else random_bits
    value = (int(now.timestamp() * 1000) << 35) | (bits & (2**35 - 1))
    return "".join(_ALPHABET[(value >> shift) & 31] for shift in range(75, -1, -5))
