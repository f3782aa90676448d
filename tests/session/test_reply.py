"""The fold of a reply's events."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.session.reply import NOT_BILLED, Reply
from providers.costs import Cost, CostStatus, Rates
from providers.errors import (
    BadCredential,
    ConnectTimedOut,
    IncompleteStream,
    Overloaded,
    ProviderError,
    ServerTrouble,
    TimedOut,
)
from providers.events import (
    Event,
    Finished,
    ReasoningDelta,
    ReasoningSeal,
    Restarted,
    Retrying,
    StopReason,
    TextDelta,
    ToolCallDelta,
    UsageReport,
)
from providers.messages import ReasoningPart, TextPart, ToolCall
from providers.reference import ModelRef
from providers.usage import Usage

RATES = Rates(input=Decimal(1), output=Decimal(2), source="config")


def reply(*events: Event, rates: Rates | None = RATES) -> Reply:
    folded = Reply("r1", ModelRef("claude", "sonnet"), rates=rates, input_estimate=100)
    for position, event in enumerate(events):
        folded.fold(event, position * 10)
    return folded


def test_text_deltas_join() -> None:
    assert reply(TextDelta("Hel"), TextDelta("lo")).text == "Hello"


def test_parts_keep_the_order_in_which_they_were_said() -> None:
    folded = reply(
        ReasoningDelta("hm"),
        ReasoningSeal({"signature": "s"}),
        TextDelta("I look."),
        ToolCallDelta(0, "c1", "search", '{"q":'),
        ToolCallDelta(0, "", "", '"x"}'),
        ReasoningDelta("aha"),
        TextDelta("Done."),
    )
    assert folded.parts == (
        ReasoningPart("hm", {"signature": "s"}),
        TextPart("I look."),
        ToolCall("c1", "search", '{"q":"x"}'),
        ReasoningPart("aha"),
        TextPart("Done."),
    )


def test_a_call_without_arguments_has_an_empty_object() -> None:
    assert reply(ToolCallDelta(0, "c1", "now", "")).tool_calls == (ToolCall("c1", "now", "{}"),)


def test_the_time_of_thought_ends_with_the_first_visible_text() -> None:
    folded = reply(ReasoningDelta("a"), ReasoningDelta("b"), TextDelta("c"), TextDelta("d"))
    assert folded.reasoning_ms == 20


def test_a_finished_reply_with_usage_is_computed_exactly() -> None:
    folded = reply(TextDelta("Hi"), UsageReport(Usage(1000, output_tokens=500)), Finished(StopReason.STOP))
    assert (folded.cost.usd, folded.cost.status) == (Decimal("0.002"), CostStatus.COMPUTED)


def test_a_stopped_reply_is_an_estimate_though_an_early_count_came() -> None:
    folded = reply(UsageReport(Usage(1000, output_tokens=1)), TextDelta("word " * 500))
    folded.cancel(900)
    assert folded.cost.status is CostStatus.ESTIMATED
    assert folded.usage == Usage(1000)
    assert folded.cost.usd is not None
    assert folded.cost.usd > Decimal("0.0015")


def test_a_reply_without_reported_usage_is_an_estimate() -> None:
    folded = reply(TextDelta("one two three"), Finished(StopReason.STOP))
    assert folded.cost.status is CostStatus.ESTIMATED
    assert folded.usage.output_tokens is None


def test_an_unpriced_model_stays_unknown() -> None:
    folded = reply(TextDelta("Hi"), UsageReport(Usage(1000, output_tokens=500)), Finished(StopReason.STOP), rates=None)
    assert (folded.cost.usd, folded.cost.status) == (None, CostStatus.UNKNOWN)


def test_a_refused_request_costs_nothing() -> None:
    folded = reply()
    folded.fail(BadCredential("no", status=401), 5)
    assert folded.cost == NOT_BILLED
    assert folded.stop is StopReason.ERROR


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ConnectTimedOut("nobody there"), CostStatus.COMPUTED),
        (TimedOut("went silent"), CostStatus.ESTIMATED),
        (IncompleteStream("cut"), CostStatus.ESTIMATED),
        (Overloaded("busy"), CostStatus.COMPUTED),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_brought_nothing_may_be_billed_only_if_it_arrived(error: ProviderError, status: CostStatus) -> None:
    folded = reply()
    folded.fail(error, 5)
    assert folded.cost.status is status
    # Our own count of what was sent, and nothing generated.
    assert folded.cost.usd == (100 * Decimal("0.000001") if status is CostStatus.ESTIMATED else 0)


def test_a_failed_response_that_names_what_it_generated_was_billed() -> None:
    folded = reply(UsageReport(Usage(1000, 200, output_tokens=500)))
    folded.fail(ServerTrouble("oops"), 5)
    assert (folded.cost.usd, folded.cost.status) == (Decimal("0.002"), CostStatus.ESTIMATED)
    assert folded.usage == Usage(1000, 200)


def test_runs_of_a_reply_that_is_cut_off_are_no_bill() -> None:
    runs = (Usage(600, output_tokens=5), Usage(400, output_tokens=5))
    early = Usage(1000, output_tokens=10, reasoning_tokens=4, service_tier="batch", runs=runs)
    folded = reply(TextDelta("word " * 500), UsageReport(early))
    folded.cancel(900)
    assert folded.usage == Usage(1000, service_tier="batch")
    assert folded.cost.usd == (1000 + 2 * folded.output_tokens_estimate) * Decimal("0.0000005")
    assert folded.cost.status is CostStatus.ESTIMATED


def test_a_charge_that_came_is_the_cost_of_a_reply_that_was_stopped() -> None:
    folded = reply(TextDelta("word"), UsageReport(Usage(1000, output_tokens=10, cost_usd=Decimal("0.125"))))
    folded.cancel(900)
    assert folded.cost == Cost(Decimal("0.125"), CostStatus.REPORTED, "provider")
    assert folded.usage.output_tokens == 10


def test_time_that_runs_backwards_makes_no_thought_negative() -> None:
    folded = reply()
    folded.fold(ReasoningDelta("hm"), 500)
    folded.fold(TextDelta("Hi"), 20)
    assert folded.reasoning_ms == 0


def test_a_broken_stream_keeps_its_text_and_is_marked_incomplete() -> None:
    folded = reply(TextDelta("half a sen"))
    folded.fail(IncompleteStream("cut"), 5)
    assert (folded.text, folded.stop) == ("half a sen", StopReason.INCOMPLETE)


def test_a_restart_throws_the_text_so_far_away() -> None:
    folded = reply(TextDelta("wrong"), Restarted(), TextDelta("right"))
    assert folded.text == "right"


def test_a_retry_forgets_the_first_token_time() -> None:
    folded = reply(Retrying(2, 1.0, Overloaded("busy")), TextDelta("x"))
    assert (folded.attempt, folded.first_token_ms) == (2, 10)


@given(st.lists(st.text(max_size=30)))
def test_any_split_of_a_text_gives_the_same_text_and_about_the_same_count(pieces: list[str]) -> None:
    split, whole = reply(*(TextDelta(piece) for piece in pieces)), reply(TextDelta("".join(pieces)))
    assert split.text == whole.text
    assert abs(split.output_tokens_estimate - whole.output_tokens_estimate) <= 2 + len(whole.text) // 400


def test_a_reply_that_the_provider_itself_ended_early_keeps_its_counts() -> None:
    folded = reply(
        TextDelta("Hi"), UsageReport(Usage(10, output_tokens=5)), Finished(StopReason.INCOMPLETE, "pause_turn")
    )
    assert folded.usage.output_tokens == 5
    assert folded.cost.status is CostStatus.COMPUTED
