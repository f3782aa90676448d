from __future__ import annotations

import subprocess
import sys
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.text import printable
from app.transcript.colours import Lexers
from app.transcript.document import Document, Row
from app.transcript.entries import Card, NoticeEntry, PromptEntry, ReplyEntry, ReplyHeading
from app.transcript.ink import CardChoice, CodeCopy, FoldToggle, Line
from app.transcript.reply import parse_whole
from app.transcript.section import Bar
from tests.transcript.sources import cuts, deltas, markdown

HEADING = ReplyHeading("sonnet", "claude", ("$0.0042", "74 tok/s", "1.2 s"))


def document(width: int = 40) -> Document:
    made = Document()
    made.set_width(width)
    return made


def rows(made: Document) -> list[Row]:
    drawn = [made.row(y) for y in range(made.height - 1)]
    return [row for row in drawn if row is not None]


def lines(made: Document) -> list[Line]:
    """Every line, when all heights and colours are known."""
    made.settle(0, 1_000_000)
    made.lexers.load_wanted()
    made.store.clear()
    rows(made)
    while made.lexers.has_work:
        made.lexers.work()
    made.store.clear()
    drawn = rows(made)
    assert len(drawn) == made.height - 1
    return [row.line for row in drawn]


def cells(line: Line) -> list[tuple[str, int, object]]:
    """Every character with its look and what it leads to."""
    return [
        (character, span.look, span.target.source.raw if isinstance(span.target, CodeCopy) else span.target)
        for span in line.spans
        for character in span.text
    ]


def texts(made: Document) -> list[str]:
    return [line.text.rstrip() for line in lines(made)]


@given(markdown, cuts, st.integers(20, 120))
@settings(max_examples=60, deadline=None)
def test_a_reply_that_arrived_in_deltas_looks_like_one_that_was_stored(
    source: str, sizes: list[int], width: int
) -> None:
    streamed = document(width)
    streamed.add(ReplyEntry("r", HEADING, ""))
    reply = streamed.reply("r")
    assert reply is not None
    for number, delta in enumerate(deltas(source, sizes)):
        streamed.update(reply, reply.append_text(printable(delta)))
        if number % 3 == 0:
            streamed.settle(0, 30, at_end=True)
    streamed.update(reply, reply.take_whole(parse_whole(reply.text)))
    stored = document(width)
    stored.load([ReplyEntry("r", HEADING, source)])
    assert [cells(line) for line in lines(streamed)] == [cells(line) for line in lines(stored)]


@given(markdown, st.integers(20, 120))
@settings(max_examples=60, deadline=None)
def test_no_line_is_wider_than_the_screen(source: str, width: int) -> None:
    made = document(width)
    made.load([PromptEntry("p", source), ReplyEntry("r", HEADING, source, source, "thought")])
    section = made.section("r")
    assert section is not None
    section.toggle()
    assert all(line.width <= width for line in lines(made))


def test_a_heading_loses_its_least_important_figures_first() -> None:
    def heading(width: int) -> str:
        made = document(width)
        made.load([ReplyEntry("r", HEADING, "")])
        return texts(made)[1]

    assert heading(50) == "sonnet · claude" + " " * 9 + "1.2 s   74 tok/s   $0.0042"
    assert heading(36).split() == ["sonnet", "·", "claude", "74", "tok/s", "$0.0042"]
    assert heading(26).split() == ["sonnet", "·", "claude", "$0.0042"]
    assert heading(20).split() == ["sonnet", "$0.0042"]
    assert heading(12).split()[-1] == "$0.0042"


def test_reasoning_is_folded_until_it_is_asked_for() -> None:
    made = document()
    made.load([ReplyEntry("r", HEADING, "answer", "first *this*", "thought for 3 s")])
    assert texts(made)[2:] == ["▸ thought for 3 s", "", "answer"]
    section = made.section("r")
    assert section is not None
    assert section.toggle()
    made.update(section)
    assert texts(made)[2:] == ["▾ thought for 3 s", "first this", "", "answer"]


def test_a_running_reply_without_text_shows_that_it_waits() -> None:
    made = document()
    made.add(ReplyEntry("r", ReplyHeading("sonnet", is_running=True), ""))
    assert texts(made)[2:] == ["…"]
    reply = made.reply("r")
    assert reply is not None
    made.update(reply, reply.append_text("words"))
    assert texts(made)[2:] == ["words"]


def test_a_long_paste_is_folded_and_can_be_unfolded() -> None:
    made = document()
    made.load([PromptEntry("p", "\n".join(f"line {number}" for number in range(10_000)))])
    assert texts(made)[-1] == "▸ 9,970 more lines"
    row = made.row(made.height - 2)
    assert row is not None
    assert row.line.spans[0].target == FoldToggle()
    section = made.section("p")
    assert section is not None
    section.toggle()
    made.update(section)
    assert made.height >= 10_000
    window = made.settle(0, 30, at_end=True)
    assert (made.row(window.top + 28), window.top) != (None, 0)


def test_a_card_says_what_happened_in_whose_words_and_what_to_do() -> None:
    made = document()
    keys = (("r", "try again"), ("l", "other model"))
    made.add(Card("c", "The key was refused.", "401 [bold]no[/]", "Set another key.", keys))
    assert texts(made) == [
        "", "The key was refused.", "401 [bold]no[/]", "Set another key.", "", "r try again   l other model",
    ]  # fmt: skip
    row = made.row(5)
    assert row is not None
    assert (row.bar, row.line.spans[-1].target) == (Bar.ERROR, CardChoice("l"))


def test_an_entry_takes_the_place_of_the_one_with_its_key() -> None:
    made = document()
    made.load([NoticeEntry("a", "one"), NoticeEntry("b", "two"), NoticeEntry("c", "three")])
    made.add(Card("b", "instead"))
    assert texts(made)[1::2] == ["· one", "instead", "· three"]
    made.put("b", NoticeEntry("d", "and again"))
    assert (texts(made)[3], made.section("b")) == ("· and again", None)
    made.remove("a")
    assert texts(made)[1] == "· and again"


def test_moving_from_message_to_message_passes_notices_over() -> None:
    made = document()
    made.load([PromptEntry("a", "1"), NoticeEntry("b", "2"), ReplyEntry("c", HEADING, "3")])
    assert [made.neighbour(None, -1), made.neighbour("c", -1), made.neighbour("a", -1)] == ["c", "a", None]
    assert [made.neighbour("a", 1), made.neighbour("c", 1)] == ["c", None]


def test_the_place_that_is_read_stays_when_the_width_changes() -> None:
    made = document(100)
    made.load([ReplyEntry(str(n), HEADING, f"start {n} " + "word " * 100 + f"end{n}") for n in range(50)])
    top = made.settle(200, 20).top
    place = made.place(top)
    assert place is not None
    row = made.row(top)
    assert row is not None
    made.set_width(40)
    line = made.line_of(place)
    assert line is not None
    found = made.row(line)
    assert found is not None
    assert found.section is row.section
    assert place.character - 40 <= found.line.start <= place.character


def test_lines_below_the_upper_edge_stay_while_heights_become_known() -> None:
    made = document(60)
    made.load([ReplyEntry(str(n), HEADING, "- a\n" * (n % 7) + "word " * (n * 13 % 90)) for n in range(200)])
    top = made.settle(0, 20, at_end=True).top
    while top > 0:
        below = made.row(top)
        top = made.settle(top - 1, 20).top
        above = made.row(top + 1)
        assert below is not None
        assert above is not None
        assert (above.section.key, above.number) == (below.section.key, below.number)


def test_only_what_is_seen_is_drawn() -> None:
    made = document()
    started = process_time()
    made.load([ReplyEntry(str(n), HEADING, "# Title\n\n" + "some *words* here\n\n" * 20) for n in range(2_000)])
    made.settle(0, 40, at_end=True)
    assert process_time() - started < 1.0
    assert sum(section.is_prepared(made.layout) for section in made) <= 3


def test_the_store_of_lines_is_bounded() -> None:
    made = document()
    made.load([ReplyEntry(str(n), HEADING, "some *words* here\n\n" * 50) for n in range(120)])
    lines(made)
    assert made.store.size <= 2 * 1024 * 1024


@pytest.mark.parametrize("width", [1, 2, 7, 20, 400])
def test_every_width_works(width: int) -> None:
    source = (
        "# h\n\n> - a long item 你好\n>   ```python\n>   x = 1\n>   ```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n***\n"
    )
    made = document(width)
    made.load([PromptEntry("p", "hello there"), ReplyEntry("r", HEADING, source, "why", "thought"), Card("c", "x")])
    assert len(texts(made)) > 10


def test_definitions_that_come_last_make_links_of_what_was_drawn_before() -> None:
    made = Document(Lexers())
    made.set_width(60)
    made.add(ReplyEntry("r", HEADING, ""))
    reply = made.reply("r")
    assert reply is not None
    for delta in ("see [docs] here\n\n", "more\n\nand more\n\n", "[docs]: https://a.example\n"):
        made.update(reply, reply.append_text(delta))
        made.settle(0, 50)
    assert texts(made)[2] == "see docs here"


def test_after_warming_up_the_first_reply_imports_nothing() -> None:
    script = (
        "import sys; from app.transcript.reply import warm_up, parse_whole; warm_up(); before = set(sys.modules);"
        "from app.transcript.inline import spans_of; parse_whole('# a\\n\\n- b'); spans_of('[a](http://b) `c`', {});"
        "print(sorted(set(sys.modules) - before))"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert found.strip() == "[]"


LINKS = "".join(f"[link {number}](http://example.com/{'x' * 700})\n\n" for number in range(50))
"""Text whose height is estimated far too high."""


def test_lines_drawn_before_they_are_measured_keep_the_window_settling() -> None:
    made = document(80)
    made.add(ReplyEntry("r", HEADING, LINKS))
    made.settle(0, 5)
    drawn = [made.row(y) for y in range(40)]
    made.settle(0, 40)
    assert drawn == [made.row(y) for y in range(40)]


@given(markdown, st.lists(st.tuples(st.integers(0, 200), st.sampled_from(("row", "place", "settle", "width")))))
@settings(max_examples=60, deadline=None)
def test_whatever_was_looked_at_before_every_line_is_there(source: str, looks: list[tuple[int, str]]) -> None:
    made = document()
    made.load([PromptEntry("p", source), ReplyEntry("r", HEADING, source)])
    for number, what in looks:
        match what:
            case "row":
                made.row(number)
            case "place":
                made.place(number)
            case "settle":
                made.settle(number, 20)
            case _:
                made.set_width(20 + number)
    made.set_width(40)
    made.settle(0, 1_000_000)
    stored = document()
    stored.load([PromptEntry("p", source), ReplyEntry("r", HEADING, source)])
    assert [line.text for line in lines(made)] == [line.text for line in lines(stored)]


def test_code_of_a_conversation_that_was_left_is_not_coloured() -> None:
    made = document()
    made.lexers.load("python")
    made.load([ReplyEntry("r", HEADING, "```python\n" + "x = 1\n" * 2000 + "```")])
    made.settle(0, 10, at_end=True)
    for y in range(made.height - 10, made.height):
        made.row(y)
    assert made.lexers.has_work
    made.load([])
    assert not made.lexers.has_work
