"""How far our own token counts are off, and what they cost.

Run it from the root of the repository: `python -m tests.benchmarks.bench_tokens`. Errors are against true counts, so
they need the ranks: `--ranks FILE` names OpenAI's o200k_base.tiktoken. Times are also given as ratios against a floor,
`re.findall(r"\\w+")` on the same text: they say more than milliseconds, which belong to the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import random
import re
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import mean

from app.session.learning import line, shrunk_ratio
from providers.ranks import counter_from, read_ranks
from providers.tokens import WORDS, Counter
from tests.benchmarks.token_texts import texts

LENGTH = 100_000
ROUNDS = 5
REPLIES = 10
PROMISED = ("english", "code", "JSON", "chinese", "mixed")
MOST_RAW, MOST_CALIBRATED, MOST_MS, MOST_STALL_MS = 0.06, 0.04, 30, 200
SERVERS = ((1.0, 0), (1.0, 40), (1.2, 15), (0.9, 400), (1.35, 2_000))
"""Imagined ones: a factor on o200k's true counts, and the tokens that they add of their own."""
HARD = {
    "one letter": "a",
    "one capital": "A",
    "blanks": " ",
    "line ends": "\n",
    "tab, blank": "\t ",
    "humps": "aB",
    "one sign": "'",
    "one digit": "7",
    "one ideograph": "中",
    "emoji": "🙂",
    "accents": "\u0301",
    "lone surrogates": "\ud800",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ranks", type=Path, help="o200k_base.tiktoken, for true counts")
    ranks = parser.parse_args().ranks
    exact = counter_from("o200k", read_ranks(ranks.read_bytes())) if ranks else None
    if exact is not None:
        errors(exact)
        calibrated(exact)
        stalls(ranks.read_bytes())
    times(exact)


def errors(exact: Counter) -> None:
    print(f"{'kind':12} {'texts':>5} {'characters':>10} {'mean':>7} {'mean |error|':>12} {'worst':>7} {'chars/4':>8}")
    promised = []
    for kind, several in texts().items():
        off = [WORDS.count(text) / exact.count(text) - 1 for text in several]
        naive = mean(abs(len(text) / 4 / exact.count(text) - 1) for text in several)
        size = mean(map(abs, off))
        if kind in PROMISED:
            promised.append(size)
        print(
            f"{kind:12} {len(several):5} {sum(map(len, several)):10,} {mean(off):+7.1%} {size:12.1%}"
            f" {max(off, key=abs):+7.1%} {naive:8.0%}"
        )
    print(f"{', '.join(PROMISED)}: {mean(promised):.1%}, each at most {MOST_RAW:.0%}: {max(promised):.1%}\n")


def calibrated(exact: Counter) -> None:
    """Chats with imagined servers; what is foretold of the six requests and replies after ten."""
    kinds: Mapping[str, Sequence[str]] = {kind: several for kind, several in texts().items() if kind in PROMISED}
    print(f"{'server':16} {'request, before':>16} {'after ten':>10} {'reply, before':>14} {'after ten':>10}")
    for factor, extra in SERVERS:
        found: list[list[float]] = [[], [], [], []]
        for seed in range(60):
            rng = random.Random(seed)
            sent, answered = _chat(exact, kinds, factor, extra, rng)
            added, by = line(sent[:REPLIES])
            ratio = shrunk_ratio(answered[:REPLIES])
            for ours, theirs in sent[REPLIES:]:
                found[0].append(abs(ours / theirs - 1))
                found[1].append(abs((added + by * ours) / theirs - 1))
            for ours, theirs in answered[REPLIES:]:
                found[2].append(abs(ours / theirs - 1))
                found[3].append(abs(ratio * ours / theirs - 1))
        values = [mean(each) for each in found]
        name = f"×{factor} + {extra}"
        print(f"{name:16} {values[0]:16.1%} {values[1]:10.1%} {values[2]:14.1%} {values[3]:10.1%}")
    print(f"after ten: at most {MOST_CALIBRATED:.0%}\n")


Pairs = list[tuple[int, int]]


def _chat(
    exact: Counter, kinds: Mapping[str, Sequence[str]], factor: float, extra: int, rng: random.Random
) -> tuple[Pairs, Pairs]:
    """Our counts and the server's, of the requests and of the replies; every fifth request begins anew."""
    sent: Pairs = []
    answered: Pairs = []
    ours = theirs = 0
    for turn in range(REPLIES + 6):
        if turn % 5 == 0:
            ours = theirs = 0
        for pairs in (sent, answered):
            text = rng.choice(kinds[rng.choice(PROMISED)])
            text = text[: rng.randint(100, max(101, len(text)))]
            mine, true = WORDS.count(text), exact.count(text)
            ours, theirs = ours + mine + 4, theirs + true + 4
            if pairs is sent:
                sent.append((ours, round(extra + factor * theirs)))
            else:
                answered.append((mine, round(factor * true)))
    return sent, answered


def times(exact: Counter | None) -> None:
    word = re.compile(r"\w+")
    print(f"{LENGTH:,} characters     floor   words (ratio)" + ("       o200k (ratio)" if exact else ""))
    cases = {kind: _repeated("".join(several)) for kind, several in texts().items()}
    cases |= {kind: _repeated(text) for kind, text in HARD.items()}
    rng = random.Random(1)
    cases["any ideographs"] = "".join(chr(rng.randrange(0x4E00, 0x9FFF)) for _ in range(LENGTH))
    cases["any characters"] = "".join(chr(rng.randrange(32, 0xD7FF)) for _ in range(LENGTH))
    slowest = 0.0
    for kind, text in cases.items():
        floor = best(partial(word.findall, text))
        line_ = f"{kind:17} {floor * 1e3:7.1f} ms"
        for counter in (WORDS, exact):
            if counter is not None:
                seconds = best(partial(counter.count, text))
                slowest = max(slowest, seconds)
                line_ += f" {seconds * 1e3:8.1f} ms ({seconds / floor:5.1f})"
        print(line_)
    print(f"slowest: {slowest * 1e3:.1f} ms, at most {MOST_MS}\n")


def stalls(data: bytes) -> None:
    """What an event loop feels while the ranks are read, and while the encoding is built."""
    read = read_ranks(data)
    for what, work in (
        ("reading the ranks", lambda: read_ranks(data)),
        ("building the encoding", lambda: counter_from("o200k", read)),
    ):
        seconds, stall = asyncio.run(_longest_stall(work))
        print(f"{what:22} {seconds * 1e3:6.1f} ms in a thread; longest stall of the loop {stall * 1e3:.1f} ms")
    print(f"at most {MOST_STALL_MS} ms, once\n")


async def _longest_stall(work: Callable[[], object]) -> tuple[float, float]:
    beat, longest, is_over = 0.002, 0.0, False

    async def watch() -> None:
        nonlocal longest
        while not is_over:
            before = time.perf_counter()
            await asyncio.sleep(beat)
            longest = max(longest, time.perf_counter() - before - beat)

    watching = asyncio.create_task(watch())
    await asyncio.sleep(0.05)
    longest = 0.0
    start = time.perf_counter()
    await asyncio.to_thread(work)
    seconds, is_over = time.perf_counter() - start, True
    await watching
    return seconds, longest


def best(work: Callable[[], object]) -> float:
    """Seconds, the best of some rounds."""
    fastest = float("inf")
    for _ in range(ROUNDS):
        gc.collect()
        start = time.perf_counter()
        work()
        fastest = min(fastest, time.perf_counter() - start)
    return fastest


def _repeated(text: str) -> str:
    return (text * (LENGTH // len(text) + 1))[:LENGTH]


if __name__ == "__main__":
    main()
