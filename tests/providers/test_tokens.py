"""Estimates of token counts: what must hold for any text, and what is known of some."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.tokens import WORDS, estimate_tokens

TEXT = st.text(st.characters(), max_size=200) | st.text(
    st.sampled_from("aAzZ09 .,;:(){}[]\"'\n\t\r_-中文かなعह\u0301\u200d\ud800🙂"), max_size=200
)
"""Lone surrogates and control characters included."""


@given(TEXT)
def test_every_text_has_tokens_but_an_empty_one(text: str) -> None:
    assert (estimate_tokens(text) > 0) is bool(text)


@given(TEXT)
def test_no_text_has_more_tokens_than_bytes(text: str) -> None:
    assert estimate_tokens(text) <= len(text.encode("utf-8", "surrogatepass")) * 1.3 + 1


@given(TEXT, TEXT)
def test_two_texts_together_have_about_the_tokens_of_both(first: str, second: str) -> None:
    apart = estimate_tokens(first) + estimate_tokens(second)
    assert abs(estimate_tokens(first + second) - apart) <= 4 + apart * 0.35


@given(TEXT, TEXT)
def test_more_text_has_hardly_ever_fewer_tokens(first: str, second: str) -> None:
    assert estimate_tokens(first + second) >= estimate_tokens(first) * 0.65 - 3


@given(TEXT, st.integers(2, 30))
def test_a_text_again_and_again_has_its_tokens_as_often(text: str, times: int) -> None:
    line = text + "\n"
    once = estimate_tokens(line)
    assert abs(estimate_tokens(line * times) - once * times) <= times * (2 + once * 0.2)


@pytest.mark.parametrize(
    ("text", "true"),
    [
        ("Hello, world!", 4),
        ("The quick brown fox jumps over the lazy dog.", 10),
        ("def f(x: int) -> int:\n    return x + 1\n", 17),
        ('{"name": "Ada", "age": 36, "tags": null}', 16),
        ("1234567", 3),
        ("我们可以使用这个方法解决问题。", 8),
        ("Können Sie mir bitte die Rechnung noch einmal schicken?", 11),
        ("\n\n\n", 1),
        ("        ", 1),
        ("----------------", 1),
    ],
)
def test_short_texts_come_close_to_their_true_counts(text: str, true: int) -> None:
    assert estimate_tokens(text) == pytest.approx(true, abs=2)


def test_the_words_of_other_languages_weigh_more_than_english_ones() -> None:
    words = "unbekannte Verhandlungen Zusammenarbeit gemeinsame Entscheidungen "
    assert estimate_tokens(f"die {words} und der {words}") > estimate_tokens(f"the {words} and of {words}")


@pytest.mark.parametrize(
    "unit", ["a", "A", "aA", " ", "\n", " \n", "\t ", "'", "a's", "7", "中", "🙂", "\u0301", "\ud800"]
)
def test_hard_texts_take_no_longer_than_others(unit: str) -> None:
    """A bound against quadratic time only: it is a hundred times what this takes."""
    text = (unit * 200_000)[:200_000]
    start = time.perf_counter()
    assert WORDS.count(text) > 0
    assert time.perf_counter() - start < 5
