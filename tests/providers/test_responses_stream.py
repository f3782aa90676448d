"""Responses API: from the bytes of a reply to its events."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from providers.catalogue.quirks import Quirks
from providers.errors import (
    IncompleteStream,
    OutOfCredit,
    ProtocolError,
    ProviderError,
    RateLimited,
    ServerTrouble,
    TooLong,
)
from providers.events import (
    Event,
    Finished,
    ReasoningDelta,
    ReasoningSeal,
    Started,
    StopReason,
    TextDelta,
    ToolCallDelta,
    UsageReport,
)
from providers.formats import responses
from providers.messages import user
from providers.request import ChatRequest, Endpoint, WireFormat
from providers.usage import Usage

Told = list[Event | ProviderError]
Replay = Callable[..., Told]

ENDPOINT = Endpoint("here", WireFormat.OPENAI_RESPONSES, "http://localhost:8000")
REQUEST = ChatRequest(model="gpt-5.4", messages=(user("Hello"),))
MODEL = "gpt-5.4-2026-03-05"
COMPLETED = {"type": "response.completed", "response": {"status": "completed", "output": []}}


@pytest.fixture(name="told")
def _told(replay: Replay) -> Replay:
    return partial(replay, WireFormat.OPENAI_RESPONSES)


def stream(*events: dict[str, Any]) -> bytes:
    return b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)


def of(kind: str, index: int = 0, **fields: Any) -> dict[str, Any]:
    return {"type": f"response.{kind}", "output_index": index, **fields}


def text_of(told: Told) -> str:
    return "".join(event.text for event in told if isinstance(event, TextDelta))


def reasoning_of(told: Told) -> str:
    return "".join(event.text for event in told if isinstance(event, ReasoningDelta))


def calls_of(told: Told) -> list[ToolCallDelta]:
    return [event for event in told if isinstance(event, ToolCallDelta)]


def usage_of(told: Told) -> Usage:
    return [event.usage for event in told if isinstance(event, UsageReport)][-1]


def test_a_plain_reply_starts_once_tells_its_text_once_and_finishes(told: Replay) -> None:
    assert told("text.sse") == [
        Started(model=MODEL),
        TextDelta("Grüße"),
        TextDelta(", \u2028Welt 👋"),
        UsageReport(Usage(75, 12, output_tokens=36, reasoning_tokens=0, service_tier="default")),
        Finished(StopReason.STOP, "completed"),
    ]


def test_parts_of_a_reasoning_summary_stand_a_blank_line_apart(told: Replay) -> None:
    assert reasoning_of(told("reasoning_and_tools.sse")) == "Looking at it.\n\nA call is needed."


def test_encrypted_reasoning_is_sealed_from_the_finished_item(told: Replay) -> None:
    reply = told("reasoning_and_tools.sse")
    seal = next(event for event in reply if isinstance(event, ReasoningSeal))
    assert seal.opaque["encrypted_content"] == "gAAAAAFinal"
    assert set(seal.opaque) == {"type", "id", "summary", "encrypted_content"}
    assert isinstance(reply[reply.index(seal) - 1], ReasoningDelta)


def test_a_call_is_linked_by_its_call_id_and_told_once(told: Replay) -> None:
    assert calls_of(told("reasoning_and_tools.sse")) == [
        ToolCallDelta(0, "call_A", "get_weather", ""),
        ToolCallDelta(0, "", "", '{"city"'),
        ToolCallDelta(0, "", "", ':"Paris"}'),
        ToolCallDelta(1, "call_B", "list_cities", ""),
        ToolCallDelta(1, "", "", "{}"),
    ]


def test_usage_with_cache_reads_writes_and_reasoning_is_exact(told: Replay) -> None:
    assert usage_of(told("reasoning_and_tools.sse")) == Usage(
        input_tokens=5000,
        cached_tokens=4096,
        cache_write_tokens=512,
        output_tokens=300,
        reasoning_tokens=256,
        service_tier="default",
    )


def test_usage_that_is_missing_is_not_reported(told: Replay) -> None:
    assert not any(isinstance(event, UsageReport) for event in told(stream(COMPLETED)))


def test_zeros_are_a_server_that_does_not_count(told: Replay) -> None:
    done = {"type": "response.completed", "response": {"usage": {"input_tokens": 0, "output_tokens": 0}}}
    assert told(stream(done)) == [Finished(StopReason.STOP, "completed")]


@pytest.mark.parametrize(
    ("quirks", "usage", "usd"),
    [
        (Quirks(reported_cost=True), '{"cost": 0.12345678901234567890}', "0.12345678901234567890"),
        (
            Quirks(reported_cost=True),
            '{"cost": 0.01, "is_byok": true, "cost_details": {"upstream_inference_cost": 0.2}}',
            "0.21",
        ),
        (Quirks(cost_ticks=True), '{"cost_in_usd_ticks": 37756000}', "0.0037756000"),
    ],
)
def test_a_cost_that_the_provider_names_is_taken_to_the_last_digit(
    told: Replay, quirks: Quirks, usage: str, usd: str
) -> None:
    done = f'{{"type": "response.completed", "response": {{"output": [], "usage": {usage}}}}}'
    reply = told(f"data: {done}\n\n".encode(), quirks=quirks)
    assert usage_of(reply).cost_usd == Decimal(usd)
    assert not any(isinstance(event, UsageReport) for event in told(f"data: {done}\n\n".encode()))


def test_impossible_shares_are_clamped_to_their_whole(told: Replay) -> None:
    usage = {
        "input_tokens": 10,
        "input_tokens_details": {"cached_tokens": 50},
        "output_tokens": 5,
        "output_tokens_details": {"reasoning_tokens": 9},
    }
    done = {"type": "response.completed", "response": {"usage": usage}}
    assert usage_of(told(stream(done))) == Usage(10, 10, output_tokens=5, reasoning_tokens=5)


def test_events_without_names_comments_and_a_final_done_mark_are_read(told: Replay) -> None:
    reply = told("openrouter.sse")
    assert text_of(reply) == "One two"
    assert reply[-1] == Finished(StopReason.STOP, "completed")


def test_final_ids_that_differ_from_the_streamed_ones_repeat_nothing(told: Replay) -> None:
    assert text_of(told("openrouter.sse")) == "One two"


def test_ids_that_change_in_every_event_split_nothing(told: Replay) -> None:
    assert text_of(told("changing_ids.sse")) == "Same text"


def test_a_call_that_comes_without_deltas_is_told_when_it_is_done(told: Replay) -> None:
    assert calls_of(told("no_deltas.sse")) == [
        ToolCallDelta(0, "call_77", "get_weather", ""),
        ToolCallDelta(0, "", "", '{"city":"Oslo"}'),
    ]


def test_raw_reasoning_is_shown_where_there_is_no_summary(told: Replay) -> None:
    reply = told("no_deltas.sse")
    assert reasoning_of(reply) == "Weather, so a call."
    assert not any(isinstance(event, ReasoningSeal) for event in reply)


def test_reasoning_that_comes_raw_and_as_a_summary_is_shown_once(told: Replay) -> None:
    reply = told(
        stream(
            of("reasoning_summary_text.delta", summary_index=0, delta="In short"),
            of("reasoning_text.delta", content_index=0, delta="In all its length"),
            of("reasoning_text.done", content_index=0, text="In all its length"),
            COMPLETED,
        )
    )
    assert reasoning_of(reply) == "In short"


def test_content_that_is_only_in_the_final_response_is_shown_in_order(told: Replay) -> None:
    reply = told("completed_only.sse")
    assert reasoning_of(reply) == "Looking at it.\n\nA call is needed."
    assert text_of(reply) == "All at once."
    assert calls_of(reply) == [
        ToolCallDelta(0, "call_A", "get_weather", ""),
        ToolCallDelta(0, "", "", '{"city":"Paris"}'),
    ]
    kinds = [type(event) for event in reply]
    assert kinds.index(ReasoningSeal) < kinds.index(TextDelta) < kinds.index(ToolCallDelta)


def test_items_that_were_opened_but_stayed_empty_are_filled_in_order(told: Replay) -> None:
    reasoning = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm"}], "encrypted_content": "E"}
    message = {"type": "message", "content": [{"type": "output_text", "text": "Yes."}]}
    reply = told(
        stream(
            of("output_item.added", 0, item={"type": "reasoning", "summary": []}),
            of("output_item.added", 1, item={"type": "message", "content": []}),
            {"type": "response.completed", "response": {"output": [reasoning, message]}},
        )
    )
    assert [type(event) for event in reply] == [ReasoningDelta, ReasoningSeal, TextDelta, Finished]


def test_an_empty_final_output_erases_nothing(told: Replay) -> None:
    assert text_of(told("empty_output.sse")) == "From deltas"


def test_what_deltas_left_out_is_filled_from_every_later_telling(told: Replay) -> None:
    assert text_of(told("gaps.sse")) == "The beginning, the middle and \n\nthe end."


def test_an_item_that_was_done_but_empty_is_filled_from_the_final_response(told: Replay) -> None:
    message = {"type": "message", "content": [{"type": "output_text", "text": "Here."}]}
    done = {"type": "response.completed", "response": {"output": [message]}}
    assert text_of(told(stream(of("output_item.done", item={"type": "message", "content": []}), done))) == "Here."


def test_a_final_text_that_contradicts_the_deltas_is_not_shown(told: Replay) -> None:
    message = {"type": "message", "content": [{"type": "output_text", "text": "Another text"}]}
    done = {"type": "response.completed", "response": {"output": [message]}}
    assert text_of(told(stream(of("output_text.delta", delta="The text"), done))) == "The text"


def test_reasoning_that_turns_up_after_the_answer_is_left_out(told: Replay) -> None:
    late = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Late"}], "encrypted_content": "E"}
    done = {"type": "response.completed", "response": {"output": [late]}}
    reply = told(stream(of("output_text.delta", delta="Answer"), done))
    assert reasoning_of(reply) == ""
    assert not any(isinstance(event, ReasoningSeal) for event in reply)


def test_arguments_that_come_before_the_name_wait_for_it(told: Replay) -> None:
    call = {"type": "function_call", "call_id": "call_1", "name": "look", "arguments": '{"a":1}'}
    reply = told(
        stream(
            of("output_item.added", item={"type": "function_call", "arguments": ""}),
            of("function_call_arguments.delta", delta='{"a"'),
            of("output_item.done", item=call),
            COMPLETED,
        )
    )
    assert calls_of(reply) == [
        ToolCallDelta(0, "call_1", "look", ""),
        ToolCallDelta(0, "", "", '{"a"'),
        ToolCallDelta(0, "", "", ":1}"),
    ]


def test_a_call_without_a_call_id_is_linked_by_its_item_id_or_a_made_up_one(told: Replay) -> None:
    def call(index: int, **fields: str) -> dict[str, Any]:
        return of("output_item.added", index, item={"type": "function_call", "name": "look", **fields})

    reply = told(stream(call(0, id="fc_1"), call(1), COMPLETED))
    assert [event.id for event in calls_of(reply) if event.name] == ["fc_1", "call_1"]


def test_a_refusal_is_shown_as_text_and_finishes_as_one(told: Replay) -> None:
    reply = told("refusal.sse")
    assert text_of(reply) == "I cannot do that."
    assert reply[-1] == Finished(StopReason.REFUSAL, "refusal")


def test_commentary_and_answer_are_shown_in_order_and_apart(told: Replay) -> None:
    assert text_of(told("commentary.sse")) == "I'll search.\n\nFound it."


def test_unknown_events_and_items_are_skipped(told: Replay) -> None:
    assert [type(event) for event in told("commentary.sse")] == [
        Started,
        TextDelta,
        TextDelta,
        TextDelta,
        UsageReport,
        Finished,
    ]


def test_an_answer_cut_at_the_limit_finishes_for_length_with_its_usage(told: Replay) -> None:
    reply = told("incomplete_length.sse")
    assert text_of(reply) == "Cut sh"
    assert usage_of(reply).output_tokens == 100
    assert reply[-1] == Finished(StopReason.LENGTH, "max_output_tokens")


@pytest.mark.parametrize(
    ("details", "reason", "raw"),
    [
        ({"reason": "max_output_tokens"}, StopReason.LENGTH, "max_output_tokens"),
        ({"reason": "content_filter"}, StopReason.CONTENT_FILTER, "content_filter"),
        ({"reason": "power_cut"}, StopReason.INCOMPLETE, "power_cut"),
        (None, StopReason.INCOMPLETE, "incomplete"),
    ],
)
def test_every_reason_to_be_incomplete_has_a_meaning(
    told: Replay, details: object, reason: StopReason, raw: str
) -> None:
    response = {"status": "incomplete", "incomplete_details": details}
    assert told(stream({"type": "response.incomplete", "response": response})) == [Finished(reason, raw)]


def test_a_response_that_the_server_cancelled_finishes_as_cancelled(told: Replay) -> None:
    assert told(stream({"type": "response.cancelled", "response": {}})) == [Finished(StopReason.CANCELLED, "cancelled")]


def test_an_error_that_is_told_twice_is_reported_once(told: Replay) -> None:
    *before, error = told("failed_twice.sse")
    assert text_of(before) == "So far"
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == 20


def test_after_an_error_the_adapter_says_nothing_more() -> None:
    module_adapter, decoder = responses.adapter(REQUEST, ENDPOINT), responses.decoder()
    error, failed = decoder.feed(
        stream({"type": "error", "error": {"message": "No."}}, {"type": "response.failed", "response": {}})
    )
    with pytest.raises(ProviderError):
        module_adapter.push(error)
    assert module_adapter.push(failed) == []
    assert module_adapter.end() == []


def test_an_error_that_is_written_flat_is_read_too(told: Replay) -> None:
    error = told("error_flat.sse")[-1]
    assert isinstance(error, ServerTrouble)
    assert error.detail == "The server had an error."


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("context_length_exceeded", TooLong),
        ("insufficient_quota", OutOfCredit),
        ("rate_limit_exceeded", RateLimited),
        ("server_error", ServerTrouble),
    ],
)
def test_failed_responses_are_told_apart_by_their_code(told: Replay, code: str, kind: type[ProviderError]) -> None:
    failed = {"type": "response.failed", "response": {"status": "failed", "error": {"code": code, "message": "No."}}}
    assert type(told(stream(failed))[-1]) is kind


def test_a_stream_without_a_terminal_event_is_incomplete_and_its_text_is_kept(told: Replay) -> None:
    *before, error = told("cut_off.sse")
    assert text_of(before) == "Then the line went"
    assert isinstance(error, IncompleteStream)


def test_a_done_mark_instead_of_a_terminal_event_ends_a_reply_but_not_an_empty_one(told: Replay) -> None:
    done = b"data: [DONE]\n\n"
    assert told(stream(of("output_text.delta", delta="Hi")) + done) == [TextDelta("Hi"), Finished(StopReason.STOP)]
    assert isinstance(told(done)[-1], IncompleteStream)


def test_a_failed_response_still_says_what_it_used(told: Replay) -> None:
    usage = {"input_tokens": 3, "output_tokens": 4}
    failed = {"status": "failed", "error": {"code": "server_error", "message": "No."}, "usage": usage}
    reported, error = told(stream({"type": "response.failed", "response": failed}))
    assert reported == UsageReport(Usage(3, output_tokens=4))
    assert isinstance(error, ServerTrouble)


@pytest.mark.parametrize("garbage", [b"data: {not json}\n\n", b"data: \xff\xfe\n\n"])
def test_what_is_not_json_is_one_clear_error_and_the_text_before_it_is_kept(told: Replay, garbage: bytes) -> None:
    *before, error = told(stream(of("output_text.delta", delta="So far")) + garbage)
    assert text_of(before) == "So far"
    assert isinstance(error, ProtocolError)
    assert "not JSON" in error.summary


def test_a_whole_answer_is_told_like_the_end_of_a_stream() -> None:
    answer = {
        "object": "response",
        "status": "completed",
        "error": None,
        "model": MODEL,
        "output": [{"type": "message", "content": [{"type": "output_text", "text": "Hello."}]}],
        "usage": {"input_tokens": 3, "output_tokens": 4},
    }
    assert responses.adapter(REQUEST, ENDPOINT).whole(json.dumps(answer).encode()) == [
        Started(model=MODEL),
        TextDelta("Hello."),
        UsageReport(Usage(3, output_tokens=4)),
        Finished(StopReason.STOP, "completed"),
    ]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b"<html></html>", "web page"),
        (b"OK", "not JSON"),
        (b'{"choices": []}', "not a reply in the format openai-responses"),
        (b"null", "not a reply"),
    ],
)
def test_an_answer_of_another_kind_is_one_sentence_and_a_hint(body: bytes, words: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        responses.adapter(REQUEST, ENDPOINT).whole(body)
    assert words in caught.value.summary
    assert "base URL" in caught.value.hint


def test_a_failed_response_in_one_piece_is_its_error() -> None:
    answer = {"status": "failed", "output": [], "error": {"code": "rate_limit_exceeded", "message": "Slow down."}}
    with pytest.raises(RateLimited):
        responses.adapter(REQUEST, ENDPOINT).whole(json.dumps(answer).encode())
