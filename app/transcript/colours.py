"""Syntax colours: which lexer a language has, and the inks of code, lexed in slices.

Code is lexed 32 lines at a time, each slice from the state in which the lexer left the one before, so that a
slice costs the same in a long block as in a short one. Where a lexer cannot be stopped and resumed, every
slice is lexed by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from app.transcript.ink import BOLD, ITALIC, Ink, Span

if TYPE_CHECKING:
    from pygments.lexer import Lexer, LexerContext
    from pygments.token import _TokenType

    class _Lex(Protocol):
        def __call__(self, lexer: Lexer, *, context: LexerContext) -> Iterator[tuple[int, _TokenType, str]]: ...


SLICE = 32
"""Lines that are lexed and drawn together."""

_PLAIN_LANGUAGES = frozenset({"", "text", "txt", "plain", "plaintext", "output", "none"})

_LOOKS: dict[str, int] = {
    "Token": Ink.TEXT,
    "Token.Comment": Ink.COMMENT | ITALIC,
    "Token.Comment.Preproc": Ink.KEYWORD,
    "Token.Keyword": Ink.KEYWORD,
    "Token.Keyword.Constant": Ink.NUMBER,
    "Token.Keyword.Type": Ink.TYPE,
    "Token.Literal": Ink.NUMBER,
    "Token.Literal.String": Ink.STRING,
    "Token.Literal.String.Doc": Ink.STRING | ITALIC,
    "Token.Literal.String.Escape": Ink.NUMBER,
    "Token.Literal.String.Interpol": Ink.NUMBER,
    "Token.Name": Ink.NAME,
    "Token.Name.Attribute": Ink.TYPE,
    "Token.Name.Builtin": Ink.TYPE,
    "Token.Name.Builtin.Pseudo": Ink.NAME | ITALIC,
    "Token.Name.Class": Ink.FUNCTION | BOLD,
    "Token.Name.Constant": Ink.NUMBER,
    "Token.Name.Decorator": Ink.TYPE,
    "Token.Name.Exception": Ink.TYPE,
    "Token.Name.Function": Ink.FUNCTION | BOLD,
    "Token.Name.Tag": Ink.KEYWORD,
    "Token.Operator": Ink.OPERATOR,
    "Token.Operator.Word": Ink.KEYWORD,
    "Token.Punctuation": Ink.OPERATOR,
    "Token.Generic.Deleted": Ink.REMOVED,
    "Token.Generic.Inserted": Ink.ADDED,
    "Token.Generic.Heading": Ink.FUNCTION | BOLD,
    "Token.Generic.Subheading": Ink.TYPE,
    "Token.Generic.Prompt": Ink.COMMENT,
    "Token.Generic.Strong": Ink.TEXT | BOLD,
    "Token.Generic.Emph": Ink.TEXT | ITALIC,
    "Token.Error": Ink.TEXT,
}

State = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Resume:
    """Where lexing can go on.

    Attributes:
        offset: in the code.
        stack: the lexer's state.
    """

    offset: int = 0
    stack: State = ("root",)


class _Token(NamedTuple):
    """
    Attributes:
        stack: the lexer's state before this token.
    """

    offset: int
    look: int
    text: str
    stack: State


class Job(Protocol):
    """Code whose colours are found step by step."""

    language: str

    def work(self, lexers: Lexers) -> bool:
        """Take one step. Returns: whether it was the last."""


class Lexers:
    """The lexers of the languages met so far. Loading one takes tens of milliseconds: do it in a thread.

    Attributes:
        wanted: languages that were asked for and are not loaded.
    """

    def __init__(self) -> None:
        self._jobs: dict[Job, None] = {}
        self._lexers: dict[str, Lexer | None] = dict.fromkeys(_PLAIN_LANGUAGES)
        self._looks: dict[_TokenType, int] = {}
        self._unstoppable: set[str] = set()
        self.wanted: set[str] = set()

    def is_ready(self, language: str) -> bool:
        """Whether colours, or the knowledge that there are none, are at hand; asks for them if not."""
        if language in self._lexers:
            return True
        self.wanted.add(language)
        return False

    def load(self, language: str) -> None:
        """Import a language's lexer; one that nobody knows is drawn without colours."""
        lexer: Lexer | None
        try:
            from pygments.lexers import get_lexer_by_name

            lexer = get_lexer_by_name(language)
            list(lexer.get_tokens_unprocessed("\n"))  # compiles its expressions
        except Exception:  # noqa: BLE001 - a third party's code: whatever is wrong with it, text is shown plain
            lexer = None
        if lexer is not None and not _can_resume(lexer):
            self._unstoppable.add(language)
        self._lexers[language] = lexer
        self.wanted.discard(language)

    def load_wanted(self) -> None:
        for language in sorted(self.wanted):
            self.load(language)

    @property
    def has_work(self) -> bool:
        return bool(self._jobs)

    def enlist(self, job: Job) -> None:
        """Remember code whose colours are to be found between frames."""
        self._jobs[job] = None

    def dismiss(self) -> None:
        """Forget all code that was enlisted: nobody looks at it any more."""
        self._jobs.clear()

    def work(self) -> bool:
        """Take one step, a few milliseconds. Returns: whether the colours of some code are there now."""
        for job in self._jobs:
            if self.is_ready(job.language):
                if is_done := job.work(self):
                    del self._jobs[job]
                return is_done
        return False

    def lex(self, language: str, code: str, resume: Resume, begin: int, end: int) -> tuple[list[Span], Resume]:
        """Colour one slice of code.

        Args:
            language: one that is ready.
            resume: where the slice before it ended, at `begin` or before it.

        Returns:
            Spans for exactly `code[begin:end]`, and where to go on. What the lexer fails at or leaves out is
            plain.
        """
        lexer = self._lexers[language]
        if lexer is None:
            return [Span(code[begin:end])], Resume(end)
        if language not in self._unstoppable:
            try:
                spans, after = self._cut(self._resumed(lexer, code, resume), begin, end)
                return _covering(spans, code[begin:end]), after
            except Exception:  # noqa: BLE001 - such as callbacks that take two arguments instead of three
                self._unstoppable.add(language)
        try:
            spans, after = self._cut(self._alone(lexer, code, begin, end), begin, end)
        except Exception:  # noqa: BLE001 - as above
            return [Span(code[begin:end])], Resume(end)
        return _covering(spans, code[begin:end]), after

    def _cut(self, tokens: Iterator[_Token], begin: int, end: int) -> tuple[list[Span], Resume]:
        spans: list[Span] = []
        for token in tokens:
            if token.offset >= end:
                return spans, Resume(end, token.stack)
            text = token.text[max(0, begin - token.offset) : end - token.offset]
            if text:
                spans.append(Span(text, token.look))
            if token.offset + len(token.text) > end:
                return spans, Resume(token.offset, token.stack)
        return spans, Resume(end)

    def _resumed(self, lexer: Lexer, code: str, resume: Resume) -> Iterator[_Token]:
        from pygments.lexer import ExtendedRegexLexer, LexerContext

        context = LexerContext(_ended(code), resume.offset, list(resume.stack))
        # The only public way to hand a lexer its state works on every lexer made of expressions.
        lex = cast("_Lex", ExtendedRegexLexer.get_tokens_unprocessed)
        for offset, kind, text in lex(lexer, context=context):
            yield _Token(offset, self.look(kind), text, tuple(context.stack))

    def _alone(self, lexer: Lexer, code: str, begin: int, end: int) -> Iterator[_Token]:
        for offset, kind, text in lexer.get_tokens_unprocessed(_ended(code[begin:end])):
            yield _Token(begin + offset, self.look(kind), text, ("root",))

    def look(self, kind: _TokenType) -> int:
        """The look of a kind of token, or of the nearest kind above it that has one."""
        look = self._looks.get(kind)
        if look is None:
            named = kind
            while str(named) not in _LOOKS and named.parent is not None:
                named = named.parent
            look = self._looks[kind] = _LOOKS.get(str(named), int(Ink.TEXT))
        return look


def _can_resume(lexer: Lexer) -> bool:
    """Whether a lexer's state is its stack: not so where it is no list of expressions, or keeps more of its own."""
    from pygments.lexer import ExtendedRegexLexer, RegexLexer

    if isinstance(lexer, ExtendedRegexLexer):
        return type(lexer).get_tokens_unprocessed is ExtendedRegexLexer.get_tokens_unprocessed
    return isinstance(lexer, RegexLexer)


def _ended(code: str) -> str:
    """Code with a line feed at its end: without it, some lexers leave the last line out."""
    return code if code.endswith("\n") else f"{code}\n"


def _covering(spans: list[Span], text: str) -> list[Span]:
    """Spans for exactly `text`: a rest without colours is added; spans of something else are not taken at all."""
    coloured = "".join(span.text for span in spans)
    if coloured == text:
        return spans
    return [*spans, Span(text[len(coloured) :])] if text.startswith(coloured) else [Span(text)]
