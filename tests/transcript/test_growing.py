from __future__ import annotations

from hypothesis import given, settings

from app.transcript.growing import GrowingMarkdown
from app.transcript.markdown import Kind, split
from tests.transcript.sources import cuts, deltas, markdown


@given(markdown, cuts)
@settings(max_examples=100, deadline=None)
def test_what_is_kept_is_what_one_parse_of_the_text_so_far_gives(source: str, sizes: list[int]) -> None:
    growing = GrowingMarkdown()
    done = ""
    pieces = deltas(source, sizes)
    for number, delta in enumerate(pieces):
        before = list(growing.leaves)
        stable = growing.append(delta)
        done += delta
        if number % (1 + len(pieces) // 30):
            continue
        assert growing.leaves[:stable] == before[:stable]
        finished = growing.leaves[: growing.finished]
        assert finished == split(done)[: len(finished)]


@given(markdown, cuts)
@settings(max_examples=100, deadline=None)
def test_a_text_that_ends_with_a_line_reads_as_if_it_had_come_whole(source: str, sizes: list[int]) -> None:
    source += "\n"
    growing = GrowingMarkdown()
    for delta in deltas(source, sizes):
        growing.append(delta)
    references: dict[str, object] = {}
    assert growing.leaves == split(source, references)  # type: ignore[arg-type]
    assert growing.references.keys() == references.keys()
    assert growing.source == source


def test_a_long_open_code_block_costs_no_more_than_a_short_one() -> None:
    growing = GrowingMarkdown()
    growing.append("```python\n")
    for number in range(2_000):
        growing.append(f"line {number}\n")
    assert growing.tail_size < 2_000
    assert growing.leaves[0].content.count("\n") == 2_000


def test_a_long_open_table_costs_no_more_than_a_short_one() -> None:
    growing = GrowingMarkdown()
    growing.append("| a | b |\n|---|---|\n")
    for number in range(500):
        growing.append(f"| {number} | x |\n")
    assert growing.tail_size < 1_000
    assert len(growing.leaves[0].rows) == 501


def test_items_of_an_open_list_are_finished_one_by_one() -> None:
    growing = GrowingMarkdown()
    for number in range(1, 200):
        growing.append(f"{number}. item\n")
    assert growing.finished > 190
    assert growing.leaves[-1].boxes[0].marker == "199. "


def test_numbers_go_on_when_every_item_says_one() -> None:
    growing = GrowingMarkdown()
    for _ in range(20):
        growing.append("1. item\n")
    assert [leaf.boxes[0].marker for leaf in growing.leaves] == [f"{number}. " for number in range(1, 21)]


def test_a_dash_below_a_paragraph_is_not_shown_as_an_underline_before_it_is_one() -> None:
    growing = GrowingMarkdown()
    growing.append("Three things:\n-")
    assert [leaf.kind for leaf in growing.leaves] == [Kind.PARAGRAPH]
    growing.append(" one\n")
    assert [leaf.boxes[0].marker for leaf in growing.leaves[1:]] == ["• "]


def test_code_is_shown_from_its_first_line_on() -> None:
    growing = GrowingMarkdown()
    growing.append("```sql\nselect")
    assert (growing.leaves[0].kind, growing.leaves[0].content) == (Kind.CODE, "select")


def test_a_fence_is_not_shown_before_its_language_is_known() -> None:
    growing = GrowingMarkdown()
    growing.append("text\n\n```py")
    assert len(growing.leaves) == 1
