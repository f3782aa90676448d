"""Writes as much as it is asked for: Markdown of every kind, the same for the same prompt."""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Iterator

from providers.catalogue.records import ModelInfo
from providers.demo.counting import count
from providers.demo.models import prose
from providers.demo.models.rates import usd
from providers.demo.script import Ask, DemoModel, Say, Step

_DEFAULT_TOKENS = 2_000
_MOST_TOKENS = 1_000_000
_MOST_LINES = 100_000
_TOKENS_PER_WORD = 1.4
_SIZE = re.compile(r"(\d[\d.,_]{0,14})\s*(k|m)?\s*-?\s*(tokens?|words?|lines?)\b", re.IGNORECASE)


def _behave(ask: Ask) -> Iterator[Step]:
    prompt = ask.prompt
    rng = random.Random(zlib.crc32(prompt.encode("utf-8", "replace")))
    amount, unit = _size(prompt)
    if unit == "line":
        yield from _program(rng, min(amount, _MOST_LINES))
    else:
        wanted = round(amount * _TOKENS_PER_WORD) if unit == "word" else amount
        yield from _story(rng, min(wanted, _MOST_TOKENS))


def _size(prompt: str) -> tuple[int, str]:
    """How much is asked for, and of what: `token`, `word` or `line`."""
    match = _SIZE.search(prompt)
    if match is None:
        return _DEFAULT_TOKENS, "token"
    figure = match[1].rstrip(".,_")
    factor = {"k": 1_000, "m": 1_000_000}.get((match[2] or "").lower(), 1)
    if factor > 1 and re.fullmatch(r"\d+[.,]\d+", figure):
        amount = round(float(figure.replace(",", ".")) * factor)
    else:
        amount = int(re.sub(r"[.,_]", "", figure)[:9]) * factor
    return max(1, amount), match[3].lower().rstrip("s")


def _story(rng: random.Random, wanted: int) -> Iterator[Step]:
    """Blocks until the size is reached; overshoots by less than one block."""
    opening = f"# {prose.title(rng)}\n\n"
    written = count(opening)
    yield Say(opening)
    chapter = 0
    while written < wanted:
        if written > chapter * 600:
            chapter += 1
            block = f"## {chapter}. {prose.title(rng)}\n\n"
        else:
            block = rng.choices(prose.BLOCKS, prose.WEIGHTS)[0](rng) + "\n\n"
        written += count(block)
        yield Say(block)
    yield Say("*The end.*")


def _program(rng: random.Random, lines: int) -> Iterator[Step]:
    """One fence with exactly so many lines of code."""
    yield Say("Here it is, in one piece:\n\n```python\n")
    written = 0
    while written < lines:
        part = prose.function(rng, written).split("\n")[: lines - written]
        written += len(part)
        yield Say("\n".join(part) + "\n")
    yield Say(f"```\n\nThat makes {lines} lines.")


MODEL = DemoModel(
    ModelInfo(
        id="novel",
        name="Novel",
        rates=usd("3.00", "15.00", cached="0.30", write="3.75"),
        context_window=1_000_000,
        max_output_tokens=1_000_000,
        can_reason=False,
        supports_vision=False,
        supports_function_calling=False,
        note="very long replies",
    ),
    "Writes as long as you like: say how many tokens, words or lines of code.",
    _behave,
    tokens_per_second=400,
)
