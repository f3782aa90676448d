"""The two cached prices of Crush and Catwalk, told apart by their values."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.importing.files import import_file
from app.importing.prices import CachedPriceReader, CachedPrices


def _usd(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


@pytest.mark.parametrize(
    ("input_price", "values", "read", "write"),
    [
        ("3", ("3.75", "0.3"), "0.3", "3.75"),
        ("3", ("0.3", "3.75"), "0.3", "3.75"),
        ("1.25", ("0.375", "0.125"), "0.125", "0.375"),
        ("1.25", ("0.25", "0.25"), "0.25", None),
        ("2.5", ("0", "1.25"), "1.25", None),
        ("2.5", (None, "1.25"), "1.25", None),
        ("3", ("3.75", None), None, "3.75"),
        ("3", ("6", "0.3"), "0.3", "6"),
        ("3", ("3", None), "3", None),
        ("0.27", ("0.07", "1.1"), "0.07", None),
        ("3", ("3.75", "4.5"), None, None),
        ("3", ("7", None), None, None),
        ("0", ("0.3", "0"), None, None),
        (None, ("0.3", "3.75"), None, None),
        ("3", ("0", "0"), None, None),
        ("0", ("0", "0"), None, None),
    ],
)
def test_cached_prices_are_told_apart_row_by_row(
    input_price: str | None, values: tuple[str | None, ...], read: str | None, write: str | None
) -> None:
    decided = CachedPriceReader().read("m", _usd(input_price), *map(_usd, values))
    assert decided == CachedPrices(_usd(read), _usd(write))


def test_what_was_decided_is_said_once_for_all_rows_alike() -> None:
    reader = CachedPriceReader()
    for number in range(12):
        reader.read(f"model-{number}", Decimal(3), Decimal("3.75"), Decimal("0.3"))
    reader.read("odd", Decimal("0.27"), Decimal("0.07"), Decimal("1.1"))
    reader.read("silent", Decimal(1), Decimal(0), None)
    assert list(reader.sentences()) == [
        "12 models have two cached prices: the lower was taken for cache reads, the higher for cache writes",
        "1 model has a cached price of more than twice the input price, which was left out (odd)",
    ]


_prices = st.none() | st.decimals(0, 1000, places=4)


@given(_prices, _prices, _prices)
def test_a_cache_read_never_costs_more_than_the_input(
    input_price: Decimal | None, one: Decimal | None, other: Decimal | None
) -> None:
    decided = CachedPriceReader().read("m", input_price, one, other)
    assert decided == CachedPriceReader().read("m", input_price, other, one)
    if decided.read is not None:
        assert input_price is not None
        assert decided.read <= input_price
        assert decided.read in (one, other)
    if decided.write is not None:
        assert input_price is not None
        assert decided.write <= 2 * input_price
        assert decided.read is None or decided.read < decided.write


def test_prices_that_look_like_slips_are_taken_over_and_said(tmp_path: Path) -> None:
    client = "clients:\n- type: openai-compatible\n  name: house\n  api_base: https://llm.example.com/v1\n  models:\n"
    few = tmp_path / "few.yaml"
    few.write_text(f"{client}  - name: m\n    input_price: 0.000003\n    output_price: 15\n")
    (house,) = import_file(few).providers
    rates = house.settings.models[0].rates
    assert rates is not None
    assert rates.input == Decimal("0.000003")
    assert [note for note in house.notes if "price" in note] == [
        "cost_per_1m_in is 0.000003 USD for a million tokens, which looks like a price per token (for m)"
    ]
    many = tmp_path / "many.yaml"
    many.write_text(client + "".join(f"  - name: m{number}\n    input_price: 0.000003\n" for number in range(4)))
    (house,) = import_file(many).providers
    assert "4 of its prices look like slips: `parley config check` names them once they are there" in house.notes
