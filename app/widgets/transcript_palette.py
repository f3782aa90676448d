"""Colours for inks, from the theme in force; text that would be hard to read is moved towards black or white."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.color import Color, ColorType
from rich.color_triplet import ColorTriplet
from rich.style import Style

from app.transcript.ink import BOLD, ITALIC, STRIKE, UNDERLINE, Ink, ink_of
from app.transcript.section import Bar

if TYPE_CHECKING:
    from textual.widget import Widget

LEAST_CONTRAST = 4.5
"""WCAG 2.2, success criterion 1.4.3."""

PREFIX = "transcript--"
_NOT_TEXT = frozenset({Ink.RULE})
_QUIET = (Ink.DIM, Ink.MARKER, Ink.MODEL, Ink.OPERATOR, Ink.COMMENT)
_BARS = {Bar.QUIET: "bar", Bar.RUNNING: "bar-running", Bar.ERROR: "bar-error", Bar.WARNING: "bar-warning"}
SELECTED = "bar-selected"
NEW_BELOW = "new-below"

COMPONENTS = frozenset(
    PREFIX + name for name in (*(ink.name.lower() for ink in Ink), *_BARS.values(), SELECTED, NEW_BELOW)
)


class Palette:
    """The styles of one widget under one theme."""

    def __init__(self, widget: Widget) -> None:
        self.blank = widget.rich_style
        self._inks = {ink: self._component(widget, ink.name.lower(), is_text=ink not in _NOT_TEXT) for ink in Ink}
        for ink in _QUIET:
            if self._inks[ink].color == self._inks[Ink.TEXT].color:
                self._inks[ink] += Style(dim=True)  # themes of the terminal's colours have no colour for it
        self._bars = {bar: self._component(widget, name, is_text=False) for bar, name in _BARS.items()}
        self.selected = self._component(widget, SELECTED, is_text=False)
        self.new_below = self._component(widget, NEW_BELOW, is_text=True)
        self._looks: dict[int, Style] = {}

    def style(self, look: int) -> Style:
        """The style of an ink with its attributes."""
        style = self._looks.get(look)
        if style is None:
            style = self._inks[ink_of(look)] + Style(
                bold=True if look & BOLD else None,
                italic=True if look & ITALIC else None,
                strike=True if look & STRIKE else None,
                underline=True if look & UNDERLINE else None,
            )
            self._looks[look] = style
        return style

    def bar(self, bar: Bar) -> Style:
        return self._bars.get(bar, self.blank)

    def _component(self, widget: Widget, name: str, *, is_text: bool) -> Style:
        style = self.blank + widget.get_component_rich_style(PREFIX + name)
        if is_text and style.color is not None and style.bgcolor is not None:
            color = readable(style.color, style.bgcolor)
            if color is not style.color:
                style += Style(color=color)
        return style


def readable(color: Color, ground: Color) -> Color:
    """The nearest colour towards black or white that can be read; the terminal's own colours stay as they are."""
    if color.type is not ColorType.TRUECOLOR or ground.type is not ColorType.TRUECOLOR:
        return color
    text, back = color.get_truecolor(), ground.get_truecolor()
    goal = ColorTriplet(255, 255, 255) if luminance(back) < 0.18 else ColorTriplet(0, 0, 0)
    for step in range(11):
        mixed = ColorTriplet(*(round(a + (b - a) * step / 10) for a, b in zip(text, goal, strict=True)))
        if contrast(mixed, back) >= LEAST_CONTRAST:
            return color if step == 0 else Color.from_triplet(mixed)
    return Color.from_triplet(goal)


def contrast(one: ColorTriplet, other: ColorTriplet) -> float:
    """WCAG contrast, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(color: ColorTriplet) -> float:
    """WCAG relative luminance, 0 to 1."""
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in color.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
