"""Reasoning between tags at the start of the content."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.formats.tags import THINK, THOUGHT, ReasoningTags


def split(*deltas: str) -> tuple[str, str]:
    """All reasoning and all text of a content that arrives in these pieces."""
    tags = ReasoningTags([THINK, THOUGHT])
    pieces = [*(tags.split(delta) for delta in deltas), tags.rest()]
    return "".join(reasoning for reasoning, _ in pieces), "".join(text for _, text in pieces)


@pytest.mark.parametrize(
    ("content", "reasoning", "text"),
    [
        ("<think>Hm.</think>Yes", "Hm.", "Yes"),
        ("\n<think>\nHm.\n</think>\n\nYes ", "Hm.", "Yes "),
        ("<thought>Hm.</thought>Yes", "Hm.", "Yes"),
        ("<think></think>Yes", "", "Yes"),
        ("<think>\n\n</think>\n\nYes", "", "Yes"),
        ("<think>a < b </thin k></think>Yes", "a < b </thin k>", "Yes"),
        ("Yes <think>no</think>", "", "Yes <think>no</think>"),
        ("  Yes", "", "  Yes"),
        ("<thin", "", "<thin"),
        ("<thinking>Yes", "", "<thinking>Yes"),
        ("<think>Never closed ", "Never closed ", ""),
        ("<think>Never closed</thi", "Never closed</thi", ""),
        ("<think>a</think>b<think>c</think>", "a", "b<think>c</think>"),
        ("", "", ""),
    ],
)
def test_tags_at_the_start_hold_reasoning(content: str, reasoning: str, text: str) -> None:
    assert split(content) == (reasoning, text)
    assert split(*content) == (reasoning, text)


PIECES = st.lists(
    st.sampled_from(["<think>", "</think>", "<thought>", "</thought>", "<", ">", "/", "think", " ", "\n", "a"]),
    max_size=12,
).map("".join)


@given(PIECES, st.lists(st.integers(0, 60), max_size=8).map(sorted))
def test_any_cut_of_the_content_gives_the_same(content: str, cuts: list[int]) -> None:
    assert split(*(content[start:end] for start, end in pairwise([0, *cuts, len(content)]))) == split(content)


@given(PIECES)
def test_nothing_but_tags_and_blanks_is_lost(content: str) -> None:
    reasoning, text = split(content)
    for name in (THINK, THOUGHT):
        if content.lstrip().startswith(f"<{name}>"):
            rest = content.lstrip().removeprefix(f"<{name}>").replace(f"</{name}>", "", 1)
            assert "".join((reasoning + text).split()) == "".join(rest.split())
            return
    assert (reasoning, text) == ("", content)


def test_content_is_not_held_back_once_the_tags_are_over() -> None:
    tags = ReasoningTags([THINK])
    assert tags.split("<think>a</think>b") == ("a", "b")
    assert tags.is_over
    assert tags.split("<thi") == ("", "<thi")


def test_without_tags_to_look_for_everything_is_text() -> None:
    assert ReasoningTags([]).split("<think>a") == ("", "<think>a")
