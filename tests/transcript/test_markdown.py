from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.transcript.markdown import Kind, References, language_of, split


def test_paragraphs_headings_rules_and_code_are_leaves() -> None:
    leaves = split("# One\n\ntext\n\n---\n\n```js x\ncode\n```\n")
    assert [leaf.kind for leaf in leaves] == [Kind.HEADING, Kind.PARAGRAPH, Kind.RULE, Kind.CODE]
    assert (leaves[0].level, leaves[3].info, leaves[3].content) == (1, "js x", "code\n")


def test_the_marker_stands_on_the_first_leaf_of_an_item_only() -> None:
    first, second = split("- one\n\n  two\n")
    assert (first.boxes[0].marker, first.boxes[0].is_first) == ("• ", True)
    assert not second.boxes[0].is_first


def test_bullets_differ_by_depth_and_tasks_by_state() -> None:
    markers = [leaf.boxes[-1].marker for leaf in split("- a\n  - b\n    - c\n- [ ] d\n- [X] e\n")]
    assert markers == ["• ", "◦ ", "▪ ", "☐ ", "☑ "]


def test_an_empty_item_keeps_its_marker() -> None:
    assert [leaf.boxes[0].marker for leaf in split("1. one\n2.\n3. three\n")] == ["1. ", "2. ", "3. "]


def test_an_item_has_a_blank_line_above_it_where_the_source_has_one() -> None:
    assert [leaf.has_gap for leaf in split("- a\n- b\n\n- c\n")] == [False, False, True]


def test_code_has_a_blank_line_above_and_below() -> None:
    assert [leaf.has_gap for leaf in split("text\n```\ncode\n```\ntext")] == [False, True, True]


def test_html_is_text() -> None:
    leaf = split("<details>\n<summary>More</summary>\nhidden\n</details>")[0]
    assert leaf.content == "<details>\n<summary>More</summary>\nhidden\n</details>"


def test_tables_know_their_alignment() -> None:
    leaf = split("| a | b | c |\n|---|:-:|--:|\n| 1 | `x|y` | 3 |\n")[0]
    assert leaf.aligns == ("", "center", "right")
    assert leaf.rows[0] == ("a", "b", "c")


def test_reference_definitions_are_collected() -> None:
    references: References = {}
    split("[a]: http://one.example\n\ntext [a]\n", references)
    assert references["A"]["href"] == "http://one.example"


def test_unclosed_code_is_open() -> None:
    assert split("```\ncode\n")[0].is_open
    assert not split("```\ncode\n```")[0].is_open


@pytest.mark.parametrize(
    ("info", "language"),
    [
        ("python", "python"),
        ("{.rust}", "rust"),
        ("js title=x", "js"),
        ("c++,linenos", "c++"),
        ("", ""),
        ("ts:a.ts", "ts"),
    ],
)
def test_the_language_is_the_first_word(info: str, language: str) -> None:
    assert language_of(info) == language


@given(st.text(max_size=200))
@settings(deadline=None)
def test_any_text_can_be_split(source: str) -> None:
    split(source)


def test_deep_nesting_is_survived() -> None:
    assert split(">" * 500 + " deep")[0].content == "deep"
    assert split("".join("  " * depth + "- x\n" for depth in range(200)))
