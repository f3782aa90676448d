"""Budgets on the screen: what is asked, what is refused, what is said in passing."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from pathlib import Path

import pytest
from textual.content import Content
from textual.widgets import Static

from app import format as fmt
from app.connections.demo import ENVIRON
from app.session.reply import Reply
from providers.events import StopReason
from tests.app.opened import QUIET, Opened, opened
from tests.app.shell import WIDE

THINKER = 'default_model = "chat/thinker"\n'
PROMPT = "What is 6 * 7?"


def replies(shell: Opened) -> list[Reply]:
    return [entry for entry in shell.chat.chat.entries if isinstance(entry, Reply)]


async def asked(shell: Opened, text: str = PROMPT) -> str:
    """Send a prompt that is asked about. Returns what the dialog says."""
    await shell.ask(text)
    await shell.until(lambda: shell.on("BudgetQuestion"))
    await shell.pilot.pause()
    return shell.shown()


def demo(home: Path, config: str, size: tuple[int, int] = WIDE) -> AbstractAsyncContextManager[Opened]:
    """The app in its demo, with this config.toml."""
    return opened(home, QUIET + config, ENVIRON, is_demo=True, size=size)


async def answered(shell: Opened, count: int = 1) -> None:
    await shell.until(lambda: len(replies(shell)) == count and not shell.app.runs.running)
    await shell.pilot.pause()


async def test_escape_keeps_the_draft_and_sends_nothing(tmp_path: Path) -> None:
    async with demo(tmp_path, THINKER + "[budget]\ndaily = 0\n") as shell:
        text = await asked(shell)
        assert "Send it over budget?" in text
        assert "Today $0.00 of $0.00; this turn ≈ $0.0040" in text
        assert "y send it   t send, and allow it for today   esc keep the draft" in text
        await shell.press("enter")
        assert shell.on("BudgetQuestion")
        await shell.press("escape")
        await shell.until(lambda: shell.draft == PROMPT)
        assert replies(shell) == []


@pytest.mark.parametrize(
    ("columns", "today"),
    [(80, "t send, and allow it for today"), (50, "t send, and allow it for today"), (40, "t send, and allow it")],
)
async def test_in_a_narrow_terminal_no_choice_is_broken_that_fits(tmp_path: Path, columns: int, today: str) -> None:
    async with demo(tmp_path, THINKER + "[budget]\ndaily = 0\n", size=(columns, 24)) as shell:
        lines = (await asked(shell)).splitlines()
        for choice in ("y send it", today, "esc keep the draft"):
            assert any(choice in line for line in lines), choice


async def test_yes_sends_it_once_and_the_next_turn_is_asked_about_again(tmp_path: Path) -> None:
    async with demo(tmp_path, THINKER + "[budget]\ndaily = 0\n") as shell:
        await asked(shell)
        await shell.press("y")
        await answered(shell)
        assert replies(shell)[0].error is None, replies(shell)[0].error
        assert "42" in replies(shell)[0].text
        assert replies(shell)[0].error is None
        await asked(shell)


async def test_allowed_for_today_is_not_asked_about_again(tmp_path: Path) -> None:
    async with demo(tmp_path, THINKER + "[budget]\ndaily = 0\n") as shell:
        await asked(shell)
        await shell.press("t")
        await answered(shell)
        await shell.ask(PROMPT)
        await answered(shell, 2)
        assert shell.draft == ""
        assert not any(reply.error for reply in replies(shell))


async def test_block_says_what_to_do_and_leaves_the_prompt_in_the_composer(tmp_path: Path) -> None:
    config = THINKER + '[budget]\nmonthly = 0\non_exceed = "block"\n'
    async with demo(tmp_path, config) as shell:
        await shell.ask(PROMPT)
        await shell.until_shown("A budget stops this turn.")
        assert "This month $0.00 of $0.00" in shell.shown()
        assert "Raise monthly" in shell.shown()
        assert shell.draft == PROMPT
        assert replies(shell) == []
        assert shell.on("ChatScreen")


async def test_warn_sends_and_says_so_below_the_reply(tmp_path: Path) -> None:
    config = THINKER + '[budget]\ndaily = 0\non_exceed = "warn"\n'
    async with demo(tmp_path, config) as shell:
        await shell.ask(PROMPT)
        await answered(shell)
        await shell.until_shown("Over budget: Today $0.00 of $0.00")
        assert replies(shell)[0].error is None


async def test_a_reply_that_the_budget_cuts_off_keeps_its_text_and_says_why(tmp_path: Path) -> None:
    model = '[[providers.mine.models]]\nid = "novel"\ncost_per_1m_in = 0\ncost_per_1m_out = 100\n'
    async with demo(tmp_path, "") as shell:
        url = shell.connections.roster.route("chat").endpoint.base_url
        mine = f'[providers.mine]\ntype = "openai-compat"\nbase_url = "{url}"\napi_key = "demo-key"\n{model}'
        budget = '[budget]\nper_message = 0.05\non_exceed = "block"\n'
        (tmp_path / "config.toml").write_text(f'default_model = "mine/novel"\n{QUIET}{mine}{budget}')
        await shell.until(lambda: "mine" in shell.connections.names)
        await shell.ask("4000 tokens")
        await answered(shell)
        (reply,) = replies(shell)
        assert reply.stop is StopReason.CANCELLED
        assert reply.text
        await shell.until_shown("The reply was stopped. This reply costs ≈ $0.05")
        assert "Raise per_message in [budget]" in shell.shown()


async def test_a_model_without_a_price_is_asked_about_once(tmp_path: Path) -> None:
    config = 'default_model = "chat/snail"\n' + "[budget]\ndaily = 5\n"
    async with demo(tmp_path, config) as shell:
        text = await asked(shell, "Hello")
        assert "Send it without knowing the price?" in text
        assert "chat/snail has no price" in text
        assert "allow it for today" not in text
        await shell.press("t")
        assert shell.on("BudgetQuestion")
        await shell.press("y")
        await shell.until(lambda: replies(shell) and replies(shell)[0].has_content)
        await shell.press("escape")
        await answered(shell)
        await shell.ask("Hello again")
        await shell.until(lambda: len(replies(shell)) == 2)
        assert shell.on("ChatScreen")


async def test_a_turn_far_dearer_than_usual_is_asked_about(tmp_path: Path) -> None:
    async with demo(tmp_path, THINKER) as shell:
        await shell.ask(PROMPT)
        await answered(shell)
        text = await asked(shell, "word " * 20_000)
        assert "It costs far more than usual." in text
        assert "times the usual" in text
        await shell.press("escape")
        await shell.until(lambda: shell.draft)
        assert len(replies(shell)) == 1


async def test_a_second_prompt_waits_while_the_first_is_asked_about(tmp_path: Path) -> None:
    async with demo(tmp_path, THINKER + "[budget]\ndaily = 0\n") as shell:
        shell.chat.send("one")
        shell.chat.send("two")
        await shell.until(lambda: shell.on("BudgetQuestion"))
        await shell.press("escape")
        await shell.until(lambda: "one" in shell.draft)
        assert shell.draft == "onetwo"


async def test_the_sidebar_shows_what_is_left_in_amber_and_red(tmp_path: Path) -> None:
    def colour() -> str:
        visual = shell.chat.sidebar.query_one("#budgets", Static).visual
        assert isinstance(visual, Content)
        return str(visual.spans[0].style)

    async with demo(tmp_path, THINKER + '[budget]\ndaily = 0.001\non_exceed = "warn"\n') as shell:
        await shell.until_shown("today $0.00 of $0.0010")
        spent, colours = Decimal(0), set[str]()
        while spent < Decimal("0.001"):
            count = len(replies(shell)) + 1
            await shell.ask(PROMPT)
            await answered(shell, count)
            spent += replies(shell)[-1].cost.usd or Decimal(0)
            await shell.until_shown(f"today {fmt.usd(spent)} of $0.0010")
            colours.add(colour())
        assert colours == {"$text-muted", "$text-error"}
        (tmp_path / "config.toml").write_text(QUIET + THINKER)
        await shell.until(lambda: "today" not in shell.shown())
