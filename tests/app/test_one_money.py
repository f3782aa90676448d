"""The same conversation shows the same money wherever somebody looks."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from app import format as fmt
from app.storage.encoding import exact_sum
from app.storage.records import LedgerRow
from app.storage.store import Store
from app.widgets.cost_tracker import CostTracker
from providers.costs import CostStatus
from providers.demo import DemoServer
from providers.reference import ModelRef
from tests.app.opened import QUIET, Opened, opened
from tests.app.shell import SMALL, WIDE
from tests.cli.terminal import Terminal

PRICES = "cost_per_1m_in = 3.125\ncost_per_1m_out = 15.75"
PRICED = {"eliza": PRICES, "chaos": PRICES}
Turns = tuple[tuple[str, str], ...]
EVERY_KIND: Turns = (
    ("paid/eliza", "Hello, how are you?"),
    ("unpriced/eliza", "And you?"),
    ("free/eliza", "And you?"),
    ("paid/chaos", "empty then ok"),  # may have been billed: an estimate before the reply that came
    ("paid/chaos", "503 then ok"),
    ("paid/chaos", "401"),
    ("paid/chaos", "drop"),
    ("paid/chaos", "stall"),  # is stopped
    ("paid/eliza", "Goodbye"),
)
PLAIN: Turns = (("paid/eliza", "Hello"), ("paid/chaos", "503 then ok"))
UNTRACKED: Turns = (("paid/eliza", "Hello"), ("free/eliza", "Hello"))
STOPPED: Turns = (("paid/chaos", "stall"), ("paid/eliza", "Hello"))
FREE: Turns = (("free/eliza", "Hello"),)
UNPRICED: Turns = (("unpriced/eliza", "Hello"),)


@dataclass(frozen=True)
class Money:
    """What the ledger says, read by nobody but this test."""

    rows: tuple[LedgerRow, ...]

    @property
    def exact(self) -> Decimal:
        return exact_sum(row.cost.usd for row in self.rows if row.cost.usd is not None)

    @property
    def unpriced(self) -> int:
        return sum(row.cost.usd is None for row in self.rows)

    @property
    def shown(self) -> str:
        is_bound = self.unpriced or any(row.cost.is_untracked for row in self.rows)
        has_guess = any(row.cost.status is CostStatus.ESTIMATED for row in self.rows)
        if not self.exact:
            return fmt.UNKNOWN if self.unpriced else fmt.UNTRACKED_SHORT
        return ("≥ " if is_bound else "") + ("≈ " if has_guess else "") + fmt.usd(self.exact)

    def of(self, ref: ModelRef) -> Money:
        return Money(tuple(row for row in self.rows if (row.provider, row.model) == (ref.provider, ref.model)))


def config(demo: DemoServer) -> str:
    """Three providers at one server: what differs is what the models cost."""

    def provider(name: str, prices: dict[str, str]) -> str:
        models = "".join(f'[[providers.{name}.models]]\nid = "{id_}"\n{text}\n' for id_, text in prices.items())
        return (
            f'[providers.{name}]\ntype = "openai-compat"\nbase_url = "{demo.url}/v1"\napi_key = "demo-key"\n{models}\n'
        )

    free = {"eliza": "cost_per_1m_in = 0\ncost_per_1m_out = 0"}
    return QUIET + provider("paid", PRICED) + provider("unpriced", {}) + provider("free", free)


@asynccontextmanager
async def talked(
    home: Path, demo: DemoServer, size: tuple[int, int] = WIDE, turns: Turns = EVERY_KIND
) -> AsyncIterator[Opened]:
    """The app after a conversation."""
    async with opened(home, config(demo), size=size) as shell:
        for ref, prompt in turns:
            shell.chat.use_model(ModelRef.parse(ref))
            shell.chat.composer.write("")
            await shell.ask(prompt)
            if prompt == "stall":
                await shell.until(lambda: shell.chat.chat.running and shell.chat.chat.running.text)
                await shell.press("escape")
            await shell.until_idle()
        yield shell


async def ledger(home: Path) -> Money:
    store = await Store.open(home / "parley.db", lambda: datetime.now(UTC))
    rows = await store.ledger.rows()
    await store.close()
    return Money(rows)


def tracker(shell: Opened) -> str:
    content = shell.chat.query_one(CostTracker).render()
    return " ".join(str(content).split())


def amounts(text: str) -> list[str]:
    """The money in it; our own counts may be others when more is known about a model."""
    return re.findall(r"[≥≈] |\$[\d.]+|—|untracked|free", re.sub(r"(≈ )?↑\S+ ↓\S+", "", text))


def status(shell: Opened) -> str:
    return " ".join(shell.shown().splitlines()[-1].split())


async def test_the_conversation_has_every_kind_of_cost(tmp_path: Path, demo: DemoServer) -> None:
    async with talked(tmp_path, demo):
        money = await ledger(tmp_path)
    assert {row.cost.status for row in money.rows} == {
        CostStatus.COMPUTED,
        CostStatus.ESTIMATED,
        CostStatus.FREE,
        CostStatus.UNKNOWN,
    }
    assert (money.unpriced, max(row.attempt for row in money.rows)) == (1, 2)


@pytest.mark.parametrize("turns", [EVERY_KIND, PLAIN, UNTRACKED, STOPPED, FREE, UNPRICED])
async def test_every_face_shows_what_the_ledger_adds_up_to(tmp_path: Path, demo: DemoServer, turns: Turns) -> None:
    async with talked(tmp_path, demo, turns=turns) as shell:
        money = await ledger(tmp_path)
        models = dict.fromkeys(ref for ref, _ in turns)
        assert money.shown in tracker(shell)
        assert tracker(shell).endswith(f"total {money.shown}") == (len(models) > 1)
        for ref in models:
            assert money.of(ModelRef.parse(ref)).shown in tracker(shell)
        assert f"all {money.shown}" in status(shell)
        await folds_out_every_row(shell, money)
        await shell.press("f3")
        await shell.until(lambda: money.shown in " ".join(shell.shown().split()))
        conversation = shell.chat.chat.id
    terminal = Terminal(tmp_path)
    assert conversation is not None
    await asyncio.to_thread(on_the_command_line, terminal, conversation, money)


async def folds_out_every_row(shell: Opened, money: Money) -> None:
    """Each reply says in its heading and in its details what its row says."""
    from app.session.reply import Reply

    for reply in [entry for entry in shell.chat.chat.entries if isinstance(entry, Reply)]:
        (*_, row) = [each for each in money.rows if each.message_id == reply.id]
        shown = fmt.cost(row.cost)
        shell.chat.transcript.focus()
        shell.chat.transcript.selected = reply.id if reply.has_content else f"{reply.id}:card"
        await shell.press("o")
        lines = [re.sub("[▁-█]", "", line) for line in shell.shown().splitlines()]  # no scroll bar
        cost = next(line for line in lines if re.search(r"▎ cost ", line))
        assert " ".join(cost.split("cost", 1)[1].split()) == shown
        if reply.has_content:
            assert any(shown in line and reply.model_label in line for line in lines)
        await shell.press("o")


def on_the_command_line(terminal: Terminal, conversation: str, money: Money) -> None:
    total = terminal.json("stats")["total"]
    assert Decimal(total["cost_usd"] or 0) == money.exact
    assert total["unpriced_requests"] == money.unpriced

    exported = terminal.json("conversations", "show", conversation)
    assert Decimal(exported["cost_usd"] or 0) == money.exact
    by_message = {row.message_id: row for row in money.rows}
    for message in exported["messages"]:
        if message["role"] == "assistant":
            usd = by_message[message["id"]].cost.usd
            assert message["cost"]["usd"] == (None if usd is None else f"{usd:f}")
            portions = message["cost"]["portions"]
            assert portions is None or sum(Decimal(each["usd"]) for each in portions) == usd
    shown = money.shown.replace(fmt.UNTRACKED_SHORT, fmt.UNTRACKED)
    shown += f" + {money.unpriced} unpriced" if money.unpriced else ""
    assert terminal.run("conversations", "show", conversation) == 0
    assert terminal.out.splitlines()[1].endswith(f" · {shown}")
    assert terminal.run("conversations", "export", conversation) == 0
    assert terminal.out.endswith(f"Cost of this conversation: {shown}\n")


async def test_two_providers_with_one_model_id_are_told_apart(tmp_path: Path, demo: DemoServer) -> None:
    async with talked(tmp_path, demo) as shell:
        lines = [line for line in shell.shown().splitlines() if "↑" in line[:36]]
        assert [line[:36].split()[-1] for line in lines if line[:36].split()[-1].isalpha()] == [
            "paid",
            "unpriced",
            "free",
        ]


@pytest.mark.parametrize("size", [SMALL, (60, 20), (40, 20)])
async def test_the_cost_of_the_conversation_is_never_dropped(
    tmp_path: Path, demo: DemoServer, size: tuple[int, int]
) -> None:
    async with talked(tmp_path, demo, size) as shell:
        money = await ledger(tmp_path)
        assert f"all {money.shown}" in status(shell)


async def test_what_was_shown_while_it_ran_is_shown_when_it_is_opened_again(tmp_path: Path, demo: DemoServer) -> None:
    async with talked(tmp_path, demo) as shell:
        before = (amounts(tracker(shell)), status(shell).split(" reply ")[0])
    async with opened(tmp_path, config(demo), continue_last=True) as shell:
        assert (amounts(tracker(shell)), status(shell).split(" reply ")[0]) == before
