"""What the providers' own exports say, read whatever wrote them."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.reconciling.bills import Bill, BillError
from app.reconciling.compare import span_of
from app.reconciling.csv_text import amount, read_csv
from app.reconciling.exports import read_bill

OPENAI = (
    "start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,quantity,quantity_unit,line_item,"
    "project_id,organization_id\n"
    "1763596800,1763683200,2025-11-20T00:00:00,2025-11-21T00:00:00,,,,,,,org-1\n"
    '1763683200,1763769600,2025-11-21T00:00:00,2025-11-22T00:00:00,0.003835980000000000000000000001,usd,,,"gpt-5.4-2026-'
    '03-05, input",,org-1\n'
    '1763683200,1763769600,2025-11-21T00:00:00,2025-11-22T00:00:00,0.0001,usd,,,"gpt-5.4-2026-03-05, cached input",,o\n'
    '1763683200,1763769600,2025-11-21T00:00:00,2025-11-22T00:00:00,1.5e-3,usd,,,"priority | gpt-5.6-sol, output, long '
    'context",,o\n'
    "1763683200,1763769600,2025-11-21T00:00:00,2025-11-22T00:00:00,0.01,usd,,,web search tool calls,,o\n"
)
ANTHROPIC = (
    "usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd,list_price_usd,cost_type\n"
    "2026-08-04,Claude Haiku 4.5,Default,demo-key,message,≤ 200k,input_no_cache,0.05,0.05,token\n"
    "2026-08-04,Claude Haiku 4.5,Default,demo-key,message,≤ 200k,output,0.02,0.02,token\n"
)
OPENROUTER = (
    "generation_id,created_at,cost_total,cost_web_search,byok_usage_inference,tokens_prompt,model_permaslug,variant\n"
    "gen-1,2026-06-28 03:46:57.713,0.0123,0,0,10389,openai/gpt-oss-120b,free\n"
    "gen-2,2026-06-28T23:59:59Z,0.0005,0,0.0100,20,anthropic/claude-4.6-opus-20260101,\n"
    "gen-3,2026-06-29T01:30:00+02:00,0.0001,,,20,anthropic/claude-4.6-opus-20260101,\n"
)


def read(text: str, encoding: str = "utf-8") -> Bill:
    return read_bill(text.encode(encoding))


def test_openai_costs_name_the_model_in_the_line_item_and_keep_every_digit() -> None:
    bill = read(OPENAI)
    assert (bill.vendor, bill.notes) == ("openai", ())
    assert [(line.model, line.usd) for line in bill.lines] == [
        ("gpt-5.4-2026-03-05", Decimal("0.003835980000000000000000000001")),
        ("gpt-5.4-2026-03-05", Decimal("0.0001")),
        ("gpt-5.6-sol", Decimal("0.0015")),
        ("web search tool calls", Decimal("0.01")),
    ]
    assert {line.day for line in bill.lines} == {date(2025, 11, 21)}


def test_anthropic_costs_have_one_line_per_kind_of_token() -> None:
    bill = read(ANTHROPIC)
    assert bill.vendor == "anthropic"
    assert [(line.day, line.model, line.usd) for line in bill.lines] == [
        (date(2026, 8, 4), "Claude Haiku 4.5", Decimal("0.05")),
        (date(2026, 8, 4), "Claude Haiku 4.5", Decimal("0.02")),
    ]


def test_openrouter_charges_its_own_part_and_what_the_own_key_was_charged() -> None:
    bill = read(OPENROUTER)
    assert [(line.day, line.usd) for line in bill.lines] == [
        (date(2026, 6, 28), Decimal("0.0123")),
        (date(2026, 6, 28), Decimal("0.0105")),
        (date(2026, 6, 28), Decimal("0.0001")),  # half past one in the morning, two hours east of UTC
    ]


@pytest.mark.parametrize("separator", [";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
def test_a_spreadsheet_may_have_written_it_anew(separator: str, encoding: str, line_end: str) -> None:
    text = OPENROUTER.replace(",", separator).replace("\n", line_end)
    assert read(text, encoding) == read(OPENROUTER)


def test_a_decimal_comma_goes_with_the_semicolon() -> None:
    text = "usage_date_utc;model;cost_usd\n2026-08-04;Claude Haiku 4.5;0,05\n"
    assert read(text).lines[0].usd == Decimal("0.05")


def test_an_amount_that_cannot_be_read_is_kept_as_unknown_and_said() -> None:
    bill = read(ANTHROPIC.replace("0.02,0.02", "n/a,0.02"))
    assert bill.lines[1].usd is None
    assert bill.notes == ("Line 3 has no readable amount in USD: shown as unknown, and in no sum.",)


def test_another_currency_is_not_taken_for_dollars() -> None:
    bill = read(OPENAI.replace("0.01,usd", "0.01,eur"))
    assert bill.lines[-1].usd is None


@pytest.mark.parametrize("day", ["August", "9999-12-31", "0001-01-01"])
def test_a_row_without_a_day_is_said(day: str) -> None:
    bill = read(ANTHROPIC + f"{day},Claude Haiku 4.5,Default,k,message,,output,0.02,0.02,token\n")
    assert span_of(bill)
    assert len(bill.lines) == 2
    assert bill.notes == ("Line 4 has no readable day, and could not be compared.",)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The file is empty"),
        ("\n\n", "The file is empty"),
        ("a,b,c\n1,2,3\n", "This is no export that Parley knows; its columns are a, b, c"),
        ("usage_date_utc,model_version,usage_output_tokens\n", "This export counts tokens and names no cost"),
        ("usage_date_utc,cost_usd\n", "There is no cost in this file (Anthropic cost)"),
    ],
)
def test_what_is_no_bill_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(BillError) as caught:
        read(text)
    assert str(caught.value) == sentence
    assert caught.value.hint


def test_escape_sequences_in_a_model_name_do_not_survive() -> None:
    bill = read(ANTHROPIC.replace("Claude Haiku 4.5", "Claude\x1b[31m Haiku"))
    assert all("\x1b" not in line.model for line in bill.lines)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.0123", "0.0123"),
        ("1.2E-5", "0.000012"),
        ("$1,234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("0,5", "0.5"),
        ("-0.25", "-0.25"),
    ],
)
def test_amounts_are_read_as_they_are_written(text: str, value: str) -> None:
    assert amount(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "n/a", "NaN", "Infinity", "1e999999", "1,2,3", "--1"])
def test_what_is_no_amount_is_unknown(text: str) -> None:
    assert amount(text) is None


@given(st.binary(max_size=400))
def test_no_file_makes_it_fail_otherwise(data: bytes) -> None:
    with suppress(BillError):
        assert read_bill(data).lines


@given(st.lists(st.text(max_size=20), min_size=1, max_size=6), st.text(max_size=60))
def test_any_table_can_be_read_or_is_refused(names: list[str], rest: str) -> None:
    try:
        table = read_csv((",".join(names) + "\n" + rest).encode("utf-8", "replace"))
    except BillError:
        return
    assert table.columns


@given(st.text(max_size=200))
def test_rows_of_a_known_export_never_make_it_fail(rows: str) -> None:
    try:
        bill = read("usage_date_utc,model,cost_usd\n" + rows.encode("utf-8", "replace").decode())
    except BillError:
        return
    assert bill.first_day <= bill.last_day
