from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text import one_line, plain, printable

anything = st.text(st.characters(blacklist_categories=()))


@given(anything)
def test_nothing_that_could_command_a_terminal_is_left(text: str) -> None:
    left = {character for character in printable(text) if unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}}
    assert left <= {"\n", "\t"}


@given(anything, st.integers(0, 20))
def test_a_cut_anywhere_changes_nothing(text: str, at: int) -> None:
    assert printable(text[:at]) + printable(text[at:]) == printable(text)


@given(anything)
def test_it_can_always_be_encoded(text: str) -> None:
    printable(text).encode()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("\x1b]0;title\x07x", "]0;titlex"),
        ("\x1b[2Jx\x9b31m", "[2Jx31m"),
        ("a\u202eb\u2066c", "abc"),
        ("a\r\nb\x00", "a\nb"),
        ("a\u2028b\x85c", "a\nb\nc"),
        ("soft\u00adhyphen", "softhyphen"),
        ("👨‍👩‍👧 ❤️ e\u0301 \t", "👨‍👩‍👧 ❤️ e\u0301 \t"),
    ],
)
def test_only_the_dangerous_characters_go(text: str, left: str) -> None:
    assert printable(text) == left


def test_markup_is_literal() -> None:
    assert plain("[b]x[/y]").plain == "[b]x[/y]"


def test_a_title_is_one_line() -> None:
    assert one_line(" two\n lines\t\x1b ") == "two lines"
