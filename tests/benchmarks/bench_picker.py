"""Measures the model picker with thousands of models against a dialog that holds nothing but a field.

Each row that is seen has a quote for the next turn of a long conversation.

    python -m tests.benchmarks.bench_picker [MODELS]

Prints milliseconds of the event loop's own processor time, so that what other programs do meanwhile does not count,
beside the floor: the same keys into the empty dialog. Exits with 1 when a key holds the loop for longer than the
bound; opening happens once and may take three times as long.
"""

from __future__ import annotations

import asyncio
import gc
import random
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen, Screen
from textual.widgets import Input, Static

from app.connections.views import ModelChoice, ProviderView
from app.screens.model_entries import Offer
from app.screens.model_picker import ModelPicker
from app.screens.next_turns import NextTurns
from app.session.chat import Chat
from app.session.session import Session
from app.themes import DARK
from providers.catalogue.records import ModelInfo
from providers.connection import Connection, ConnectionState
from providers.costs import Rates
from providers.reference import ModelRef
from tests.app.scripted import ScriptedSession

SIZE = (120, 40)
BOUND_MS = 30.0
PROVIDERS = 30
TURNS = 100
"""Of the conversation that every row has a quote for."""
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
QUERIES = ("a", "son", "clson4", "or son", "gpt 5 mini", "instruct", "qwen/", "zzzzz")

_VENDORS = ("anthropic/claude", "openai/gpt", "meta-llama/llama", "qwen/qwen", "mistralai/mistral", "google/gemini")
_KINDS = ("sonnet", "opus", "mini", "large-instruct", "coder-preview", "flash-lite", "turbo", "nano-thinking")


def offer(models: int) -> Offer:
    """As a person has it who has a key for everything: ids, names, prices and notes of the usual kinds."""
    chance = random.Random(3)
    views, choices = [], []
    for number in range(PROVIDERS):
        name = "openrouter" if number == 3 else f"provider-{number}"
        infos = tuple(_model(chance, each) for each in range(models // PROVIDERS))
        listed_at = NOW - timedelta(minutes=number)
        connection = Connection(
            ConnectionState.CONNECTED, "connected", models=infos, is_listed=True, listed_at=listed_at
        )
        views.append(ProviderView(name, name, connection))
        choices += [ModelChoice(ModelRef(name, info.id), info, name, connection.state) for info in infos]
    refs = [choice.ref for choice in choices]
    return Offer(tuple(choices), tuple(views), tuple(refs[:60:7]), tuple(refs[100:1000:100]), refs[-5])


def _model(chance: random.Random, number: int) -> ModelInfo:
    vendor, kind, size = chance.choice(_VENDORS), chance.choice(_KINDS), chance.choice((3, 4, 5, 7, 70, 405))
    rates = Rates(Decimal(chance.randrange(1, 900)) / 100, Decimal(chance.randrange(1, 3000)) / 100, source="server")
    return ModelInfo(
        f"{vendor}-{size}-{kind}-{number}",
        f"{vendor.partition('/')[2].title()} {size} {kind.replace('-', ' ').title()} {number}",
        rates=chance.choice((rates, rates, None)),
        context_window=chance.choice((32_768, 131_072, 200_000, 1_000_000)),
        can_reason=chance.choice((True, False, None)),
        supports_vision=chance.choice((True, False, None)),
        note=chance.choice(("", "", "recommended", "previous generation", "retires on 2026-12-24")),
    )


class Empty(ModalScreen[None]):
    def compose(self) -> ComposeResult:
        with Vertical():
            yield Input(compact=True)
            yield Static("nothing")


class Bench(App[None]):
    def on_mount(self) -> None:
        self.register_theme(DARK)
        self.theme = DARK.name


class Meter:
    """The longest that the event loop computed without letting another task run, in its own processor time."""

    def __init__(self) -> None:
        self.longest_ms = 0.0
        self._task = asyncio.create_task(self._tick())

    async def _tick(self) -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(0.001)
            self.longest_ms = max(self.longest_ms, (time.thread_time() - before) * 1000)

    def take(self) -> float:
        longest, self.longest_ms = self.longest_ms, 0.0
        return longest

    def stop(self) -> None:
        self._task.cancel()


class Timings:
    """Milliseconds of processor time: to open, and per key; and the longest stall of both."""

    def __init__(self) -> None:
        self.open_ms = 0.0
        self.open_stall_ms = 0.0
        self.keys: list[tuple[float, float, str]] = []

    @property
    def key_ms(self) -> float:
        return sum(spent for spent, _, _ in self.keys) / len(self.keys)

    @property
    def worst(self) -> tuple[float, str]:
        return max((stall, key) for _, stall, key in self.keys)


async def measure(make: Callable[[], Screen[Any]], keys: Sequence[tuple[str, str]]) -> Timings:
    """Args: keys: what is pressed, and what it is called in the report."""
    timings = Timings()
    app = Bench()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        gc.collect()
        gc.freeze()  # as Parley does once it has started
        meter = Meter()
        await asyncio.sleep(0.05)
        meter.take()
        before = time.thread_time()
        await app.push_screen(make())
        await pilot.pause()
        await pilot.pause(0.05)
        timings.open_ms, timings.open_stall_ms = (time.thread_time() - before) * 1000, meter.take()
        for key, name in keys:
            before = time.thread_time()
            await pilot.press(key)
            await pilot.pause()
            timings.keys.append(((time.thread_time() - before) * 1000, meter.take(), name))
        meter.stop()
    return timings


def _presses() -> list[tuple[str, str]]:
    presses: list[tuple[str, str]] = []
    for query in QUERIES:
        for place, letter in enumerate(query):
            key = {" ": "space", "/": "slash"}.get(letter, letter)
            presses.append((key, f"'{query[: place + 1]}'"))
        presses += [("down", "down"), ("pagedown", "page down"), ("ctrl+u", f"clearing '{query}'")]
    return presses


async def main(models: int) -> int:
    offered = offer(models)
    session = ScriptedSession(views=list(offered.providers))
    chat = session.new_chat()
    for number in range(TURNS):
        async for _ in chat.ask(f"Explain number {number} in a few words.", offered.recent[number % 3]).run():
            pass

    def picker() -> Screen[Any]:
        return ModelPicker(
            lambda: offered,
            lambda: offered.providers,
            refresh=lambda: None,
            toggle_favourite=lambda ref: None,
            now=lambda: NOW,
            turns=NextTurns(cast(Session, session), cast(Chat, chat), "And then?", offered.now),
        )

    await measure(Empty, _presses()[:5])
    await measure(picker, _presses()[:5])
    floor, ours = await measure(Empty, _presses()), await measure(picker, _presses())
    stall, key = ours.worst
    print(f"{models:,} models of {PROVIDERS} providers    picker    floor (an empty dialog)")
    print(f"opening                  {ours.open_ms:7.1f} ms {floor.open_ms:7.1f} ms")
    print(f"  longest stall          {ours.open_stall_ms:7.1f} ms {floor.open_stall_ms:7.1f} ms")
    print(f"per key, on average      {ours.key_ms:7.1f} ms {floor.key_ms:7.1f} ms")
    print(
        f"  longest stall          {stall:7.1f} ms {floor.worst[0]:7.1f} ms    ours at {key}, bound {BOUND_MS:.0f} ms"
    )
    is_met = stall <= BOUND_MS and ours.open_stall_ms <= 3 * BOUND_MS
    print("" if is_met else "MISSED")
    return 0 if is_met else 1


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3_000)))
