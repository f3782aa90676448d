"""Tokens and cost tick up while a reply arrives, and settle without anything else moving."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pytest

from app import format as fmt
from app.screens.asking import last_reply
from app.widgets.cost_tracker import CostTracker
from providers.errors import Overloaded
from providers.events import Finished, Retrying, StopReason, TextDelta, UsageReport
from providers.reference import ModelRef
from providers.usage import Usage
from tests.app.scripted import LLAMA, Gate, ScriptedSession, Step
from tests.app.shell import SMALL, WIDE, Shell, running

WORDS = TextDelta("word " * 60)
END: tuple[Step, ...] = (UsageReport(Usage(input_tokens=1200, output_tokens=400)), Finished(StopReason.STOP))
SETTLED = "$0.0096"


@dataclass(frozen=True)
class Guess:
    """What Parley thinks of `WORDS`, as it is shown without its "≈"."""

    tokens: str
    usd: str


def heading(shell: Shell) -> str:
    return next(line for line in shell.shown().splitlines() if "Claude Sonnet 4.6" in line)


def status(shell: Shell) -> str:
    return shell.shown().splitlines()[-1]


def ends(line: str, *figures: str) -> list[int]:
    """Where figures end in a line."""
    return [line.index(figure) + len(figure) for figure in figures]


async def ticked(shell: Shell, words: str) -> None:
    await shell.until(lambda: words in " ".join(shell.shown().split()))


async def guessed(shell: Shell) -> Guess:
    """Once all words are there and their count is shown."""

    def guess() -> Guess:
        reply = last_reply(shell.chat.chat)
        assert reply is not None
        return Guess(fmt.tokens(reply.output_tokens_estimate), fmt.usd(reply.cost.usd))

    await shell.until(lambda: int(guess().tokens) > 50)
    await ticked(shell, f"≈ ↓{guess().tokens} ≈ {guess().usd}")
    await ticked(shell, f"reply ≈ {guess().usd}" if shell.app.size.width > 80 else f"all ≈ {guess().usd}")
    return guess()


@pytest.mark.parametrize("size", [WIDE, (120, 40), SMALL])
async def test_an_estimate_becomes_exact_in_its_place(size: tuple[int, int]) -> None:
    gate = Gate()
    async with running(ScriptedSession(scripts=[[WORDS, gate, *END]]), size=size) as shell:
        await shell.ask("hello")
        guess = await guessed(shell)
        before, below = heading(shell), status(shell)
        height = shell.chat.query_one(CostTracker).size.height
        gate.open()
        await shell.until_idle()
        after, settled = heading(shell), status(shell)
        assert "≈" not in after + settled
        assert ends(before, f"↓{guess.tokens}", guess.usd) == ends(after, "↓400", SETTLED)
        assert ends(below, guess.usd) == ends(settled, SETTLED)
        assert ("reply" in below) == ("reply" in settled) == (size is not SMALL)
        if "reply" in below:
            assert ends(below.split("reply")[1], guess.usd) == ends(settled.split("reply")[1], SETTLED)
            assert below.index("reply") == settled.index("reply")
        assert before.split("   ")[:2] == after.split("   ")[:2]
        assert shell.chat.query_one(CostTracker).size.height == height


async def test_the_row_of_a_model_stands_from_the_start_and_ticks() -> None:
    first, gate = Gate(), Gate()
    async with running(ScriptedSession(scripts=[[first, WORDS, gate, *END]])) as shell:
        await shell.ask("hello")
        await ticked(shell, "claude-sonnet-4-6 $0.00")
        tracker = shell.chat.query_one(CostTracker)
        height = tracker.size.height
        assert height == 2
        first.open()
        guess = await guessed(shell)
        assert f"↓{guess.tokens}" in str(tracker.render())
        assert f"≈ {guess.usd}" in str(tracker.render())
        gate.open()
        await shell.until_idle()
        assert "↑1.2k ↓400" in str(tracker.render())
        assert "≈" not in str(tracker.render())
        assert tracker.size.height == height


async def test_the_total_holds_the_running_reply_marked() -> None:
    gate = Gate()
    async with running(ScriptedSession(scripts=[[WORDS, *END], [WORDS, gate, *END]])) as shell:
        await shell.ask("one")
        await shell.until_idle()
        await shell.ask("two")
        await guessed(shell)
        (total,) = shell.chat.chat.totals()
        assert total.usd is not None
        assert total.usd > Decimal("0.0096")
        await ticked(shell, f"all ≈ {fmt.usd(total.usd)} reply ≈")
        gate.open()
        await shell.until_idle()
        assert "all $0.0192" in " ".join(status(shell).split())


async def test_a_stopped_reply_keeps_its_estimate_and_its_counts() -> None:
    async with running(ScriptedSession(scripts=[[WORDS, Gate()]])) as shell:
        await shell.ask("hello")
        guess = await guessed(shell)
        tracker = shell.chat.query_one(CostTracker)
        before, shown = heading(shell), str(tracker.render())
        await shell.press("escape")
        await shell.until_idle()
        figures = f"≈ ↓{guess.tokens}", f"≈ {guess.usd}"
        assert ends(heading(shell), *figures) == ends(before, *figures)
        assert str(tracker.render()) == shown


async def test_an_unpriced_reply_makes_the_total_a_lower_bound_from_its_start() -> None:
    gate = Gate()
    session = ScriptedSession(scripts=[[WORDS, *END], [gate, WORDS, *END]])
    async with running(session) as shell:
        await shell.ask("one")
        await shell.until_idle()
        shell.chat.use_model(ModelRef("local", LLAMA.id))
        await shell.ask("two")
        await ticked(shell, "all ≥ $0.0096 reply —")
        gate.open()
        await shell.until_idle()
        assert "all ≥ $0.0096 reply —" in " ".join(status(shell).split())


async def test_a_retry_begins_the_count_again() -> None:
    gate = Gate()
    steps: list[Step] = [Retrying(2, 0, Overloaded("Busy.")), gate, WORDS, *END]
    async with running(ScriptedSession(scripts=[steps])) as shell:
        await shell.ask("hello")
        await ticked(shell, "≈ ↓0")
        gate.open()
        await shell.until_idle()
        assert "↓400" in heading(shell)
