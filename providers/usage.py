"""Token counts of one request, normalised to one accounting for all wire formats.

The buckets: `cached_tokens` and `cache_write_tokens` lie inside `input_tokens` and do not overlap;
`cache_write_1h_tokens` lies inside `cache_write_tokens`; `reasoning_tokens` lies inside `output_tokens`.
None means that the server did not say; it is never the same as 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Usage:
    """What one request consumed.

    Attributes:
        input_tokens: everything sent, cache reads and writes included.
        cached_tokens: the part of the input read from a cache.
        cache_write_tokens: the part of the input written to a cache, whatever its lifetime.
        cache_write_1h_tokens: the part of `cache_write_tokens` kept for an hour (Anthropic).
        output_tokens: everything generated and billed, reasoning included.
        reasoning_tokens: the part of the output spent on reasoning.
        cost_usd: what the provider itself says this request cost; beats any computed cost.
        service_tier: the provider's word for the tier that served the request, where it names one.
    """

    input_tokens: int | None = None
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    cache_write_1h_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    cost_usd: Decimal | None = None
    service_tier: str | None = None

    @property
    def is_reported(self) -> bool:
        """Whether both counts that a cost needs are known."""
        return self.input_tokens is not None and self.output_tokens is not None


NO_USAGE = Usage()
