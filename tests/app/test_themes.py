"""Themes: what is drawn can be read."""

from __future__ import annotations

import pytest
from textual.color import Color
from textual.theme import Theme

from app.themes import DARK, LIGHT, TEXT_PAIRS, THEMES


def _luminance(color: Color) -> float:
    """WCAG 2 relative luminance."""
    channels = (color.r / 255, color.g / 255, color.b / 255)
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: Color, other: Color) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_text_can_be_read_on_its_ground(theme: Theme, text: str, ground: str) -> None:
    colors = theme.to_color_system().generate()
    assert _contrast(Color.parse(colors[text]), Color.parse(colors[ground])) >= 4.5


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_theme_has_the_variables_that_the_styles_use(theme: Theme) -> None:
    colors = theme.to_color_system().generate() | theme.variables
    assert {"line", "text-muted", "text-success", "text-warning", "text-error", "panel"} <= colors.keys()
