from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.text import printable
from app.transcript.ink import BOLD, ITALIC, STRIKE, UNDERLINE, Ink, Link, Span
from app.transcript.inline import spans_of


def text_of(source: str) -> str:
    return "".join(span.text for span in spans_of(source, {}))


def test_emphasis_is_kept_as_attributes() -> None:
    spans = spans_of("a *b* **c** ~~d~~ ***e***", {})
    looks = {span.text: span.look for span in spans}
    assert (looks["b"], looks["c"], looks["d"]) == (ITALIC, BOLD, STRIKE)
    assert looks["e"] == BOLD | ITALIC


def test_code_has_an_ink_of_its_own() -> None:
    assert Span("x*y*", Ink.CODE) in spans_of("say `x*y*`", {})


def test_links_lead_to_their_address() -> None:
    assert Span("docs", Ink.LINK | UNDERLINE, Link("https://a.example/x")) in spans_of(
        "[docs](https://a.example/x)", {}
    )


def test_links_by_reference_need_a_definition() -> None:
    assert text_of("see [docs]") == "see [docs]"
    spans = spans_of("see [docs]", {"DOCS": {"href": "https://a.example", "title": ""}})
    assert spans[1].target == Link("https://a.example")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("see https://a.example/x_y_z.", "https://a.example/x_y_z"),
        ("(https://a.example/a_(b))", "https://a.example/a_(b)"),
        ("<https://a.example>", "https://a.example"),
        ("https://a.example/?q=1&r=2, and", "https://a.example/?q=1&r=2"),
    ],
)
def test_bare_addresses_are_links_without_the_punctuation_around_them(text: str, address: str) -> None:
    assert [span.target for span in spans_of(text, {}) if span.target] == [Link(address)]


@pytest.mark.parametrize("address", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "notes.md", "#a"])
def test_other_addresses_are_shown_and_cannot_be_opened(address: str) -> None:
    source = f"[text]({address})"
    assert all(span.target is None for span in spans_of(source, {}))
    assert address in text_of(source)


def test_images_show_their_description() -> None:
    span = spans_of("![a *cat*](https://a.example/cat.png)", {})[0]
    assert (span.text, span.target) == ("🖼 a cat", Link("https://a.example/cat.png"))


def test_what_a_model_breaks_stays_broken() -> None:
    assert text_of("roses are red\nviolets are blue<br>sugar<br/>is sweet") == (
        "roses are red\nviolets are blue\nsugar\nis sweet"
    )


def test_html_is_shown_as_it_is() -> None:
    assert text_of("press <kbd>Ctrl</kbd> <!-- now -->") == "press <kbd>Ctrl</kbd> <!-- now -->"


@given(st.text("ab *_`[]()!<>~\\&:/\n", max_size=60))
@settings(deadline=None)
def test_letters_are_never_lost(source: str) -> None:
    drawn = text_of(source)
    assert drawn.count("a") >= source.count("a") - source.count("](")


@pytest.mark.parametrize("source", ["a\tb", "say `a\tb`", "a&Tab;b", "![a\tb](https://a.example)", "a\tb " * 4000])
def test_tabs_become_blanks(source: str) -> None:
    assert "\t" not in text_of(source)
    assert "a " in text_of(source)


@pytest.mark.parametrize("entity", ["&#x202e;", "&#8238;", "&#12;", "&#13;", "&#27;", "&#xd800;", "&shy;"])
def test_entities_bring_nothing_in_that_the_door_keeps_out(entity: str) -> None:
    drawn = text_of(f"a{entity}b `c`")
    assert drawn == printable(drawn)
    assert all(character.isprintable() for character in drawn)


def test_a_flood_of_brackets_does_not_stop_the_screen() -> None:
    source = "[" * 100_000
    assert spans_of(source, {}) == [Span(source)]
