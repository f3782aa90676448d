"""The conversation on the screen: asking, stopping, failing, switching."""

from __future__ import annotations

from typing import Any

import pytest

from app.commands import command
from app.config.problems import Problem
from app.config.settings import Settings
from app.screens.chooser import Chooser
from app.session.reply import Reply
from providers.connection import ConnectionState
from providers.errors import Overloaded, RateLimited
from providers.events import Finished, ReasoningDelta, Retrying, StopReason, TextDelta, UsageReport
from providers.reference import ModelRef
from providers.usage import Usage
from tests.app.scripted import ANSWER, Gate, ScriptedSession, Step
from tests.app.shell import SMALL, Shell, running

GPT = ModelRef("openai", "gpt-5.4")
FAILURE = RateLimited("OpenAI asks to slow down.", "Wait a little.", "tpm limit [/b]", status=429, request_id="req_7")


def replies(shell: Shell) -> list[Reply]:
    return [entry for entry in shell.chat.chat.entries if isinstance(entry, Reply)]


async def test_a_reply_streams_in_and_says_which_model_wrote_it_and_what_it_cost() -> None:
    async with running() as shell:
        await shell.ask("hello")
        await shell.until_idle()
        text = shell.shown()
        assert "Hello there." in text
        assert "Claude Sonnet 4.6" in text
        assert "$0.0096" in text


async def test_escape_stops_the_reply_and_keeps_what_arrived() -> None:
    session = ScriptedSession(scripts=[[TextDelta("Half a "), Gate()]])
    async with running(session) as shell:
        await shell.ask("hello")
        await shell.until(lambda: replies(shell)[0].text)
        await shell.press("escape")
        await shell.until_idle()
        assert replies(shell)[0].stop is StopReason.CANCELLED
        await shell.until(lambda: "Half a" in shell.shown())
        assert "Stopped" in shell.shown()


async def test_a_reply_stopped_before_anything_came_gives_the_prompt_back() -> None:
    session = ScriptedSession(scripts=[[Gate()]])
    async with running(session) as shell:
        await shell.ask("hello")
        await shell.press("escape")
        await shell.until_idle()
        assert shell.draft == "hello"
        assert shell.chat.chat.entries == []
        assert "you\n" not in shell.shown()


async def test_page_up_in_a_short_draft_scrolls_the_conversation() -> None:
    long = TextDelta("\n\n".join(f"line {number}" for number in range(200)))
    async with running(ScriptedSession(scripts=[[long, Finished(StopReason.STOP)]])) as shell:
        await shell.ask("hello")
        await shell.until(lambda: "line 199" in shell.shown())
        await shell.press("pageup")
        await shell.until(lambda: "line 199" not in shell.shown())
        await shell.press("pagedown")
        await shell.until(lambda: "line 199" in shell.shown())


async def test_a_second_prompt_waits_in_the_composer_while_a_reply_runs() -> None:
    async with running(ScriptedSession(scripts=[[TextDelta("a"), Gate()]])) as shell:
        await shell.ask("one")
        await shell.ask("two")
        assert shell.draft == "two"
        assert len(replies(shell)) == 1


async def test_a_failure_shows_a_card_and_gives_the_prompt_back() -> None:
    async with running(ScriptedSession(scripts=[[FAILURE]])) as shell:
        await shell.ask("hello")
        await shell.until_idle()
        text = shell.shown()
        for words in ("OpenAI asks to slow down.", "Wait a little.", "tpm limit [/b]", "try again", "other model"):
            assert words in text
        assert "alt+↑ then r try again" in text
        assert shell.draft == "hello"
        assert shell.chat.composer.editor.has_focus


async def test_letters_typed_in_a_burst_after_a_failure_all_reach_the_draft() -> None:
    async with running(ScriptedSession(scripts=[[FAILURE]])) as shell:
        await shell.ask("hello ")
        await shell.until_idle()
        await shell.burst(*"drop")
        await shell.until(lambda: shell.draft == "hello drop")


async def test_escape_declines_the_prompt_that_was_given_back_and_the_history_keeps_it() -> None:
    async with running(ScriptedSession(scripts=[[FAILURE]])) as shell:
        await shell.ask("hello")
        await shell.until_idle()
        await shell.press("escape")
        assert shell.draft == ""
        await shell.press("up")
        assert shell.draft == "hello"


async def test_escape_leaves_a_given_back_prompt_that_was_changed() -> None:
    async with running(ScriptedSession(scripts=[[FAILURE]])) as shell:
        await shell.ask("hello")
        await shell.until_idle()
        await shell.press("!", "escape")
        assert shell.draft == "hello!"


async def test_a_new_draft_is_not_overwritten_by_the_prompt_that_failed() -> None:
    gate = Gate()
    async with running(ScriptedSession(scripts=[[gate, FAILURE]])) as shell:
        await shell.ask("hello")
        await shell.press(*"next")
        gate.open()
        await shell.until_idle()
        assert shell.draft == "next"
        assert shell.chat.composer.editor.has_focus


async def test_r_on_the_card_tries_again_and_the_failed_attempt_makes_room() -> None:
    async with running(ScriptedSession(scripts=[[FAILURE], ANSWER])) as shell:
        await shell.ask("hello")
        await shell.until_idle()
        await shell.press("alt+up", "r")
        await shell.until_idle()
        assert [reply.text for reply in replies(shell)] == ["Hello there."]
        assert shell.draft == ""
        assert "slow down" not in shell.shown()


async def test_l_on_the_card_asks_another_model() -> None:
    async with running(ScriptedSession(scripts=[[FAILURE], ANSWER])) as shell:
        await shell.ask("hello")
        await shell.until_idle()
        await shell.press("alt+up", "l")
        await shell.until(lambda: isinstance(shell.app.screen, Chooser))
        await shell.press(*"gpt", "enter")
        await shell.until_idle()
        assert [reply.ref for reply in replies(shell)] == [GPT]


async def test_o_on_the_card_shows_and_hides_the_details() -> None:
    async with running(ScriptedSession(scripts=[[FAILURE]])) as shell:
        await shell.ask("hello")
        await shell.until_idle()
        await shell.press("alt+up", "o")
        assert "req_7" in shell.shown()
        await shell.press("o")
        assert "req_7" not in shell.shown()


async def test_enter_after_a_failure_sends_the_prompt_again_and_the_failed_attempt_makes_room() -> None:
    async with running(ScriptedSession(scripts=[[FAILURE], ANSWER])) as shell:
        await shell.ask("hello")
        await shell.until_idle()
        await shell.press("enter")
        await shell.until_idle()
        assert [reply.text for reply in replies(shell)] == ["Hello there."]
        assert "slow down" not in shell.shown()


async def test_a_retry_counts_down_in_the_card_and_escape_stops_it() -> None:
    waiting: list[Step] = [Retrying(2, 30, Overloaded("Anthropic is overloaded.")), Gate()]
    async with running(ScriptedSession(scripts=[waiting])) as shell:
        await shell.ask("hello")
        await shell.until(lambda: "Trying again in" in shell.shown())
        assert "Anthropic is overloaded." in shell.shown()
        assert "attempt 2" in shell.shown()
        await shell.press("escape")
        await shell.until_idle()
        assert "Trying again" not in shell.shown()


async def test_a_retry_that_succeeds_leaves_no_card() -> None:
    steps: list[Step] = [Retrying(2, 0, Overloaded("Anthropic is overloaded.")), *ANSWER]
    async with running(ScriptedSession(scripts=[steps])) as shell:
        await shell.ask("hello")
        await shell.until_idle()
        assert "overloaded" not in shell.shown()
        assert "Hello there." in shell.shown()


async def test_reasoning_is_folded_under_its_duration() -> None:
    steps: list[Step] = [ReasoningDelta("Secret thoughts."), TextDelta("Answer."), Finished(StopReason.STOP)]
    async with running(ScriptedSession(scripts=[steps])) as shell:
        await shell.ask("hello")
        await shell.until_idle()
        assert "thought for" in shell.shown()


async def test_switching_the_model_mid_reply_applies_to_the_next_turn() -> None:
    gate = Gate()
    session = ScriptedSession(scripts=[[TextDelta("a"), gate, Finished(StopReason.STOP)], ANSWER])
    async with running(session) as shell:
        await shell.ask("one")
        await shell.press("ctrl+l")
        await shell.press(*"gpt", "enter")
        assert "openai/gpt-5.4" in shell.shown()
        gate.open()
        await shell.until_idle()
        await shell.ask("two")
        await shell.until_idle()
        assert [str(reply.ref) for reply in replies(shell)] == ["claude/claude-sonnet-4-6", "openai/gpt-5.4"]
        assert "GPT-5.4" in shell.shown()


async def test_f2_steps_through_the_recent_models() -> None:
    session = ScriptedSession(recent=[ModelRef("claude", "claude-sonnet-4-6"), GPT])
    async with running(session) as shell:
        await shell.press("f2")
        assert shell.chat.model == GPT
        await shell.press("f2")
        assert shell.chat.model == ModelRef("claude", "claude-sonnet-4-6")
        await shell.press("shift+f2")
        assert shell.chat.model == GPT


async def test_f2_goes_through_favourites_and_then_recent_models_in_an_order_that_use_does_not_change() -> None:
    llama, opus = ModelRef("local", "llama3.1"), ModelRef("claude", "opus")
    session = ScriptedSession(
        settings=Settings(favourite_models=(llama, GPT)),
        recent=[ModelRef("claude", "claude-sonnet-4-6"), ModelRef("work", "disabled"), GPT, opus],
    )
    async with running(session) as shell:
        walked = []
        for _ in range(5):
            await shell.press("f2")
            await shell.ask("hello")
            await shell.until_idle()
            walked.append(shell.chat.model)
        assert walked == [opus, llama, GPT, ModelRef("claude", "claude-sonnet-4-6"), opus]


async def test_a_reply_goes_on_while_another_conversation_is_shown() -> None:
    gate = Gate()
    session = ScriptedSession(scripts=[[TextDelta("First "), gate, TextDelta("and last."), Finished(StopReason.STOP)]])
    async with running(session) as shell:
        await shell.ask("old question")
        await shell.until(lambda: shell.chat.chat.id)
        first = shell.chat.chat
        await shell.press("ctrl+n")
        assert shell.chat.chat is not first
        assert "old question" not in shell.shown()
        await shell.press("ctrl+s", "enter")
        await shell.until(lambda: shell.chat.chat is first)
        await shell.until(lambda: "First" in shell.shown())
        gate.open()
        await shell.until_idle()
        await shell.until(lambda: "First and last." in shell.shown())


async def test_each_conversation_keeps_its_own_draft() -> None:
    async with running() as shell:
        await shell.ask("first")
        await shell.until_idle()
        await shell.press(*"about first", "ctrl+n")
        assert shell.draft == ""
        await shell.press(*"new one", "ctrl+s", "enter")
        await shell.until(lambda: shell.chat.chat.entries)
        await shell.until(lambda: shell.draft == "about first")
        await shell.press("ctrl+n")
        assert shell.draft == "new one"


async def test_a_failure_elsewhere_leaves_its_prompt_as_the_draft_of_its_conversation() -> None:
    gate = Gate()
    async with running(ScriptedSession(scripts=[[gate, FAILURE]])) as shell:
        await shell.ask("lost?")
        await shell.until(lambda: shell.chat.chat.id)
        await shell.press("ctrl+n")
        gate.open()
        await shell.until(lambda: "A reply has failed" in shell.shown())
        assert shell.draft == ""
        await shell.press("ctrl+s", "enter")
        await shell.until(lambda: shell.draft == "lost?")


async def test_ctrl_n_leaves_a_conversation_that_exists_though_nothing_was_kept_in_it() -> None:
    async with running(ScriptedSession(scripts=[[Gate()]])) as shell:
        await shell.ask("hello")
        await shell.until(lambda: shell.chat.chat.id)
        await shell.press("escape")
        await shell.until_idle()
        old = shell.chat.chat
        assert not old.entries
        await shell.press("ctrl+n")
        assert shell.chat.chat is not old


async def test_the_status_line_names_its_figures_and_the_keys_of_a_selected_message() -> None:
    async with running() as shell:
        await shell.ask("hello")
        await shell.until_idle()
        line = shell.shown().splitlines()[-1]
        assert "all $0.0096 reply $0.0096 ↑1.2k ↓400" in " ".join(line.split())
        assert line.endswith("^l model  ^p commands  f1 help  f3 stats")
        await shell.press("alt+up")
        assert "y copy  o details  r again  e edit  c code" in shell.shown().splitlines()[-1]
        await shell.press("escape")
        assert "y copy" not in shell.shown()


async def test_what_another_model_wrote_does_not_stand_beside_the_name_of_this_one() -> None:
    async with running() as shell:
        await shell.ask("hello")
        await shell.until_idle()
        shell.chat.use_model(GPT)
        await shell.until(lambda: "openai/" in shell.shown().splitlines()[-1])
        line = " ".join(shell.shown().splitlines()[-1].split())
        assert "all $0.0096" in line
        assert "reply" not in line


async def test_in_80_columns_the_keys_of_a_message_lead_to_its_details() -> None:
    async with running(size=SMALL) as shell:
        await shell.ask("hello")
        await shell.until_idle()
        await shell.press("alt+up")
        assert "y copy  o details" in shell.shown().splitlines()[-1]


async def test_c_goes_on_from_code_block_to_code_block() -> None:
    blocks = "\n\n".join(f"```py\nblock = {number}\n```" for number in (1, 2, 3))
    steps: list[Step] = [TextDelta(blocks), Finished(StopReason.STOP)]
    async with running(ScriptedSession(scripts=[steps])) as shell:
        await shell.ask("hello")
        await shell.until(lambda: "block = 3" in shell.shown())
        await shell.until_idle()
        await shell.press("alt+up")
        for number in (1, 2, 3, 1):
            await shell.press("c")
            assert shell.app.clipboard.strip() == f"block = {number}"
            assert f"Sent to the clipboard: code block {number} of 3." in shell.shown()


async def test_the_end_of_a_reply_elsewhere_is_announced() -> None:
    gate = Gate()
    async with running(ScriptedSession(scripts=[[gate, *ANSWER]])) as shell:
        await shell.ask("old [/b] question")
        await shell.until(lambda: shell.chat.chat.id)
        await shell.press("ctrl+n")
        gate.open()
        await shell.until(lambda: "A reply is complete" in shell.shown())
        assert "old [/b] question" in shell.shown()


async def test_what_is_sent_before_the_session_is_open_goes_out_when_it_is() -> None:
    opening = Gate()
    async with running(ScriptedSession(opening=opening)) as shell:
        await shell.ask("early")
        assert shell.draft == ""
        shell.chat.composer.write("and on")
        opening.open()
        await shell.until(lambda: replies(shell))
        await shell.until_idle()
        assert replies(shell)[0].prompt == "early"


async def test_the_last_conversation_is_continued() -> None:
    session = ScriptedSession()
    async with running(session) as shell:
        await shell.ask("remember me")
        await shell.until_idle()
    async with running(session, continue_last=True) as shell:
        assert "remember me" in shell.shown()
        assert "Hello there." in shell.shown()


async def test_a_bug_of_ours_ends_in_a_card_not_in_a_crash() -> None:
    async with running(ScriptedSession(scripts=[[TextDelta("a"), RuntimeError("oops")]])) as shell:
        await shell.ask("hello")
        await shell.until(lambda: "Parley made a mistake" in shell.shown())
        assert not shell.app.runs.running


async def test_without_a_default_that_exists_the_picker_opens_and_the_choice_gets_the_prompt() -> None:
    async with running(ScriptedSession(default=None)) as shell:
        await shell.ask("hello")
        assert isinstance(shell.app.screen, Chooser)
        await shell.press("enter")
        await shell.until(lambda: replies(shell))
        assert replies(shell)[0].prompt == "hello"


async def test_a_chosen_theme_is_remembered() -> None:
    async with running() as shell:
        await shell.chat.run_command(command("app.theme"))
        await shell.pilot.pause()
        await shell.press("down", "enter")
        await shell.until(lambda: shell.session.remembered)
        assert shell.session.remembered == {"theme": shell.app.theme}


async def test_without_a_model_the_prompt_stays_and_the_way_out_is_said() -> None:
    async with running(ScriptedSession(default=None, views=[])) as shell:
        assert "no model yet" in shell.shown()
        await shell.ask("hello")
        assert shell.draft == "hello"
        assert "/add adds one" in shell.shown()


@pytest.mark.parametrize("stop", [StopReason.LENGTH, StopReason.CONTENT_FILTER, StopReason.REFUSAL])
async def test_an_unusual_end_is_said(stop: StopReason) -> None:
    async with running(ScriptedSession(scripts=[[TextDelta("a"), Finished(stop)]])) as shell:
        await shell.ask("hello")
        await shell.until_idle()
        assert any(words in shell.shown() for words in ("token limit", "content filter", "declined"))


async def test_costs_are_listed_per_model_and_unpriced_ones_as_a_dash() -> None:
    session = ScriptedSession(scripts=[ANSWER, ANSWER])
    async with running(session) as shell:
        await shell.ask("one")
        await shell.until_idle()
        shell.chat.use_model(ModelRef("local", "llama3.1"))
        await shell.ask("two")
        await shell.until_idle()
        costs = shell.chat.sidebar.costs
        assert [(row.model, row.cost) for row in costs.rows] == [("claude-sonnet-4-6", "$0.0096"), ("llama3.1", "—")]
        assert costs.total.startswith("≥ ")


# ── the sidebar ───────────────────────────────────────────────────────────────


async def test_each_provider_has_a_lamp_a_word_and_a_count() -> None:
    async with running() as shell:
        lines = shell.shown().splitlines()
        for glyph, name, word in (("●", "claude", "connected"), ("⊘", "work", "disabled"), ("✕", "local", "refused")):
            assert any(glyph in line and name in line and word in line for line in lines)


async def test_a_lamp_moves_when_the_session_says_so() -> None:
    async with running() as shell:
        shell.session.move_lamp("groq", ConnectionState.CONNECTED, "connected")
        await shell.pilot.pause()
        assert any("● groq" in line for line in shell.shown().splitlines())


async def test_every_provider_to_connect_is_checked_at_the_start() -> None:
    async with running() as shell:
        await shell.until(lambda: len(shell.session.checked) == 5)
        assert "work" not in shell.session.checked


async def test_t_tests_and_space_switches_the_provider_under_the_cursor() -> None:
    async with running() as shell:
        await shell.until(lambda: len(shell.session.checked) == 5)
        shell.chat.sidebar.providers.focus()
        await shell.press("t")
        await shell.until(lambda: shell.session.checked[5:] == ["claude"])
        await shell.press("space")
        await shell.until(lambda: shell.session.views[0].connection.state is ConnectionState.DISABLED)


async def test_the_last_error_of_a_provider_shows_while_its_row_has_the_focus() -> None:
    async with running() as shell:
        assert "Nothing answers" not in shell.shown()
        shell.chat.sidebar.providers.focus()
        await shell.press("end")
        assert "Nothing answers" in shell.shown()
        shell.chat.composer.editor.focus()
        await shell.pilot.pause()
        assert "Nothing answers" not in shell.shown()


async def test_enter_opens_the_provider_card_with_the_way_out() -> None:
    async with running() as shell:
        shell.chat.sidebar.providers.focus()
        await shell.press("end", "enter")
        text = shell.shown()
        assert "ollama serve" in text
        assert "https://local.example/v1" in text
        await shell.press("escape")
        assert shell.app.screen is shell.chat


# ── small and large terminals ─────────────────────────────────────────────────


async def test_on_a_small_terminal_the_sidebar_is_a_rail_and_no_label_is_cut() -> None:
    async with running(size=SMALL) as shell:
        await shell.ask("hello")
        await shell.until_idle()
        text = shell.shown()
        assert "connected" in text.splitlines()[-1]
        assert "$0.0096" in text.splitlines()[-1]
        assert "claude-sonnet-4-6" in text.splitlines()[-1]
        assert "…" not in text
        assert shell.chat.sidebar.size.width < 6


async def test_the_rail_opens_while_it_has_the_focus() -> None:
    async with running(size=SMALL) as shell:
        shell.chat.sidebar.providers.focus()
        await shell.until(lambda: "deepseek" in shell.shown())
        assert "no key" in shell.shown()
        shell.chat.composer.editor.focus()
        await shell.until(lambda: "deepseek" not in shell.shown())


async def test_ctrl_b_folds_and_unfolds_the_sidebar() -> None:
    async with running() as shell:
        assert "PROVIDERS" in shell.shown()
        await shell.press("ctrl+b")
        assert "PROVIDERS" not in shell.shown()
        await shell.press("f4")
        assert "PROVIDERS" in shell.shown()


# ── leaving ───────────────────────────────────────────────────────────────────


async def test_ctrl_c_clears_the_draft_and_keeps_it_in_the_history() -> None:
    async with running() as shell:
        await shell.press(*"draft", "ctrl+c")
        assert shell.draft == ""
        await shell.press("up")
        assert shell.draft == "draft"


async def test_ctrl_c_copies_a_selection() -> None:
    async with running() as shell:
        await shell.press(*"words", "shift+home", "ctrl+c")
        assert shell.app.clipboard == "words"
        assert shell.draft == "words"


async def test_ctrl_c_asks_once_more_and_then_quits() -> None:
    async with running() as shell:
        await shell.press("ctrl+c")
        assert "once more" in shell.shown()
        assert not shell.session.is_closed
        await shell.press("ctrl+c")
        assert shell.session.is_closed


async def test_ctrl_c_never_quits_while_a_reply_runs() -> None:
    async with running(ScriptedSession(scripts=[[TextDelta("a"), Gate()]])) as shell:
        await shell.ask("hello")
        await shell.press("ctrl+c", "ctrl+c", "ctrl+c")
        assert not shell.session.is_closed
        assert shell.app.runs.running


async def test_quitting_stops_the_running_reply_and_keeps_it() -> None:
    async with running(ScriptedSession(scripts=[[TextDelta("a"), Gate()]])) as shell:
        await shell.ask("hello")
        await shell.until(lambda: replies(shell)[0].text)
        reply = replies(shell)[0]
        await shell.press("ctrl+q")
        assert reply.stop is StopReason.CANCELLED
        assert shell.session.is_closed


async def test_titles_and_names_with_markup_are_shown_literally() -> None:
    session = ScriptedSession()
    hostile: Any = "[/b] [red]x[/red] \x1b[2J"
    session.views[0] = session.views[0].__class__(hostile, hostile, session.views[0].connection)
    session.scripts = [[TextDelta(hostile), UsageReport(Usage(1, 1)), Finished(StopReason.STOP)]]
    async with running(session) as shell:
        await shell.ask(hostile)
        await shell.until_idle()
        await shell.press("ctrl+s")
        assert "[/b] [red]x[/red]" in shell.shown()
        assert "\x1b" not in shell.shown()


# ── the welcome and the picker ────────────────────────────────────────────────


async def test_a_turn_that_is_stopped_before_its_worker_runs_ends_all_the_same() -> None:
    async with running() as shell:
        shell.chat.send("hello")
        assert shell.app.runs.stop(shell.chat.chat)
        await shell.until_idle()
        assert shell.draft == "hello"
        assert shell.chat.chat.entries == []


async def test_the_rail_says_nothing_where_there_are_no_providers() -> None:
    async with running(ScriptedSession(default=None, views=[]), size=SMALL) as shell:
        assert not shell.chat.sidebar.query_one("#no-providers").display
        assert shell.chat.sidebar.size.width < 6


async def test_a_problem_names_the_file_and_stands_above_the_advice() -> None:
    problem = Problem(2, "defalt_model", "nobody knows this key", "Did you mean default_model?")
    async with running(ScriptedSession(default=None, views=[], problems=(problem,))) as shell:
        text = shell.shown()
        assert "! config.toml, line 2: defalt_model: nobody knows this key." in text
        assert text.index("config.toml, line 2") < text.index("No provider yet")


async def test_the_demo_says_what_it_is_and_offers_the_tour() -> None:
    session = ScriptedSession(is_demo=True, default=ModelRef("chat", "tour"))
    async with running(session) as shell:
        assert "This is the demo: nothing leaves this machine, no key is needed." in shell.shown()
        assert "Say anything to take the tour" in shell.shown()


async def test_the_picker_marks_the_models_of_a_provider_that_fails() -> None:
    async with running() as shell:
        await shell.press("ctrl+l")
        await shell.until(lambda: "✕ local  refused" in shell.shown())
        assert "● claude  1 model" in shell.shown()


@pytest.mark.parametrize("width", [9, 14, 20, 40, 44, 59])
async def test_no_width_is_too_small_with_the_sidebar_wished_for(width: int) -> None:
    async with running(size=(120, 30)) as shell:
        await shell.press("ctrl+b", "ctrl+b")
        await shell.pilot.resize_terminal(width, 12)
        await shell.ask("hello")
        await shell.until_idle()
        await shell.press("/")
        await shell.pilot.resize_terminal(120, 30)
        await shell.until(lambda: "Hello there." in shell.shown())


async def test_a_title_with_escape_sequences_is_harmless_in_a_toast() -> None:
    async with running() as shell:
        shell.app.notify("\x1b]0;pwned\x07 gone", title="\x1b[31mred", markup=False)
        await shell.pilot.pause()
        assert "\x1b" not in shell.shown()
        assert "\x07" not in shell.shown()


async def test_a_prompt_taken_from_the_history_leaves_the_draft_in_it() -> None:
    async with running(ScriptedSession(history=("earlier",))) as shell:
        shell.chat.composer.write("a long draft")
        shell.chat.composer.take("earlier")
        assert shell.draft == "earlier"
        shell.chat.composer.write("")
        await shell.press("up")
        assert shell.draft == "a long draft"
