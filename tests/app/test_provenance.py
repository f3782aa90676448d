"""What is behind the figures of a reply: by key, by click, by slash command, for every kind of reply."""

from __future__ import annotations

from pathlib import Path

from app.connections.demo import ENVIRON
from app.screens.asking import last_reply
from providers.errors import Rejected
from providers.events import Finished, StopReason, TextDelta, UsageReport
from providers.reference import ModelRef
from providers.usage import Usage
from tests.app.opened import opened
from tests.app.scripted import ANSWER, Gate, ScriptedSession, Step
from tests.app.shell import SMALL, Shell, running


def words(shell: Shell) -> str:
    """The screen with single blanks, so that columns do not matter."""
    return " ".join(shell.shown().split())


def counted(shell: Shell) -> int:
    """Our own count of the reply that is arriving."""
    reply = last_reply(shell.chat.chat)
    return reply.output_tokens_estimate if reply else 0


async def test_o_unfolds_the_details_of_the_selected_reply_and_folds_them_again() -> None:
    async with running() as shell:
        await shell.ask("hello")
        await shell.until_idle()
        assert "computed from reported tokens" not in shell.shown()
        await shell.press("alt+up", "o")
        assert "1,200 × $3/M = $0.0036" in words(shell)
        assert "400 × $15/M = $0.0060" in words(shell)
        assert "computed from reported tokens" in shell.shown()
        await shell.press("o")
        assert "computed from reported tokens" not in shell.shown()


async def test_on_a_prompt_o_shows_the_details_of_the_reply_to_it() -> None:
    async with running() as shell:
        for prompt in ("one", "two"):
            await shell.ask(prompt)
            await shell.until_idle()
        await shell.press("alt+up", "alt+up", "alt+up", "alt+up", "o")
        assert shell.shown().count("computed from reported tokens") == 1
        lines = shell.shown().splitlines()
        at = {word: next(y for y, line in enumerate(lines) if word in line) for word in ("one", "computed", "two")}
        assert at["one"] < at["computed"] < at["two"]


async def test_a_click_on_the_figures_does_the_same() -> None:
    async with running() as shell:
        await shell.ask("hello")
        await shell.until_idle()
        lines = shell.shown().splitlines()
        y = next(y for y, line in enumerate(lines) if "tok/s" in line)
        await shell.pilot.click(offset=(lines[y].index("tok/s"), y))
        await shell.pilot.pause()
        assert "computed from reported tokens" in shell.shown()
        await shell.pilot.click(offset=(lines[y].index("tok/s"), y))
        await shell.pilot.pause()
        assert "computed from reported tokens" not in shell.shown()


async def test_the_slash_command_means_the_newest_reply() -> None:
    async with running() as shell:
        await shell.ask("hello")
        await shell.until_idle()
        await shell.press("slash", *"details", "enter")
        await shell.until(lambda: "computed from reported tokens" in shell.shown())


async def test_details_stay_with_their_reply_while_it_grows_and_settle_with_it() -> None:
    gate, end = Gate(), Gate()
    steps: list[Step] = [TextDelta("word " * 20), gate, TextDelta("word " * 20), end, *ANSWER[2:]]
    async with running(ScriptedSession(scripts=[steps])) as shell:
        await shell.ask("hello")
        await shell.until(lambda: "word" in shell.shown())
        await shell.press("alt+up", "o")
        assert f"≈ {counted(shell)} × $15/M" in words(shell)
        assert "because the reply is still arriving" in words(shell)
        gate.open()
        await shell.until(lambda: counted(shell) > 30 and f"≈ {counted(shell)} × $15/M" in words(shell))
        end.open()
        await shell.until_idle()
        assert "400 × $15/M = $0.0060" in words(shell)
        assert "still arriving" not in shell.shown()


async def test_details_open_in_view_though_the_heading_is_far_above() -> None:
    long: list[Step] = [TextDelta("\n\n".join(f"line {number}" for number in range(80))), *ANSWER[2:]]
    async with running(ScriptedSession(scripts=[long]), size=SMALL) as shell:
        await shell.ask("hello")
        await shell.until_idle()
        assert "Claude Sonnet 4.6" not in shell.shown()
        await shell.press("slash", *"details", "enter")
        await shell.until(lambda: "computed from reported" in shell.shown())
        assert "Claude Sonnet 4.6" in shell.shown()


async def test_a_failed_reply_tells_in_its_card() -> None:
    failure = Rejected("No.", "Do this.", "server words", status=400, request_id="req_1", url="https://x/v1")
    async with running(ScriptedSession(scripts=[[failure]])) as shell:
        await shell.ask("hello")
        await shell.until(lambda: "server words" in shell.shown())
        await shell.press("alt+up", "o")
        for piece in ("req_1", "https://x/v1", "refused, nothing billed", "failed: No."):
            assert piece in shell.shown()
        await shell.press("o")
        assert "req_1" not in shell.shown()


async def test_a_failure_after_some_words_tells_about_both() -> None:
    steps: list[Step] = [TextDelta("half "), Rejected("No.", request_id="req_1")]
    async with running(ScriptedSession(scripts=[steps])) as shell:
        await shell.ask("hello")
        await shell.until(lambda: "half" in shell.shown())
        await shell.until_idle()
        await shell.press("alt+up", "o")
        assert "req_1" in shell.shown()
        assert words(shell).count("our own estimate, because the reply failed") == 1


async def test_a_reply_without_words_has_cost_something_too() -> None:
    async with running(ScriptedSession(scripts=[ANSWER[2:]])) as shell:
        await shell.ask("hello")
        await shell.until(lambda: "The model said nothing." in shell.shown())
        await shell.press("alt+up", "o")
        assert "1,200 × $3/M = $0.0036" in words(shell)


async def test_foreign_words_in_details_are_literal() -> None:
    evil = "[red]\x1b]0;owned\x07[/b]"
    steps: list[Step] = [TextDelta("a"), UsageReport(Usage(10, output_tokens=5, service_tier=evil))]
    async with running(ScriptedSession(scripts=[[*steps, Finished(StopReason.STOP, evil)]])) as shell:
        await shell.ask("hello")
        await shell.until_idle()
        await shell.press("alt+up", "o")
        assert shell.shown().count("[red]]0;owned[/b]") == 3
        assert "\x1b" not in shell.shown()


async def test_attempts_that_failed_are_told_and_still_are_after_a_restart(tmp_path: Path) -> None:
    async with opened(tmp_path, environ=ENVIRON, is_demo=True, model=ModelRef("chat", "chaos")) as shell:
        await shell.ask("503 then ok")
        await shell.until_shown("went well")
        await shell.until_idle()
        await shell.press("alt+up", "o")
        first = words(shell)
        assert "attempt 1 $0.00 · " in first
        assert "for 2 attempts" in first
    async with opened(tmp_path, environ=ENVIRON, is_demo=True, continue_last=True) as shell:
        await shell.press("alt+up", "o")
        assert first[first.index("attempt 1") : first.index("for 2 attempts")] in words(shell)
