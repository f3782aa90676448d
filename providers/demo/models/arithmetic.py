"""Works out plain arithmetic, exactly and step by step, without ever evaluating foreign text as code."""

from __future__ import annotations

import re
from fractions import Fraction

_TOKEN = re.compile(r"\s*(\d+(?:\.\d+)?|\.\d+|\*\*|[-+*/^()×÷·−])")
_CANDIDATE = re.compile(r"[-−(]{0,20}\s{0,3}\d[\d\s.()+\-*/^×÷·−]*")
_SAME = {"×": "*", "·": "*", "÷": "/", "−": "-", "**": "^"}
_LARGEST_BITS = 4096
_LONGEST = 400


class NotArithmetic(Exception):
    """Text that is no expression, or one that cannot be worked out. The message is a sentence."""


def find_expression(text: str) -> str:
    """The longest part of a text that is an expression with an operator; "" when there is none."""
    found = [match.group().strip(" .") for match in _CANDIDATE.finditer(text)]
    usable = [part for part in found if re.search(r"\d\s*[-+*/^×÷·−]+\s*[-(.]*\d", part) and _is_whole(part)]
    return max(usable, key=len, default="")


def work_out(expression: str) -> tuple[Fraction, list[str]]:
    """The value, and one line per operation in the order they are done.

    Raises: NotArithmetic.
    """
    calculation = _Calculation(_split(expression))
    return calculation.value(), calculation.steps


def spell(value: Fraction) -> str:
    """As people write it: whole numbers plain, others with up to ten decimals, rounded ones marked with ≈."""
    if value.denominator == 1:
        return str(value.numerator)
    rounded = round(value, 10)
    sign = "-" if value < 0 else ""
    whole, rest = divmod(abs(rounded), 1)
    decimals = f"{int(rest * 10**10):010d}".rstrip("0") or "0"
    return f"{'' if rounded == value else '≈ '}{sign}{whole}.{decimals}"


def _is_whole(text: str) -> bool:
    try:
        work_out(text)
    except NotArithmetic as reason:
        return "zero" in str(reason) or "large" in str(reason)
    return True


def _split(text: str) -> list[str]:
    if len(text) > _LONGEST:
        raise NotArithmetic("That is too long for me to keep in my head.")
    tokens: list[str] = []
    position = 0
    text = text.strip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise NotArithmetic("I cannot read that as arithmetic.")
        tokens.append(_SAME.get(match[1], match[1]))
        position = match.end()
    return tokens


class _Calculation:
    """Reads sums of products of powers, and notes each operation as it does it."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._next = 0
        self.steps: list[str] = []

    def value(self) -> Fraction:
        value = self._sum()
        if self._next < len(self._tokens):
            raise NotArithmetic("I cannot read that as arithmetic.")
        return value

    def _sum(self) -> Fraction:
        value = self._product()
        while operator := self._take("+", "-"):
            value = self._apply(operator, value, self._product())
        return value

    def _product(self) -> Fraction:
        value = self._signed()
        while operator := self._take("*", "/"):
            value = self._apply(operator, value, self._signed())
        return value

    def _signed(self) -> Fraction:
        negative = False
        while sign := self._take("+", "-"):
            negative ^= sign == "-"
        value = self._power()
        return -value if negative else value

    def _power(self) -> Fraction:
        base = self._atom()
        return self._apply("^", base, self._signed()) if self._take("^") else base

    def _atom(self) -> Fraction:
        if self._take("("):
            value = self._sum()
            if not self._take(")"):
                raise NotArithmetic("A bracket is not closed.")
            return value
        if self._next < len(self._tokens) and self._tokens[self._next][-1].isdigit():
            self._next += 1
            return Fraction(self._tokens[self._next - 1])
        raise NotArithmetic("I cannot read that as arithmetic.")

    def _take(self, *wanted: str) -> str:
        if self._next < len(self._tokens) and self._tokens[self._next] in wanted:
            self._next += 1
            return self._tokens[self._next - 1]
        return ""

    def _apply(self, operator: str, left: Fraction, right: Fraction) -> Fraction:
        value = _operate(operator, left, right)
        if max(value.numerator.bit_length(), value.denominator.bit_length()) > _LARGEST_BITS:
            raise NotArithmetic("The result is too large to write down.")
        sign = {"*": "×", "/": "÷", "-": "−"}.get(operator, operator)
        shown = spell(value)
        self.steps.append(f"{spell(left)} {sign} {spell(right)} {'' if shown.startswith('≈') else '= '}{shown}")
        return value


def _operate(operator: str, left: Fraction, right: Fraction) -> Fraction:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            if not right:
                raise NotArithmetic("That would be a division by zero.")
            return left / right
        case _:
            return _raise(left, right)


def _raise(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1:
        raise NotArithmetic("I only raise to whole powers.")
    if not base and exponent < 0:
        raise NotArithmetic("That would be a division by zero.")
    size = max(base.numerator.bit_length(), base.denominator.bit_length())
    if abs(exponent) > _LARGEST_BITS or size * abs(exponent) > 2 * _LARGEST_BITS:
        raise NotArithmetic("The result is too large to write down.")
    return base ** int(exponent)
