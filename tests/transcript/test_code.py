from __future__ import annotations

from typing import NoReturn

import pytest

from app.transcript.blocks import Layout
from app.transcript.code import CodeBlock, Fence
from app.transcript.colours import SLICE, Lexers, Resume
from app.transcript.ink import CodeCopy, Ink, Span, ink_of
from app.transcript.markdown import Leaf, split

Coloured = list[tuple[str, int]]


def fence_of(source: str, lexers: Lexers) -> tuple[Fence, Leaf]:
    leaf = split(source)[0]
    fence = Fence(leaf)
    lexers.load(fence.language)
    return fence, leaf


def colours(fence: Fence, lexers: Lexers) -> Coloured:
    """Every character but line feeds, with its look, when there is nothing left to do."""
    for index in range(fence.slices):
        fence.lines(index, lexers)
    while lexers.has_work:
        lexers.work()
    return [
        (character, span.look)
        for index in range(fence.slices)
        for line in fence.lines(index, lexers)
        for span in line
        for character in span.text
    ]


PYTHON = "".join(
    f'def f{number}():\n    """Doc {number}\n    over lines."""\n    return {number}  # why\n' for number in range(60)
)
SCRIPT = "/* a comment\n" + "that goes on\n" * 60 + "*/\nlet x = `a ${1} b`;\n" * 2
JSON = "[\n" + '  {"a": 1, "b": [true, null]},\n' * 80 + "]\n"


@pytest.mark.parametrize(("language", "code"), [("python", PYTHON), ("javascript", SCRIPT), ("json", JSON)])
def test_slices_have_the_colours_of_the_whole(language: str, code: str) -> None:
    from pygments.lexers import get_lexer_by_name

    lexers = Lexers()
    fence, _ = fence_of(f"```{language}\n{code}```", lexers)
    whole = [
        (character, lexers.look(kind))
        for _, kind, value in get_lexer_by_name(language).get_tokens_unprocessed(code)
        for character in value
        if character != "\n"
    ]
    assert colours(fence, lexers) == whole


@pytest.mark.parametrize(("language", "code"), [("python", PYTHON), ("javascript", SCRIPT), ("json", JSON)])
@pytest.mark.parametrize("step", [7, 400])
def test_code_that_arrived_in_pieces_is_coloured_like_code_that_came_whole(language: str, code: str, step: int) -> None:
    lexers = Lexers()
    growing, _ = fence_of(f"```{language}\n", lexers)
    for end in range(0, len(code) + step, step):
        growing.grow(split(f"```{language}\n{code[:end]}")[0])
        growing.lines(growing.slices - 1, lexers)
    growing.settle(lexers)
    whole, _ = fence_of(f"```{language}\n{code}```", lexers)
    assert colours(growing, lexers) == colours(whole, lexers)


def test_code_in_an_unknown_language_is_plain() -> None:
    lexers = Lexers()
    fence, _ = fence_of("```nonsense\nlet x\n```", lexers)
    assert fence.lines(0, lexers) == [[Span("let x")]]


def test_code_is_plain_until_its_lexer_is_loaded() -> None:
    lexers = Lexers()
    fence = Fence(split("```python\nimport os\n```")[0])
    assert fence.lines(0, lexers) == [[Span("import os")]]
    assert lexers.wanted == {"python"}
    lexers.load_wanted()
    assert fence.lines(0, lexers)[0][0] == Span("import", Ink.KEYWORD)


SAMPLE = "a: 1\n$ ls '\"`\n| x\n@@ -1 +1 @@\n>>> f(x) {{ y }} <?php ?> <a b=1>\nbegin (* /* */ *) end;"
"""Of everything a little, and no line feed at the end."""


def test_no_lexer_loses_text_or_fails() -> None:
    from pygments.lexers import get_all_lexers

    code = f"{SAMPLE}\n" * 2 + SAMPLE
    middle = len(SAMPLE) + 1
    for _, aliases, _, _ in get_all_lexers(plugins=False):
        if not aliases:
            continue
        lexers = Lexers()
        language = aliases[0].lower()
        lexers.load(language)
        head, resume = lexers.lex(language, code, Resume(), 0, middle)
        tail, _ = lexers.lex(language, code, resume, middle, len(code))
        assert "".join(span.text for span in head) == code[:middle], language
        assert "".join(span.text for span in tail) == code[middle:], language


def test_a_lexer_with_a_context_of_its_own_colours() -> None:
    lexers = Lexers()
    fence, _ = fence_of("```yaml\na: 1\nb:\n  - c\n```", lexers)
    assert any(ink_of(span.look) is not Ink.TEXT for line in fence.lines(0, lexers) for span in line)


def test_a_last_line_that_is_still_arriving_is_shown() -> None:
    lexers = Lexers()
    fence, _ = fence_of("```console\n$ ls\nfile\n$ pw", lexers)
    assert ["".join(span.text for span in line) for line in fence.lines(0, lexers)] == ["$ ls", "file", "$ pw"]


def test_code_is_plain_where_its_lexer_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    from pygments.lexers import PythonLexer

    def fail(*_: object, **__: object) -> NoReturn:
        raise AttributeError

    lexers = Lexers()
    fence, _ = fence_of("```python\nimport os\n```", lexers)
    monkeypatch.setattr(PythonLexer, "_tokens", {})
    monkeypatch.setattr(PythonLexer, "get_tokens_unprocessed", fail)
    assert fence.lines(0, lexers) == [[Span("import os")]]
    unloaded = Lexers()
    unloaded.load("python")
    assert fence.lines(0, unloaded) == [[Span("import os")]]


def test_a_lexer_that_cannot_be_resumed_still_colours() -> None:
    lexers = Lexers()
    fence, _ = fence_of("````markdown\n# Title\n\n```python\nx = 1\n```\n````", lexers)
    assert any(ink_of(span.look) is not Ink.TEXT for line in fence.lines(0, lexers) for span in line)


def block_lines(source: str, width: int) -> list[str]:
    lexers = Lexers()
    fence, leaf = fence_of(source, lexers)
    return [line.text for line in CodeBlock(fence, 0, leaf).render(Layout(width, lexers))]


def test_the_label_says_the_language_and_offers_a_copy() -> None:
    label = block_lines("```sql\nselect 1\n```", 40)[0]
    assert (label[:5], label[-7:], len(label)) == ("sql ─", " c copy", 40)


def test_copying_gives_the_code_as_it_was_written() -> None:
    lexers = Lexers()
    fence, leaf = fence_of("```make\nall:\n\tcc a.c\n```", lexers)
    label, *code = CodeBlock(fence, 0, leaf).render(Layout(40, lexers))
    targets = [span.target for span in label.spans if span.target]
    assert isinstance(targets[0], CodeCopy)
    assert targets[0].source.raw == "all:\n\tcc a.c\n"
    assert code[1].text == "     cc a.c"


def test_long_lines_go_on_below_with_a_mark() -> None:
    lines = block_lines("```\n" + "x" * 30 + "\n```", 20)[1:]
    assert lines == [" " + "x" * 17, " ↪ " + "x" * 13]


def test_blank_lines_of_code_stay() -> None:
    assert block_lines("```\na\n\nb\n```", 20)[1:] == [" a", " ", " b"]


def test_long_code_is_drawn_in_slices() -> None:
    lexers = Lexers()
    fence, _ = fence_of("```\n" + "x\n" * (SLICE * 3 + 1) + "```", lexers)
    assert fence.slices == 4
    assert [fence.line_count(index) for index in range(4)] == [SLICE, SLICE, SLICE, 1]


def test_data_on_one_endless_line_is_not_coloured_but_what_follows_is() -> None:
    lexers = Lexers()
    fence, _ = fence_of("```python\n" + "x = 1\n" * (SLICE - 1) + "1," * 20_000 + "\nimport os\n```", lexers)
    assert fence.lines(0, lexers)[0] == [Span("x = 1")]
    assert fence.lines(1, lexers)[0][0] == Span("import", Ink.KEYWORD)
