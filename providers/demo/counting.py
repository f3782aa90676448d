"""Tokens as the demo counts them, and what a reply has used of them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CJK = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_TOKEN = re.compile(
    rf"[{_CJK}]"  # one token per ideograph
    rf"| ?[^\W\d_{_CJK}]{{1,7}}"  # words with the space before them; long ones take several tokens
    r"| ?\d{1,3}"
    r"|\n+"
    r"| ?[^\w\s]"
    r"|_+"
    r"|[^\S\n]+"
)


def tokens(text: str) -> list[str]:
    """Cut text into tokens. Joined again they are the text; close to what real tokenizers count."""
    return _TOKEN.findall(text)


def count(text: str) -> int:
    return len(_TOKEN.findall(text))


@dataclass(frozen=True, slots=True)
class Spent:
    """Tokens of one request. `cached` and `written` lie inside `sent`, `thought` inside `generated`.

    Attributes:
        sent: the whole request.
        cached: the part of it read from the prompt cache.
        written: the part of it newly written to the prompt cache.
        generated: everything the model produced.
        thought: the part of it that was reasoning.
    """

    sent: int
    cached: int = 0
    written: int = 0
    generated: int = 0
    thought: int = 0
