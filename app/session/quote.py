"""What the next turn of a conversation would cost, before it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.session.views import ContextUse
from providers.costs import NO_WRITE_RULE, Cost, price
from providers.usage import Usage

if TYPE_CHECKING:
    from providers.catalogue.records import ModelInfo
    from providers.costs import Rates, WriteFactors
    from providers.reference import ModelRef

USUAL_REPLY = 500
"""Tokens of a reply in a conversation that has none to go by."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Everything in it is an estimate of ours.

    Attributes:
        input_tokens: the whole request: system prompt, what was said so far, the draft.
        cached_tokens: the part of it that is expected to be read from the provider's cache; 0 for none.
        output_limit: the most tokens that the reply may have; None when nobody says.
        least: the cost with the shortest reply; its `usd` is None without a price.
        most: with a reply up to `output_limit`; its `usd` is None, too, without a limit.
        typical: with a reply of `typical_output` tokens: what budgets expect, and what models are compared by.
        typical_output: the usual length of a reply here, `output_limit` at most.
        context: the window after the draft is sent, without the reply.
        next_tier: input tokens above which the whole request costs more; None when there is no such tier left.
        tier: the edge that the input is above, with all the rest of the request; None when it is above none.
        cached_for_s: seconds until the cache has probably forgotten; None when nothing is expected from it.
        written_tokens: the part of the input that is expected to be written to the cache.
        factors: of the wire format, for cache writes without a rate.
    """

    ref: ModelRef
    input_tokens: int
    cached_tokens: int
    output_limit: int | None
    least: Cost
    most: Cost
    typical: Cost
    context: ContextUse
    rates: Rates | None = None
    next_tier: int | None = None
    tier: int | None = None
    typical_output: int = USUAL_REPLY
    cached_for_s: float | None = None
    written_tokens: int = 0
    factors: WriteFactors = NO_WRITE_RULE

    @property
    def fits(self) -> bool:
        """Whether the window has room for what is sent; nobody knows otherwise where its size is unknown."""
        return self.context.window is None or self.input_tokens <= self.context.window


def quote(
    ref: ModelRef,
    info: ModelInfo | None,
    factors: WriteFactors,
    *,
    input_tokens: int,
    cached_tokens: int = 0,
    is_written: bool = False,
    cached_for_s: float | None = None,
    output_limit: int | None = None,
    typical_output: int = USUAL_REPLY,
) -> Quote:
    """Price a turn that was not sent yet.

    Args:
        info: what is known about the model.
        factors: of the wire format, for cache writes without a rate.
        is_written: what is not read from the cache is written to it, at the price of that.
        output_limit: what will be asked for; None takes the model's own limit.
    """
    rates = info.rates if info else None
    limit = output_limit or ((info.default_max_tokens or info.max_output_tokens) if info else None)
    window = info.context_window if info else None
    if limit is not None and window is not None:
        limit = max(0, min(limit, window - input_tokens))
    cached = min(cached_tokens, input_tokens)
    written = input_tokens - cached if is_written else 0
    # Of one token at least: a reply is never free of output, and one without would hide a rate that is unknown.
    usual = typical_output if limit is None else max(1, min(typical_output, limit))

    def with_output(tokens: int | None) -> Cost:
        usage = Usage(input_tokens=input_tokens, cached_tokens=cached, cache_write_tokens=written, output_tokens=tokens)
        return price(usage, rates, factors, estimated=True)

    edges = sorted(tier.above_input for tier in rates.tiers) if rates else []
    return Quote(
        ref=ref,
        input_tokens=input_tokens,
        cached_tokens=cached,
        output_limit=limit,
        least=with_output(0),
        most=with_output(limit),
        typical=with_output(usual),
        context=ContextUse(input_tokens, window),
        rates=rates,
        next_tier=next((edge for edge in edges if edge >= input_tokens), None),
        tier=next((edge for edge in reversed(edges) if edge < input_tokens), None),
        typical_output=usual,
        cached_for_s=cached_for_s if cached else None,
        written_tokens=written,
        factors=factors,
    )
