"""Themes: what is drawn can be read."""

from __future__ import annotations

import pytest
from textual.color import Color
from textual.theme import Theme

from app.config.settings import Settings
from app.themes import DARK, DEFAULT_THEME, LIGHT, TEXT_PAIRS, THEMES
from tests.app.scripted import ScriptedSession
from tests.app.shell import running


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
    colors = theme.to_color_system().generate() | theme.variables
    assert _contrast(Color.parse(colors[text]), Color.parse(colors[ground])) >= 4.5


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
async def test_the_app_and_its_dialogs_can_be_drawn_in_every_theme(theme: Theme) -> None:
    session = ScriptedSession(settings=Settings(theme=theme.name))
    async with running(session) as shell:
        await shell.ask("hello")
        await shell.until_idle()
        for key in ("ctrl+l", "f1", "f3"):
            await shell.press(key, "escape")
        assert "Hello there." in shell.shown()
        assert shell.app.theme == theme.name


async def test_an_unknown_theme_in_the_settings_falls_back_to_the_default() -> None:
    async with running(ScriptedSession(settings=Settings(theme="pink"))) as shell:
        assert shell.app.theme == DEFAULT_THEME


async def test_the_theme_can_be_changed_while_running() -> None:
    async with running() as shell:
        for theme in ("parley-light", "parley-ansi", "parley-dark"):
            await shell.press("slash", *"theme", "enter")
            await shell.press(*theme.removeprefix("parley-"), "enter")
            await shell.until(lambda theme=theme: shell.app.theme == theme)  # type: ignore[misc]


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_theme_has_the_variables_that_the_styles_use(theme: Theme) -> None:
    colors = theme.to_color_system().generate() | theme.variables
    assert {
        "line",
        "menu-cursor",
        "text-muted",
        "text-success",
        "text-warning",
        "text-error",
        "text-info",
        "panel",
    } <= colors.keys()
