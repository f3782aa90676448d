"""`parley stats`: the same figures as a table, JSON, CSV and Markdown."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.cli.output import Column, table
from providers.costs import CostStatus
from providers.usage import NO_USAGE, Usage
from tests.cli.terminal import Terminal
from tests.storage.stories import Writer, ledger_row

KEYS = [
    "requests",
    "input_tokens",
    "cached_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
    "cost_usd",
    "estimated_usd",
    "unpriced_requests",
    "saved_by_cache_usd",
    "first_token_ms_median",
]
MORE_KEYS = [
    "tokens_per_s_median",
    "cache_hit_rate",
    "free_requests",
    "untracked_requests",
    "flat_requests",
    "count_requests",
    "failed_requests",
    "cancelled_requests",
    "retried_requests",
    "wasted_usd",
    "wasted_estimated_usd",
    "wasted_unpriced_requests",
]
ROW_KEYS = ["key", *KEYS, *MORE_KEYS, "share"]


async def a_busy_week(writer: Writer) -> None:
    add = writer.store.ledger.add
    await add(ledger_row("1", started_at=datetime(2026, 11, 19, 23, 30, tzinfo=UTC), usd="0.10"))
    await add(ledger_row("2", started_at=datetime(2026, 11, 20, 22, 59, tzinfo=UTC), usd="0.0042"))
    await add(
        ledger_row("3", started_at=datetime(2026, 11, 20, 23, 0, tzinfo=UTC), usd="0.02", status=CostStatus.ESTIMATED)
    )
    local = {"provider": "local", "model": "llama3.1", "rates": None}
    await add(
        ledger_row("4", started_at=datetime(2026, 11, 21, 10, tzinfo=UTC), usd="0", status=CostStatus.FREE, **local)
    )
    work = {"provider": "work", "model": "org/sonnet", "rates": None, "usage": NO_USAGE, "first_token_ms": None}
    await add(ledger_row("5", started_at=datetime(2026, 11, 21, 11, tzinfo=UTC), usd=None, **work))


def test_the_json_is_the_contract(terminal: Terminal) -> None:
    terminal.fill(a_busy_week)
    stats = terminal.json("stats")
    assert list(stats) == ["by", "since", "until", "timezone", "rows", "total", "unpriced"]
    assert (stats["by"], stats["since"], stats["until"], stats["timezone"]) == ("model", None, None, "Europe/Berlin")
    assert [row["key"] for row in stats["rows"]] == [
        "claude/claude-sonnet-4-6",
        "local/llama3.1",
        "work/org/sonnet",
    ]
    for row in stats["rows"]:
        assert list(row) == ROW_KEYS
    assert list(stats["total"]) == [*KEYS, *MORE_KEYS]
    assert stats["unpriced"] == [{"model": "work/org/sonnet", "requests": 1}]
    sonnet, llama, unpriced = stats["rows"]
    assert (sonnet["requests"], sonnet["input_tokens"], sonnet["cached_tokens"]) == (3, 3000, 1200)
    assert (sonnet["cost_usd"], sonnet["estimated_usd"]) == ("0.1242000000", "0.0200000000")
    assert sonnet["saved_by_cache_usd"] == "0.0032400000"
    assert sonnet["first_token_ms_median"] == 900
    assert sonnet["reasoning_tokens"] is None
    assert (llama["cost_usd"], llama["saved_by_cache_usd"]) == ("0.0000000000", None)
    assert (unpriced["cost_usd"], unpriced["unpriced_requests"], unpriced["input_tokens"]) == (None, 1, None)
    total = stats["total"]
    assert total["requests"] == 5
    assert Decimal(total["cost_usd"]) == sum(Decimal(row["cost_usd"] or 0) for row in stats["rows"])


def test_the_table_is_aligned_and_admits_what_it_does_not_know(terminal: Terminal) -> None:
    terminal.fill(a_busy_week)
    assert terminal.run("stats") == 0
    assert terminal.out.splitlines() == [
        "model                     requests  in     cached  out       cost  share              saved  first token"
        "      speed",
        "claude/claude-sonnet-4-6         3  3k  1.2k 40 %  600    ≈ $0.12  100 %  ▇▇▇▇▇▇▇▇  $0.0032       900 ms"
        "  133 tok/s",
        "local/llama3.1                   1  1k   400 40 %  200       free    0 %                  —       900 ms"
        "  133 tok/s",
        "work/org/sonnet                  1   —          —    —          —      —                  —            —"
        "          —  + 1 unpriced",
        "total                            5  4k  1.6k 40 %  800  ≥ ≈ $0.12                   $0.0032       900 ms"
        "  133 tok/s  + 1 unpriced",
        "",
        "unpriced  1 request, whose cost nobody knows: work/org/sonnet (1)",
        "free      1 request of models that cost nothing",
        "left out  tokens of 1 request were never reported",
    ]


def test_days_begin_where_the_user_lives(terminal: Terminal) -> None:
    terminal.fill(a_busy_week)
    berlin = terminal.json("stats", "--by", "day")
    assert [(row["key"], row["requests"]) for row in berlin["rows"]] == [("2026-11-20", 2), ("2026-11-21", 3)]
    utc = terminal.json("stats", "--by", "day", "--timezone", "UTC")
    assert [row["key"] for row in utc["rows"]] == ["2026-11-19", "2026-11-20", "2026-11-21"]


def test_a_stretch_of_time_includes_its_last_day(terminal: Terminal) -> None:
    terminal.fill(a_busy_week)
    stats = terminal.json("stats", "--since", "2026-11-20", "--until", "2026-11-20")
    assert stats["total"]["requests"] == 2
    assert (stats["since"], stats["until"]) == ("2026-11-20T00:00:00+01:00", "2026-11-21T00:00:00+01:00")
    assert terminal.json("stats", "--last", "1d")["total"]["requests"] == 3
    assert terminal.json("stats", "--last", "2d")["total"]["requests"] == 5


def test_one_provider_or_one_model(terminal: Terminal) -> None:
    terminal.fill(a_busy_week)
    assert terminal.json("stats", "--provider", "local")["total"]["requests"] == 1
    assert terminal.json("stats", "--model", "org/sonnet")["total"]["requests"] == 1
    assert terminal.json("stats", "--model", "work/org/sonnet")["total"]["requests"] == 1


def test_conversations_are_named_by_their_title(terminal: Terminal) -> None:
    async def story(writer: Writer) -> None:
        conversation = await writer.talk("Two \x1b[31mred\nlines", "hello")
        await writer.store.ledger.add(ledger_row("1", conversation_id=conversation.id))
        await writer.store.ledger.add(ledger_row("2", conversation_id="gone0000"))
        await writer.store.ledger.add(ledger_row("3"))

    terminal.fill(story)
    assert terminal.run("stats", "--by", "conversation") == 0
    assert "Two [31mred lines id00000001" in terminal.out
    assert "(deleted) gone0000" in terminal.out
    assert "(not saved)" in terminal.out
    assert {row["key"] for row in terminal.json("stats", "--by", "conversation")["rows"]} == {
        "id00000001",
        "gone0000",
        None,
    }


def test_csv_has_the_columns_of_the_json(terminal: Terminal) -> None:
    async def story(writer: Writer) -> None:
        await a_busy_week(writer)
        await writer.store.ledger.add(ledger_row("6", provider="=cmd", model='a,"b"', usage=Usage(1, output_tokens=2)))

    terminal.fill(story)
    assert terminal.run("stats", "--csv") == 0
    rows = list(csv.DictReader(io.StringIO(terminal.out)))
    assert list(rows[0]) == ROW_KEYS
    by_key = {row["key"]: row for row in rows}
    assert by_key["work/org/sonnet"]["cost_usd"] == ""
    assert by_key["claude/claude-sonnet-4-6"]["cost_usd"] == "0.1242000000"
    assert '\'=cmd/a,"b"' in by_key


def test_markdown_is_a_table_in_which_names_are_literal(terminal: Terminal) -> None:
    async def story(writer: Writer) -> None:
        await writer.store.ledger.add(ledger_row("1", provider="a|b", model="x_y"))

    terminal.fill(story)
    assert terminal.run("stats", "--md") == 0
    header, rule, row = terminal.out.splitlines()
    assert header.startswith("| model | requests |")
    assert rule.startswith("| --- | ---: |")
    assert row.startswith(r"| a\|b/x\_y | 1 | 1k | 400 40 % | 200 | $0.0042 |")


def test_an_empty_ledger_is_a_sentence(terminal: Terminal) -> None:
    assert terminal.run("stats") == 0
    assert terminal.out.startswith("Nothing was sent yet.")
    assert "parley --demo" in terminal.out
    assert terminal.run("stats", "--last", "7d") == 0
    assert terminal.out.startswith("No request matches.")
    empty = terminal.json("stats")
    assert (empty["rows"], empty["total"]["requests"], empty["total"]["cost_usd"]) == ([], 0, None)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--last", "week"], "no stretch of time"),
        (["--since", "soon"], "no date"),
        (["--timezone", "Mars"], "no time zone"),
        (["--since", "2026-11-21", "--until", "2026-11-01"], "must be before"),
        (["--last", "7d", "--since", "2026-11-01"], "either"),
        (["--sort"], "needs the name of a column"),
        (["--conversation", " "], "needs an id"),
        (["--limit", "3"], "--limit goes with --requests"),
        (["--requests", "--by", "day"], "leave out --by"),
        (["--requests", "--sort", "-cost"], "leave out --sort"),
        (["--reprice", "claude/x", "--by", "day"], "leave out --by"),
        (["--reprice", "claude/x", "--requests"], "give one of them"),
    ],
)
def test_a_wrong_option_is_one_line_and_code_2(terminal: Terminal, arguments: list[str], message: str) -> None:
    assert terminal.run("stats", *arguments) == 2
    assert message in terminal.err
    assert terminal.err.count("\n") == 1
    assert terminal.out == ""


def test_a_store_that_cannot_be_used_is_one_sentence(terminal: Terminal) -> None:
    terminal.home.parent.mkdir(exist_ok=True)
    terminal.home.write_text("a file where the folder should be")
    assert terminal.run("stats") == 2
    assert "cannot be opened" in terminal.err


def test_wide_characters_do_not_break_the_alignment() -> None:
    from rich.cells import cell_len

    text = table([Column("name"), Column("n", is_number=True)], [["田中", "1"], ["é👩‍👩‍👧", "22"], ["plain", "333"]])
    assert len({cell_len(line) for line in text.splitlines()}) == 1
