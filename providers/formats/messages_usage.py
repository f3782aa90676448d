"""Token counts as Anthropic reports them: in instalments, with cache buckets beside the input."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from providers.catalogue.quirks import NO_QUIRKS, Quirks
from providers.formats.accounting import add, consistent
from providers.formats.charges import charge, has_fees
from providers.formats.payload import count_of, object_of, objects_of
from providers.usage import Usage

_USUAL_PLACES = ("global", "not_available")
_BY_OTHERS = ("fallback_message", "advisor_message")
"""Kinds of iterations that name a model of their own."""


class Tally:
    """The counts of one reply while they arrive: a count replaces the one before, null does not."""

    def __init__(self, quirks: Quirks = NO_QUIRKS) -> None:
        self._quirks = quirks
        self._counts: dict[str, Any] = {}

    def take(self, reported: object, *, leaving_out: Iterable[str] = ()) -> None:
        """Add a `usage` object as it was sent; anything that is none is ignored."""
        for name, value in object_of(reported).items():
            if value is not None and name not in leaving_out:
                self._counts[name] = value

    @property
    def is_empty(self) -> bool:
        return not self._counts

    @property
    def usage(self) -> Usage:
        """All that is known so far.

        `input_tokens` of the API leaves out what was read from and written to the cache, so the three are
        added up. Where the server made several runs for one reply (`iterations`: compaction, fallback), the
        counts at the top are those of the last run and the bill is the sum.
        """
        told = objects_of(self._counts.get("iterations"))
        runs = [_one_run(run) for run in told]
        is_counted = all(run.is_reported for run in runs)
        parts = runs if runs and is_counted else [_one_run(self._counts)]
        written_1h = _one_run(self._counts).cache_write_1h_tokens
        if written_1h is not None and all(part.cache_write_1h_tokens is None for part in parts):
            parts = _sharing_out(written_1h, parts)
        parts = [consistent(part) for part in parts]
        is_sum = len(parts) > 1
        details = object_of(self._counts.get("output_tokens_details"))
        return consistent(
            Usage(
                input_tokens=add(*(part.input_tokens for part in parts)),
                cached_tokens=add(*(part.cached_tokens for part in parts)),
                cache_write_tokens=add(*(part.cache_write_tokens for part in parts)),
                cache_write_1h_tokens=add(*(part.cache_write_1h_tokens for part in parts)),
                output_tokens=add(*(part.output_tokens for part in parts)),
                # Said of the last run only: the share in the whole sum is unknown.
                reasoning_tokens=None if is_sum else count_of(details.get("thinking_tokens")),
                cost_usd=charge(self._counts, self._quirks),
                service_tier=self._tier,
                runs=tuple(parts) if is_sum else (),
                is_approximate=has_fees(self._counts) or not is_counted or self._is_priced_elsewhere,
            )
        )

    @property
    def _is_priced_elsewhere(self) -> bool:
        """Whether another model took part, or a region answered that costs more."""
        place = self._counts.get("inference_geo")
        runs = objects_of(self._counts.get("iterations"))
        return (bool(place) and place not in _USUAL_PLACES) or any(run.get("type") in _BY_OTHERS for run in runs)

    @property
    def _tier(self) -> str | None:
        """Fast mode has prices of its own, and is not told in `service_tier`."""
        tier = "fast" if self._counts.get("speed") == "fast" else self._counts.get("service_tier")
        return tier if isinstance(tier, str) else None


def _sharing_out(written_1h: int, parts: Iterable[Usage]) -> list[Usage]:
    """The parts with the hour writes that were told once for all of them, in order while they last."""
    shared = []
    for part in parts:
        share = min(written_1h, part.cache_write_tokens or 0)
        written_1h -= share
        shared.append(replace(part, cache_write_1h_tokens=share))
    return shared


def _one_run(counts: Mapping[str, Any]) -> Usage:
    split = object_of(counts.get("cache_creation"))
    written_1h = count_of(split.get("ephemeral_1h_input_tokens"))
    written = count_of(counts.get("cache_creation_input_tokens"))
    if written is None:
        written = add(count_of(split.get("ephemeral_5m_input_tokens")), written_1h)
    cached = count_of(counts.get("cache_read_input_tokens"))
    uncached = count_of(counts.get("input_tokens"))
    total = None if uncached is None else uncached + (cached or 0) + (written or 0)
    return Usage(
        # No request is answered without a token sent: a zero is a server that does not count, or not yet.
        input_tokens=total or None,
        cached_tokens=cached,
        cache_write_tokens=written,
        cache_write_1h_tokens=written_1h,
        output_tokens=count_of(counts.get("output_tokens")),
    )
