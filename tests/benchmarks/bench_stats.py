"""Measures the answers behind `parley stats` and the stats screen over years of use.

    python -m tests.benchmarks.bench_stats [REQUESTS]

Each answer is timed against the floor of the same run: reading all the rows of the ledger and doing nothing with
them. The longest time for which the event loop stood still meanwhile is printed beside. Exits with 1 when an answer
takes longer than its bound; milliseconds belong to the machine and are never judged.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from app.storage.ledger import insert_row
from app.storage.records import LedgerRow, RequestKind
from app.storage.repricing import Target
from app.storage.stats import Grouping, StatsQuery
from app.storage.store import Store
from providers.costs import Rates, Tier, price
from providers.events import StopReason
from providers.usage import NO_USAGE, Usage

REQUESTS = 100_000
ROUNDS = 4
BOUND = 1.8
PAGE_BOUND = 0.6
SMALL_BOUND = 0.15
"""For answers that look at a part of the ledger only."""

OTHER = Target(Rates(Decimal(3), Decimal(15), Decimal("0.3")))
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAYS = 1_000
ZONE = ZoneInfo("Asia/Kolkata")
MODELS = 14
HOW_IT_ENDED = (StopReason.STOP,) * 18 + (StopReason.ERROR, StopReason.CANCELLED)


def ledger(count: int) -> Iterator[LedgerRow]:
    """As a person has it who asks a hundred times a day: a few models often, most of them seldom."""
    chance = random.Random(5)
    rates = [_rates(chance, number) for number in range(MODELS)]
    for number in range(count):
        model = min(int(chance.expovariate(1 / 3)), MODELS - 1)
        sent = chance.randint(100, 300_000)
        usage = Usage(sent, chance.randint(0, sent) if model % 4 else None, output_tokens=chance.randint(5, 3_000))
        stop = chance.choice(HOW_IT_ENDED)
        wait = chance.randint(150, 4_000)
        yield LedgerRow(
            id=f"{number:026d}",
            started_at=NOW - timedelta(days=DAYS) * (1 - number / count),
            provider=f"provider-{model % 5}",
            model=f"vendor/model-{model}",
            format="openai-chat",
            preset="openrouter",
            stop=stop,
            usage=usage if stop is StopReason.STOP else NO_USAGE,
            cost=price(usage, rates[model], estimated=stop is not StopReason.STOP),
            rates=rates[model],
            first_token_ms=wait,
            total_ms=wait + chance.randint(100, 30_000),
            conversation_id=f"conversation-{number // 40:014d}" if number % 9 else None,
            message_id=f"message-{number:018d}",
            kind=RequestKind.REPLY if number % 50 else RequestKind.COUNT,
        )


def _rates(chance: random.Random, number: int) -> Rates | None:
    """One model in seven has none, one has tiers."""
    if number >= MODELS - 2:
        return None
    prices = [Decimal(chance.randint(1, 80)) / 4 for _ in range(5)]
    cached = prices[2] / 10 if number % 3 else None
    tiers = (Tier(200_000, prices[3], prices[4]),) if number == 4 else ()
    return Rates(prices[0], prices[1], cached, tiers=tiers, source="catalogue", checked=NOW.date())


def fill(connection: sqlite3.Connection, count: int) -> None:
    for row in ledger(count):
        insert_row(connection, row)


@dataclass
class Stall:
    """Watches the event loop: how long did it not come back?"""

    longest_s: float = 0.0

    async def watch(self) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            self.longest_s = max(self.longest_s, time.perf_counter() - before - 0.001)


@dataclass
class Measured:
    """Seconds: the best of several times, each in turn with the floor, and the shortest of the longest stalls."""

    took: float = float("inf")
    floor: float = float("inf")
    stall: float = float("inf")

    @property
    def ratio(self) -> float:
        return self.took / self.floor


async def measured(ask: Callable[[], Awaitable[object]], connection: sqlite3.Connection) -> Measured:
    best = Measured()
    for _ in range(ROUNDS):
        before = time.perf_counter()
        connection.execute("SELECT * FROM ledger").fetchall()
        best.floor = min(best.floor, time.perf_counter() - before)
        stall = Stall()
        watching = asyncio.create_task(stall.watch())
        await asyncio.sleep(0.01)
        before = time.perf_counter()
        await ask()
        best.took = min(best.took, time.perf_counter() - before)
        watching.cancel()
        best.stall = min(best.stall, stall.longest_s)
    return best


def answers(store: Store, count: int) -> Iterator[tuple[str, float, Callable[[], Awaitable[object]]]]:
    """What is asked, the bound of its ratio, and the asking."""
    ask, whole = store.ledger, StatsQuery(zone=ZONE)
    for by in Grouping:
        yield f"by {by}", BOUND, partial(ask.stats, StatsQuery(by, zone=ZONE))
    provider = StatsQuery(Grouping.DAY, zone=ZONE, provider="provider-1")
    yield "by day, one provider", BOUND, partial(ask.stats, provider)
    yield "overview", BOUND, partial(ask.overview, NOW, ZONE)
    yield "repriced", BOUND, partial(ask.reprice, whole, OTHER)
    yield "series of 30 days", SMALL_BOUND, partial(ask.series, whole, Grouping.DAY, 30, NOW)
    month = StatsQuery(since=NOW - timedelta(days=30), zone=ZONE)
    yield "by model, 30 days", SMALL_BOUND, partial(ask.stats, month)
    yield "newest 50 requests", SMALL_BOUND, partial(ask.requests, whole, 50)
    yield "50 old requests", PAGE_BOUND, partial(ask.requests, whole, 50, count - 1_000)


async def bench(path: Path, count: int) -> bool:
    """Returns: whether every answer kept within its bound."""
    store = await Store.open(path, lambda: NOW)
    await store._database.run(lambda connection: fill(connection, count))
    print(f"{count:,} requests; ratio against reading them all")
    print(f"{'':22} {'ms':>6} {'ratio':>6} {'bound':>6} {'stall ms':>9}")
    is_good = True
    with closing(sqlite3.connect(path)) as connection:
        for name, bound, ask in answers(store, count):
            best = await measured(ask, connection)
            is_good = is_good and best.ratio <= bound
            verdict = "" if best.ratio <= bound else "  TOO SLOW"
            figures = f"{best.took * 1_000:6.0f} {best.ratio:6.2f} {bound:6.2f} {best.stall * 1_000:9.1f}"
            print(f"{name:22} {figures}{verdict}", flush=True)
    await store.close()
    return is_good


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else REQUESTS
    with TemporaryDirectory() as folder:
        return 0 if asyncio.run(bench(Path(folder) / "parley.db", count)) else 1


if __name__ == "__main__":
    sys.exit(main())
