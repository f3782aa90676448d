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
        from pygments.lexer import RegexLexer
        from pygments.lexers import get_lexer_by_name
        from pygments.util import ClassNotFound

        try:
            lexer = get_lexer_by_name(language)
        except ClassNotFound:
            lexer = None
        if lexer is not None:
            list(lexer.get_tokens_unprocessed("\n"))  # compiles its expressions
            if not isinstance(lexer, RegexLexer):
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
            Spans for exactly `code[begin:end]`, and where to go on.
        """
        lexer = self._lexers[language]
        if lexer is None:
            return [Span(code[begin:end])], Resume(end)
        if language not in self._unstoppable:
            try:
                return self._cut(self._resumed(lexer, code, resume), begin, end)
            except TypeError:
                # Some lexers call back with two arguments where a resumable one passes three.
                self._unstoppable.add(language)
        return self._cut(self._alone(lexer, code, begin, end), begin, end)

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

        context = LexerContext(code, resume.offset, list(resume.stack))
        # The only public way to hand a lexer its state works on every lexer made of expressions.
        lex = cast("_Lex", ExtendedRegexLexer.get_tokens_unprocessed)
        for offset, kind, text in lex(lexer, context=context):
            yield _Token(offset, self.look(kind), text, tuple(context.stack))

    def _alone(self, lexer: Lexer, code: str, begin: int, end: int) -> Iterator[_Token]:
        for offset, kind, text in lexer.get_tokens_unprocessed(code[begin:end]):
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
