"""What somebody writes into config.toml while Parley runs holds at once, in the running app."""

from __future__ import annotations

from pathlib import Path

from tests.app.opened import QUIET, Opened, opened

HOUSE = '[providers.house]\ntype = "anthropic"\nlabel = "House"\n'


async def edit(shell: Opened, text: str) -> None:
    """Edit the file from outside, and wait until that was noticed."""
    before = len(shell.app._notifications)
    (shell.home / "config.toml").write_text(QUIET + text)
    await shell.until(lambda: len(shell.app._notifications) > before)
    await shell.pilot.pause()


async def test_other_keys_and_the_usual_ones_again(tmp_path: Path) -> None:
    async with opened(tmp_path, QUIET + HOUSE) as shell:
        await edit(shell, f'{HOUSE}[keys]\n"chat.model" = "f8"\n')
        await shell.press("f8")
        await shell.until(lambda: shell.on("ModelPicker"))
        await shell.press("escape", "ctrl+l")
        assert shell.on("ChatScreen")
        await edit(shell, HOUSE)
        await shell.press("f8")
        assert shell.on("ChatScreen")
        await shell.press("ctrl+l")
        await shell.until(lambda: shell.on("ModelPicker"))


async def test_enter_breaks_the_line_once_the_file_says_so(tmp_path: Path) -> None:
    async with opened(tmp_path, QUIET + HOUSE) as shell:
        shell.chat.composer.editor.focus()
        await edit(shell, f"enter_sends = false\n{HOUSE}")
        await shell.press("a", "enter", "b")
        assert shell.draft == "a\nb"


async def test_a_theme_is_taken_over(tmp_path: Path) -> None:
    async with opened(tmp_path, QUIET + HOUSE) as shell:
        other = next(
            name for name in shell.app.available_themes if name.startswith("parley") and name != shell.app.theme
        )
        await edit(shell, f'theme = "{other}"\n{HOUSE}')
        assert shell.app.theme == other
