"""Reasons before it answers, and really does: arithmetic step by step, letters counted one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from providers.catalogue.records import ModelInfo
from providers.demo.models.arithmetic import NotArithmetic, find_expression, spell, work_out
from providers.demo.models.rates import usd
from providers.demo.script import Ask, DemoModel, Pause, Say, Step, Think

_LETTER_QUESTION = re.compile(
    r"\bhow (?:many|often)\b\W*(?:the )?(?:letters? )?[\"'“‘`]?(\w)[\"'”’`]?(?:'?s)?\b.*?"
    r"\b(?:in|does|has)\b(?: the word)? [\"'“‘`]?(\w{2,})",
    re.IGNORECASE,
)
_BREATH_S = 0.4


def _behave(ask: Ask) -> Iterator[Step]:
    prompt = ask.prompt
    if question := _LETTER_QUESTION.search(prompt):
        thoughts, answer = _count_letter(question[1], question[2])
    elif expression := find_expression(prompt):
        thoughts, answer = _calculate(expression)
    else:
        thoughts, answer = _look_at(prompt)
    if ask.may_think:
        yield Think(thoughts[0])
        for thought in thoughts[1:]:
            yield Pause(_BREATH_S)
            yield Think(f"\n{thought}")
        yield Pause(_BREATH_S)
    yield Say(answer)


def _calculate(expression: str) -> tuple[list[str], str]:
    opening = f"I am asked to work out {expression}. Brackets first, then powers, products, sums."
    try:
        value, steps = work_out(expression)
    except NotArithmetic as reason:
        return [opening, f"I get stuck. {reason}"], f"I cannot work out `{expression}`: {reason}"
    thoughts = [opening, *(f"{number}. {step}" for number, step in enumerate(steps, start=1))]
    thoughts.append(f"Nothing is left to do, so the result is {spell(value)}.")
    shown = spell(value)
    relation = shown if shown.startswith("≈") else f"= {shown}"
    return (
        thoughts,
        f"**{expression} {relation}**\n\n{_amount(len(steps), 'step')} of arithmetic, done exactly.",
    )


def _count_letter(letter: str, word: str) -> tuple[list[str], str]:
    thoughts = [f"I go through “{word}” letter by letter and look for “{letter}”."]
    found = 0
    for position, here in enumerate(word, start=1):
        if here.lower() == letter.lower():
            found += 1
            thoughts.append(f"{position}. {here} ← number {found}")
        else:
            thoughts.append(f"{position}. {here}")
    times = "once" if found == 1 else "twice" if found == 2 else f"{found} times" if found else "nowhere"
    return thoughts, f"The letter **{letter}** stands {times} in “{word}”: **{found}**."


def _look_at(prompt: str) -> tuple[list[str], str]:
    words = re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", prompt)
    letters = [character.lower() for character in prompt if character.isalpha()]
    longest = max(words, key=len, default="")
    thoughts = [
        "There is nothing to calculate here. What can I say for certain about what I was given?",
        f"I count the words: {len(words)}.",
        f"I count the letters: {len(letters)}.",
    ]
    if longest:
        thoughts.append(f"The longest word is “{longest}” with {len(longest)} letters.")
    frequent = _most_frequent(letters)
    if frequent:
        thoughts.append(f"The most frequent letter is “{frequent[0]}”: {frequent[1]} of {len(letters)}.")
    answer = f"Your message has **{_amount(len(words), 'word')}** and {_amount(len(letters), 'letter')}"
    answer += f"; the longest word is *{longest}*." if longest else "."
    return thoughts, answer + (
        "\n\nGive me something to work on, and open my reasoning to see how I get there: "
        "`(17 + 4) * 2^5 / 3`, or *how many r in strawberry?*"
    )


def _most_frequent(letters: list[str]) -> tuple[str, int] | None:
    counted = [(letter, len(list(same))) for letter, same in groupby(sorted(letters))]
    return max(counted, key=lambda pair: pair[1], default=None)


def _amount(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


MODEL = DemoModel(
    ModelInfo(
        id="thinker",
        name="Thinker",
        rates=usd("2.00", "8.00", cached="0.50"),
        context_window=200_000,
        max_output_tokens=32_000,
        can_reason=True,
        supports_vision=False,
        supports_function_calling=False,
        note="reasons",
    ),
    "Reasons before it answers: arithmetic, letters, words.",
    _behave,
    tokens_per_second=60,
    capabilities=("completion", "thinking"),
)
