"""Stopping a reply, and leaving right after it: what was sent is in the ledger all the same."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

from app import format as fmt
from app.config.paths import Locations
from providers.costs import CostStatus
from tests.app.opened import QUIET, opened
from tests.providers.recording import Answer, RecordingServer, models


async def test_leaving_waits_for_a_reply_that_was_just_stopped(tmp_path: Path) -> None:
    with RecordingServer({"/v1/models": models("house"), "/v1/chat/completions": Answer("", delay_s=3)}) as server:
        config = f'{QUIET}[providers.house]\ntype = "openai-compat"\nbase_url = "{server.url}"\nmodel = "house"\n'
        async with opened(tmp_path, config) as shell:
            await shell.until_shown("connected")
            await shell.ask("hi")
            await shell.until(lambda: "POST /v1/chat/completions" in server.lines)
            other = sqlite3.connect(Locations.under(tmp_path).database, isolation_level=None)
            other.execute("BEGIN IMMEDIATE")  # From here on the store has to wait.
            await shell.press("escape", "escape")
            leaving = asyncio.create_task(shell.app.runs.stop_all())
            await shell.pilot.pause(0.2)
            assert not leaving.done()
            other.execute("ROLLBACK")
            await leaving
            assert other.execute("SELECT provider, stop FROM ledger").fetchall() == [("house", "cancelled")]
            other.close()


async def test_who_stops_before_anything_came_is_told_what_may_be_billed(tmp_path: Path) -> None:
    answers = {"/v1/models": models("house"), "/v1/chat/completions": Answer("", delay_s=3)}
    with RecordingServer(answers) as server:
        config = f'{QUIET}[providers.house]\ntype = "openai-compat"\nbase_url = "{server.url}"\nmodel = "house"\n'
        prices = '[[providers.house.models]]\nid = "house"\ncost_per_1m_in = 3\ncost_per_1m_out = 15\n'
        async with opened(tmp_path, config + prices) as shell:
            await shell.until_shown("connected")
            await shell.ask("hi")
            await shell.until(lambda: "POST /v1/chat/completions" in server.lines)
            await shell.press("escape")
            await shell.until_idle()
            (row,) = shell.chat.chat.rows
            assert row.cost.status is CostStatus.ESTIMATED
            await shell.until_shown("Stopped before anything came")
            assert f"{fmt.cost(row.cost)} may be" in shell.shown()
            assert shell.draft == "hi"
