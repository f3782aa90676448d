"""Token counts of one request, normalised to one accounting for all wire formats.

The buckets: `cached_tokens` and `cache_write_tokens` lie inside `input_tokens` and do not overlap;
`cache_write_1h_tokens` lies inside `cache_write_tokens`; `reasoning_tokens` and `cached_output_tokens` lie inside
`output_tokens`.
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
        cached_output_tokens: the part of the output that came from a cache.
        runs: the counts of each run, where the server made several for one request; each is billed by itself. Empty
            for a single run.
        is_approximate: the counts and the rates of the model do not make the price: searches are charged beside them,
            a run was not counted or made by another model, or a region with prices of its own answered.
    """

    input_tokens: int | None = None
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    cache_write_1h_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    cost_usd: Decimal | None = None
    service_tier: str | None = None
    cached_output_tokens: int | None = None
    runs: tuple[Usage, ...] = ()
    is_approximate: bool = False

    @property
    def is_reported(self) -> bool:
        """Whether both counts that a cost needs are known."""
        return self.input_tokens is not None and self.output_tokens is not None


NO_USAGE = Usage()
