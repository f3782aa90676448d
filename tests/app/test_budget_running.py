"""Budgets while a reply arrives, as the screen shows them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from app import format as fmt
from app.connections.demo import ENVIRON
from app.session.reply import Reply
from tests.app.opened import QUIET, Opened, opened

MODEL = '[[providers.mine.models]]\nid = "novel"\ncost_per_1m_in = 0\ncost_per_1m_out = 100\n'
"""A cent is 100 tokens of reply; a usual reply is expected to cost 5 cents."""


@asynccontextmanager
async def novel(home: Path, config: str) -> AsyncIterator[Opened]:
    """The app with a model that writes as much as it is told, slowly enough to look at it."""
    async with opened(home, QUIET, ENVIRON, is_demo=True) as shell:
        url = shell.connections.roster.route("chat").endpoint.base_url
        mine = f'[providers.mine]\ntype = "openai-compat"\nbase_url = "{url}"\napi_key = "demo-key"\n{MODEL}'
        (home / "config.toml").write_text(f'default_model = "mine/novel"\n{QUIET}{mine}{config}')
        await shell.until(lambda: "mine" in shell.connections.names)
        yield shell


def reply_of(shell: Opened) -> Reply:
    return next(each for each in shell.chat.chat.entries if isinstance(each, Reply))


@pytest.mark.parametrize(("keys", "way"), [("", "Esc stops it."), ('[keys]\n"chat.stop" = "f8"\n', "F8 stops it.")])
async def test_a_reply_that_crosses_a_limit_says_once_how_to_stop_it(tmp_path: Path, keys: str, way: str) -> None:
    async with novel(tmp_path, f"[budget]\nper_message = 0.05\ndaily = 0.05\n{keys}") as shell:
        await shell.ask("4000 tokens")
        await shell.until(lambda: bool(shell.app.runs.running and reply_of(shell).notices))
        await shell.pilot.pause()
        assert way in shell.shown()
        await shell.until(lambda: not shell.app.runs.running)
        (notice,) = reply_of(shell).notices
        assert "over the budget of $0.0500 a message. Over budget since this reply: today ≈ $0.05" in notice
        assert notice.endswith(way)


async def test_a_warning_says_nothing_of_stopping(tmp_path: Path) -> None:
    async with novel(tmp_path, '[budget]\nper_message = 0.05\non_exceed = "warn"\n') as shell:
        await shell.ask("1000 tokens")
        await shell.until(lambda: bool(shell.chat.chat.entries) and not shell.app.runs.running)
        (notice,) = reply_of(shell).notices
        assert notice.endswith("a message.")


async def test_the_sidebar_follows_a_running_reply_and_marks_the_estimate(tmp_path: Path) -> None:
    async with novel(tmp_path, '[budget]\ndaily = 1\non_exceed = "warn"\n') as shell:
        await shell.until_shown("today $0.00 of $1.00")
        await shell.ask("8000 tokens")
        await shell.until_shown("today ≈ $0.1")
        await shell.until_shown("today ≈ $0.2")
        assert shell.app.runs.running
        await shell.press("escape")
        await shell.until(lambda: not shell.app.runs.running)
        cost = reply_of(shell).cost.usd
        await shell.pilot.pause()
        await shell.until_shown(f"today ≈ {fmt.usd(cost)} of $1.00")
