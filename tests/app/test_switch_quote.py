"""What a change of models costs: in the picker before it is made, and in a question where it is dear."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from textual.widgets import Static

from app.config.settings import BudgetSettings, Settings
from app.screens.quote_text import next_turn_figure, reasons_to_ask, switch_parts, switch_sentence
from app.session.quote import quote
from app.session.switching import Switch
from providers.catalogue.records import ModelInfo
from providers.connection import ConnectionState
from providers.costs import NO_WRITE_RULE, Rates
from providers.events import Finished, StopReason, TextDelta, UsageReport
from providers.reference import ModelRef
from providers.usage import Usage
from tests.app.scripted import ScriptedSession, view
from tests.app.shell import SMALL, WIDE, Shell, running

CHEAP = ModelInfo("cheap", "Cheap", rates=Rates(Decimal(1), Decimal(4)), context_window=200_000)
DEAR = ModelInfo("dear", "Dear", rates=Rates(Decimal(50), Decimal(200)), context_window=200_000)
SMALLER = ModelInfo("smaller", "Smaller", rates=Rates(Decimal(1), Decimal(4)), context_window=1_000)
UNPRICED = ModelInfo("unpriced", "Unpriced", context_window=200_000)
FREE = ModelInfo("free", "Free", rates=Rates(Decimal(0), Decimal(0), source="server"), context_window=200_000)
FLAT = ModelInfo("flat", "Flat", rates=Rates(is_flat=True), context_window=200_000)
CHEAP_REF, DEAR_REF, SMALLER_REF = (ModelRef("here", each.id) for each in (CHEAP, DEAR, SMALLER))


def session(confirm_switch: str = "0.25", **more: object) -> ScriptedSession:
    """A provider whose models differ, with a conversation of 4,000 tokens in and 100 out."""
    models = [CHEAP, DEAR, SMALLER, UNPRICED, FREE, FLAT]
    said = (
        TextDelta("Yes."),
        UsageReport(Usage(input_tokens=4_000, output_tokens=100)),
        Finished(StopReason.STOP),
    )
    made = ScriptedSession(
        settings=Settings(budget=BudgetSettings(confirm_switch=Decimal(confirm_switch))),
        views=[view("here", ConnectionState.CONNECTED, "connected", models)],
        default=CHEAP_REF,
        scripts=[said],
    )
    return replace(made, **more)  # type: ignore[arg-type]


async def in_picker(shell: Shell, *keys: str) -> None:
    """After one turn, in the open picker with its quotes."""
    await shell.ask("word " * 4_000)
    await shell.until_idle()
    await shell.press("ctrl+l")
    await shell.until(lambda: "next turn ≈" in shell.shown())
    await shell.press(*keys)


def row(shell: Shell, name: str) -> list[str]:
    lines = (line.split() for line in shell.shown().splitlines())
    return next(line for line in lines if name in line[:2] and len(line) > 2)


def asks(shell: Shell) -> bool:
    return type(shell.app.screen).__name__ == "Question"


async def answer(shell: Shell, key: str) -> None:
    """Once it listens."""
    await shell.pilot.pause(0.6)
    await shell.press(key)


def switch(now: ModelInfo, then: ModelInfo, *, tokens: int = 10_000, cached: int = 0, lost_calls: int = 0) -> Switch:
    def quoted(info: ModelInfo, cached: int) -> object:
        return quote(ModelRef("here", info.id), info, NO_WRITE_RULE, input_tokens=tokens, cached_tokens=cached)

    return Switch(quoted(now, cached), quoted(then, 0), lost_calls)  # type: ignore[arg-type]


# ── the words ─────────────────────────────────────────────────────────────────

CACHING = replace(CHEAP, rates=Rates(Decimal(1), Decimal(4), cached_input=Decimal("0.1")))
TWIN = replace(CHEAP, id="twin")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            switch(CACHING, TWIN, cached=8_000),
            "switching to x loses the cache: next turn ≈ $0.0048 here, ≈ $0.0120 there",
        ),
        (switch(CACHING, FREE, cached=8_000), "switching to x loses the cache: next turn ≈ $0.0048 here, free there"),
        (switch(CACHING, UNPRICED, cached=8_000), "switching to x loses the cache"),
        (switch(CHEAP, DEAR), "switching to x: next turn ≈ $0.0120 here, ≈ $0.60 there"),
        (switch(DEAR, CHEAP), "switching to x: next turn ≈ $0.60 here, ≈ $0.0120 there"),
        (switch(CHEAP, TWIN), ""),
        (switch(CHEAP, UNPRICED), ""),
        (switch(CHEAP, CHEAP), ""),
        (switch(CHEAP, SMALLER), "x: this conversation does not fit: 10k of 1k"),
        (switch(CHEAP, DEAR, lost_calls=2), "x takes no calls of tools; this conversation has 2"),
    ],
)
def test_a_switch_is_described_in_one_sentence(change: Switch, words: str) -> None:
    assert switch_sentence(change, "x").plain == words


@pytest.mark.parametrize("change", [switch(CHEAP, DEAR), switch(CHEAP, DEAR, lost_calls=2), switch(DEAR, DEAR)])
def test_the_figure_of_the_next_turn_is_said_once_and_is_that_of_the_row(change: Switch) -> None:
    said = " · ".join(part.plain for part in switch_parts(change, "x"))
    assert said.count(next_turn_figure(change.then).plain) == 1


def test_only_what_is_dear_or_lost_is_asked_about() -> None:
    limit = Decimal("0.25")
    assert switch(CHEAP, DEAR).is_to_be_asked(limit)
    assert not switch(CHEAP, DEAR).is_to_be_asked(Decimal(1))
    assert not switch(DEAR, CHEAP).is_to_be_asked(limit)
    assert switch(DEAR, CHEAP).is_to_be_asked(Decimal(0))
    assert not switch(CHEAP, CHEAP).is_to_be_asked(Decimal(0))
    assert not switch(CHEAP, UNPRICED).is_to_be_asked(limit)
    assert switch(CHEAP, SMALLER).is_to_be_asked(limit)
    assert switch(CHEAP, TWIN, lost_calls=1).is_to_be_asked(limit)
    assert reasons_to_ask(switch(CHEAP, TWIN, lost_calls=1)) == (
        "The model takes no calls of tools, and this conversation has 1 of them.",
    )


# ── in the picker ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_every_model_shows_what_the_next_turn_would_cost_there(size: tuple[int, int]) -> None:
    async with running(session(), size=size) as shell:
        await in_picker(shell)
        assert "next turn" in shell.shown()
        assert "$0.0045" in row(shell, "Cheap")  # 4,100 in, 100 out
        assert "$0.22" in row(shell, "Dear")
        assert row(shell, "Smaller")[1:3] == ["too", "small"]
        assert row(shell, "Unpriced")[1] == "—"
        assert row(shell, "Free")[1] == "free"
        assert row(shell, "Flat")[1:3] == ["flat", "rate"]


async def test_the_row_under_the_cursor_says_what_switching_means() -> None:
    async with running(session()) as shell:
        await in_picker(shell)
        assert "next turn ≈ $0.0045 · 4.1k tokens in, 100 out" in shell.shown()
        assert "switching" not in shell.shown()
        await shell.press(*"dear")
        assert "switching to Dear: next turn ≈ $0.0045 here, ≈ $0.22 there · 4.1k tokens in, 100 out" in shell.shown()
        await shell.press("ctrl+u", *"smaller")
        assert "Smaller: this conversation does not fit: 4.1k of 1k" in shell.shown()


async def test_the_draft_is_part_of_the_next_turn() -> None:
    async with running(session()) as shell:
        shell.chat.composer.write("word " * 2_000)
        await shell.press("ctrl+l")
        await shell.until(lambda: "2.0k tokens in, 500 out" in shell.shown())


async def test_in_a_narrow_terminal_the_price_list_goes_before_the_next_turn() -> None:
    async with running(session(), size=(40, 20)) as shell:
        await in_picker(shell)
        columns = str(shell.app.screen.query_one("#columns", Static).render())
        assert "next turn" in columns
        assert "in / out" not in columns


# ── the question ──────────────────────────────────────────────────────────────


async def test_a_dear_switch_is_confirmed_first() -> None:
    async with running(session("0.1")) as shell:
        await in_picker(shell, *"dear", "enter")
        await shell.until(lambda: asks(shell))
        assert "Switch to here/dear?" in shell.shown()
        assert "The next turn ≈ $0.0045 here, ≈ $0.22 there." in shell.shown()
        assert shell.chat.model == CHEAP_REF
        await answer(shell, "escape")
        assert shell.chat.model == CHEAP_REF
        await shell.press("ctrl+l", *"dear", "enter")
        await shell.until(lambda: asks(shell))
        await answer(shell, "enter")
        assert shell.chat.model == DEAR_REF


async def test_an_enter_that_comes_twice_does_not_confirm() -> None:
    async with running(session("0.1")) as shell:
        await in_picker(shell, *"dear")
        await shell.burst("enter", "enter")
        await shell.until(lambda: asks(shell))
        assert shell.chat.model == CHEAP_REF


async def test_a_cheap_switch_is_made_at_once() -> None:
    async with running(session()) as shell:
        await in_picker(shell, *"dear", "enter")
        assert not asks(shell)
        assert shell.chat.model == DEAR_REF


async def test_a_window_that_is_too_small_is_confirmed_whatever_it_costs() -> None:
    async with running(session("1000")) as shell:
        await in_picker(shell, *"smaller", "enter")
        await shell.until(lambda: asks(shell))
        assert "This conversation does not fit: 4.1k of 1k tokens." in shell.shown()


async def test_stepping_never_asks_and_says_what_it_costs_when_it_rests() -> None:
    made = session("0.1", recent=[CHEAP_REF, DEAR_REF])
    async with running(made) as shell:
        await shell.ask("word " * 4_000)
        await shell.until_idle()
        await shell.press("f2")
        assert shell.chat.model == DEAR_REF
        assert "The next turn" not in shell.shown()
        await shell.until(lambda: "The next turn ≈ $0.0045 before, ≈ $0.22 now." in shell.shown())
        assert not asks(shell)


async def test_stepping_there_and_back_says_nothing() -> None:
    made = session("0.1", recent=[CHEAP_REF, DEAR_REF])
    async with running(made) as shell:
        await shell.ask("word " * 4_000)
        await shell.until_idle()
        await shell.press("f2", "f2")
        assert shell.chat.model == CHEAP_REF
        await shell.pilot.pause(0.8)
        assert "The next turn" not in shell.shown()
