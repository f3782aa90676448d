"""`parley stats` beyond sums: order, single requests, one conversation, and what another model would have cost."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from rich.cells import cell_len

from app.cli.output import csv_text, table
from app.cli.stats import COLUMNS
from app.cli.stats_objects import row_keys, stats_object
from app.cli.stats_tables import remarks, stats_cells
from app.storage.records import LedgerRow, RequestKind
from app.storage.stats import Grouping, SortBy, StatsQuery
from app.storage.sums import LedgerSums
from providers.costs import Cost, CostStatus
from providers.events import StopReason
from providers.usage import NO_USAGE, Usage
from tests.cli.terminal import Terminal
from tests.storage.random_ledgers import book, ledgers, queries
from tests.storage.stories import Writer, ledger_row

OPUS_IN, OPUS_CACHED, OPUS_OUT = Decimal(5), Decimal("0.5"), Decimal(25)


async def three_models(writer: Writer) -> None:
    add = writer.store.ledger.add
    at = datetime(2026, 11, 20, 9, tzinfo=UTC)
    await add(ledger_row("1", model="b", usd="0.50", started_at=at))
    await add(ledger_row("2", model="c", usd=None, usage=NO_USAGE, started_at=at.replace(hour=10)))
    await add(ledger_row("3", model="a", usd="0.25", started_at=at.replace(hour=11), stop=StopReason.CANCELLED))
    await add(ledger_row("4", model="a", kind=RequestKind.COUNT, usd=None, started_at=at.replace(hour=12)))


def test_the_columns_to_sort_by_are_those_that_there_are() -> None:
    assert tuple(SortBy) == COLUMNS


@pytest.mark.parametrize(
    ("arguments", "order"),
    [
        (["--sort", "cost"], "abc"),
        (["--sort", "-cost"], "bac"),
        (["--sort=-key"], "cba"),
        (["--sort", "wasted"], "abc"),
        (["--sort=-requests"], "bac"),
        ([], "bac"),
    ],
)
def test_rows_come_in_the_order_that_is_wanted(terminal: Terminal, arguments: list[str], order: str) -> None:
    terminal.fill(three_models)
    rows = terminal.json("stats", *arguments)["rows"]
    assert "".join(row["key"][-1] for row in rows) == order


def test_the_order_is_named_above_the_table(terminal: Terminal) -> None:
    terminal.fill(three_models)
    assert terminal.run("stats", "--sort=-wasted") == 0
    assert terminal.out.splitlines()[0] == "sorted by wasted, descending"
    assert terminal.run("stats", "--sort", "cost") == 0
    assert terminal.out.splitlines()[0] == "sorted by cost, ascending"
    assert terminal.run("stats", "--sort", "cost", "--md") == 0
    assert terminal.out.startswith("| model |")


def test_what_the_sums_leave_open_stands_below_them(terminal: Terminal) -> None:
    async def story(writer: Writer) -> None:
        await three_models(writer)
        await writer.store.ledger.add(ledger_row("5", usd="0", status=CostStatus.FLAT, attempt=2))
        await writer.store.ledger.add(ledger_row("6", usd="0.5", status=CostStatus.ESTIMATED, stop=StopReason.ERROR))

    terminal.fill(story)
    assert terminal.run("stats") == 0
    below = terminal.out.partition("\n\n")[2].splitlines()
    assert below == [
        "unpriced  1 request, whose cost nobody knows: claude/c (1)",
        "wasted    ≈ $0.75 on 2 requests: 1 failed, 1 cancelled; 1 further attempt in all",
        "flat      1 request paid by a subscription",
        "left out  tokens of 1 request were never reported",
        "counting  1 time a server only counted tokens, which is free and no request above",
    ]


@pytest.mark.parametrize(
    ("statuses", "word"),
    [
        ([CostStatus.FLAT, CostStatus.FLAT], "subscription"),
        ([CostStatus.FREE], "free"),
        ([CostStatus.FREE, CostStatus.FLAT], "free or flat"),
    ],
)
def test_free_and_paid_by_a_subscription_are_told_apart(
    terminal: Terminal, statuses: list[CostStatus], word: str
) -> None:
    async def story(writer: Writer) -> None:
        for number, status in enumerate(statuses):
            await writer.store.ledger.add(ledger_row(str(number), usd="0", status=status))

    terminal.fill(story)
    assert terminal.run("stats", "--md") == 0
    assert terminal.out.splitlines()[2].split(" | ")[5] == word
    total = terminal.json("stats")["total"]
    counted = (total["free_requests"], total["flat_requests"])
    assert counted == (statuses.count(CostStatus.FREE), statuses.count(CostStatus.FLAT))


def test_a_price_of_0_that_somebody_wrote_is_not_passed_off_as_free(terminal: Terminal) -> None:
    async def story(writer: Writer) -> None:
        by_hand = Cost(Decimal(0), CostStatus.FREE, "config")
        await writer.store.ledger.add(ledger_row("1", model="a", cost=by_hand))
        await writer.store.ledger.add(ledger_row("2", model="b", cost=Cost(Decimal(0), CostStatus.FREE, "catalogue")))

    terminal.fill(story)
    assert terminal.run("stats") == 0
    assert [line.split("  ")[0] for line in terminal.out.splitlines()] == [
        *("model", "claude/a", "claude/b", "total", "", "untracked", "free")
    ]
    assert "free or untracked" in terminal.out.splitlines()[1]
    assert [each["cost_status"] for each in terminal.json("stats", "--requests")["requests"]] == ["free", "untracked"]


def test_single_requests_come_newest_first(terminal: Terminal) -> None:
    async def story(writer: Writer) -> None:
        await three_models(writer)
        talk = await writer.talk("On \x1b[31mred", "hello")
        await writer.store.ledger.add(ledger_row("5", model="=x", conversation_id=talk.id, attempt=2))

    terminal.fill(story)
    assert terminal.run("stats", "--requests", "--limit", "3") == 0
    lines = terminal.out.splitlines()
    assert lines[1].split() == [
        *("2026-11-21", "13:00:00", "claude/=x", "1k", "400", "200", "$0.0042", "done,", "attempt", "2"),
        *("900", "ms", "2.4", "s", "On", "[31mred", "id00000001"),
    ]
    assert [line.split()[2] for line in lines[2:4]] == ["claude/a", "claude/a"]
    assert " counted " in lines[2]
    assert lines[-1] == "The newest 3 of 5 requests."
    listed = terminal.json("stats", "--requests")
    assert (listed["total"], [each["id"] for each in listed["requests"]]) == (5, ["5", "4", "3", "2", "1"])
    assert listed["requests"][0]["started_at"] == "2026-11-21T13:00:00+01:00"
    assert listed["requests"][0]["title"] == "On \x1b[31mred"
    assert terminal.run("stats", "--requests", "--csv") == 0
    first, *others = csv.DictReader(io.StringIO(terminal.out))
    assert (first["model"], first["cost_usd"], first["title"]) == ("'=x", "0.0042000000", "On [31mred")
    assert len(others) == 4
    assert terminal.run("stats", "--requests", "--md", "--model", "b") == 0
    assert terminal.out.splitlines()[2:] == [
        "| 2026-11-20 10:00:00 | claude/b | 1k | 400 | 200 | $0.50 | done | 900 ms | 2.4 s |  |"
    ]


def test_a_stopped_request_shows_our_own_counts_as_such(terminal: Terminal) -> None:
    async def story(writer: Writer) -> None:
        own = {"usage": NO_USAGE, "input_estimate": 906, "output_estimate": 40}
        await writer.store.ledger.add(ledger_row("1", stop=StopReason.CANCELLED, status=CostStatus.ESTIMATED, **own))

    terminal.fill(story)
    assert terminal.run("stats", "--requests", "--md") == 0
    assert "| ≈ 906 | — | ≈ 40 | ≈ $0.0042 | stopped |" in terminal.out
    (listed,) = terminal.json("stats", "--requests")["requests"]
    assert (listed["input_tokens"], listed["output_tokens"], listed["stop"]) == (None, None, "cancelled")
    assert list(listed.items())[-2:] == [("input_estimate", 906), ("output_estimate", 40)]
    assert terminal.run("stats") == 0
    assert "tokens of 1 request were never reported" in terminal.out


def test_one_conversation_also_a_deleted_one(terminal: Terminal) -> None:
    async def story(writer: Writer) -> None:
        talk = await writer.talk("WAL", "hello")
        for number, id_ in enumerate((talk.id, talk.id, "gone0000", None)):
            await writer.store.ledger.add(ledger_row(str(number), conversation_id=id_))

    terminal.fill(story)
    assert terminal.json("stats", "--conversation", "id00000001")["total"]["requests"] == 2
    assert terminal.json("stats", "--conversation", "0001", "--requests")["total"] == 2
    assert terminal.json("stats", "--conversation", "gone0000")["total"]["requests"] == 1
    assert terminal.run("stats", "--conversation", "nowhere") == 2
    assert terminal.err.startswith("parley: There is no conversation")


def priced_home(terminal: Terminal) -> None:
    terminal.home.mkdir(exist_ok=True)
    rows = f"""
[providers.work]
type = "openai-compat"
base_url = "http://127.0.0.1:9/v1"
models = [
  {{ id = "opus", cost_per_1m_in = {OPUS_IN}, cost_per_1m_in_cached = {OPUS_CACHED}, cost_per_1m_out = {OPUS_OUT} }},
  {{ id = "unpriced" }},
]
"""
    (terminal.home / "config.toml").write_text(rows)


async def a_mixed_bag(writer: Writer) -> None:
    add = writer.store.ledger.add
    await add(ledger_row("whole", usd="0.0042", usage=Usage(1000, 400, output_tokens=200)))
    await add(ledger_row("unpriced", usd=None, usage=Usage(1000, output_tokens=100)))
    await add(ledger_row("nothing known", usd=None, usage=NO_USAGE))
    guessed = {"usage": Usage(100), "input_estimate": 90, "output_estimate": 40, "stop": StopReason.CANCELLED}
    await add(ledger_row("cut off", usd="0.001", status=CostStatus.ESTIMATED, **guessed))
    await add(ledger_row("charged", usage=Usage(1000, output_tokens=0, cost_usd=Decimal(3)), usd="3"))
    await add(ledger_row("count", kind=RequestKind.COUNT, usd=None, usage=NO_USAGE))


def test_what_another_model_would_have_cost(terminal: Terminal) -> None:
    priced_home(terminal)
    terminal.fill(a_mixed_bag)
    result = terminal.json("stats", "--reprice", "work/opus")
    whole = (600 * OPUS_IN + 400 * OPUS_CACHED + 200 * OPUS_OUT) / 1_000_000
    unpriced = (1000 * OPUS_IN + 100 * OPUS_OUT) / 1_000_000
    cut_off = (100 * OPUS_IN + 40 * OPUS_OUT) / 1_000_000
    charged = 1000 * OPUS_IN / 1_000_000
    assert (result["priced_requests"], result["unknown_requests"], result["compared_requests"]) == (4, 1, 3)
    assert Decimal(result["cost_usd"]) == whole + unpriced + cut_off + charged
    assert Decimal(result["estimated_usd"]) == cut_off
    assert Decimal(result["compared_usd"]) == whole + cut_off + charged
    assert Decimal(result["actual_usd"]) == Decimal("3.0052")
    assert Decimal(result["difference_usd"]) == whole + cut_off + charged - Decimal("3.0052")
    assert result["rates"] == "config"


def test_what_it_would_have_cost_is_said_in_words(terminal: Terminal) -> None:
    priced_home(terminal)
    terminal.fill(a_mixed_bag)
    assert terminal.run("stats", "--reprice", "work/opus") == 0
    lines = terminal.out.splitlines()
    assert lines[:4] == [
        "work/opus   ≈ $0.0147 for 3 requests that can be compared, at the rates of config",
        "as it was   ≈ $3.01 for the same",
        "difference  ≈ $2.99 less",
        "left out    1 request without a price (there: $0.0075); 1 request whose tokens nobody counted",
    ]
    assert lines[4].startswith("assumed     The same token counts")
    assert terminal.run("stats", "--reprice", "work/opus", "--md") == 0
    assert terminal.out.splitlines()[2].startswith("| work/opus | ≈ $0.0147 for 3 requests")
    assert terminal.run("stats", "--reprice", "work/opus", "--csv") == 0
    (line,) = csv.DictReader(io.StringIO(terminal.out))
    assert (line["model"], line["difference_usd"][0]) == ("work/opus", "-")
    assert terminal.run("stats", "--reprice", "work/opus", "--model", "nobody") == 0
    assert terminal.out.startswith("No request matches.")


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ("opus", "parley: 'opus' is not a model reference"),
        ("wrok/opus", "parley: There is no provider called wrok."),
        ("work/unpriced", "parley: Nobody knows what work/unpriced costs."),
    ],
)
def test_a_model_that_has_no_price_is_one_sentence_and_what_to_do(
    terminal: Terminal, model: str, sentence: str
) -> None:
    priced_home(terminal)
    assert terminal.run("stats", "--reprice", model) == 2
    said = terminal.err.splitlines()
    assert said[0].startswith(sentence)
    assert len(said) == 2
    assert terminal.out == ""


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120])
@pytest.mark.parametrize("by", [Grouping.MODEL, Grouping.DAY])
def test_the_table_fits_the_terminal(width: int, by: Grouping) -> None:
    rows = [
        ledger_row(str(number), model=f"vendor/a-long-name-{number}", usd=None if number else "1")
        for number in range(9)
    ]
    stats = LedgerSums(book(rows)).stats(StatsQuery(by))
    text = table(*stats_cells(stats, with_bars=True), width) + remarks(stats, width)
    assert max(map(cell_len, text.splitlines())) <= width
    assert "cost" in text.splitlines()[0]


SUMS = ("requests", "unpriced_requests", "free_requests", "untracked_requests", "flat_requests", "count_requests")
TOKENS = ("input_tokens", "cached_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens")
WASTE = ("failed_requests", "cancelled_requests", "retried_requests", "wasted_unpriced_requests")
MONEY = ("cost_usd", "estimated_usd", "saved_by_cache_usd", "wasted_usd", "wasted_estimated_usd")


@given(ledgers, queries)
def test_the_total_of_the_json_is_the_sum_of_its_rows_to_the_last_digit(
    ledger: list[LedgerRow], query: StatsQuery
) -> None:
    stats = LedgerSums(book(ledger)).stats(query)
    shown = stats_object(stats)
    for name in (*SUMS, *TOKENS, *WASTE, *MONEY):
        parts = [_exact(row[name]) for row in shown["rows"] if row[name] is not None]
        assert _exact(shown["total"][name]) == (sum_exactly(parts) if parts else 0), name
    lines = list(csv.DictReader(io.StringIO(csv_text(row_keys(stats), shown["rows"]))))
    assert [line["cost_usd"] for line in lines] == [row["cost_usd"] or "" for row in shown["rows"]]


def _exact(value: Any) -> Decimal:
    return Decimal(value or 0)


def sum_exactly(parts: list[Decimal]) -> Decimal:
    from decimal import localcontext

    with localcontext() as context:
        context.prec = 1_000
        return sum(parts, Decimal(0))
