from __future__ import annotations

import pytest
from rich.color import Color
from textual.app import App, ComposeResult
from textual.theme import BUILTIN_THEMES

from app.themes import THEMES
from app.transcript.ink import BOLD, Ink
from app.widgets.transcript import Transcript
from app.widgets.transcript_palette import LEAST_CONTRAST, Palette, contrast, readable


class Shell(App[None]):
    def compose(self) -> ComposeResult:
        yield Transcript()


async def test_every_ink_can_be_read_under_every_theme() -> None:
    app = Shell()
    themes = [theme for theme in (*THEMES, *BUILTIN_THEMES.values()) if not theme.ansi]
    for theme in themes:
        app.register_theme(theme)
    async with app.run_test() as pilot:
        for theme in themes:
            app.theme = theme.name
            await pilot.pause()
            palette = Palette(app.query_one(Transcript))
            for ink in set(Ink) - {Ink.RULE}:
                style = palette.style(ink)
                assert style.color is not None
                assert style.bgcolor is not None
                ratio = contrast(style.color.get_truecolor(), style.bgcolor.get_truecolor())
                assert ratio >= LEAST_CONTRAST, (theme.name, ink)


async def test_attributes_are_added_to_inks() -> None:
    app = Shell()
    async with app.run_test():
        palette = Palette(app.query_one(Transcript))
        assert palette.style(Ink.TEXT | BOLD).bold
        assert not palette.style(Ink.TEXT).bold


@pytest.mark.parametrize("ground", ["#000000", "#ffffff", "#808080", "#0e1013"])
def test_colours_that_cannot_be_read_move_until_they_can(ground: str) -> None:
    back = Color.parse(ground)
    for text in ("#808080", "#000080", "#ffff00", ground):
        moved = readable(Color.parse(text), back)
        assert contrast(moved.get_truecolor(), back.get_truecolor()) >= LEAST_CONTRAST


def test_the_colours_of_the_terminal_stay_as_they_are() -> None:
    assert readable(Color.parse("blue"), Color.parse("#000000")) == Color.parse("blue")
