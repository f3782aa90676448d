"""The line above a reply, and what unfolds below it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.aligned import aligned
from app.transcript.blocks import Layout
from app.transcript.colours import Lexers
from app.transcript.entries import Detail, ReplyHeading
from app.transcript.frames import DetailsBlock, ReplyHeadingBlock
from app.transcript.ink import DetailsToggle

PLACES = (10, 7, 6)
RUNNING = ("≈ $0.0042", "≈ ↓412", "1.2 s", "")
SETTLED = ("$0.0044", "↓430", "1.3 s", "74 tok/s")
DETAILS = (
    Detail("input", cells=("6,000", "×", "$3/M", "=", "$0.0180")),
    Detail("output", cells=("≈ 96", "×", "$15/M", "=", "$0.0014")),
    Detail("cost", cells=("", "", "", "", "$0.0194")),
    Detail("", "computed from reported tokens, every one of them"),
)


def heading(figures: tuple[str, ...], width: int) -> str:
    block = ReplyHeadingBlock(ReplyHeading("claude-sonnet-4-6", "claude", figures, places=PLACES))
    return block.render(Layout(width, Lexers()))[1].text


def details(width: int) -> list[str]:
    return [line.text.rstrip() for line in DetailsBlock(DETAILS).render(Layout(width, Lexers()))]


@pytest.mark.parametrize("width", [100, 75, 60, 50, 40, 30])
def test_nothing_moves_when_a_running_reply_settles(width: int) -> None:
    running, settled = heading(RUNNING, width), heading(SETTLED, width)
    assert settled.endswith("$0.0044")
    # What is new stands at the left of what was there, and each figure ends where it ended.
    for before, after in zip(RUNNING[:3], SETTLED[:3], strict=True):
        assert (before in running) == (after in settled)
        if before in running:
            assert running.index(before) + len(before) == settled.index(after) + len(after)
    assert running.split("  ")[0] == settled.split("  ")[0]


def test_speed_goes_first_then_time_then_tokens_and_never_model_or_cost() -> None:
    assert "74 tok/s    1.3 s      ↓430      $0.0044" in heading(SETTLED, 100)
    assert "tok/s" not in heading(SETTLED, 60)
    assert "1.3 s" in heading(SETTLED, 60)
    assert "1.3 s" not in heading(SETTLED, 50)
    assert "430" in heading(SETTLED, 50)
    assert heading(SETTLED, 30).startswith("claude-sonnet-4-6")
    assert heading(SETTLED, 30).endswith("$0.0044")


def test_the_figures_lead_to_the_details() -> None:
    block = ReplyHeadingBlock(ReplyHeading("sonnet", "claude", SETTLED))
    *_, figures = block.render(Layout(80, Lexers()))[1].spans
    assert figures.target == DetailsToggle()


def test_figures_stand_in_columns_and_words_beside_their_names() -> None:
    assert details(40) == [
        "input   6,000 ×  $3/M = $0.0180",
        "output   ≈ 96 × $15/M = $0.0014",
        "cost                    $0.0194",
        "        computed from reported tokens,",
        "        every one of them",
        "",
    ]


def test_where_columns_have_no_room_the_sum_goes_on_below() -> None:
    assert details(26)[:3] == ["input   6,000 × $3/M =", "        $0.0180", "output  ≈ 96 × $15/M ="]


@given(st.lists(st.lists(st.text("0123456789$.≈×= ", max_size=6).map(str.strip), min_size=3, max_size=3), max_size=5))
def test_aligned_keeps_every_cell_and_aligns_the_ends(rows: list[list[str]]) -> None:
    lines = aligned(rows)
    for row, line in zip(rows, lines, strict=True):
        assert "".join(line.split()) == "".join("".join(row).split())
    full = [len(line) for row, line in zip(rows, lines, strict=False) if row[-1]]
    assert len(set(full)) <= 1
