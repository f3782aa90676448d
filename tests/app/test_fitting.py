"""Making text fit: no word is cut while another way is left."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content

from app.widgets.fitting import fitted, spread
from app.widgets.table import column_widths, columns_that_fit, right_cells


@pytest.mark.parametrize(
    ("label", "width", "shown"),
    [
        ("claude-sonnet-4-6", 20, "claude-sonnet-4-6"),
        ("claude-sonnet-4-6", 11, "…sonnet-4-6"),
        ("openrouter/anthropic/claude-opus-4.6", 16, "…claude-opus-4.6"),
        ("Explain WAL mode in SQLite", 16, "Explain WAL …"),
        ("incomprehensibilities", 8, "incompr…"),
    ],
)
def test_whole_words_stay(label: str, width: int, shown: str) -> None:
    assert fitted(label, width) == shown


@given(st.text(), st.integers(1, 60))
def test_what_is_fitted_is_never_wider_than_its_room(label: str, width: int) -> None:
    assert Content(fitted(label, width)).cell_length <= width


@given(st.text("ab ", max_size=20), st.text("ab ", max_size=20), st.integers(0, 60))
def test_the_ends_of_a_line_never_touch(left: str, right: str, width: int) -> None:
    line = spread(Content(left), Content(right), width)
    assert line.plain.startswith(left + " ")
    assert line.plain.endswith(" " + right)
    assert line.cell_length == max(width, len(left) + 1 + len(right))


def test_columns_are_as_wide_as_their_widest_cell_and_rows_may_be_short() -> None:
    widths = column_widths([("1", "22"), ("333",)], ("in", "out"))
    assert widths == [3, 3]
    assert right_cells(("1", "22"), widths).plain == "    1   22"


def test_the_last_columns_go_when_there_is_no_room() -> None:
    assert columns_that_fit([3, 3, 3], 11) == 2
    assert columns_that_fit([3, 3, 3], 15) == 3
