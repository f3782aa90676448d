from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.transcript.cells import clusters, expand_tabs, shorten, width_of
from app.transcript.ink import BOLD, Ink, Span
from app.transcript.wrap import break_offsets, chop, wrap

characters = st.sampled_from([*"ab cé 你好，。「」한국🙂", "👨‍👩‍👧", "🇩🇪", "e\u0301"])
words = st.lists(characters, max_size=60).map("".join)
widths = st.integers(2, 30)


def texts(source: str, width: int) -> list[str]:
    return [line.text for line in wrap([Span(source)], width)]


@given(words, widths)
def test_no_line_is_too_wide_and_nothing_but_blanks_is_lost(text: str, width: int) -> None:
    lines = wrap([Span(text)], width)
    widest = max((cells for _, cells in clusters(text)), default=0)
    assert all(line.width <= max(width, widest) for line in lines)
    assert all(line.width == width_of(line.text) for line in lines)
    assert "".join(line.text for line in lines).replace(" ", "") == text.replace(" ", "")


@given(words, widths)
def test_lines_know_where_they_begin(text: str, width: int) -> None:
    for line in wrap([Span(text)], width):
        assert text[line.start : line.start + len(line.text)] == line.text


@given(st.lists(words, max_size=4), widths)
def test_spans_keep_their_look(pieces: list[str], width: int) -> None:
    spans = [Span(piece, Ink.TEXT | (BOLD if number % 2 else 0)) for number, piece in enumerate(pieces)]
    looks = [look for span in spans for look in [span.look] * len(span.text.replace(" ", ""))]
    drawn = [span for line in wrap(spans, width) for span in line.spans]
    assert [look for span in drawn for look in [span.look] * len(span.text.replace(" ", ""))] == looks


@given(words, widths)
def test_clusters_are_never_cut(text: str, width: int) -> None:
    borders = {0}
    for cluster, _ in clusters(text):
        borders.add(max(borders) + len(cluster))
    for begin, end in (*break_offsets(text, width), *chop(text, width)):
        assert {begin, end} <= borders


@given(words, widths)
def test_code_keeps_every_blank(text: str, width: int) -> None:
    assert "".join(text[begin:end] for begin, end in chop(text, width)) == text


def test_words_are_kept_whole() -> None:
    assert texts("one two three", 8) == ["one two", "three"]


def test_a_word_longer_than_the_line_is_broken() -> None:
    assert texts("a abcdefghij", 4) == ["a", "abcd", "efgh", "ij"]


def test_ideographs_break_anywhere_but_before_a_full_stop() -> None:
    assert texts("你好世界。再见", 8) == ["你好世", "界。再见"]


def test_flags_and_families_are_one_cluster() -> None:
    assert [cluster for cluster, _ in clusters("🇩🇪🇫🇷👨‍👩‍👧e\u0301")] == ["🇩🇪", "🇫🇷", "👨‍👩‍👧", "e\u0301"]


def test_line_feeds_always_break() -> None:
    assert texts("one\n\ntwo", 20) == ["one", "", "two"]


def test_tabs_reach_to_the_next_stop() -> None:
    assert expand_tabs("a\tb\t你\tc") == "a   b   你  c"


def test_what_is_cut_says_so() -> None:
    assert (shorten("claude-sonnet", 8), shorten("你好世界", 5), shorten("ab", 2)) == ("claude-…", "你好…", "ab")
