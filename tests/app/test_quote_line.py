"""The line under the composer: what the next turn will cost, before it is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from app import format as fmt
from app.screens.quote_text import quote_versions
from app.session.quote import quote
from app.session.reply import Reply
from app.storage.records import LedgerRow
from providers.catalogue.records import ModelInfo
from providers.connection import ConnectionState
from providers.costs import NO_WRITE_RULE, Cost, CostStatus, Rates, Tier
from providers.demo import DemoServer
from providers.events import Finished, StopReason, TextDelta, UsageReport
from providers.reference import ModelRef
from providers.usage import Usage
from tests.app.opened import QUIET, opened
from tests.app.scripted import ANSWER, LLAMA, NOW, SONNET, Gate, ScriptedSession, view
from tests.app.shell import SMALL, WIDE, Shell, running

LIMITED = replace(SONNET, max_output_tokens=8_000)
FREE = ModelInfo("free", rates=Rates(Decimal(0), Decimal(0), source="server"), context_window=8_000)
UNTRACKED = replace(FREE, rates=Rates(Decimal(0), Decimal(0), source="config"))
FLAT = ModelInfo("flat", rates=Rates(is_flat=True, source="catalogue"))
TIERED = ModelInfo(
    "tiered",
    rates=Rates(Decimal(2), Decimal(10), tiers=(Tier(272_000, input=Decimal(4), output=Decimal(15)),)),
    context_window=1_000_000,
    max_output_tokens=10_000,
)
TEXT = "Explain the tides and the moon to me, as well as you can."


def on_demo(server: DemoServer) -> str:
    """A config.toml for its chat format."""
    return (
        f'{QUIET}[providers.p]\ntype = "openai-compat"\nbase_url = "{server.url}/v1"\napi_key = "demo-key"\n'
        'model = "thinker"\n[[providers.p.models]]\nid = "thinker"\ncost_per_1m_in = 2\ncost_per_1m_out = 8\n'
        "cost_per_1m_in_cached = 0.5\ncontext_window = 200000\n"
    )


def line(shell: Shell) -> str:
    """What stands below the composer."""
    place = shell.chat.quote_line.region
    return shell.shown().splitlines()[place.y][place.x : place.right].strip() if place else ""


def words(info: ModelInfo, tokens: int, *, cached: int = 0, room: int = 200) -> str:
    given = quote(ModelRef("p", info.id), info, NO_WRITE_RULE, input_tokens=tokens, cached_tokens=cached)
    return next((each.plain for each in quote_versions(given) if each.cell_length <= room), "")


def colors(info: ModelInfo, tokens: int) -> set[str]:
    given = quote(ModelRef("p", info.id), info, NO_WRITE_RULE, input_tokens=tokens)
    return {str(span.style) for span in quote_versions(given)[0].spans}


def session_with(*models: ModelInfo) -> ScriptedSession:
    return ScriptedSession(
        views=[view("p", ConnectionState.CONNECTED, "connected", models)], default=ModelRef("p", models[0].id)
    )


# ── what it says ──────────────────────────────────────────────────────────────


def test_it_says_tokens_cost_and_context() -> None:
    cached = replace(LIMITED, rates=Rates(Decimal(3), Decimal(15), cached_input=Decimal("0.3")))
    assert words(cached, 12_000, cached=10_000) == (
        "12k tokens, 10k cached · this turn ≈ $0.0090 to $0.13 · context 6 %"
    )


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        (LLAMA, "1.9k tokens · this turn — · context 1 %"),
        (FREE, "1.9k tokens · this turn free · context 24 %"),
        (UNTRACKED, "1.9k tokens · this turn free or untracked · context 24 %"),
        (FLAT, "1.9k tokens · this turn subscription"),
        (SONNET, "1.9k tokens · this turn ≈ $0.0057 and more · context < 1 %"),
    ],
)
def test_unpriced_free_and_flat_are_told_apart(info: ModelInfo, expected: str) -> None:
    assert words(info, 1_900) == expected


def test_a_tier_is_said_before_it_is_reached_and_after() -> None:
    assert "the whole turn" not in words(TIERED, 200_000)
    assert "near 272k, above which the whole turn costs twice" in words(TIERED, 250_000)
    assert "above 272k the whole turn costs twice" in words(TIERED, 280_000)
    assert "≈ $1.12 to $1.27" in words(TIERED, 280_000)
    assert colors(TIERED, 200_000) == {"$text-muted"}
    assert colors(TIERED, 250_000) == colors(TIERED, 280_000) == {"$text-muted", "$text-warning"}


def test_what_does_not_fit_is_red_and_says_by_how_much() -> None:
    assert words(LIMITED, 210_000).endswith("does not fit: 210k of 200k")
    assert colors(LIMITED, 210_000) == {"$text-muted", "$text-error"}
    assert "does not fit" not in words(LIMITED, 200_000)


@pytest.mark.parametrize(("info", "tokens"), [(LIMITED, 12_000), (LIMITED, 210_000), (TIERED, 280_000), (LLAMA, 9)])
def test_in_less_room_it_says_less_and_cuts_no_word(info: ModelInfo, tokens: int) -> None:
    whole = words(info, tokens, cached=5)
    parts = [part for each in whole.split(" · ") for part in (each, *each.split(", "))]
    for room in range(len(whole), 0, -1):
        shown = words(info, tokens, cached=5, room=room)
        assert len(shown) <= room
        if "not fit" in whole and room >= len("does not fit: 210k of 200k"):
            assert "does not fit: 210k of 200k" in shown
        for part in filter(None, shown.split(" · ")):
            assert any(part in each for each in parts) or part == "above 272k: twice"


def test_a_request_without_anything_in_it_has_no_quote() -> None:
    assert words(LIMITED, 0) == ""


# ── when it says it ───────────────────────────────────────────────────────────


async def test_it_follows_the_draft_and_the_model() -> None:
    async with running(session_with(LIMITED, LLAMA)) as shell:
        assert line(shell) == ""
        await shell.press(*"Hello")
        await shell.until(lambda: "5 tokens · this turn ≈ $0.000015 to $0.12" in line(shell))
        shell.chat.composer.write(TEXT)
        await shell.until(lambda: "19 tokens" in line(shell))
        shell.chat.use_model(ModelRef("p", LLAMA.id))
        await shell.until(lambda: "this turn —" in line(shell))


async def test_the_empty_composer_shows_what_the_conversation_alone_costs_next_time() -> None:
    async with running(session_with(LIMITED)) as shell:
        await shell.ask("Hello")
        await shell.until_idle()
        await shell.until(lambda: "1.6k tokens · this turn ≈ $0.0048" in line(shell))
        await shell.press("ctrl+n")
        await shell.until(lambda: line(shell) == "")


async def test_it_stands_still_while_a_reply_arrives() -> None:
    begin, end, session = Gate(), Gate(), session_with(LIMITED)
    session.scripts = [(begin, TextDelta("word " * 500), end, *ANSWER)]
    async with running(session) as shell:
        await shell.ask(TEXT)
        await shell.until(lambda: "19 tokens" in line(shell))
        begin.open()
        await shell.press(*"And then?")
        await shell.pilot.pause(0.5)
        assert "19 tokens" in line(shell)
        end.open()
        await shell.until_idle()
        await shell.until(lambda: "1.6k tokens" in line(shell))


async def test_the_line_keeps_its_place_and_the_composer_does_not_move() -> None:
    async with running(session_with(LIMITED), size=SMALL) as shell:
        before = shell.chat.composer.region, shell.chat.quote_line.region
        await shell.press(*"Hello")
        await shell.until(lambda: line(shell))
        assert (shell.chat.composer.region, shell.chat.quote_line.region) == before
        assert before[1].height == 1


async def test_a_very_low_terminal_gives_the_row_to_the_conversation() -> None:
    async with running(session_with(LIMITED), size=(80, 11)) as shell:
        assert not shell.chat.quote_line.display
        await shell.pilot.resize_terminal(80, 14)
        await shell.pilot.pause()
        assert shell.chat.quote_line.display


async def test_the_status_line_does_not_say_the_context_a_second_time() -> None:
    async with running(session_with(LIMITED), size=WIDE) as shell:
        await shell.ask("Hello")
        await shell.until_idle()
        await shell.until(lambda: "context" in line(shell))
        assert shell.shown().count("context") == 1


async def test_a_quote_that_comes_too_late_is_dropped() -> None:
    async with running(session_with(LIMITED, LLAMA)) as shell:
        shell.chat.composer.write("word " * 60_000)
        shell.chat.refresh_all()
        shell.chat.composer.write("Hello")
        await shell.until(lambda: line(shell))
        assert line(shell).startswith("5 tokens")


async def test_without_a_model_there_is_nothing_to_say() -> None:
    async with running(ScriptedSession(views=[], default=None)) as shell:
        await shell.press(*"Hello")
        await shell.pilot.pause(0.4)
        assert line(shell) == ""


async def test_what_a_server_keeps_in_its_cache_is_said(demo: DemoServer, tmp_path: Path) -> None:
    async with opened(tmp_path, on_demo(demo)) as shell:
        for _ in range(2):
            await shell.ask(TEXT * 30)
            await shell.until_idle()
        await shell.until(lambda: "cached" in line(shell))
        replies = [entry for entry in shell.chat.chat.entries if isinstance(entry, Reply)]
        assert replies[-1].usage.cached_tokens
        assert f", {fmt.tokens(replies[-1].usage.input_tokens)} cached · " in line(shell)


async def test_what_the_cache_has_forgotten_is_no_longer_said() -> None:
    session = session_with(replace(LIMITED, rates=Rates(Decimal(3), Decimal(15), cached_input=Decimal("0.3"))))
    async with running(session) as shell:
        await shell.ask("Hello")
        await shell.until_idle()
        usage = Usage(input_tokens=1_200, cached_tokens=1_024, output_tokens=400)
        started_at = NOW - timedelta(minutes=4, seconds=59.8)
        cost = Cost(Decimal("0.01"), CostStatus.COMPUTED)
        row = LedgerRow("r1", started_at, "p", LIMITED.id, "openai-chat", StopReason.STOP, usage, cost)
        shell.chat.chat.rows.append(row)
        shell.chat.refresh_all()
        await shell.until(lambda: "1.6k tokens, 1.2k cached" in line(shell))
        session.runtime.now = lambda: NOW + timedelta(seconds=1)
        await shell.until(lambda: "1.6k tokens · " in line(shell))


async def test_a_report_of_what_was_sent_replaces_our_own_guess() -> None:
    session = session_with(LIMITED)
    report = UsageReport(Usage(input_tokens=5_000, output_tokens=100))
    session.scripts = [(TextDelta("Yes."), report, Finished(StopReason.STOP))]
    async with running(session) as shell:
        await shell.ask("Hello")
        await shell.until_idle()
        await shell.until(lambda: line(shell).startswith("5.1k tokens"))
