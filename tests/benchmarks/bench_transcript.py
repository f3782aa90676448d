"""Measures the transcript against Textual's own `Markdown` and `MarkdownStream`, fed with the same deltas.

    python tests/benchmarks/bench_transcript.py [--seconds 20 | --full] [--no-burst]

Prints ratios of processor time in one run, for ratios hold where milliseconds do not, and exits with 1 when a
bound is missed:

- a reply of 100 tokens a second: at most a quarter of the processor time;
- 32,000 tokens at once: at most a fortieth;
- an open code block of 2,000 lines: the event loop never stands still for more than 50 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Markdown

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.transcript.entries import ReplyHeading
from app.widgets.transcript import Transcript

SIZE = (120, 40)
TOKENS_PER_SECOND = 100
CHARACTERS_PER_TOKEN = 4
BURST_TOKENS = 32_000
FENCE_LINES = 2_000

_PART = """## Part {n}: what a checkpoint does

In **WAL mode** a change is *appended* to a separate file instead of `overwriting` the database, which is why
readers and writers do not block each other; see [the documentation](https://example.com/wal/{n}).

- Readers keep the snapshot with which they began, whatever is appended meanwhile.
- A writer appends; only one may do so at a time.
  - A checkpoint moves pages back, and never waits for a reader.

```python
def checkpoint(database: Database, limit: int = {n}) -> int:
    \"\"\"Copy pages back until a reader is in the way.\"\"\"
    for page in database.pages(limit):
        if page.is_pinned:
            return page.number  # somebody still reads it
    return limit
```

| mode | readers | writers |
|------|:-------:|--------:|
| WAL | never blocked | {n} |
| DELETE | blocked | 1 |

> A quote, to be complete, with enough words in it to be wrapped on a screen of usual width.

1. First of all, open the database.
2. Then write {n} rows.

"""


@dataclass
class Result:
    """
    Attributes:
        cpu: seconds of processor time, all threads.
        stall: the longest that the event loop's thread computed without letting another task run, in seconds
            of its own processor time: what other programs do at the same time does not count.
    """

    cpu: float
    stall: float


def reply(tokens: int) -> str:
    parts: list[str] = []
    length = tokens * CHARACTERS_PER_TOKEN
    while sum(map(len, parts)) < length:
        parts.append(_PART.format(n=len(parts) + 1))
    return "".join(parts)[:length]


def deltas(text: str) -> Iterator[str]:
    for at in range(0, len(text), CHARACTERS_PER_TOKEN):
        yield text[at : at + CHARACTERS_PER_TOKEN]


async def paced(text: str, per_second: float) -> AsyncIterator[str]:
    """Deltas at the times at which a server would send them."""
    begin = time.perf_counter()
    for number, delta in enumerate(deltas(text)):
        wait = begin + number / per_second - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        yield delta


async def at_once(text: str) -> AsyncIterator[str]:
    for delta in deltas(text):
        yield delta


class OurApp(App[None]):
    def compose(self) -> ComposeResult:
        yield Transcript()


class TheirApp(App[None]):
    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Markdown()


async def feed_ours(app: App[None], source: AsyncIterator[str]) -> None:
    transcript = app.query_one(Transcript)
    transcript.begin_reply("reply", ReplyHeading("model", "provider"))
    async for delta in source:
        transcript.append_text("reply", delta)
    transcript.finish_reply("reply")
    await app.workers.wait_for_complete()
    while transcript.is_busy:  # noqa: ASYNC110 (the widget has no reason to tell)
        await asyncio.sleep(0.01)


async def feed_theirs(app: App[None], source: AsyncIterator[str]) -> None:
    app.query_one(VerticalScroll).anchor()
    stream = Markdown.get_stream(app.query_one(Markdown))
    try:
        async for delta in source:
            await stream.write(delta)
    finally:
        await stream.stop()


@asynccontextmanager
async def measured() -> AsyncIterator[Result]:
    result = Result(0.0, 0.0)

    async def tick() -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(0.01)
            result.stall = max(result.stall, time.thread_time() - before)

    gc.collect()
    gc.freeze()  # as Parley does once it has started
    ticking = asyncio.create_task(tick())
    await asyncio.sleep(0.05)
    result.stall = 0.0
    begin = time.process_time()
    try:
        yield result
    finally:
        result.cpu = time.process_time() - begin
        ticking.cancel()


async def run(make_app: type[App[None]], source: AsyncIterator[str]) -> Result:
    app = make_app()
    feed = feed_ours if make_app is OurApp else feed_theirs
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        async with measured() as result:
            await feed(app, source)
            await pilot.pause()
    return result


def report(name: str, ours: Result, theirs: Result, bound: float) -> bool:
    ratio = ours.cpu / theirs.cpu
    is_met = ratio <= bound
    print(
        f"{name:34} {ours.cpu:7.2f} s CPU  Textual {theirs.cpu:7.2f} s  ratio 1/{1 / ratio:.1f} "
        f"(bound 1/{1 / bound:.0f})  longest stall {ours.stall * 1000:.0f} ms, Textual {theirs.stall * 1000:.0f} ms"
        f"{'' if is_met else '  MISSED'}"
    )
    return is_met


async def main(seconds: float, *, has_burst: bool) -> int:
    warm = reply(400)
    await run(OurApp, at_once(warm))
    await run(TheirApp, at_once(warm))

    code = "".join(f"    value_{n} = compute({n}, 'text')  # line {n}\n" for n in range(FENCE_LINES))
    fence = f"```python\n{code}```\n"
    stall = await run(OurApp, paced(fence, 3_000))
    is_smooth = stall.stall <= 0.050
    print(
        f"open fence of {FENCE_LINES:,} lines           {stall.cpu:7.2f} s CPU  longest stall "
        f"{stall.stall * 1000:.0f} ms (bound 50 ms){'' if is_smooth else '  MISSED'}"
    )

    text = reply(int(seconds * TOKENS_PER_SECOND))
    name = f"{TOKENS_PER_SECOND} tokens/s for {seconds:g} s"
    ours = await run(OurApp, paced(text, TOKENS_PER_SECOND))
    theirs = await run(TheirApp, paced(text, TOKENS_PER_SECOND))
    results = [is_smooth, report(name, ours, theirs, 1 / 4)]

    if has_burst:
        text = reply(BURST_TOKENS)
        ours = await run(OurApp, at_once(text))
        theirs = await run(TheirApp, at_once(text))
        results.append(report(f"{BURST_TOKENS:,} tokens at once", ours, theirs, 1 / 40))
    return 0 if all(results) else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0, help="length of the steady reply")
    parser.add_argument("--full", action="store_true", help="the steady reply takes 60 seconds")
    parser.add_argument("--no-burst", action="store_true", help="leave out the reply that comes at once")
    options = parser.parse_args()
    raise SystemExit(asyncio.run(main(60.0 if options.full else options.seconds, has_burst=not options.no_burst)))
