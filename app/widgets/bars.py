"""Bars of text: lying ones for shares, standing ones for a stretch of time. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_LYING = " ▏▎▍▌▋▊▉"
_WHOLE = "▇"
"""Not as high as its cell, so that bars in neighbouring lines do not grow together."""
_STANDING = " ▁▂▃▄▅▆▇█"
_EIGHTHS = 8
_NOTHING = "·"
_WIDEST_BAR = 6
_WIDE_PITCH = 7
"""From so many cells per bar on there are two between bars."""


def share_bar(share: float, width: int) -> str:
    """A lying bar, `width` cells at a share of 1; whatever is more than nothing can be seen."""
    eighths = min(width * _EIGHTHS, round(share * width * _EIGHTHS))
    if share > 0:
        eighths = max(1, eighths)
    whole, rest = divmod(eighths, _EIGHTHS)
    return _WHOLE * whole + (_LYING[rest] if rest else "")


@dataclass(frozen=True, slots=True)
class BarPlan:
    """How bars stand side by side.

    Attributes:
        count: how many.
        width, gap: cells of a bar and between two bars.
    """

    count: int
    width: int
    gap: int

    def left(self, bar: int) -> int:
        """The cell at which a bar begins."""
        return bar * (self.width + self.gap)

    @property
    def cells(self) -> int:
        """The width of all bars."""
        return self.left(self.count) - self.gap if self.count else 0


def plan_bars(count: int, room: int) -> BarPlan:
    """So many bars in so many cells, as wide as they can be; there is a cell for each."""
    pitch = (room + 1) // count if count else 0
    gap = 2 if pitch >= _WIDE_PITCH else 1 if pitch > 1 else 0
    return BarPlan(count, max(1, min(_WIDEST_BAR, pitch - gap)), gap)


def standing_bars(values: Sequence[float], plan: BarPlan, height: int) -> list[str]:
    """The lines of standing bars, the topmost first; whatever is more than nothing can be seen.

    Args:
        values: one per bar, none negative.
        height: in lines; the highest bar fills it.
    """
    highest = max(values, default=0.0)
    eighths = [_eighths(value, highest, height) for value in values]
    lines = []
    for line in reversed(range(height)):
        signs = [_STANDING[max(0, min(_EIGHTHS, each - line * _EIGHTHS))] for each in eighths]
        if line == 0:
            signs = [_NOTHING if each == 0 else sign for each, sign in zip(eighths, signs, strict=True)]
        lines.append((" " * plan.gap).join(_wide(sign, plan.width) for sign in signs))
    return lines


def _wide(sign: str, width: int) -> str:
    return sign.center(width) if sign == _NOTHING else sign * width


def _eighths(value: float, highest: float, height: int) -> int:
    if value <= 0:
        return 0
    return max(1, round(value / highest * height * _EIGHTHS))
