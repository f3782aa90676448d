"""How much of the next request a provider will probably read from its cache: what evidence supports, and no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from app.storage.records import RequestKind

if TYPE_CHECKING:
    from app.storage.records import LedgerRow

_LIFETIME, _LONG_LIFETIME = timedelta(minutes=5), timedelta(hours=1)
_STEP, _LEAST = 128, 1024
"""OpenAI caches prefixes of at least so many tokens, in such steps."""


@dataclass(frozen=True, slots=True)
class CacheHope:
    """Attributes:
    tokens: that are read from the cache; 0 when nothing speaks for it.
    lasts_s: seconds until they are probably forgotten.
    is_written: the rest is written to the cache, which has a price of its own.
    """

    tokens: int = 0
    lasts_s: float = 0
    is_written: bool = False


def cache_hope(requests: Sequence[LedgerRow], now: datetime) -> CacheHope:
    """What earlier requests let one hope for.

    A request is kept for some minutes after it was sent, if the server has reported reads or writes of a cache
    before. Requests of other models in between do not matter.

    Args:
        requests: of one conversation, to one model.
    """
    own = [row for row in requests if row.kind is RequestKind.REPLY and row.usage.input_tokens and not row.usage.runs]
    seen = max((row.usage.cached_tokens or 0 for row in own), default=0)
    if not seen and not any(row.usage.cache_write_tokens for row in own):
        return CacheHope()
    last = own[-1]
    is_written = bool(last.usage.cache_write_tokens)
    lifetime = _LONG_LIFETIME if last.usage.cache_write_1h_tokens else _LIFETIME
    lasts_s = (last.started_at + timedelta(milliseconds=last.total_ms or 0) + lifetime - now).total_seconds()
    if lasts_s <= 0:
        return CacheHope(is_written=is_written)
    if is_written:
        tokens = (last.usage.cached_tokens or 0) + (last.usage.cache_write_tokens or 0)
    else:
        tokens = _in_steps(last.usage.input_tokens or 0, seen)
    return CacheHope(tokens, lasts_s, is_written)


def _in_steps(tokens: int, seen: int) -> int:
    """Args: seen: a count that this server has reported; one that is not in OpenAI's steps tells that it has none."""
    if seen % _STEP or seen < _LEAST:
        return tokens
    return tokens - tokens % _STEP if tokens >= _LEAST else 0
