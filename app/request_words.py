"""A single request in words: the same on the screen as on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app import format as fmt
from app.storage.records import RequestKind
from providers.events import StopReason

if TYPE_CHECKING:
    from app.storage.records import LedgerRow

_OUTCOMES = {
    StopReason.STOP: "done",
    StopReason.LENGTH: "cut at its limit",
    StopReason.TOOL_CALLS: "called a tool",
    StopReason.CONTENT_FILTER: "filtered",
    StopReason.REFUSAL: "refused",
    StopReason.CANCELLED: "stopped",
    StopReason.INCOMPLETE: "broken off",
    StopReason.ERROR: "failed",
}


def outcome(row: LedgerRow) -> str:
    """How a request ended, in a word or two."""
    return "counted" if row.kind is RequestKind.COUNT else _OUTCOMES[row.stop]


def tokens_in(row: LedgerRow) -> str:
    """As reported, or our own count with its mark."""
    return _tokens(row.usage.input_tokens, row.input_estimate)


def tokens_out(row: LedgerRow) -> str:
    """As reported, or our own count with its mark."""
    return _tokens(row.usage.output_tokens, row.output_estimate)


def _tokens(reported: int | None, own: int | None) -> str:
    return f"≈ {fmt.tokens(own)}" if reported is None and own is not None else fmt.tokens(reported)
