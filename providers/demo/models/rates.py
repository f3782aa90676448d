"""Prices for models that cost nothing to run: plausible, and marked as the demo's."""

from __future__ import annotations

from decimal import Decimal

from providers.costs import Rates


def usd(input_: str, output: str, *, cached: str | None = None, write: str | None = None) -> Rates:
    """USD per 1,000,000 tokens, as strings so that no figure passes through a float."""
    return Rates(
        input=Decimal(input_),
        output=Decimal(output),
        cached_input=None if cached is None else Decimal(cached),
        cache_write=None if write is None else Decimal(write),
        source="demo",
    )
