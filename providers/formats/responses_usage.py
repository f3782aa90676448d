"""Token counts as the Responses API reports them: the cache inside the input, reasoning inside the output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from providers.catalogue.quirks import Quirks
from providers.formats.accounting import consistent
from providers.formats.charges import charge, has_fees
from providers.formats.payload import count_of, object_of
from providers.usage import NO_USAGE, Usage


def usage_from(reported: Mapping[str, Any], quirks: Quirks, service_tier: object = None) -> Usage:
    """Normalise the usage object of a finished response; `NO_USAGE` when it says nothing.

    Args:
        reported: as parsed; any type may stand anywhere.
        service_tier: as the response names it.
    """
    sent = object_of(reported.get("input_tokens_details"))
    generated = object_of(reported.get("output_tokens_details"))
    # No request is answered without a token sent: a zero is a server that does not count.
    input_tokens = count_of(reported.get("input_tokens")) or None
    output_tokens = count_of(reported.get("output_tokens"))
    cost = charge(reported, quirks)
    if input_tokens is None and not output_tokens and cost is None:
        return NO_USAGE
    return consistent(
        Usage(
            input_tokens=input_tokens,
            cached_tokens=count_of(sent.get("cached_tokens")),
            cache_write_tokens=count_of(sent.get("cache_write_tokens")),
            output_tokens=output_tokens,
            reasoning_tokens=count_of(generated.get("reasoning_tokens")),
            cost_usd=cost,
            service_tier=service_tier if isinstance(service_tier, str) else None,
            cached_output_tokens=count_of(generated.get("cached_tokens")),
            is_approximate=has_fees(reported),
        )
    )
