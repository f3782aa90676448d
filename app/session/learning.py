"""What the ledger teaches about our own counts: how a server's counts follow from them, one model at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from app.storage.records import RequestKind

if TYPE_CHECKING:
    from app.storage.records import LedgerRow

ROWS = 20
"""How many of the newest rows teach: what servers do changes."""

_USUAL_ERROR = 0.05
_FACTOR_SPREAD = 0.25
"""How far a factor is expected to lie from 1."""
_EXTRA_SPREAD = 100.0
"""How many tokens a server is expected to add of its own. Hidden prompts are larger, but those show soon."""
_SMALL = 50
"""Tokens; below, an error counts in tokens rather than in percent."""
_ROUNDS = 4
_LOWEST_FACTOR, _HIGHEST_FACTOR = 0.4, 2.5
"""Beyond these it is not the counting that differs: something was generated that was never shown, or what a cache held
was left out of what was sent.
"""
_DOUBT = 0.5
"""So many rows' worth of a factor of 1 are added."""


@dataclass(frozen=True, slots=True)
class Learned:
    """Attributes:
    input_extra: tokens that the server adds to every request.
    input_factor, output_factor: over our own counts.
    replies: the rows that taught it.
    """

    input_extra: float = 0.0
    input_factor: float = 1.0
    output_factor: float = 1.0
    replies: int = 0


NOTHING_LEARNED = Learned()


def learned(rows: Iterable[LedgerRow], counter: str) -> Learned:
    """What rows of one model teach; only those count that were counted by this counter, and by the server.

    Args:
        rows: the newest first.
    """
    ours = [row for row in rows if row.counter == counter][:ROWS]
    sent = [pair for row in ours if (pair := _sent(row)) is not None]
    answered = [pair for row in ours if (pair := _answered(row)) is not None]
    if not sent and not answered:
        return NOTHING_LEARNED
    extra, factor = line(sent)
    return Learned(extra, factor, shrunk_ratio(answered), max(len(sent), len(answered)))


def _sent(row: LedgerRow) -> tuple[int, int] | None:
    """Our count and the server's of a request; None where they cannot be compared. Servers may add any number."""
    counted, reported = row.input_estimate, row.usage.input_tokens
    if not counted or not reported or reported < _LOWEST_FACTOR * counted:
        return None
    return counted, reported


def _answered(row: LedgerRow) -> tuple[int, int] | None:
    """Our count and the server's of what was readable in a reply; None where they cannot be compared."""
    reported = row.usage.output_tokens
    if row.kind is not RequestKind.REPLY or not row.output_estimate or not reported:
        return None
    readable = reported - (row.usage.reasoning_tokens or 0)
    if not _LOWEST_FACTOR <= readable / row.output_estimate <= _HIGHEST_FACTOR:
        return None
    return row.output_estimate, readable


def line(pairs: Sequence[tuple[int, int]]) -> tuple[float, float]:
    """The line from our counts to the server's: what it adds, and the factor; (0, 1) without any pair.

    Least squares of relative errors, held towards (0, 1) while there are few, and deaf to single rows that disagree
    with all others. A plain ratio would take a hidden prompt of the server for a factor.
    """
    trust = [1.0] * len(pairs)
    extra, factor = 0.0, 1.0
    for _ in range(_ROUNDS):
        extra, factor = _least_squares(pairs, trust)
        errors = [abs(theirs - extra - factor * ours) / (ours + _SMALL) for ours, theirs in pairs]
        tolerated = max(_USUAL_ERROR, 2.5 * median(errors)) if errors else 0.0
        trust = [tolerated / error if error > tolerated else 1.0 for error in errors]
    return extra, factor


def _least_squares(pairs: Sequence[tuple[int, int]], trust: Sequence[float]) -> tuple[float, float]:
    weights = [each / (ours + _SMALL) ** 2 for each, (ours, _) in zip(trust, pairs, strict=True)]
    towards_none, towards_one = (_USUAL_ERROR / _EXTRA_SPREAD) ** 2, (_USUAL_ERROR / _FACTOR_SPREAD) ** 2
    ones = sum(weights) + towards_none
    xs = sum(weight * ours for weight, (ours, _) in zip(weights, pairs, strict=True))
    xxs = sum(weight * ours * ours for weight, (ours, _) in zip(weights, pairs, strict=True)) + towards_one
    ys = sum(weight * theirs for weight, (_, theirs) in zip(weights, pairs, strict=True))
    xys = sum(weight * ours * theirs for weight, (ours, theirs) in zip(weights, pairs, strict=True)) + towards_one
    factor = (ones * xys - xs * ys) / (ones * xxs - xs * xs)
    factor = min(max(factor, _LOWEST_FACTOR), _HIGHEST_FACTOR)
    return (ys - factor * xs) / ones, factor


def shrunk_ratio(pairs: Sequence[tuple[int, int]]) -> float:
    """The median of the server's counts over ours, nearer to 1 the fewer there are; 1 without any pair."""
    if not pairs:
        return 1.0
    middle = median(theirs / ours for ours, theirs in pairs)
    return 1 + (middle - 1) * len(pairs) / (len(pairs) + _DOUBT)
