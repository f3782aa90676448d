"""Fuzzy matching: what people expect first comes first, and nothing takes long."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from app.widgets.fuzzy import match


def _best(query: str, *labels: str) -> str:
    scored = [(found.score, label) for label in labels if (found := match(query, label))]
    return max(scored)[1]


def test_a_whole_word_beats_scattered_letters() -> None:
    assert _best("son", "stay or nothing", "claude-sonnet") == "claude-sonnet"


def test_the_beginning_of_a_word_beats_its_middle() -> None:
    assert _best("son", "person", "my-sonnet") == "my-sonnet"


def test_the_shorter_of_two_equal_matches_wins() -> None:
    assert _best("gpt", "gpt-5.4-mini-preview", "gpt-5.4") == "gpt-5.4"


def test_letters_out_of_order_do_not_match() -> None:
    assert match("nos", "sonic") is None


def test_a_later_beginning_of_a_word_is_preferred_to_an_earlier_middle() -> None:
    found = match("on", "sonnet on")
    assert found is not None
    assert found.offsets == (7, 8)


@given(st.text(max_size=8), st.text(max_size=40))
def test_offsets_rise_and_point_at_the_letters(query: str, label: str) -> None:
    found = match(query, label)
    if found is not None:
        assert list(found.offsets) == sorted(set(found.offsets))
        assert all(0 <= offset < len(label) for offset in found.offsets)


def test_many_equal_letters_take_no_time() -> None:
    started = time.perf_counter()
    match("a" * 50, "a " * 500)
    match("a" * 50 + "b", "a " * 500)
    assert time.perf_counter() - started < 0.1
