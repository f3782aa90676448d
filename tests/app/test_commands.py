"""The action table: complete, consistent, and nothing else binds a key of the contract."""

from __future__ import annotations

import pytest

from app.app import ParleyApp
from app.commands import COMMANDS, Place, command, slash_commands
from app.keymap import Keymap, key_label
from app.screens.chat import ChatScreen
from app.screens.help import HelpScreen
from app.widgets.composer import Composer
from app.widgets.conversation_pane import ConversationPane
from app.widgets.provider_list import ProviderList
from tests.app.shell import running

NODES = {
    Place.APP: ParleyApp,
    Place.CHAT: ChatScreen,
    Place.COMPOSER: Composer,
    Place.MESSAGES: ConversationPane,
    Place.PROVIDERS: ProviderList,
}
CONTRACT = {
    "composer.send": "enter",
    "composer.newline": "ctrl+j",
    "chat.stop": "escape",
    "chat.new": "ctrl+n",
    "chat.model": "ctrl+l",
    "chat.next_model": "f2",
    "chat.previous_model": "shift+f2",
    "app.commands": "ctrl+p",
    "chat.conversations": "ctrl+s",
    "chat.sidebar": "ctrl+b",
    "app.help": "f1",
    "app.stats": "f3",
    "chat.history": "ctrl+r",
    "chat.editor": "ctrl+o",
    "composer.older": "up",
    "chat.previous_message": "alt+up",
    "chat.next_message": "alt+down",
    "message.copy": "y",
    "message.copy_code": "c",
    "message.edit": "e",
    "message.regenerate": "r",
    "message.fold": "space",
    "composer.newest": "end",
    "message.newest": "end",
    "chat.newest": "ctrl+end",
    "app.interrupt": "ctrl+c",
    "app.quit": "ctrl+q",
    "provider.test": "t",
    "provider.toggle": "space",
    "provider.card": "enter",
}


@pytest.mark.parametrize(("command_id", "key"), CONTRACT.items())
def test_the_promised_key_comes_first(command_id: str, key: str) -> None:
    assert Keymap({}).keys(command(command_id))[0] == key


def test_ids_and_slash_words_are_unique() -> None:
    ids = [each.id for each in COMMANDS]
    words = [each.slash for each in COMMANDS if each.slash]
    assert len(set(ids)) == len(ids)
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("each", COMMANDS, ids=lambda each: each.id)
def test_every_command_is_implemented_where_the_table_says(each: object) -> None:
    assert hasattr(NODES[each.place], f"action_{each.action}")  # type: ignore[attr-defined]


@pytest.mark.parametrize("each", [each for each in COMMANDS if not each.in_palette], ids=lambda each: each.id)
def test_what_the_palette_leaves_out_can_only_be_done_by_key(each: object) -> None:
    assert each.keys  # type: ignore[attr-defined]


def test_the_defaults_do_not_conflict() -> None:
    assert Keymap({}).problems == []


def test_slash_words_are_found_by_their_beginning() -> None:
    assert [each.slash for each in slash_commands("st")] == ["stop", "stats"]
    assert slash_commands("zz") == ()


def test_an_unknown_command_in_the_settings_is_named_with_the_nearest_one() -> None:
    keymap = Keymap({"chat.modle": "f9"})
    assert keymap.problems == ["keys: there is no command chat.modle; the nearest is chat.model"]
    assert keymap.overrides == {}


def test_a_key_given_to_two_commands_is_reported() -> None:
    assert Keymap({"chat.model": "ctrl+n"}).problems == ["keys: ctrl+n is used by chat.new and by chat.model"]


def test_enter_and_newline_can_be_swapped() -> None:
    keymap = Keymap({}, enter_sends=False)
    assert keymap.keys(command("composer.send")) == ("ctrl+j",)
    assert keymap.problems == []


@pytest.mark.parametrize(
    ("key", "label"), [("ctrl+l", "^l"), ("alt+up", "alt+↑"), ("escape", "esc"), ("shift+f2", "shift+f2")]
)
def test_keys_are_written_short(key: str, label: str) -> None:
    assert key_label(key) == label


async def test_the_help_lists_every_command_with_its_key() -> None:
    async with running(size=(120, 100)) as shell:
        await shell.press("f1")
        assert any(isinstance(screen, HelpScreen) for screen in shell.app.screen_stack)
        text = shell.shown()
        for each in COMMANDS:
            assert each.verb in text
        await shell.press("escape")
        assert shell.app.screen is shell.chat


async def test_a_remapped_key_works_and_is_the_one_that_is_shown() -> None:
    from dataclasses import replace

    from tests.app.scripted import ScriptedSession

    session = ScriptedSession()
    session.settings = replace(session.settings, keys={"app.help": "f9"})
    async with running(session) as shell:
        assert "f9 help" in shell.shown()
        await shell.press("f9")
        assert isinstance(shell.app.screen, HelpScreen)


async def test_the_palette_runs_a_command() -> None:
    async with running() as shell:
        await shell.press("ctrl+p", *"stat", "enter")
        await shell.until(lambda: type(shell.app.screen).__name__ == "StatsScreen")
