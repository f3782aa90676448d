"""How replies and their failures read."""

from __future__ import annotations

from decimal import Decimal

from app.screens import cards
from app.screens.provenance import failure_details
from app.session.export import ask_object
from app.session.reply import Reply
from app.transcript.entries import Card, NoticeEntry, ReplyEntry
from providers.costs import Rates
from providers.errors import Rejected
from providers.events import Finished, ReasoningDelta, StopReason, TextDelta, ToolCallDelta, UsageReport
from providers.reference import ModelRef
from providers.usage import Usage

RATES = Rates(Decimal(3), Decimal(15), source="catalogue")


def _reply(rates: Rates | None = RATES) -> Reply:
    return Reply("m1", ModelRef("claude", "sonnet"), prompt="hi", model_label="Sonnet", rates=rates)


def test_the_heading_begins_with_the_cost() -> None:
    reply = _reply()
    reply.fold(TextDelta("a"), 500)
    reply.fold(UsageReport(Usage(input_tokens=1000, output_tokens=1000)), 1500)
    reply.fold(Finished(StopReason.STOP), 2500)
    assert cards.heading(reply).figures == ("$0.0180", "↓1k", "2.5 s", "500 tok/s")


def test_an_unpriced_reply_has_a_dash_and_a_running_one_an_estimate() -> None:
    unpriced = _reply(rates=None)
    unpriced.fold(TextDelta("a"), 1)
    assert cards.heading(unpriced, 1200).figures == ("—", "≈ ↓1", "1.2 s", "")
    running = _reply()
    running.fold(TextDelta("word " * 200), 1)
    assert cards.heading(running, 1200).figures[0].startswith("≈ $")
    assert cards.heading(running).is_running


def test_a_reply_of_a_model_that_somebody_priced_at_nothing_is_free_or_untracked() -> None:
    written = _reply(Rates(Decimal(0), Decimal(0), source="config"))
    local = _reply(Rates(Decimal(0), Decimal(0), source="server"))
    for reply, words in ((written, "free or untracked"), (local, "free")):
        reply.fold(TextDelta("a"), 1)
        reply.fold(UsageReport(Usage(input_tokens=1000, output_tokens=1000)), 2)
        reply.fold(Finished(StopReason.STOP), 3)
        assert cards.heading(reply).figures[0] == words
        assert ask_object(reply, None)["cost"]["status"] == words.split()[-1]


def test_a_failed_reply_keeps_its_text_and_gets_a_card() -> None:
    reply = _reply()
    reply.fold(TextDelta("half"), 1)
    reply.fail(Rejected("No.", "Do this.", "server words", status=400), 9)
    text, card = cards.stored_entries(reply, "alt+↑")
    assert isinstance(text, ReplyEntry)
    assert text.text == "half"
    assert isinstance(card, Card)
    assert (card.title, card.body, card.hint) == ("No.", "server words", "Do this.")


def test_words_that_the_summary_quotes_are_not_repeated() -> None:
    reply = _reply()
    reply.fail(Rejected("claude says: too long", detail="too long"), 9)
    assert reply.error is not None
    assert cards.error_card(reply, reply.error, "alt+↑").body == ""


def test_the_details_name_what_support_will_ask_for() -> None:
    reply = _reply()
    reply.fail(Rejected("No.", status=400, request_id="req_1", url="https://x/v1"), 9)
    assert reply.error is not None
    said = [each.text for each in failure_details(reply, reply.error, ())]
    for words in ("claude/sonnet", "400", "req_1", "https://x/v1", "bad_request"):
        assert words in said


def test_the_countdown_is_in_whole_seconds_and_ends_in_now() -> None:
    reply, error = _reply(), Rejected("No.")
    assert "in 3 s (attempt 2)" in cards.retry_card(reply, error, 2, 2.2, "esc").hint
    assert "now" in cards.retry_card(reply, error, 2, 0, "esc").hint


def test_an_answer_without_words_is_said() -> None:
    reply = _reply()
    reply.fold(Finished(StopReason.STOP), 5)
    assert [entry.text for entry in cards.stored_entries(reply, "alt+↑") if isinstance(entry, NoticeEntry)] == [
        "The model said nothing."
    ]


def test_a_tool_call_is_shown_with_its_arguments() -> None:
    reply = _reply()
    reply.fold(ToolCallDelta(0, "c1", "get_weather", '{"city": "Oslo"}'), 1)
    reply.fold(Finished(StopReason.TOOL_CALLS), 5)
    notices = [entry.text for entry in cards.stored_entries(reply, "alt+↑") if isinstance(entry, NoticeEntry)]
    assert notices == ['Wants to call get_weather({"city": "Oslo"})']


def test_the_reasoning_label_says_how_long_and_how_much() -> None:
    reply = _reply()
    reply.fold(ReasoningDelta("hm"), 100)
    assert cards.reasoning_label(reply) == "thinking …"
    reply.fold(TextDelta("a"), 3100)
    reply.fold(UsageReport(Usage(10, output_tokens=500, reasoning_tokens=412)), 3200)
    reply.fold(Finished(StopReason.STOP), 3300)
    assert cards.reasoning_label(reply) == "thought for 3.0 s · 412 tokens"


def test_the_thoughts_of_a_reply_without_timing_still_say_how_much() -> None:
    reply = _reply()
    reply.fold(ReasoningDelta("hm"), 100)
    reply.fold(UsageReport(Usage(10, output_tokens=500, reasoning_tokens=412)), 3200)
    reply.fold(Finished(StopReason.STOP), 3300)
    assert cards.reasoning_label(reply) == "thoughts · 412 tokens"
