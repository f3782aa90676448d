"""Numbers that people, price lists and servers write: exact, or nothing; never a crash."""

from __future__ import annotations

import json
import tomllib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.amounts import amount, decimal_of
from providers.catalogue.listing import parse

TOO_LARGE = "1e99999999999999999999"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=20, min_value=-(10**8), max_value=10**8))
def test_a_number_of_a_sensible_size_keeps_every_digit(number: Decimal) -> None:
    assert amount(number) == amount(f" {number:f} ") == amount(f"{number:E}") == number


@pytest.mark.parametrize(("written", "number"), [(0.1, "0.1"), (3, "3"), ("3e-6", "0.000003"), (".5", "0.5")])
def test_a_number_is_read_as_it_was_written(written: object, number: str) -> None:
    assert amount(written) == Decimal(number)


def test_nothing_is_nothing_without_a_sign() -> None:
    assert str(amount(Decimal("-0"))) == "0"


@given(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.decimals()
    | st.from_regex(r"[-+]?\d*\.?\d*[eE]?[-+]?\d{0,25}", fullmatch=True)
)
def test_anything_is_a_finite_number_or_none(value: object) -> None:
    number = amount(value)
    assert number is None or (number.is_finite() and abs(number) < 10**9)


@given(st.from_regex(r"-?(0|[1-9][0-9]{0,5})(\.[0-9]{1,8})?([eE][-+]?[0-9]{1,25})?", fullmatch=True))
def test_no_number_of_a_document_stops_its_parser(number: str) -> None:
    assert isinstance(json.loads(f"[{number}]", parse_float=decimal_of)[0], int | Decimal)
    table = tomllib.loads(f"a = {number}", parse_float=decimal_of)
    assert isinstance(table["a"], int | Decimal)


def test_a_price_with_an_absurd_exponent_is_unknown_and_stops_nothing() -> None:
    row = f'[{{"id": "m", "context_length": {TOO_LARGE}, "pricing": {{"input": {TOO_LARGE}, "output": 1}}}}]'
    (model,) = parse("together", row.encode())
    assert model.rates is not None
    assert (model.rates.input, model.rates.output, model.context_window) == (None, Decimal(1), None)
