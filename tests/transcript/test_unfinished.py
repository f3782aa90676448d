from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.transcript.growing import GrowingMarkdown
from app.transcript.unfinished import completed


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("some **bold te", "some **bold te**"),
        ("some **bold*", "some **bold**"),
        ("some **bold ", "some **bold**"),
        ("an *italic", "an *italic*"),
        ("both **a *b", "both **a *b***"),
        ("call `f(x", "call `f(x`"),
        ("call `a **b", "call `a **b`"),
        ("gone ~~wro", "gone ~~wro~~"),
        ("see [the docs](https://exam", "see the docs"),
        ("done **bold** and `code` here", "done **bold** and `code` here"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        (r"a \* star", r"a \* star"),
        ("", ""),
    ],
)
def test_what_has_half_arrived_is_shown_as_what_it_will_be(source: str, shown: str) -> None:
    assert completed(source) == shown


@given(st.text("ab *`~[]()\\\n", max_size=40))
def test_letters_are_kept_but_for_addresses(source: str) -> None:
    if "](" not in source:
        assert [letter for letter in completed(source) if letter in "ab"] == [
            letter for letter in source if letter in "ab"
        ]


def test_only_the_line_that_still_arrives_is_guessed() -> None:
    growing = GrowingMarkdown()
    growing.append("some **bold")
    assert growing.leaves[0].content == "some **bold**"
    growing.append("\n")
    assert growing.leaves[0].content == "some **bold"
