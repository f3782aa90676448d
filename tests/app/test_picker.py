"""The one dialog for every choice."""

from __future__ import annotations

import time

import pytest
from textual.events import Paste

from app.screens.picker import Picker, PickerRow
from app.widgets.field import Field
from providers.catalogue.records import ModelInfo
from providers.connection import ConnectionState
from tests.app.scripted import ScriptedSession, view
from tests.app.shell import SMALL, Shell, running


async def _pick(shell: Shell, rows: list[PickerRow[str]]) -> list[str | None]:
    taken: list[str | None] = []
    shell.app.push_screen(Picker("Choose", rows), taken.append)
    await shell.until(lambda: isinstance(shell.app.screen, Picker))
    await shell.pilot.pause()
    return taken


async def test_typing_narrows_and_enter_takes_the_best_match() -> None:
    async with running() as shell:
        taken = await _pick(shell, [PickerRow(name, name) for name in ("alpha", "beta", "gamma")])
        await shell.press(*"ga", "enter")
        assert taken == ["gamma"]


async def test_letters_need_not_stand_together() -> None:
    async with running() as shell:
        taken = await _pick(shell, [PickerRow(name, name) for name in ("claude-opus", "claude-sonnet", "gpt")])
        await shell.press(*"clson", "enter")
        assert taken == ["claude-sonnet"]


async def test_a_word_may_match_the_group() -> None:
    rows = [PickerRow("one", "sonnet", group="claude"), PickerRow("two", "sonnet", group="openrouter")]
    async with running() as shell:
        taken = await _pick(shell, rows)
        await shell.press(*"router sonn", "enter")
        assert taken == ["two"]


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        ((*"gone", "ctrl+u", *"kept"), "kept"),
        ((*"hello", "backspace", "backspace", "p"), "help"),
        ((*"ello", "home", "h", "end", "!"), "hello!"),
    ],
)
async def test_keys_that_come_faster_than_they_are_handled_keep_their_order(keys: tuple[str, ...], value: str) -> None:
    async with running() as shell:
        await _pick(shell, [PickerRow("a", "a")])
        await shell.burst(*keys)
        await shell.until(lambda: shell.app.screen.query_one(Field).value == value)


async def test_enter_takes_what_the_keys_before_it_chose_however_fast_they_come() -> None:
    async with running() as shell:
        taken = await _pick(shell, [PickerRow(name, name) for name in ("alpha", "beta", "bravo", "gamma")])
        await shell.burst("b", "down", "enter")
        await shell.until(lambda: taken)
        assert taken == ["bravo"]


async def test_what_is_pasted_is_one_line_without_escape_sequences() -> None:
    async with running() as shell:
        await _pick(shell, [PickerRow("a", "a")])
        field = shell.app.screen.query_one(Field)
        field.post_message(Paste("two\nlines\x1b[2J"))
        await shell.until(lambda: field.value == "two lines[2J")


async def test_escape_takes_nothing() -> None:
    async with running() as shell:
        taken = await _pick(shell, [PickerRow("a", "a")])
        await shell.press("escape")
        assert taken == [None]


async def test_arrows_move_and_skip_the_names_of_groups() -> None:
    rows = [PickerRow("one", "one", group="first"), PickerRow("two", "two", group="second")]
    async with running() as shell:
        taken = await _pick(shell, rows)
        await shell.press("down", "enter")
        assert taken == ["two"]


async def test_a_click_takes_a_row() -> None:
    async with running() as shell:
        taken = await _pick(shell, [PickerRow("one", "one"), PickerRow("two", "two")])
        await shell.pilot.click("Picker ChoiceList", offset=(4, 1))
        await shell.until(lambda: taken)
        assert taken == ["two"]


async def test_no_match_and_no_rows_are_said_and_enter_does_nothing() -> None:
    async with running() as shell:
        taken = await _pick(shell, [PickerRow("one", "one")])
        await shell.press(*"zzz", "enter")
        assert "Nothing matches." in shell.shown()
        assert taken == []


async def test_labels_are_literal_and_carry_no_escape_sequences() -> None:
    async with running() as shell:
        await _pick(shell, [PickerRow("x", "[b]not bold[/b] [/x] \x1b[2J end")])
        assert "[b]not bold[/b] [/x]" in shell.shown()


async def test_five_thousand_rows_narrow_while_one_types() -> None:
    rows = [PickerRow(str(number), f"vendor-{number % 40}/model-{number}-instruct-preview") for number in range(5_000)]
    async with running() as shell:
        await _pick(shell, rows)
        started = time.perf_counter()
        await shell.press(*"4711")
        assert time.perf_counter() - started < 4
        assert "model-4711" in shell.shown()


async def test_long_prompts_do_not_make_the_filter_slow() -> None:
    rows = [PickerRow(str(number), "a " * 5_000 + str(number)) for number in range(100)]
    async with running() as shell:
        await _pick(shell, rows)
        started = time.perf_counter()
        await shell.press(*"aaaaaaaa")
        assert time.perf_counter() - started < 4


async def test_the_model_picker_groups_by_provider_with_price_and_window_and_marks_the_current_one() -> None:
    async with running() as shell:
        await shell.press("ctrl+l")
        text = shell.shown()
        assert "3 / 15" in text
        assert "200k" in text
        assert "✓  Claude Sonnet 4.6" in text
        assert "recommended" in text
        assert any(line.strip() == "openai" or "openai" in line for line in text.splitlines())


async def test_models_of_disabled_providers_are_not_offered() -> None:
    session = ScriptedSession()
    session.views.append(view("off", ConnectionState.DISABLED, "disabled", [ModelInfo("hidden-model")]))
    async with running(session) as shell:
        await shell.press("ctrl+l")
        assert "hidden-model" not in shell.shown()


async def test_on_a_small_terminal_the_name_and_the_price_stay() -> None:
    async with running(size=SMALL) as shell:
        await shell.press("ctrl+l")
        assert "Claude Sonnet 4.6" in shell.shown()
        assert "3 / 15" in shell.shown()
