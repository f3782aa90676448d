"""What the ledger teaches about our own counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.config.settings import ProviderSettings, Settings
from app.session.counting import Estimator
from app.session.learning import NOTHING_LEARNED, ROWS, learned, line, shrunk_ratio
from app.session.reply import Reply
from app.session.running_count import RunningCount
from app.session.session import Session
from app.storage.records import LedgerRow, RequestKind
from providers.costs import UNKNOWN_COST, CostStatus, Rates
from providers.events import ReasoningDelta, Restarted, StopReason, TextDelta, UsageReport
from providers.reference import ModelRef
from providers.tokens import WORDS, Counter
from providers.usage import Usage
from tests.providers.recording import Answer, RecordingServer
from tests.session.making import session_with
from tests.session.test_turns import ask

COUNTS = st.integers(1, 200_000)


def row(
    ours: tuple[int | None, int | None],
    usage: Usage,
    *,
    counter: str = "words",
    kind: RequestKind = RequestKind.REPLY,
) -> LedgerRow:
    return LedgerRow(
        id="r",
        started_at=datetime(2026, 11, 20, tzinfo=UTC),
        provider="claude",
        model="sonnet",
        format="anthropic-messages",
        stop=StopReason.STOP,
        usage=usage,
        cost=UNKNOWN_COST,
        input_estimate=ours[0],
        output_estimate=ours[1],
        counter=counter,
        kind=kind,
    )


def off(pairs: Sequence[tuple[int, int]], ours: int, theirs: int) -> float:
    extra, factor = line(pairs)
    return abs((extra + factor * ours) / theirs - 1)


# ── the line and the ratio ────────────────────────────────────────────────────


def test_without_a_pair_nothing_is_changed() -> None:
    assert line([]) == (0, 1)
    assert shrunk_ratio([]) == 1
    assert learned([], "words") == NOTHING_LEARNED


@pytest.mark.parametrize(("factor", "extra"), [(1.0, 0), (1.3, 0), (0.85, 0), (1.2, 40), (1.1, 400), (1.0, 2_500)])
def test_ten_requests_tell_a_factor_from_what_the_server_adds(factor: float, extra: int) -> None:
    sizes = (12, 60, 150, 400, 30, 900, 2_000, 90, 500, 1_400)
    pairs = [(size, round(extra + factor * size)) for size in sizes]
    for ours in (20, 300, 5_000):
        assert off(pairs, ours, round(extra + factor * ours)) < 0.12
    assert off(pairs, 2_000, round(extra + factor * 2_000)) < 0.03


def test_one_small_request_does_not_make_a_large_one_dear() -> None:
    extra, factor = line([(10, 25)])
    assert extra + factor * 20_000 < 20_000 * 1.25


def test_a_row_that_disagrees_with_all_others_is_hardly_heard() -> None:
    pairs = [(size, round(1.2 * size)) for size in range(200, 2_000, 150)]
    assert off([*pairs, (500, 40_000)], 1_000, 1_200) < 0.05


@given(st.lists(st.tuples(COUNTS, COUNTS), max_size=ROWS))
def test_any_pairs_give_a_line(pairs: list[tuple[int, int]]) -> None:
    extra, factor = line(pairs)
    estimator = Estimator(WORDS, factor, shrunk_ratio(pairs), extra)
    assert estimator.sent(0) == estimator.generated(0) == 0
    assert estimator.sent(100) >= 1
    assert estimator.generated(1) >= 1


def test_few_replies_are_trusted_less_than_many() -> None:
    one, ten = (shrunk_ratio([(100, 130)] * times) for times in (1, 10))
    assert 1 < one < ten < 1.3
    assert ten == pytest.approx(1.3, abs=0.02)


# ── rows ──────────────────────────────────────────────────────────────────────


def test_reported_reasoning_is_no_part_of_what_was_readable() -> None:
    rows = [row((100, 50), Usage(input_tokens=100, output_tokens=1_060, reasoning_tokens=1_000))] * 10
    assert learned(rows, "words").output_factor == pytest.approx(1.19, abs=0.01)


def test_reasoning_that_nobody_reports_is_taken_for_no_factor() -> None:
    rows = [row((100, 50), Usage(input_tokens=100, output_tokens=4_000))] * 10
    assert learned(rows, "words").output_factor == 1


def test_other_counters_and_silent_servers_teach_nothing() -> None:
    reported = Usage(input_tokens=200, output_tokens=100)
    rows = [row((100, 50), reported, counter="o200k"), row((100, 50), Usage()), row((None, None), reported)]
    assert learned(rows, "words") == NOTHING_LEARNED


def test_a_count_that_was_asked_for_teaches_the_input_alone() -> None:
    rows = [row((1_000, None), Usage(input_tokens=1_300), kind=RequestKind.COUNT)] * 5
    found = learned(rows, "words")
    assert found.input_factor > 1.1
    assert (found.output_factor, found.replies) == (1, 5)


@pytest.mark.parametrize(
    "pairs",
    [
        [(2_000, 20), (4_000, 15), (8_000, 10)],
        [(1_000, 500), (2_000, 100)],
        [(100, 1_000), (3_000, 1_210), (200, 950)],
        [(1_000, 2_000), (1_100, 9_000)],
    ],
)
def test_servers_that_count_something_else_make_no_long_request_cheap_or_boundless(
    pairs: list[tuple[int, int]],
) -> None:
    rows = [row((ours, None), Usage(input_tokens=theirs)) for ours, theirs in pairs * 5]
    found = learned(rows, "words")
    sent = Estimator(WORDS, found.input_factor, found.output_factor, found.input_extra).sent(100_000)
    assert 40_000 <= sent <= 270_000


def test_the_newest_rows_count_alone() -> None:
    newest = [row((1_000, 100), Usage(input_tokens=1_000, output_tokens=100))] * ROWS
    older = [row((1_000, 100), Usage(input_tokens=2_000, output_tokens=200))] * ROWS
    assert learned([*newest, *older], "words").input_factor == pytest.approx(1, abs=0.01)


# ── a session ─────────────────────────────────────────────────────────────────

HEAVY = (
    'data: {"choices":[{"index":0,"delta":{"content":"One two three four five six seven eight."},'
    '"finish_reason":"stop"}],"usage":{"prompt_tokens":%d,"completion_tokens":18}}\n\ndata: [DONE]\n\n'
)


def heavy(prompt: int) -> Answer:
    return Answer(HEAVY % prompt, content_type="text/event-stream")


def with_server(url: str, home: Path) -> Session:
    entry = ProviderSettings("work", "openai-compat", base_url=f"{url}/v1", api_key="k")
    return session_with(Settings(providers={"work": entry}), home)


async def test_replies_teach_the_session_at_once_and_the_next_one_from_the_ledger(tmp_path: Path) -> None:
    ref = ModelRef("work", "m")
    with RecordingServer({"POST /v1/chat/completions": heavy(300)}) as server:
        session = with_server(server.url, tmp_path)
        await session.open()
        before = await session.new_chat().quote("word " * 150, ref)
        for _ in range(6):
            await ask(session.new_chat(), "word " * 150, str(ref))
        after = await session.new_chat().quote("word " * 150, ref)
        await session.close()
        assert before.input_tokens < 165
        assert after.input_tokens == pytest.approx(300, rel=0.05)
        again = with_server(server.url, tmp_path)
        await again.open()
        assert again.counting.estimator(ref).replies == 0  # nothing is read before somebody needs it
        assert (await again.new_chat().quote("word " * 150, ref)).input_tokens == after.input_tokens
        assert again.counting.estimator(ref).replies == 6
        assert again.counting.estimator(ModelRef("work", "other")).replies == 0
        ((known, estimator),) = await again.learned_counts(9)
        assert (known, estimator.replies) == (ref, 6)
        await again.close()


async def test_a_ledger_row_keeps_our_counts_as_they_were_before_any_factor(tmp_path: Path) -> None:
    with RecordingServer({"POST /v1/chat/completions": heavy(3_000)}) as server:
        session = with_server(server.url, tmp_path)
        await session.open()
        chats = [session.new_chat() for _ in range(3)]
        for chat in chats:
            await ask(chat, "word " * 150, "work/m")
        await session.close()
    rows = [chat.rows[0] for chat in chats]
    assert {(each.input_estimate, each.output_estimate, each.counter) for each in rows} == {
        (WORDS.count("word " * 150) + 4, WORDS.count("One two three four five six seven eight."), "words")
    }


async def test_the_next_turn_is_guessed_by_the_same_factor(tmp_path: Path) -> None:
    with RecordingServer({"POST /v1/chat/completions": heavy(300)}) as server:
        session = with_server(server.url, tmp_path)
        await session.open()
        for _ in range(6):
            await ask(session.new_chat(), "word " * 150, "work/m")
        quote = await session.new_chat().quote("word " * 150, ModelRef("work", "m"))
        assert quote.input_tokens > 250
        await session.close()


# ── while a reply arrives ─────────────────────────────────────────────────────


@given(st.lists(st.text(st.sampled_from("word and\n.,(){}12中é "), max_size=90), max_size=60))
def test_a_growing_text_is_counted_as_a_whole_one(deltas: list[str]) -> None:
    running = RunningCount(WORDS)
    for delta in deltas:
        running.add(delta)
    text = "".join(deltas)
    assert running.tokens == pytest.approx(WORDS.count(text), rel=0.06, abs=3 + len(text) // 300)


def counted_lengths(texts: Sequence[str], look: Callable[[int], bool]) -> int:
    """How many characters a counter sees while texts arrive. Args: look: whether somebody asks after the nth."""
    seen = 0

    def count(text: str) -> int:
        nonlocal seen
        seen += len(text)
        return len(text) // 4

    running = RunningCount(Counter("watched", count))
    for number, text in enumerate(texts):
        running.add(text)
        if look(number):
            assert running.tokens >= 0
            assert running.tokens >= 0  # the second look counts nothing
    return seen


def test_each_character_is_looked_at_once_but_for_the_last_few() -> None:
    texts = ["word "] * 20_000
    assert counted_lengths(texts, lambda number: False) <= 100_000
    assert counted_lengths(texts, lambda number: number % 20 == 0) <= 100_000 + 1_000 * 420
    assert counted_lengths(["x" * 100_000], lambda number: True) <= 103_000


def test_while_a_reply_arrives_its_tokens_and_cost_are_what_the_server_would_say() -> None:
    reply = Reply("r", ModelRef("work", "m"), rates=Rates(Decimal(1), Decimal(2)))
    reply.expect(Estimator(WORDS, input_factor=1.5, output_factor=2.0, input_extra=100), 1_000)
    assert (reply.input_tokens_estimate, reply.output_tokens_estimate) == (1_600, 0)
    reply.fold(ReasoningDelta("Let me think. "), 10)
    thought = reply.output_tokens_estimate
    reply.fold(TextDelta("It is done."), 20)
    assert 0 < thought < reply.output_tokens_estimate
    assert reply.cost.status is CostStatus.ESTIMATED
    assert reply.cost.usd == Decimal(1_600 + 2 * reply.output_tokens_estimate) / 1_000_000
    assert reply.output_estimate == reply.output_tokens_estimate // 2
    reply.fold(UsageReport(Usage(input_tokens=900, output_tokens=50, reasoning_tokens=30)), 30)
    assert reply.output_estimate == WORDS.count("It is done.")


def test_another_attempt_counts_from_nothing() -> None:
    reply = Reply("r", ModelRef("work", "m"))
    reply.expect(Estimator(WORDS), 10)
    reply.fold(TextDelta("Half of an answer"), 10)
    reply.fold(Restarted(), 20)
    assert reply.output_tokens_estimate == 0
