"""Token counts as the Responses API reports them: the cache inside the input, reasoning inside the output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from providers.formats.accounting import consistent
from providers.formats.payload import count_of, object_of
from providers.usage import Usage


def usage_from(response: Mapping[str, Any]) -> Usage:
    """The usage of a finished `response` object."""
    reported = object_of(response.get("usage"))
    sent = object_of(reported.get("input_tokens_details"))
    generated = object_of(reported.get("output_tokens_details"))
    tier = response.get("service_tier")
    return consistent(
        Usage(
            input_tokens=count_of(reported.get("input_tokens")),
            cached_tokens=count_of(sent.get("cached_tokens")),
            cache_write_tokens=count_of(sent.get("cache_write_tokens")),
            output_tokens=count_of(reported.get("output_tokens")),
            reasoning_tokens=count_of(generated.get("reasoning_tokens")),
            service_tier=tier if isinstance(tier, str) else None,
        )
    )
