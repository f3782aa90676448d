from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.transcript.blocks import Layout
from app.transcript.colours import Lexers
from app.transcript.markdown import split
from app.transcript.prose import Sheet
from app.transcript.table import TableBlock


def drawn(source: str, width: int) -> list[str]:
    return [line.text for line in TableBlock(split(source)[0], Sheet()).render(Layout(width, Lexers()))]


def test_columns_are_aligned_as_the_source_says() -> None:
    assert drawn("| a | b | c |\n|---|:-:|--:|\n| 12345 | 12345 | 12345 |\n| x | y | z |", 40) == [
        "a     │   b   │     c",
        "──────┼───────┼──────",
        "12345 │ 12345 │ 12345",
        "x     │   y   │     z",
    ]


def test_wide_cells_are_wrapped_and_rows_parted() -> None:
    lines = drawn("| k | text |\n|---|---|\n| a | one two three four |\n| b | five |", 16)
    assert lines == [
        "k │ text        ",
        "──┼─────────────",
        "a │ one two     ",
        "  │ three four  ",
        "──┼─────────────",
        "b │ five        ",
    ]


def test_a_table_that_cannot_fit_becomes_records() -> None:
    lines = drawn("| name | price | window |\n|---|---|---|\n| sonnet | 3 | 200k |\n| opus | 15 | 1M |", 14)
    assert lines == ["name: sonnet", "price: 3", "window: 200k", "────────", "name: opus", "price: 15", "window: 1M"]


def test_ideographs_and_emoji_keep_columns_straight() -> None:
    lines = drawn("| a | b |\n|---|---|\n| 你好 | x |\n| 👨‍👩‍👧 | y |", 40)
    assert lines[2:] == ["你好 │ x", "👨‍👩‍👧   │ y"]


def test_a_break_in_a_cell_is_a_break() -> None:
    assert drawn("| a |\n|---|\n| one<br>two |", 40)[2:] == ["one", "two"]


@pytest.mark.parametrize("width", [1, 5, 20, 400])
def test_a_header_alone_is_a_table(width: int) -> None:
    assert drawn("| a | b |\n|---|---|\n", width)


@given(st.lists(st.lists(st.text("ab 你🙂*`", max_size=20), min_size=3, max_size=3), max_size=5), st.integers(20, 120))
@settings(deadline=None, max_examples=60)
def test_no_line_is_wider_than_the_screen(rows: list[list[str]], width: int) -> None:
    source = "| a | b | c |\n|---|---|---|\n" + "".join(f"| {' | '.join(row)} |\n" for row in rows)
    lines = TableBlock(split(source)[0], Sheet()).render(Layout(width, Lexers()))
    assert all(line.width <= width for line in lines)


def test_tabs_in_cells_take_the_cells_they_are_counted_for() -> None:
    assert drawn("| a\tb | `c\td` |\n|---|---|\n| 1 | 2 |", 40) == ["a   b │ c   d", "──────┼──────", "1     │ 2    "]
