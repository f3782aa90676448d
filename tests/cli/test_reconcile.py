"""`parley stats reconcile`: the provider's own export beside the ledger."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from providers.costs import CostStatus
from tests.cli.terminal import Terminal
from tests.storage.stories import Writer, ledger_row

EXPORT = """usage_date_utc,model,workspace,token_type,cost_usd
2026-11-20,Claude Sonnet 4.6,Default,input_no_cache,0.0400
2026-11-20,Claude Sonnet 4.6,Default,output,0.0600
2026-11-21,Claude Sonnet 4.6,Default,output,0.0042
2026-11-21,Claude Opus 4.6,Default,output,0.5
"""


TABLE = """\
day         model               billed   ledger  difference
2026-11-20  Claude Sonnet 4.6    $0.10    $0.10           0
2026-11-21  Claude Opus 4.6      $0.50        —      +$0.50  not in the ledger
2026-11-21  Claude Sonnet 4.6  $0.0042  $0.0042           0
total                            $0.60    $0.10      +$0.50

The bill is $0.50 more than the ledger (82.8 % of the bill).
What is not in the ledger was asked by other programs, or before Parley kept one.
Days are UTC, as the provider counts them; a request around midnight may be billed on the day beside.
"""


async def two_days(writer: Writer) -> None:
    add = writer.store.ledger.add
    await add(ledger_row("1", started_at=datetime(2026, 11, 20, 23, 59, tzinfo=UTC), usd="0.1", preset="anthropic"))
    await add(ledger_row("2", started_at=datetime(2026, 11, 21, 9, tzinfo=UTC), usd="0.0042", preset="anthropic"))
    await add(ledger_row("3", started_at=datetime(2026, 11, 21, 9, tzinfo=UTC), usd="7", preset="openrouter"))
    await add(ledger_row("4", started_at=datetime(2026, 11, 22, 9, tzinfo=UTC), usd="9", preset="anthropic"))
    await add(
        ledger_row(
            "5", started_at=datetime(2026, 11, 21, 9, tzinfo=UTC), usd="0.5", model="claude-opus-4-6", provider="work"
        )
    )


@pytest.fixture
def export(tmp_path: Path) -> str:
    path = tmp_path / "cost.csv"
    path.write_text(EXPORT, "utf-8")
    return str(path)


def test_each_day_and_model_stands_beside_the_ledger_of_that_vendor(terminal: Terminal, export: str) -> None:
    terminal.fill(two_days)
    assert terminal.run("stats", "reconcile", export) == 0
    assert terminal.out == TABLE


async def a_lost_one(writer: Writer) -> None:
    """What the next start writes down for a reply that ended with Parley."""
    await two_days(writer)
    lost = ledger_row("6", started_at=datetime(2026, 11, 20, 9, tzinfo=UTC), usd=None, preset="", format="")
    await writer.store.ledger.add(lost)


def test_a_reply_that_ended_with_parley_is_unpriced_at_its_provider(terminal: Terminal, export: str) -> None:
    terminal.fill(a_lost_one)
    assert terminal.run("stats", "reconcile", export) == 0
    assert "2026-11-20  Claude Sonnet 4.6    $0.10  ≥ $0.10           —  1 unpriced" in terminal.out
    assert "+$0.50  of what can be compared, 1 unpriced" in terminal.out
    assert "\nOf what can be compared, the bill is $0.50 more than the ledger.\n" in terminal.out
    compared = terminal.json("stats", "reconcile", export)
    assert (compared["rows"][0]["difference_usd"], compared["total"]["difference_usd"]) == (None, None)
    assert compared["comparable_difference_usd"] == "0.5000000000"


def test_an_amount_that_cannot_be_read_is_not_nothing(terminal: Terminal, tmp_path: Path) -> None:
    terminal.fill(two_days)
    path = tmp_path / "cost.csv"
    path.write_text("usage_date_utc,model,cost_usd\n2026-11-20,Claude Sonnet 4.6,much\n", "utf-8")
    (row,) = terminal.json("stats", "reconcile", str(path))["rows"]
    assert (row["billed_usd"], row["difference_usd"]) == (None, None)


async def an_estimate(writer: Writer) -> None:
    row = ledger_row("1", usd="0.1", preset="anthropic", started_at=datetime(2026, 11, 20, 9, tzinfo=UTC))
    await writer.store.ledger.add(replace(row, cost=replace(row.cost, status=CostStatus.ESTIMATED)))


@pytest.mark.parametrize(
    ("billed", "sentence"),
    [
        ("0.12", "The bill is ≈ $0.0200 more than the ledger (16.7 % of the bill).\n"),
        ("0.01", "The bill is ≈ $0.0900 less than the ledger.\n"),
        ("0.100001", "The bill is ≈ $0.0000010 more than the ledger (< 0.1 % of the bill).\n"),
    ],
)
def test_a_difference_with_estimates_is_one_and_a_percentage_is_of_the_bill(
    terminal: Terminal, tmp_path: Path, billed: str, sentence: str
) -> None:
    terminal.fill(an_estimate)
    path = tmp_path / "cost.csv"
    path.write_text(f"usage_date_utc,model,cost_usd\n2026-11-20,Claude Sonnet 4.6,{billed}\n", "utf-8")
    assert terminal.run("stats", "reconcile", str(path)) == 0
    assert sentence in terminal.out
    assert terminal.out.splitlines()[1].count("≈") == 2


def test_a_provider_that_is_nowhere_is_one_sentence(terminal: Terminal, export: str) -> None:
    terminal.fill(two_days)
    assert terminal.run("stats", "reconcile", export, "--provider", "nobody") == 2
    assert terminal.err.startswith("parley: There is no provider called nobody.")
    assert terminal.out == ""


def test_the_providers_to_compare_with_can_be_named(terminal: Terminal, export: str) -> None:
    terminal.fill(two_days)
    assert terminal.run("stats", "reconcile", export, "--provider", "claude", "--provider", "work", "--json") == 0
    assert '"difference_usd": "-7.0000000000"' in terminal.out
    assert '"not in the ledger"' not in terminal.out


def test_the_same_figures_come_as_json_csv_and_markdown(terminal: Terminal, export: str) -> None:
    terminal.fill(two_days)
    compared = terminal.json("stats", "reconcile", export)
    assert compared["total"]["difference_usd"] == "0.5000000000"
    assert [row["difference_usd"] for row in compared["rows"]] == ["0.0000000000", "0.5000000000", "0.0000000000"]
    assert terminal.run("stats", "reconcile", export, "--csv") == 0
    rows = list(csv.DictReader(io.StringIO(terminal.out)))
    assert [row["billed_usd"] for row in rows] == [row["billed_usd"] for row in compared["rows"]]
    assert terminal.run("stats", "--md", "reconcile", export) == 0
    assert terminal.out.startswith("| day | model | billed |")


def test_agreement_is_said_in_one_sentence(terminal: Terminal, tmp_path: Path) -> None:
    terminal.fill(two_days)
    path = tmp_path / "cost.csv"
    path.write_text("usage_date_utc;model;cost_usd\n2026-11-20;Claude Sonnet 4.6;0,1\n", "utf-8")
    assert terminal.run("stats", "reconcile", str(path)) == 0
    assert "The bill and the ledger agree: $0.10." in terminal.out


def test_an_empty_ledger_is_no_agreement(terminal: Terminal, export: str) -> None:
    assert terminal.run("stats", "reconcile", export) == 0
    assert "the ledger has no priced request of that time and provider" in terminal.out


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be read"),
        (b"", "The file is empty"),
        (b"\x00\xff\x00garbage", "This is no export that Parley knows"),
        (b"usage_date_utc,model_version,usage_output_tokens\n", "counts tokens and names no cost"),
    ],
)
def test_a_file_that_is_no_bill_is_one_sentence(
    terminal: Terminal, tmp_path: Path, content: bytes | None, sentence: str
) -> None:
    path = tmp_path / "cost.csv"
    if content is not None:
        path.write_bytes(content)
    assert terminal.run("stats", "reconcile", str(path)) == 2
    assert sentence in terminal.err
    assert "Traceback" not in terminal.err


def test_a_folder_is_no_file(terminal: Terminal, tmp_path: Path) -> None:
    assert terminal.run("stats", "reconcile", str(tmp_path)) == 2
    assert "cannot be read" in terminal.err
