from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.transcript.heights import Heights

heights = st.lists(st.integers(0, 9), max_size=60)


@given(heights, st.integers(0, 70))
def test_sums_are_those_of_a_list(values: list[int], index: int) -> None:
    row = Heights(values)
    index = min(index, len(values))
    assert (row.total, row.before(index)) == (sum(values), sum(values[:index]))


@given(heights.filter(any), st.data())
def test_a_line_is_found_in_the_item_that_holds_it(values: list[int], data: st.DataObject) -> None:
    line = data.draw(st.integers(0, sum(values) - 1))
    index, within = Heights(values).find(line)
    assert sum(values[:index]) + within == line
    assert 0 <= within < values[index]


@given(heights, heights, st.data())
def test_changing_and_replacing_the_end_keeps_the_sums(values: list[int], more: list[int], data: st.DataObject) -> None:
    row = Heights(values)
    for index in range(0, len(values), 3):
        new = data.draw(st.integers(0, 9))
        assert row.set(index, new) == new - values[index]
        values[index] = new
    kept = data.draw(st.integers(0, len(values)))
    row.truncate(kept)
    row.extend(more)
    expected = values[:kept] + more
    assert [row[index] for index in range(len(row))] == expected
    assert [row.before(index) for index in range(len(row) + 1)] == [
        sum(expected[:index]) for index in range(len(expected) + 1)
    ]


def test_lines_past_the_end_belong_to_the_last_item() -> None:
    assert Heights([2, 3]).find(99) == (1, 2)


def test_nothing_holds_no_line() -> None:
    with pytest.raises(IndexError):
        Heights([0]).find(0)
