"""Anthropic Messages: from the bytes of a reply to its events."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from providers.catalogue.quirks import Quirks
from providers.errors import IncompleteStream, Overloaded, ProtocolError, ProviderError, RateLimited, ServerTrouble
from providers.events import (
    Event,
    Finished,
    Notice,
    ReasoningDelta,
    ReasoningSeal,
    Restarted,
    Started,
    StopReason,
    TextDelta,
    ToolCallDelta,
    UsageReport,
)
from providers.formats import messages
from providers.messages import user
from providers.request import ChatRequest, Endpoint, ToolSpec, WireFormat
from providers.usage import Usage

Told = list[Event | ProviderError]
Replay = Callable[..., Told]

WIRE = Path(__file__).parents[1] / "wire" / "anthropic-messages"
ENDPOINT = Endpoint("here", WireFormat.ANTHROPIC_MESSAGES, "http://localhost:8000")
REQUEST = ChatRequest(model="claude-sonnet-4-6", messages=(user("Hello"),))


@pytest.fixture(name="told")
def _told(replay: Replay) -> Replay:
    return partial(replay, WireFormat.ANTHROPIC_MESSAGES)


def stream(*events: dict[str, Any]) -> bytes:
    return b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)


def ending(reason: str | None, **usage: int) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": usage}


def text_of(told: Told) -> str:
    return "".join(event.text for event in told if isinstance(event, TextDelta))


def usage_of(told: Told) -> Usage:
    return [event.usage for event in told if isinstance(event, UsageReport)][-1]


def without_usage(told: Told) -> Told:
    return [event for event in told if not isinstance(event, (UsageReport, Started))]


def test_a_plain_reply_starts_tells_its_text_and_finishes(told: Replay) -> None:
    assert told("text.sse") == [
        Started(model="claude-sonnet-4-6"),
        UsageReport(Usage(25, 0, 0, service_tier="standard")),
        TextDelta("Grüße"),
        TextDelta(", \u2028Welt 👋"),
        UsageReport(Usage(25, 0, 0, output_tokens=12, service_tier="standard")),
        Finished(StopReason.STOP, "end_turn"),
    ]


def test_thinking_is_sealed_with_its_signature_before_the_text_begins(told: Replay) -> None:
    assert without_usage(told("thinking_and_tools.sse"))[:5] == [
        ReasoningDelta("Two cities, "),
        ReasoningDelta("two calls."),
        ReasoningSeal({"type": "thinking", "signature": "EqQBCgIYAhIM"}),
        ReasoningSeal({"type": "redacted_thinking", "data": "EmwKAhgBEgy3"}),
        TextDelta("Let me look."),
    ]


def test_thinking_that_is_kept_back_leaves_only_its_seal(told: Replay) -> None:
    assert without_usage(told("thinking_omitted.sse")) == [
        ReasoningSeal({"type": "thinking", "signature": "ErcBCkgIBxAB"}),
        TextDelta("42"),
        Finished(StopReason.STOP, "end_turn"),
    ]


def test_arguments_are_the_pieces_joined_and_no_piece_at_all_is_an_empty_object(told: Replay) -> None:
    assert without_usage(told("thinking_and_tools.sse"))[5:] == [
        ToolCallDelta(0, "toolu_01", "get_weather", ""),
        ToolCallDelta(0, "", "", '{"city": "Par'),
        ToolCallDelta(0, "", "", 'is"}'),
        ToolCallDelta(1, "toolu_02", "list_cities", ""),
        ToolCallDelta(1, "", "", "{}"),
        Finished(StopReason.TOOL_CALLS, "tool_use"),
    ]


def test_a_later_usage_replaces_the_earlier_one_input_included(told: Replay) -> None:
    reply = told("thinking_and_tools.sse")
    reports = [event.usage for event in reply if isinstance(event, UsageReport)]
    assert [report.input_tokens for report in reports] == [43, 61]
    assert usage_of(reply) == Usage(61, 0, 0, output_tokens=89, reasoning_tokens=30, service_tier="standard")


def test_input_is_the_sum_of_uncached_read_and_written_tokens(told: Replay) -> None:
    # 10 uncached + 2,000 read + 3,000 written, of which 2,000 for an hour: the split is told at the start only.
    assert usage_of(told("caching.sse")) == Usage(5010, 2000, 3000, 2000, 7, service_tier="standard")


def test_the_first_output_count_is_a_placeholder_and_is_not_reported(told: Replay) -> None:
    assert usage_of(told("cut_off.sse")).output_tokens is None


def test_the_bill_of_a_reply_with_several_iterations_is_their_sum(told: Replay) -> None:
    # (9,000 + 200 + 100) + 500 in; 700 + 40 out.
    reply = told("compaction.sse")
    compaction, answer = Usage(9300, 200, 100, output_tokens=700), Usage(500, 0, 0, output_tokens=40)
    assert usage_of(reply) == Usage(
        9800, 200, 100, output_tokens=740, service_tier="standard", runs=(compaction, answer)
    )
    assert text_of(reply) == "Going on."


def test_the_hour_writes_of_iterations_are_summed_too(told: Replay) -> None:
    run = {
        "input_tokens": 1,
        "output_tokens": 2,
        "cache_creation_input_tokens": 30,
        "cache_creation": {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 20},
    }
    delta = {**ending("end_turn"), "usage": {"output_tokens": 2, "iterations": [run, run]}}
    each = Usage(31, None, 30, 20, 2)
    assert usage_of(told(stream(delta))) == Usage(62, None, 60, 40, 4, runs=(each, each))


def test_null_usage_fields_are_unknown_and_erase_nothing(told: Replay) -> None:
    reply = told("sparse_proxy.sse")
    assert usage_of(reply) == Usage(output_tokens=9)
    again = told(
        stream(ending(None, input_tokens=5, output_tokens=6), {**ending("end_turn"), "usage": {"input_tokens": None}})
    )
    assert usage_of(again) == Usage(5, output_tokens=6)


def test_an_input_of_zero_is_unknown_until_a_count_arrives(told: Replay) -> None:
    start = {"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 0, "output_tokens": 0}}}
    reports = [
        event.usage.input_tokens
        for event in told(stream(start, ending("end_turn", input_tokens=8, output_tokens=2)))
        if isinstance(event, UsageReport)
    ]
    assert reports == [None, 8]


def test_a_cost_that_the_provider_names_is_taken_to_the_last_digit(told: Replay) -> None:
    delta = '{"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"cost": 0.12345678901234567890}}'
    reply = told(f"data: {delta}\n\n".encode(), quirks=Quirks(reported_cost=True))
    assert usage_of(reply).cost_usd == Decimal("0.12345678901234567890")


def test_fast_mode_is_named_as_the_tier(told: Replay) -> None:
    delta = {**ending("end_turn"), "usage": {"input_tokens": 1, "service_tier": "standard", "speed": "fast"}}
    assert usage_of(told(stream(delta))).service_tier == "fast"


def test_no_message_stop_is_needed_once_a_stop_reason_came(told: Replay) -> None:
    assert told("sparse_proxy.sse")[-1] == Finished(StopReason.TOOL_CALLS, "tool_use")


def test_text_and_thinking_in_the_opening_of_a_block_count(told: Replay) -> None:
    assert without_usage(told("sparse_proxy.sse"))[:4] == [
        ReasoningDelta("Hm. "),
        ReasoningDelta("Yes."),
        TextDelta("Be"),
        TextDelta("gun"),
    ]


def test_arguments_in_the_opening_of_a_call_count_when_no_pieces_follow(told: Replay) -> None:
    calls = [event for event in told("sparse_proxy.sse") if isinstance(event, ToolCallDelta)]
    assert calls == [
        ToolCallDelta(0, "toolu_9", "get_weather", ""),
        ToolCallDelta(0, "", "", '{"city": "Oslo"}'),
    ]


def test_thinking_that_nobody_closes_is_sealed_when_the_next_block_opens(told: Replay) -> None:
    reply = told(
        stream(
            {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": "Hm"}},
            {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "S"}},
            {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": "Yes"}},
            ending("end_turn"),
        )
    )
    assert reply[1] == ReasoningSeal({"type": "thinking", "signature": "S"})


def test_text_without_an_opening_event_is_shown(told: Replay) -> None:
    delta = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}}
    assert text_of(told(stream(delta, ending("end_turn")))) == "Hi"


def test_a_call_without_an_id_gets_one_and_a_call_without_a_name_is_none(told: Replay) -> None:
    nameless = {"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use", "id": "toolu_1"}}
    unnumbered = {"type": "content_block_start", "index": 1, "content_block": {"type": "tool_use", "name": "look"}}
    pieces = {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": "{"}}
    calls = [
        event
        for event in told(stream(nameless, pieces, unnumbered, ending("tool_use")))
        if isinstance(event, ToolCallDelta)
    ]
    assert calls == [ToolCallDelta(0, "call_0", "look", ""), ToolCallDelta(0, "", "", "{}")]


def test_pings_padding_and_event_names_change_nothing(told: Replay) -> None:
    recorded = (WIRE / "text.sse").read_bytes()
    assert b'"ping"' in recorded
    bare = re.sub(rb'event: .*\n|data: {"type":"ping"} *\n\n| +$', b"", recorded, flags=re.MULTILINE)
    assert len(bare) < len(recorded)
    assert told(bare) == told(recorded)


def test_unknown_blocks_deltas_and_events_are_skipped(told: Replay) -> None:
    assert text_of(told("server_tools.sse")) == "Searching. Found."


def test_tools_that_run_on_the_server_are_no_calls_of_ours(told: Replay) -> None:
    reply = told("server_tools.sse")
    assert not any(isinstance(event, ToolCallDelta) for event in reply)
    assert reply[-1] == Finished(StopReason.STOP, "end_turn")


def test_a_refusal_without_any_content_finishes_as_one_and_says_why(told: Replay) -> None:
    assert without_usage(told("refusal.sse")) == [
        Notice("Refused: This could enable harm."),
        Finished(StopReason.REFUSAL, "refusal"),
    ]


def test_a_second_start_with_the_same_id_is_ignored(told: Replay) -> None:
    reply = told("repeated_start.sse")
    assert text_of(reply) == "Once only"
    assert not any(isinstance(event, Restarted) for event in reply)


def test_a_second_start_with_a_new_id_voids_what_came_before(told: Replay) -> None:
    reply = told("restarted.sse")
    restart = reply.index(Restarted())
    assert text_of(reply[:restart]) == "Thrown away"
    assert text_of(reply[restart:]) == "Kept"
    assert usage_of(reply) == Usage(31, 0, 0, output_tokens=5, service_tier="standard")


def test_calls_are_counted_from_zero_after_a_restart(told: Replay) -> None:
    def start(name: str) -> dict[str, Any]:
        return {"type": "message_start", "message": {"id": name}}

    call = {"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use", "id": "t", "name": "n"}}
    reply = told(stream(start("a"), call, start("b"), call, ending("tool_use")))
    assert [event.index for event in reply if isinstance(event, ToolCallDelta)] == [0, 0, 0]


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("end_turn", StopReason.STOP),
        ("stop_sequence", StopReason.STOP),
        ("max_tokens", StopReason.LENGTH),
        ("model_context_window_exceeded", StopReason.LENGTH),
        ("tool_use", StopReason.TOOL_CALLS),
        ("refusal", StopReason.REFUSAL),
        ("pause_turn", StopReason.INCOMPLETE),
        ("compaction", StopReason.INCOMPLETE),
        ("something_new", StopReason.STOP),
    ],
)
def test_every_stop_reason_has_a_meaning_and_keeps_its_word(told: Replay, word: str, reason: StopReason) -> None:
    assert told(stream(ending(word), {"type": "message_stop"}))[-1] == Finished(reason, word)


def test_a_turn_that_ends_with_calls_ended_for_them_whatever_the_word(told: Replay) -> None:
    call = {"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use", "id": "t", "name": "n"}}
    assert told(stream(call, ending("end_turn")))[-1] == Finished(StopReason.TOOL_CALLS, "end_turn")


def test_a_paused_turn_keeps_its_text(told: Replay) -> None:
    reply = told("paused.sse")
    assert text_of(reply) == "Working on it"
    assert reply[-1] == Finished(StopReason.INCOMPLETE, "pause_turn")


def test_arguments_cut_off_at_the_limit_are_passed_on_as_they_are(told: Replay) -> None:
    reply = told("half_a_call.sse")
    assert ToolCallDelta(0, "", "", '{"text": "onc') in reply
    assert reply[-1] == Finished(StopReason.LENGTH, "max_tokens")


def test_an_error_event_becomes_the_error_it_would_be_as_a_status(told: Replay) -> None:
    *before, error = told("overloaded.sse")
    assert text_of(before) == "Half a"
    assert isinstance(error, Overloaded)
    assert (error.status, error.request_id, error.is_retryable) == (None, "req_011", True)


@pytest.mark.parametrize(
    ("kind", "error"),
    [("rate_limit_error", RateLimited), ("api_error", ServerTrouble), ("overloaded_error", Overloaded)],
)
def test_error_types_are_told_apart(told: Replay, kind: str, error: type[ProviderError]) -> None:
    assert type(told(stream({"type": "error", "error": {"type": kind, "message": "No."}}))[-1]) is error


def test_an_error_object_without_a_type_is_an_error_too(told: Replay) -> None:
    assert isinstance(told(stream({"error": {"message": "Bad gateway", "code": 502}}))[-1], ServerTrouble)


def test_nothing_counts_after_the_end(told: Replay) -> None:
    late = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "late"}}
    assert told(stream(ending("end_turn"), {"type": "message_stop"}, late, {"type": "error", "error": {}})) == [
        Finished(StopReason.STOP, "end_turn")
    ]


def test_a_stream_without_a_stop_reason_is_incomplete_and_its_text_is_kept(told: Replay) -> None:
    *before, error = told("cut_off.sse")
    assert text_of(before) == "Then the line went"
    assert isinstance(error, IncompleteStream)


@pytest.mark.parametrize("garbage", [b"data: {not json}\n\n", b"data: \xff\xfe\n\n", b'data: {"type":\n\n'])
def test_what_is_not_json_is_one_clear_error_and_the_text_before_it_is_kept(told: Replay, garbage: bytes) -> None:
    opening = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "So far"}}
    *before, error = told(stream(opening) + garbage)
    assert text_of(before) == "So far"
    assert isinstance(error, ProtocolError)
    assert "not JSON" in error.summary


def test_tool_names_come_back_as_the_tool_calls_itself(told: Replay) -> None:
    tool = ToolSpec("files.read/all", "", {"type": "object"})
    request = ChatRequest(model="m", messages=(user("Hi"),), tools=(tool,))
    wire_name = messages.build(request, ENDPOINT).body["tools"][0]["name"]  # type: ignore[index]
    block = {"type": "tool_use", "id": "t", "name": wire_name}
    call = {"type": "content_block_start", "index": 0, "content_block": block}
    assert told(stream(call, ending("tool_use")), request)[0] == ToolCallDelta(0, "t", "files.read/all", "")


def test_a_whole_answer_tells_the_same_story_as_a_stream() -> None:
    answer = {
        "id": "msg_1",
        "type": "message",
        "model": "claude-sonnet-4-6",
        "content": [
            {"type": "thinking", "thinking": "Hm", "signature": "S"},
            {"type": "text", "text": "Look:"},
            {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {"at": "ü"}},
        ],
        "stop_reason": "tool_use",
        "usage": {"input_tokens": 3, "output_tokens": 4},
    }
    assert messages.adapter(REQUEST, ENDPOINT).whole(json.dumps(answer).encode()) == [
        Started(model="claude-sonnet-4-6"),
        ReasoningDelta("Hm"),
        ReasoningSeal({"type": "thinking", "signature": "S"}),
        TextDelta("Look:"),
        ToolCallDelta(0, "toolu_1", "look", ""),
        ToolCallDelta(0, "", "", '{"at": "ü"}'),
        UsageReport(Usage(3, output_tokens=4)),
        Finished(StopReason.TOOL_CALLS, "tool_use"),
    ]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b" \r\n", "empty"),
        (b"<!doctype html><title>Login</title>", "web page"),
        (b"OK", "not JSON"),
        (b'{"choices": []}', "not a reply in the format anthropic-messages"),
        (b"[]", "not a reply"),
        (b"3", "not a reply"),
    ],
)
def test_an_answer_of_another_kind_is_one_sentence_and_a_hint(body: bytes, words: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        messages.adapter(REQUEST, ENDPOINT).whole(body)
    assert words in caught.value.summary
    assert "base URL" in caught.value.hint


def test_an_error_inside_a_200_is_that_error() -> None:
    body = b'{"type":"error","error":{"type":"rate_limit_error","message":"Slow down."}}'
    with pytest.raises(RateLimited):
        messages.adapter(REQUEST, ENDPOINT).whole(body)
