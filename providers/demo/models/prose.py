"""Blocks of Markdown for long texts: paragraphs, lists, tables, code, quotes, other scripts."""

from __future__ import annotations

import random
from collections.abc import Callable

_PLACES = (
    "the harbour",
    "the old mill",
    "Lindenau",
    "the reading room",
    "the lighthouse",
    "platform nine",
    "the attic",
)
_PEOPLE = ("Mara", "Jonas", "the clockmaker", "Ines", "old Petrov", "the postwoman", "Amina", "her brother")
_THINGS = (
    "a brass key",
    "the ledger",
    "a letter without a stamp",
    "the second map",
    "a jar of bees",
    "the radio",
)
_DEEDS = ("found", "hid", "had forgotten", "was mending", "carried", "drew", "sold", "would not part with")
_TIMES = (
    "At dawn",
    "Before the rain",
    "On the third day",
    "Years later",
    "That same evening",
    "In the silence after",
)
_TURNS = (
    "nobody said a word",
    "the bells had stopped",
    "it was already too late for the ferry",
    "the dog knew first",
    "the ink was still wet",
    "there were two of them",
    "and the door stood open",
    "the tide had turned",
)
_ADJECTIVES = (
    "quiet",
    "borrowed",
    "seventh",
    "unfinished",
    "northern",
    "patient",
    "glass",
    "half-remembered",
)
_NOUNS = ("Harbour", "Winter", "Machine", "Garden", "Promise", "Atlas", "River", "Clock")
_FOREIGN = (
    "港の朝は静かで、船はまだ眠っていた。",
    "她把钥匙放在桌上，没有说话。",
    "바람이 멈추자 모두가 귀를 기울였다.",
    "Ветер стих, и стало слышно море.",
    "عاد البحّار إلى بيته قبل الفجر.",
    "Η θάλασσα ήταν ήσυχη εκείνο το πρωί. 🌊",
)
_VERBS = ("count", "find", "merge", "sort", "trim", "weigh", "pair", "collect")
_OBJECTS = ("letters", "tides", "keys", "lamps", "maps", "bells", "names", "hours")


def title(rng: random.Random) -> str:
    return f"The {rng.choice(_ADJECTIVES).capitalize()} {rng.choice(_NOUNS)}"


def sentence(rng: random.Random) -> str:
    person, deed, thing, place = (rng.choice(words) for words in (_PEOPLE, _DEEDS, _THINGS, _PLACES))
    shape = rng.randrange(4)
    if shape == 0:
        return f"{rng.choice(_TIMES)}, {person} {deed} {thing} near {place}, and {rng.choice(_TURNS)}."
    if shape == 1:
        return f"Nobody at {place} knew that {person} {deed} {thing}."
    if shape == 2:
        return f"“You {deed} *{thing}*?” asked {rng.choice(_PEOPLE)}, for {rng.choice(_TURNS)}."
    return f"{rng.choice(_TIMES)} {rng.choice(_TURNS)}; {person} {deed} **{thing}** all the same."


def paragraph(rng: random.Random) -> str:
    return " ".join(sentence(rng) for _ in range(rng.randint(2, 6)))


def bullets(rng: random.Random) -> str:
    lines: list[str] = []
    for _ in range(rng.randint(2, 5)):
        lines.append(f"- {sentence(rng)}")
        if rng.random() < 0.4:
            lines += [f"  - {rng.choice(_THINGS)}, {rng.choice(_TURNS)}" for _ in range(rng.randint(1, 2))]
    return "\n".join(lines)


def numbered(rng: random.Random) -> str:
    return "\n".join(f"{number}. {sentence(rng)}" for number in range(1, rng.randint(3, 6)))


def tasks(rng: random.Random) -> str:
    return "\n".join(f"- [{rng.choice('x ')}] {rng.choice(_VERBS)} the {rng.choice(_OBJECTS)}" for _ in range(4))


def table(rng: random.Random) -> str:
    rows = [
        f"| {rng.choice(_PEOPLE)} | {rng.choice(_THINGS)} | {rng.randint(1, 9999)} | {rng.random() * 100:.2f} % |"
        for _ in range(rng.randint(3, 8))
    ]
    return "\n".join(["| Who | What | How many | Share |", "|:----|:-----|---------:|------:|", *rows])


def quote(rng: random.Random) -> str:
    return f"> {sentence(rng)}\n>\n> — {rng.choice(_PEOPLE)}, in *{title(rng)}*"


def foreign(rng: random.Random) -> str:
    return "\n".join(rng.sample(_FOREIGN, 2))


def fence(rng: random.Random) -> str:
    return f"```python\n{function(rng, rng.randrange(1000)).rstrip()}\n```"


def function(rng: random.Random, number: int) -> str:
    """A few lines of Python that would run, with a blank line at the end."""
    verb, thing = rng.choice(_VERBS), rng.choice(_OBJECTS)
    step, limit = rng.randint(2, 9), rng.randint(10, 500)
    return (
        f"def {verb}_{thing}_{number}({thing}: list[int]) -> int:\n"
        f'    """{verb.capitalize()} the {thing} below {limit}."""\n'
        f"    total = 0\n"
        f"    for position, item in enumerate({thing}):\n"
        f"        if item < {limit} and position % {step} == {rng.randrange(step)}:\n"
        f"            total += item  # every {step}th of the {thing}\n"
        f"    return total\n"
    )


BLOCKS: tuple[Callable[[random.Random], str], ...] = (
    paragraph,
    bullets,
    numbered,
    tasks,
    table,
    quote,
    foreign,
    fence,
)
WEIGHTS = (10, 3, 2, 1, 2, 2, 1, 3)
"""How often each of `BLOCKS` comes up."""
