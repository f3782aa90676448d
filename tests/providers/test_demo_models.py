"""What the demo's models say, asked without a server."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from providers.costs import CostStatus, price
from providers.demo import demo_models
from providers.demo.catalogue import MODELS
from providers.demo.counting import count, tokens
from providers.demo.models.arithmetic import NotArithmetic, find_expression, spell, work_out
from providers.demo.models.eliza import reflect
from providers.demo.script import Ask, Call, Fail, Say, Step, Think, Tool, Turn
from providers.usage import Usage


def steps(model: str, *turns: str, **more: Any) -> list[Step]:
    """The steps of a reply; turns alternate between user and assistant."""
    said = tuple(Turn("user" if not position % 2 else "assistant", text) for position, text in enumerate(turns))
    return list(MODELS[model].behave(Ask(model, said, **more)))


def text(model: str, *turns: str, **more: Any) -> str:
    return "".join(step.text for step in steps(model, *turns, **more) if isinstance(step, Say))


def thoughts(model: str, *turns: str, **more: Any) -> str:
    return "".join(step.text for step in steps(model, *turns, **more) if isinstance(step, Think))


# --- the table


def test_every_model_says_who_it_is_and_is_priced_as_the_demo() -> None:
    for model in demo_models():
        assert model.name
        assert model.note
        assert model.context_window
        assert model.max_output_tokens
        assert model.rates is None or model.rates.source == "demo"
        assert MODELS[model.id].info is model


def test_prices_cover_unknown_free_and_cached() -> None:
    spent = Usage(input_tokens=1000, cached_tokens=500, output_tokens=1000)
    costs = {model.id: price(spent, model.rates) for model in demo_models()}
    assert costs["snail"].status is CostStatus.UNKNOWN
    assert costs["eliza"].status is CostStatus.FREE
    assert costs["thinker"].usd == Decimal("0.00925")
    assert costs["thinker"].source == "demo"


@given(st.text())
def test_tokens_lose_no_character(any_text: str) -> None:
    assert "".join(tokens(any_text)) == any_text
    assert count(any_text) == len(tokens(any_text))


@given(st.sampled_from(sorted(MODELS)), st.lists(st.text(max_size=60), min_size=1, max_size=5))
def test_no_prompt_leaves_a_model_without_an_answer(model: str, turns: list[str]) -> None:
    said = tuple(Turn("user", turn) for turn in turns)
    assert next(MODELS[model].behave(Ask(model, said)), None) is not None


# --- tour


def test_the_tour_begins_with_an_overview_of_everything_markdown_can_do() -> None:
    overview = text("tour", "Hi!")
    kinds = {token.type for token in MarkdownIt("commonmark").enable("table").parse(overview)}
    assert {
        "heading_open", "bullet_list_open", "ordered_list_open", "table_open", "fence", "blockquote_open", "hr",
    } <= kinds  # fmt: skip
    assert "- [x]" in overview
    assert "](https://" in overview
    assert re.search(r"[\u4e00-\u9fff]", overview)


@pytest.mark.parametrize("chapter", ["tables", "code", "unicode", "keys", "costs", "switch"])
def test_each_word_opens_its_chapter(chapter: str) -> None:
    opened = text("tour", "Hi!", "Welcome", f"Tell me about {chapter}, please")
    assert opened.startswith("# ")
    assert opened == text("tour", chapter)
    assert chapter in text("tour", "Hi!").lower()
    assert f"**{chapter}**" in text("tour", "Hi!", text("tour", "Hi!"), "What else?")


def test_the_tour_is_set_cleanly() -> None:
    for chapter in ("Hi!", "tables", "code", "unicode", "keys", "costs", "switch"):
        said = text("tour", chapter)
        assert said.count("```") % 2 == 0
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|[ \t]+$", said, re.MULTILINE)
        for table in re.findall(r"(?:^\|.*\|$\n?)+", said, re.MULTILINE):
            widths = {len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}
            assert len(widths) == 1, table


def test_the_tour_tells_the_prices_that_are_charged() -> None:
    chapter = text("tour", "switch")
    for model in demo_models():
        row = re.search(rf"^\| `{model.id}` .*\| *([^|]+?) *\|$", chapter, re.MULTILINE)
        assert row, model.id
        rates = model.rates
        shown = "—" if rates is None else "free" if rates.are_free else f"{rates.input} / {rates.output}"
        assert row[1] == shown


def test_the_tour_begins_with_the_overview_also_after_another_model() -> None:
    assert text("tour", "Hello", "Hello. How are you today?", "Well") == text("tour", "Hi!")


# --- eliza


def test_eliza_holds_a_conversation() -> None:
    assert text("eliza", "Hello") == "Hello. How are you today?"
    assert text("eliza", "Hi there", "Hello. How are you today?", "Hello").startswith("Hello again")
    assert "sad" in text("eliza", "I am so sad")
    assert "your garden" in text("eliza", "I want my garden back")
    assert text("eliza", "Thank you") == "You are welcome. Is there more?"
    assert text("eliza", "Goodbye").startswith("Goodbye")


def test_eliza_remembers_a_name() -> None:
    talk = ["My name is grace", "It is good to meet you, Grace."]
    assert text("eliza", *talk, "Do you remember my name?") == "You are Grace; you told me yourself."
    assert text("eliza", "What is my name?") == "You have not told me yet. What is it?"
    assert text("eliza", *talk, "thanks!") == "You are welcome, Grace. Is there more?"


def test_eliza_does_not_repeat_herself_at_once() -> None:
    first = text("eliza", "The weather was strange")
    assert text("eliza", "The weather was strange", first, "The weather was strange") != first


def test_eliza_turns_persons_around() -> None:
    assert reflect("my own house with you.") == "your own house with me"
    assert reflect("that you are mine") == "that I am yours"


# --- thinker


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1+1", 2),
        ("2 + 3 * 4", 14),
        ("(2 + 3) * 4", 20),
        ("2^3^2", 512),
        ("-2^2", -4),
        ("7 / 2", Fraction(7, 2)),
        ("0.1 + 0.2", Fraction(3, 10)),
        ("12 × 12 ÷ 6 − 4", 20),
        ("2 ** -1", Fraction(1, 2)),
    ],
)
def test_arithmetic_is_exact(expression: str, value: int | Fraction) -> None:
    assert work_out(expression)[0] == value


@pytest.mark.parametrize(
    "expression", ["1 / 0", "0 ^ -1", "2 ^ 0.5", "9 ^ 9 ^ 9", "(1", "1 +", "1 1", "()", "import os", "9" * 500]
)
def test_what_cannot_be_worked_out_says_why(expression: str) -> None:
    with pytest.raises(NotArithmetic, match=r"\.$"):
        work_out(expression)


@given(st.text(alphabet="0123456789.+-*/^() ×÷", max_size=40))
def test_any_arithmetic_is_answered_or_refused(expression: str) -> None:
    try:
        value, lines = work_out(expression)
    except NotArithmetic:
        return
    assert spell(value)
    assert len(lines) <= len(expression)
    assert isinstance(find_expression(f"What is {expression}?"), str)


@given(st.integers(-999, 999), st.integers(-999, 999), st.integers(1, 999))
def test_arithmetic_agrees_with_python(a: int, b: int, c: int) -> None:
    assert work_out(f"({a}) * ({b}) - {a} / {c}")[0] == a * b - Fraction(a, c)


@pytest.mark.parametrize(
    ("value", "spelt"),
    [(Fraction(7, 2), "3.5"), (Fraction(-1, 4), "-0.25"), (Fraction(2, 3), "≈ 0.6666666667"), (Fraction(5), "5")],
)
def test_numbers_are_spelt_as_people_do(value: Fraction, spelt: str) -> None:
    assert spell(value) == spelt


def test_thinker_shows_its_work_and_keeps_it_to_itself_when_told() -> None:
    prompt = "Please work out (17 + 4) * 2^5 / 3."
    assert "17 + 4 = 21" in thoughts("thinker", prompt)
    assert text("thinker", prompt).startswith("**(17 + 4) * 2^5 / 3 = 224**")
    assert thoughts("thinker", prompt, may_think=False) == ""
    assert text("thinker", prompt, may_think=False) == text("thinker", prompt)


def test_thinker_counts_letters_and_words() -> None:
    assert text("thinker", "How many r in strawberry?") == "The letter **r** stands 3 times in “strawberry”: **3**."
    assert text("thinker", "how many letters 's' are in the word Mississippi").endswith("**4**.")
    assert text("thinker", "Tell me something nice").startswith("Your message has **4 words** and 19 letters")


# --- toolsmith


def tool(name: str, description: str = "", **properties: dict[str, Any]) -> Tool:
    return Tool(name, description, {"type": "object", "properties": properties})


def test_toolsmith_fills_every_kind_of_argument() -> None:
    offered = tool(
        "book",
        "",
        city={"type": "string"},
        title={"type": "string"},
        nights={"type": "integer", "minimum": 1},
        price={"type": "number", "maximum": 50},
        breakfast={"type": "boolean"},
        room={"enum": ["single", "double"]},
        guests={"type": "array", "items": {"type": "object", "properties": {"age": {"type": ["integer", "null"]}}}},
        code={"anyOf": [{"const": "A1"}, {"type": "null"}]},
    )
    prompt = 'Book a double in New York for "The Plaza", 3 nights at 99.5, no breakfast, guest aged 40'
    (call,) = [step for step in steps("toolsmith", prompt, tools=(offered,)) if isinstance(step, Call)]
    assert call.arguments == {
        "city": "The Plaza",
        "title": "New York",
        "nights": 3,
        "price": 50,
        "breakfast": False,
        "room": "double",
        "guests": [{"age": 40}],
        "code": "A1",
    }


def test_toolsmith_chooses_by_words_by_force_or_all() -> None:
    offered = (tool("get_weather", "weather of a city"), tool("send_mail", "send a mail to somebody"))

    def called(prompt: str, **more: Any) -> list[str]:
        return [step.name for step in steps("toolsmith", prompt, tools=offered, **more) if isinstance(step, Call)]

    assert called("Send a mail to Ann") == ["send_mail"]
    assert called("How is the weather?") == ["get_weather"]
    assert called("How is the weather?", forced_tool="send_mail") == ["send_mail"]
    assert called("Use both tools") == ["get_weather", "send_mail"]
    assert called("Send a mail", may_call=False) == []
    assert "No tools" in text("toolsmith", "Send a mail")


def test_toolsmith_answers_with_all_results() -> None:
    turns = (
        Turn("user", "?"),
        Turn("assistant", "", calls=(("a", "{}"),)),
        Turn("tool", "1\n2", "a"),
        Turn("tool", ""),
    )
    said = "".join(s.text for s in MODELS["toolsmith"].behave(Ask("toolsmith", turns)) if isinstance(s, Say))
    assert "`a` answered:\n\n> 1\n> 2" in said
    assert "The tool answered:\n\n> (nothing)" in said


# --- novel


@pytest.mark.parametrize(
    ("prompt", "size"),
    [
        ("A story", 2000),
        ("500 tokens", 500),
        ("5k tokens please", 5000),
        ("1.5k tokens", 1500),
        ("10,000 tokens", 10_000),
    ],
)
def test_novel_is_as_long_as_asked(prompt: str, size: int) -> None:
    assert size <= count(text("novel", prompt)) < size + 400


def test_novel_writes_exactly_so_many_lines_of_code() -> None:
    program = text("novel", "2000 lines of code").split("```")[1]
    assert program.startswith("python\n")
    assert len(program.splitlines()) == 2001
    compile(program.removeprefix("python\n"), "novel", "exec")


def test_novel_is_the_same_for_the_same_prompt_and_varied() -> None:
    story = text("novel", "8000 tokens about the sea")
    assert story == text("novel", "8000 tokens about the sea")
    assert story != text("novel", "8000 tokens about the moon")
    kinds = {token.type for token in MarkdownIt("commonmark").enable("table").parse(story)}
    assert {"heading_open", "bullet_list_open", "ordered_list_open", "table_open", "fence", "blockquote_open"} <= kinds


def test_novel_begins_at_once_however_much_is_asked() -> None:
    script = MODELS["novel"].behave(Ask("novel", (Turn("user", "900000 tokens"),)))
    assert isinstance(next(script), Say)


# --- chaos


def test_chaos_gives_in_on_the_second_attempt_only_when_asked() -> None:
    assert isinstance(steps("chaos", "429 then ok")[0], Fail)
    assert text("chaos", "429 then ok", attempt=2) == "Attempt 2 went well: the `429` is over."
    assert isinstance(steps("chaos", "429", attempt=9)[0], Fail)
