"""Dialogs close once, and only from the top, however fast keys come and providers go."""

from __future__ import annotations

from pathlib import Path

from tests.app.opened import QUIET, Opened, opened
from tests.providers.recording import RecordingServer, models

OPEN = {"/v1/models": models("house-large", "house-small")}


def house(server: RecordingServer) -> str:
    return f'{QUIET}[providers.house]\ntype = "openai-compat"\nbase_url = "{server.url}"\n'


def stack(shell: Opened) -> list[str]:
    return [type(screen).__name__ for screen in shell.app.screen_stack]


async def test_enter_that_comes_twice_takes_one_choice(tmp_path: Path) -> None:
    async with opened(tmp_path) as shell:
        await shell.press("slash", *"add", "enter")
        await shell.until(lambda: shell.on("Picker"))
        await shell.burst(*"groq", "enter", "enter")
        await shell.until(lambda: shell.on("ProviderForm"))
        assert stack(shell) == ["ChatScreen", "ProviderForm"]


async def test_enter_that_comes_twice_takes_one_model(tmp_path: Path) -> None:
    with RecordingServer(OPEN) as server:
        async with opened(tmp_path, house(server)) as shell:
            await shell.until(lambda: shell.connections.choices())
            await shell.press("ctrl+l")
            await shell.until(lambda: shell.on("ModelPicker"))
            await shell.burst("enter", "enter", "enter")
            await shell.until(lambda: shell.on("ChatScreen"))
            assert stack(shell) == ["ChatScreen"]


async def test_a_form_over_the_card_stays_when_the_provider_goes(tmp_path: Path) -> None:
    with RecordingServer(OPEN) as server:
        async with opened(tmp_path, house(server)) as shell:
            shell.chat.sidebar.providers.focus()
            await shell.press("home", "enter", "e")
            await shell.until(lambda: shell.on("ProviderForm"))
            await shell.fill(label="what was typed")
            (tmp_path / "config.toml").write_text(QUIET)
            await shell.until(lambda: not shell.connections.names)
            await shell.pilot.pause(0.7)
            assert shell.on("ProviderForm")
            await shell.press("escape", "y")
            await shell.until(lambda: stack(shell) == ["ChatScreen"])


async def test_a_form_whose_provider_is_gone_says_so_and_keeps_what_was_typed(tmp_path: Path) -> None:
    with RecordingServer(OPEN) as server:
        async with opened(tmp_path, house(server)) as shell:
            shell.chat.sidebar.providers.focus()
            await shell.press("home", "e")
            await shell.until(lambda: shell.on("ProviderForm"))
            await shell.fill(label="what was typed")
            (tmp_path / "config.toml").write_text(QUIET)
            await shell.until(lambda: not shell.connections.names)
            for key in ("enter", "ctrl+s"):
                await shell.press(key)
                await shell.until_shown("house is gone")
            assert shell.field("label").value == "what was typed"
    assert shell.config == QUIET


def elsewhere(server: RecordingServer) -> str:
    """Its key would go where it does not belong."""
    return f'{QUIET}[providers.fast]\ntype = "groq"\nbase_url = "{server.url}"\nmodel = "house-small"\n'


async def test_a_yes_to_a_provider_that_is_gone_is_answered_with_a_sentence(tmp_path: Path) -> None:
    with RecordingServer(OPEN) as server:
        async with opened(tmp_path, elsewhere(server), {"GROQ_API_KEY": "sk-planted-1234567890"}) as shell:
            await shell.until_shown("confirm key")
            await shell.ask("hello")
            await shell.until_idle()
            shell.chat.sidebar.providers.focus()
            await shell.press("home", "y")
            assert shell.on("Question")
            (tmp_path / "config.toml").write_text(f"{QUIET}[providers.off]\ntype = 'groq'\nenabled = false\n")
            await shell.until(lambda: "fast" not in shell.connections.names)
            await shell.press("y")
            await shell.until_shown("There is no provider called fast")
            await shell.press("escape", "alt+up", "y")  # on the card of the message that waits for it
            assert shell.on("ChatScreen")
    assert server.lines == []
