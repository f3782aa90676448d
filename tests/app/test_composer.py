"""The composer: what the keys do to the draft."""

from __future__ import annotations

import time

import pytest
from textual import events

from app.screens.help import HelpScreen
from tests.app.scripted import ScriptedSession
from tests.app.shell import SMALL, running


@pytest.mark.parametrize("key", ["ctrl+j", "shift+enter", "alt+enter"])
async def test_newline_keys_break_the_line(key: str) -> None:
    async with running() as shell:
        await shell.press("a", key, "b")
        assert shell.draft == "a\nb"


@pytest.mark.parametrize(
    ("keys", "draft"),
    [
        ((*"hello", "backspace", "backspace", "p"), "help"),
        ((*"ello", "home", "h", "end", "!"), "hello!"),
        ((*"b", "ctrl+a", "a", "ctrl+e", "c"), "abc"),
        ((*"gone", "ctrl+u", *"kept"), "kept"),
    ],
)
async def test_keys_that_come_faster_than_they_are_handled_keep_their_order(keys: tuple[str, ...], draft: str) -> None:
    async with running() as shell:
        await shell.burst(*keys)
        await shell.until(lambda: shell.draft == draft)


async def test_a_backslash_before_enter_breaks_the_line() -> None:
    async with running() as shell:
        await shell.press("a", "backslash", "enter", "b")
        assert shell.draft == "a\nb"


async def test_enter_sends_and_empties_the_composer() -> None:
    async with running() as shell:
        await shell.press(*"hello", "enter")
        await shell.until_idle()
        assert shell.draft == ""
        assert "hello" in shell.shown()


async def test_blank_drafts_are_not_sent() -> None:
    async with running() as shell:
        await shell.press("space", "enter")
        assert not shell.chat.chat.entries


async def test_swapped_enter_breaks_the_line_and_ctrl_j_sends() -> None:
    from dataclasses import replace

    session = ScriptedSession()
    session.settings = replace(session.settings, enter_sends=False)
    async with running(session) as shell:
        await shell.press("a", "enter", "b")
        assert shell.draft == "a\nb"
        await shell.press("ctrl+j")
        await shell.until_idle()
        assert len(shell.chat.chat.entries) == 2


async def test_up_in_an_empty_composer_leafs_through_earlier_prompts_and_back_to_the_draft() -> None:
    async with running(ScriptedSession(history=("newest", "older"))) as shell:
        await shell.press("up")
        assert shell.draft == "newest"
        await shell.press("up")
        assert shell.draft == "older"
        await shell.press("up")
        assert shell.draft == "older"
        await shell.press("down")
        assert shell.draft == "newest"
        await shell.press("down")
        assert shell.draft == ""


async def test_up_in_a_draft_moves_the_cursor() -> None:
    async with running(ScriptedSession(history=("newest",))) as shell:
        await shell.press("a", "ctrl+j", "b", "up", "x")
        assert shell.draft == "ax\nb"


async def test_slash_opens_a_menu_that_narrows_and_runs() -> None:
    async with running() as shell:
        await shell.press("slash")
        assert shell.chat.composer.menu.display
        await shell.press(*"he")
        assert "/help" in shell.shown()
        assert "/new" not in shell.shown()
        await shell.press("enter")
        assert isinstance(shell.app.screen, HelpScreen)
        assert shell.draft == ""


async def test_tab_completes_a_slash_command() -> None:
    async with running() as shell:
        await shell.press("slash", *"his", "tab")
        assert shell.draft == "/history"


async def test_escape_closes_the_slash_menu_first() -> None:
    async with running() as shell:
        await shell.press("slash", "escape")
        assert not shell.chat.composer.menu.display
        assert shell.draft == "/"


async def test_an_unknown_slash_word_is_named_and_stays() -> None:
    async with running() as shell:
        await shell.press("slash", *"bogus", "enter")
        assert "There is no command /bogus" in shell.shown()
        assert shell.draft == "/bogus"


@pytest.mark.parametrize(
    ("text", "warning"),
    [("/nonsense foo", "no command /nonsense"), ("/new chat please", "/new takes nothing after it")],
)
async def test_a_command_attempt_is_not_sent_to_the_model(text: str, warning: str) -> None:
    async with running() as shell:
        await shell.ask(text)
        assert warning in shell.shown()
        assert shell.draft == text
        assert not shell.chat.chat.entries


@pytest.mark.parametrize("text", ["/etc/hosts", "/etc/hosts is empty", "/ is the root", " /new", "what does /new do?"])
async def test_a_message_that_only_looks_like_a_command_is_sent(text: str) -> None:
    async with running() as shell:
        await shell.ask(text)
        await shell.until_idle()
        assert shell.chat.chat.entries[0].text == text


async def test_pasted_escape_sequences_do_not_reach_the_terminal() -> None:
    async with running() as shell:
        shell.chat.composer.editor.post_message(events.Paste("a\x1b]0;title\x07b\r\nc"))
        await shell.pilot.pause()
        assert shell.draft == "a]0;titleb\nc"


async def test_ten_thousand_pasted_lines_are_taken_at_once_and_do_not_grow_over_the_limit() -> None:
    text = "\n".join(f"line {number} of a long log" for number in range(10_000))
    async with running(size=SMALL) as shell:
        started = time.perf_counter()
        shell.chat.composer.editor.post_message(events.Paste(text))
        await shell.until(lambda: shell.draft == text)
        assert time.perf_counter() - started < 3
        assert shell.chat.composer.editor.size.height <= 24 * 0.45


async def test_the_composer_grows_with_its_text() -> None:
    async with running() as shell:
        before = shell.chat.composer.editor.size.height
        await shell.press("a", "ctrl+j", "b", "ctrl+j", "c")
        assert shell.chat.composer.editor.size.height == before + 2


async def test_letters_typed_in_the_conversation_go_to_the_composer() -> None:
    async with running() as shell:
        await shell.ask("hello")
        await shell.until_idle()
        shell.chat.transcript.focus()
        await shell.press("h", "a")
        assert shell.draft == "ha"
        assert shell.chat.composer.editor.has_focus
