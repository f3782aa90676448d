"""The stats screen, driven by keys, on a real ledger."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from textual.content import Content

from app.connections.demo import ENVIRON
from app.screens.stats import NOT_KEPT, NOTHING, NOTHING_LATELY, ON_ITS_WAY, StatsScreen
from app.screens.stats_lines import TABS
from app.screens.stats_request import RequestDetails
from app.screens.stats_requests import RequestsScreen
from app.storage.store import Store
from providers.costs import Cost, CostStatus, Rates
from providers.events import StopReason
from providers.reference import ModelRef
from providers.usage import NO_USAGE
from tests.app.opened import QUIET, Opened, opened
from tests.app.shell import SMALL, WIDE
from tests.cli.terminal import Terminal
from tests.storage.stories import NOON, Clock, Writer, ledger_row

BERLIN = {"TZ": "Europe/Berlin"}
TINY = (40, 12)
GPT = {"provider": "openai", "model": "gpt-5.4"}
ROUTED = {"provider": "openrouter", "model": "anthropic/claude-sonnet-4.6", "rates": None}
WORK = {"provider": "work", "model": "sonnet-internal", "rates": None, "first_token_ms": None}
LOCAL = {"provider": "local", "model": "llama3.1", "rates": Rates(Decimal(0), Decimal(0))}


async def fill(home: Path) -> None:
    """A ledger with everything in it that has to be told apart."""
    now = NOON
    clock = Clock(now - timedelta(days=3))
    store = await Store.open(home / "parley.db", clock)
    writer = Writer(store, clock)
    wal = await writer.talk("WAL mode", "What is WAL?", "A log that is written ahead.")
    for number, (days, usd) in enumerate(((0, "2.50"), (1, "1.25"), (3, "0.10"))):
        moment = now - timedelta(days=days, seconds=5)
        row = ledger_row(f"s{number}", started_at=moment, usd=usd, conversation_id=wal.id)
        await store.ledger.add(row)
    last_week = {"started_at": now - timedelta(days=6)}
    add = store.ledger.add
    await add(ledger_row("g1", usd="0.75", conversation_id="gone", **last_week, **GPT))
    stopped = {"stop": StopReason.CANCELLED, "status": CostStatus.ESTIMATED, "usage": NO_USAGE}
    await add(ledger_row("g2", usd="0.05", conversation_id=wal.id, **stopped, **last_week, **GPT))
    await add(ledger_row("r1", usd="0.0123", **last_week, **ROUTED))
    await add(ledger_row("w1", usd=None, stop=StopReason.ERROR, error="Overloaded [b]", **last_week, **WORK))
    await add(ledger_row("l1", usd="0", status=CostStatus.FREE, **last_week, **LOCAL))
    untracked = replace(ledger_row("u1", **last_week, provider="gateway", model="team"),
                        cost=Cost(Decimal(0), CostStatus.FREE, "config"))  # fmt: skip
    await add(untracked)
    await add(ledger_row("old", usd="9.00", started_at=now - timedelta(days=70), **GPT))
    await store.close()


class Room(Opened):
    """The app with the stats screen open."""

    @property
    def stats(self) -> StatsScreen:
        return next(screen for screen in self.app.screen_stack if isinstance(screen, StatsScreen))

    @property
    def lines(self) -> list[str]:
        return self.shown().splitlines()

    def line(self, *words: str) -> str:
        """The line that begins with these words."""
        return next(line for line in self.lines if line.strip().startswith(words))

    def names(self) -> list[str]:
        return [row.label for row in self.stats.shown]

    async def until_read(self) -> None:
        await self.until(lambda: self.stats.is_settled)
        await self.pilot.pause()

    async def go(self, *keys: str) -> None:
        await self.press(*keys)
        await self.until_read()


@asynccontextmanager
async def looking(
    home: Path, config: str = QUIET, *, size: tuple[int, int] = WIDE, **options: Any
) -> AsyncIterator[Room]:
    async with opened(home, config, BERLIN, size=size, now=lambda: NOON, **options) as shell:
        room = Room(shell.app, shell.pilot, shell.session, home)  # type: ignore[arg-type]
        await room.press("f3")
        await room.until_read()
        yield room


@pytest.fixture
async def home(tmp_path: Path) -> Path:
    await fill(tmp_path)
    return tmp_path


# ── what it shows ─────────────────────────────────────────────────────────────


async def test_every_figure_stands_under_the_right_end_of_its_heading(home: Path) -> None:
    async with looking(home) as room:
        headings = room.line("model")
        rows = room.lines[room.lines.index(headings) + 1 :][: len(room.names()) + 1]
        assert rows[-1].strip().startswith("total")
        for title in ("requests", "in", "cached", "out", "▾cost", "saved", "ttft", "tok/s"):
            end = headings.index(f" {title}") + 1 + len(title)
            for row in rows:
                assert row[end - 1] != " ", f"{title}: {row}"
                assert row[end : end + 2].strip() == "", f"{title}: {row}"


@pytest.mark.parametrize("size", [SMALL, TINY, (120, 40), (200, 60)])
async def test_nothing_is_wider_than_the_screen_and_no_heading_is_cut(home: Path, size: tuple[int, int]) -> None:
    async with looking(home, size=size) as room:
        for _ in TABS:
            assert all(Content(line).cell_length <= size[0] for line in room.lines)
            grid = room.stats.grid
            assert grid is not None
            titles = [place.column.title for place in grid.fit(room.stats.room)]
            assert room.line(titles[0]).replace("▾", " ").split() == titles
            assert any(line.strip().startswith("total") for line in room.lines)
            assert any(line.endswith("esc back") for line in room.lines[-2:])
            await room.go("right")


async def test_eighty_by_twenty_four_shows_models_in_full_and_the_last_lines_whole(home: Path) -> None:
    async with looking(home, size=SMALL) as room:
        assert "anthropic/claude-sonnet-4.6 " in room.shown()
        assert "1 request without a price: work/sonnet-internal" in room.shown()
        assert "wasted on retries and stopped replies: ≥ ≈ $0.0500 (2)" in room.shown()


async def test_free_untracked_estimated_and_unpriced_are_told_apart(home: Path) -> None:
    async with looking(home) as room:
        assert " free " in room.line("llama3.1")
        assert " untracked " in room.line("team")
        assert " ≈ $0.80 " in room.line("gpt-5.4")
        assert "$" not in room.line("sonnet-internal")
        assert " ≥ ≈ $4.66 " in room.line("total")


async def test_the_totals_are_those_of_the_command_line_to_the_last_digit(home: Path) -> None:
    async with looking(home) as room:
        await room.go("t", "t")
        shown = {line.key: line.figures for line in room.stats.shown}
        total = room.stats.total_row()
    said = await asyncio.to_thread(Terminal(home, BERLIN).json, "stats")
    assert {row["key"] for row in said["rows"]} == set(shown)
    for row in said["rows"]:
        figures = shown[row["key"]]
        assert (figures.requests, figures.unpriced_requests) == (row["requests"], row["unpriced_requests"])
        assert figures.usd == (None if row["cost_usd"] is None else Decimal(row["cost_usd"]))
        assert figures.usage.input_tokens == row["input_tokens"]
    assert total is not None
    assert total.figures.usd == Decimal(said["total"]["cost_usd"])
    assert total.figures.requests == said["total"]["requests"] == 10


async def test_the_month_stands_against_its_budget(home: Path) -> None:
    async with looking(home, QUIET + "[budget]\nmonthly = 50\n") as room:
        assert " of $50 " in room.line("today")
        assert room.line("today").split()[1] == "$2.50"


async def test_an_empty_ledger_says_how_it_fills(tmp_path: Path) -> None:
    async with looking(tmp_path, size=SMALL) as room:
        assert NOTHING in " ".join(room.shown().split())
        middle = next(place for place, line in enumerate(room.lines) if "Nothing was sent yet" in line)
        assert 8 <= middle <= 15
        await room.press("enter", "s", "down", "slash", *"x", "escape", "escape")
        assert not room.on("StatsScreen")


async def test_a_stretch_without_requests_says_which_key_shows_a_longer_one(tmp_path: Path) -> None:
    clock = Clock()
    store = await Store.open(tmp_path / "parley.db", clock)
    await store.ledger.add(ledger_row("1", started_at=clock.now - timedelta(days=50)))
    await store.close()
    async with looking(tmp_path) as room:
        assert NOTHING_LATELY in room.shown()
        await room.go("t")
        assert room.names() == ["claude-sonnet-4-6"]


async def test_without_a_database_there_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "parley.db").mkdir()
    async with looking(tmp_path) as room:
        assert NOT_KEPT in room.shown()


async def test_a_database_that_breaks_meanwhile_is_one_sentence_too(home: Path) -> None:
    async with looking(home) as room:
        with closing(sqlite3.connect(home / "parley.db")) as connection:
            connection.execute("ALTER TABLE ledger RENAME TO elsewhere")
        await room.go("r")
        assert not room.names()
        assert str(home / "parley.db") in "".join(line.strip() for line in room.lines)
        assert "spent per day" not in room.shown()
        assert "Something went wrong" not in room.shown()


# ── moving through it ─────────────────────────────────────────────────────────


async def test_the_arrows_group_by_something_else(home: Path) -> None:
    async with looking(home) as room:
        assert "‹model›" in room.shown()
        await room.go("left")
        assert "‹conversation›" in room.shown()
        assert set(room.names()) == {"WAL mode", "(deleted)", "(not saved)"}
        await room.go("left")
        assert room.names()[:2] == ["claude", "openai"]
        await room.go("right", "right", "right")
        assert room.names()[0] == "Sat 21 Nov 2026"


async def test_rows_are_sorted_by_any_column_in_either_direction(home: Path) -> None:
    async with looking(home) as room:
        dearest = ["claude-sonnet-4-6", "gpt-5.4", "anthropic/claude-sonnet-4.6"]
        assert room.names()[:3] == dearest
        await room.press("S")
        assert "▴cost" in room.line("model")
        assert [name for name in room.names() if name in dearest] == dearest[::-1]
        assert room.names()[-1] == "sonnet-internal"
        while "▾requests" not in room.line("model"):
            await room.press("s")
        assert room.names()[:2] == ["claude-sonnet-4-6", "gpt-5.4"]


async def test_typing_filters_and_esc_takes_the_innermost(home: Path) -> None:
    async with looking(home) as room:
        await room.press("slash", *"sonnet")
        assert set(room.names()) == {"claude-sonnet-4-6", "anthropic/claude-sonnet-4.6", "sonnet-internal"}
        assert room.line("3 of 6").split()[3] == "5"
        await room.press("enter", "S")
        assert len(room.names()) == 3
        await room.press("slash", *"zz")
        assert "Nothing matches. Esc clears the filter." in room.shown()
        await room.press("escape")
        assert len(room.names()) == 6
        assert room.on("StatsScreen")
        await room.press("escape")
        assert not room.on("StatsScreen")


async def test_time_goes_on_to_everything_and_begins_again(home: Path) -> None:
    async with looking(home) as room:
        seen = []
        for _ in range(4):
            await room.go("t")
            seen.append(room.line("by").split("  ")[-1].strip())
        assert seen == ["90 days", "all time", "7 days", "30 days"]


async def test_a_refresh_counts_what_came_in_and_keeps_the_cursor(home: Path) -> None:
    async with looking(home) as room:
        await room.press("down")
        assert room.stats.row is not None
        assert room.stats.row.label == "gpt-5.4"
        store = await Store.open(home / "parley.db", Clock())
        await store.ledger.add(ledger_row("new", usd="90", started_at=NOON, **GPT))
        await store.close()
        await room.go("r")
        assert room.names()[0] == "gpt-5.4"
        assert room.stats.choices.cursor == 0


async def test_columns_come_and_go_with_the_width(home: Path) -> None:
    async with looking(home) as room:
        assert "tok/s" in room.line("model")
        await room.pilot.resize_terminal(*SMALL)
        await room.pilot.pause()
        assert "tok/s" not in room.line("model")
        assert all(len(line) <= SMALL[0] for line in room.lines)
        await room.pilot.resize_terminal(*WIDE)
        await room.pilot.pause()
        assert "tok/s" in room.line("model")


# ── going down ────────────────────────────────────────────────────────────────


async def test_enter_goes_down_to_the_conversation(home: Path) -> None:
    async with looking(home) as room:
        await room.press("enter")
        await room.until(lambda: room.on("RequestsScreen"))
        await room.until_shown("WAL mode")
        assert room.lines[1].strip().startswith("claude-sonnet-4-6 · $3.85 · 3 requests · 30 days")
        await room.press("down", "enter")
        await room.until(lambda: isinstance(room.app.screen, RequestDetails))
        await room.until_shown("from a cache")
        await room.press("enter")
        await room.until(lambda: room.app.screen is room.chat and room.chat.chat.title == "WAL mode")
        assert "A log that is written ahead." in room.shown()


async def test_esc_goes_back_to_where_the_cursor_was(home: Path) -> None:
    async with looking(home) as room:
        await room.press("down", "enter")
        await room.until(lambda: room.on("RequestsScreen"))
        await room.until_shown("stopped")
        await room.press("down", "enter", "escape")
        screen = room.app.screen
        assert isinstance(screen, RequestsScreen)
        assert screen.choices.cursor == 1
        await room.press("escape")
        assert room.stats.row is not None
        assert room.stats.row.label == "gpt-5.4"


async def test_a_conversation_that_is_not_there_says_why(home: Path) -> None:
    async with looking(home) as room:
        await room.go("left")
        for name, sentence in (("(deleted)", "was deleted; what it cost stays"), ("(not saved)", "without saving it")):
            await room.press("slash", *name, "enter")
            await room.press("o")
            assert sentence in room.shown()
            assert room.on("StatsScreen")
            await room.press("escape")


async def test_the_details_say_what_failed_and_what_it_would_have_cost(home: Path) -> None:
    async with looking(home) as room:
        await room.press("slash", *"work", "enter", "enter")
        await room.until(lambda: room.on("RequestsScreen"))
        await room.until_shown("failed")
        await room.press("enter")
        await room.until_shown("Overloaded [b]")
        assert "nobody knows a price" in room.shown()


async def test_a_click_opens_a_row_sorts_a_column_and_changes_the_grouping(home: Path) -> None:
    async with looking(home) as room:

        async def click(words: str) -> None:
            y = next(place for place, line in enumerate(room.lines) if words in line)
            await room.pilot.click(offset=(room.lines[y].index(words), y))
            await room.pilot.pause()

        await click("requests")
        assert "▾requests" in room.line("model")
        await click("provider    conversation")
        await room.until_read()
        assert "‹provider›" in room.shown()
        await click("openai")
        await room.until(lambda: room.on("RequestsScreen"))


async def test_another_model_is_compared(home: Path) -> None:
    models = '[[providers.openai.models]]\nid = "dear"\ncost_per_1m_in = 1000\ncost_per_1m_out = 1000\n'
    config = QUIET + '[providers.openai]\ntype = "openai"\napi_key = "x"\nauto_connect = false\n' + models
    async with looking(home, config) as room:
        await room.press("w", *"dear")
        await room.until(lambda: room.on("ModelPicker"))
        assert "↵ compare" in room.shown()
        await room.press("enter")
        await room.until_read()
        assert "if all of it had been on openai/dear: $" in room.shown()
        await room.go("escape")
        assert "if all of it" not in room.shown()
        assert room.on("StatsScreen")


# ── while it is open ──────────────────────────────────────────────────────────


async def test_a_reply_that_ends_is_counted_at_once(tmp_path: Path) -> None:
    async with opened(tmp_path, environ=ENVIRON, is_demo=True) as shell:
        room = Room(shell.app, shell.pilot, shell.session, tmp_path)  # type: ignore[arg-type]
        room.chat.use_model(ModelRef("chat", "snail"))
        await room.ask("Hello")
        await room.until(lambda: room.app.runs.running[0].turn.reply.has_content)
        await room.press("f3")
        await room.until_read()
        assert ON_ITS_WAY in room.shown()
        room.app.runs.stop(room.chat.chat)
        await room.until(lambda: [line.figures.requests for line in room.stats.shown] == [1])


async def test_leaving_while_it_reads_leaves_nothing_behind(home: Path) -> None:
    async with opened(home, environ=BERLIN) as shell:
        await shell.press("f3", "t", "right", "escape")
        await shell.until(lambda: not shell.on("StatsScreen"))
        assert shell.app.runs.listeners == []
        await shell.until(lambda: all(worker.is_finished for worker in shell.app.workers if worker.name == "stats"))
        assert "Something went wrong" not in shell.shown()
