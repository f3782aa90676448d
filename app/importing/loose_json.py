"""JSON as people write it: with comments, trailing commas, single quotes and keys without quotes.

Strict JSON goes to the standard library, which is fast; this reader sees only what that refuses. It is our own
because the libraries for JSON5 parse in pure Python too, at many times the size, and would be one more dependency
for a dialect that only a person's own files are written in.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal

from providers.amounts import decimal_of

MOST_DEPTH = 100
_MOST_DIGITS = 40

_BLANK = re.compile(r"(?:[\s\ufeff]|//[^\n\r]*|/\*.*?\*/|\#[^\n\r]*)+", re.DOTALL)
_NAME = re.compile(r"[\w$][\w$.-]*")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_PLAIN = {'"': re.compile(r'[^"\\\n\r]+'), "'": re.compile(r"[^'\\\n\r]+")}
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "0": "\0", "\n": "", "\r": ""}
_WORDS = {"true": True, "false": False, "null": None, "undefined": None}


class NotJson(ValueError):
    """Attributes:
    line: where it stops being JSON, counted from 1; None when it is not a matter of one place.
    reason: in words; shows nothing of the text.
    """

    def __init__(self, line: int | None, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


def parse_json(text: str) -> object:
    """A document, with whole numbers as int and all others as Decimal. Raises: NotJson."""
    try:
        return json.loads(text, parse_float=_decimal, parse_int=_whole, parse_constant=_no_constant)
    except RecursionError:
        reason = "it is nested too deeply"
    except _TooLong:
        reason = "a number in it is too long"
    except ValueError:
        reason = ""
    if reason:
        raise NotJson(None, reason)
    return _Reader(text).document()


class _TooLong(Exception):
    pass


def _decimal(digits: str) -> Decimal:
    if len(digits) > _MOST_DIGITS:
        raise _TooLong
    return decimal_of(digits)


def _whole(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise _TooLong
    return int(digits)


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _with_pairs(text: str) -> str:
    """Two escapes that are the halves of one character, made that character."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def document(self) -> object:
        value = self._value(0)
        if self._peek():
            raise self._error("something follows its end")
        return value

    def _value(self, depth: int) -> object:
        if depth > MOST_DEPTH:
            raise NotJson(None, "it is nested too deeply")
        match self._peek():
            case "{":
                return self._object(depth)
            case "[":
                return self._array(depth)
            case '"' | "'":
                return self._string()
            case _:
                return self._scalar()

    def _object(self, depth: int) -> dict[str, object]:
        table: dict[str, object] = {}
        self._at += 1
        while self._peek() != "}":
            key = self._string() if self._peek() in ('"', "'") else self._name()
            if self._peek() != ":":
                raise self._error("a colon is missing")
            self._at += 1
            table[key] = self._value(depth + 1)
            self._comma("}")
        self._at += 1
        return table

    def _array(self, depth: int) -> list[object]:
        items: list[object] = []
        self._at += 1
        while self._peek() != "]":
            items.append(self._value(depth + 1))
            self._comma("]")
        self._at += 1
        return items

    def _comma(self, closing: str) -> None:
        found = self._peek()
        if found == ",":
            self._at += 1
        elif found != closing:
            raise self._error("a comma or a closing bracket is missing")

    def _name(self) -> str:
        match = _NAME.match(self._text, self._at)
        if match is None:
            raise self._error("a key is missing")
        self._at = match.end()
        return match[0]

    def _scalar(self) -> object:
        number = _NUMBER.match(self._text, self._at)
        if number is not None and not _NAME.match(self._text, number.end()):
            if len(number[0]) > _MOST_DIGITS:
                raise self._error("a number in it is too long")
            self._at = number.end()
            return int(number[0]) if number[0].lstrip("+-").isdigit() else decimal_of(number[0])
        start = self._at
        name = _NAME.match(self._text, start)
        if name is None or name[0] not in _WORDS:
            raise self._error("a value is missing")
        self._at = name.end()
        return _WORDS[name[0]]

    def _string(self) -> str:
        quote = self._text[self._at]
        self._at += 1
        pieces: list[str] = []
        while True:
            plain = _PLAIN[quote].match(self._text, self._at)
            if plain is not None:
                pieces.append(plain[0])
                self._at = plain.end()
            character = self._text[self._at : self._at + 1]
            if character == quote:
                self._at += 1
                return _with_pairs("".join(pieces))
            if character != "\\":
                raise self._error("a string has no end")
            pieces.append(self._escape())

    def _escape(self) -> str:
        character = self._text[self._at + 1 : self._at + 2]
        length = {"u": 4, "x": 2}.get(character, 0)
        digits = self._text[self._at + 2 : self._at + 2 + length]
        self._at += 2 + length
        if not length:
            return _ESCAPES.get(character, character)
        if not re.fullmatch(rf"[0-9A-Fa-f]{{{length}}}", digits):
            raise self._error("a string holds a broken escape")
        return chr(int(digits, 16))

    def _peek(self) -> str:
        """The next character that is neither blank nor in a comment; "" at the end."""
        blank = _BLANK.match(self._text, self._at)
        if blank is not None:
            self._at = blank.end()
        return self._text[self._at : self._at + 1]

    def _error(self, reason: str) -> NotJson:
        return NotJson(self._text.count("\n", 0, self._at) + 1, reason)
