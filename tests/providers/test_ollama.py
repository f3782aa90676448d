"""Ollama's own API, both ways."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from providers.errors import IncompleteStream, ModelNotFound, ProtocolError, ProviderError
from providers.events import Event, Finished, ReasoningDelta, Started, StopReason, TextDelta, ToolCallDelta, UsageReport
from providers.formats import ollama
from providers.messages import Message, ReasoningPart, Role, TextPart, ToolCall, ToolResult, user
from providers.reference import ModelRef
from providers.request import ChatRequest, Endpoint, ToolSpec, WireFormat
from providers.usage import Usage

Told = list[Event | ProviderError]
Replay = Callable[..., Told]

ENDPOINT = Endpoint("local", WireFormat.OLLAMA_CHAT, "http://localhost:11434")
ORIGIN = ModelRef("local", "llama3.1")
REQUEST = ChatRequest(model="llama3.1", messages=(user("Hello"),))


@pytest.fixture(name="told")
def _told(replay: Replay) -> Replay:
    return partial(replay, WireFormat.OLLAMA_CHAT)


def text_of(told: Told) -> str:
    return "".join(event.text for event in told if isinstance(event, TextDelta))


def calls_of(told: Told) -> list[ToolCallDelta]:
    return [event for event in told if isinstance(event, ToolCallDelta)]


def usage_of(told: Told) -> Usage:
    return [event.usage for event in told if isinstance(event, UsageReport)][-1]


def body(request: ChatRequest, endpoint: Endpoint = ENDPOINT) -> dict[str, Any]:
    sent = ollama.build(request, endpoint).body
    assert sent is not None
    return dict(sent)


# ── replies ───────────────────────────────────────────────────────────────────


def test_a_plain_reply_starts_tells_its_text_and_finishes(told: Replay) -> None:
    assert told("text.ndjson") == [
        Started(model="llama3.1"),
        TextDelta("Grü"),
        TextDelta("ße, \u2028Welt\u0085 👋"),
        UsageReport(Usage(input_tokens=26, output_tokens=282)),
        Finished(StopReason.STOP, "stop"),
    ]


def test_cache_and_reasoning_shares_are_unknown_and_not_zero(told: Replay) -> None:
    usage = usage_of(told("thinking.ndjson"))
    assert (usage.cached_tokens, usage.cache_write_tokens, usage.reasoning_tokens) == (None, None, None)


def test_thinking_comes_before_the_answer(told: Replay) -> None:
    assert told("thinking.ndjson")[1:4] == [ReasoningDelta("Let me "), ReasoningDelta("think."), TextDelta("42")]


def test_calls_on_several_lines_arrive_whole_and_get_ids(told: Replay) -> None:
    reply = told("tools.ndjson")
    assert calls_of(reply) == [
        ToolCallDelta(0, "call_0", "get_weather", '{"city": "Zürich"}'),
        ToolCallDelta(1, "call_1", "list_cities", "{}"),
    ]
    assert reply[-1] == Finished(StopReason.TOOL_CALLS, "stop")


def test_made_up_ids_differ_from_those_earlier_in_the_conversation(told: Replay) -> None:
    called = Message(Role.ASSISTANT, (ToolCall("call_0", "look", "{}"), ToolCall("call_1", "look", "{}")))
    request = replace(REQUEST, messages=(user("Hi"), called))
    assert [call.id for call in calls_of(told("tools.ndjson", request))] == ["call_2", "call_3"]


def test_ids_are_kept_where_the_server_gives_them_and_arguments_may_be_text(told: Replay) -> None:
    assert calls_of(told("tools_with_ids.ndjson")) == [
        ToolCallDelta(0, "call_x1", "get_weather", '{"city": "Oslo"}'),
        ToolCallDelta(1, "call_x2", "get_weather", '{"city":"Rome"}'),
    ]


def test_durations_may_be_missing(told: Replay) -> None:
    assert usage_of(told("tools_with_ids.ndjson")) == Usage(input_tokens=90, output_tokens=31)


def test_a_call_without_a_name_is_none(told: Replay) -> None:
    line: dict[str, Any] = {
        "message": {"tool_calls": [{"function": {"arguments": {}}}, None, {"function": {"name": "look"}}]}
    }
    assert calls_of(told(json.dumps(line).encode())) == [ToolCallDelta(0, "call_0", "look", "{}")]


def test_a_missing_prompt_count_is_unknown_and_not_zero(told: Replay) -> None:
    assert usage_of(told("length_from_cache.ndjson")) == Usage(input_tokens=None, output_tokens=3)


def test_the_last_line_may_lack_its_line_feed_and_length_is_told(told: Replay) -> None:
    assert told("length_from_cache.ndjson")[-1] == Finished(StopReason.LENGTH, "length")


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("stop", StopReason.STOP),
        ("length", StopReason.LENGTH),
        ("load", StopReason.STOP),
        ("unload", StopReason.STOP),
        ("", StopReason.STOP),
        ("something_new", StopReason.STOP),
    ],
)
def test_every_done_reason_has_a_meaning_and_keeps_its_word(told: Replay, word: str, reason: StopReason) -> None:
    assert told(json.dumps({"done": True, "done_reason": word}).encode())[-1] == Finished(reason, word)


def test_loading_a_model_is_a_reply_without_text(told: Replay) -> None:
    reply = told("load.ndjson")
    assert text_of(reply) == ""
    assert reply[-1] == Finished(StopReason.STOP, "load")


def test_an_error_in_the_middle_keeps_the_text_before_it(told: Replay) -> None:
    *before, error = told("error.ndjson")
    assert text_of(before) == "Half "
    assert isinstance(error, ProviderError)
    assert "unexpected EOF" in error.detail


def test_a_missing_model_is_told_from_other_errors(told: Replay) -> None:
    error = told(b'{"error":"model \'a-model\' not found"}\n')[-1]
    assert isinstance(error, ModelNotFound)
    assert "a-model" in error.summary


def test_a_stream_without_a_done_line_is_incomplete_and_its_text_is_kept(told: Replay) -> None:
    *before, error = told("cut_off.ndjson")
    assert text_of(before) == "Then the line went"
    assert isinstance(error, IncompleteStream)


@pytest.mark.parametrize("garbage", [b"{not json}\n", b"\xff\xfe\n", b"<html>\n"])
def test_what_is_not_json_is_one_clear_error_and_the_text_before_it_is_kept(told: Replay, garbage: bytes) -> None:
    *before, error = told(b'{"message":{"content":"So far"}}\n' + garbage)
    assert text_of(before) == "So far"
    assert isinstance(error, ProtocolError)
    assert "not JSON" in error.summary


def test_a_single_line_that_is_not_the_last_is_a_reply_cut_off() -> None:
    events = iter(ollama.adapter(REQUEST, ENDPOINT).whole(b'{"message": {"content": "Hi"}, "done": false}\n'))
    assert [next(events), next(events)] == [Started(), TextDelta("Hi")]
    with pytest.raises(IncompleteStream):
        next(events)


def test_a_whole_answer_is_one_such_line() -> None:
    answer = {"model": "llama3.1", "message": {"content": "Hi"}, "done": True, "done_reason": "stop", "eval_count": 1}
    assert ollama.adapter(REQUEST, ENDPOINT).whole(json.dumps(answer, indent=2).encode()) == [
        Started(model="llama3.1"),
        TextDelta("Hi"),
        UsageReport(Usage(output_tokens=1)),
        Finished(StopReason.STOP, "stop"),
    ]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"", "empty"),
        (b"<html></html>", "web page"),
        (b"Ollama is running", "not JSON"),
        (b'{"models": []}', "not a reply in the format ollama-chat"),
    ],
)
def test_an_answer_of_another_kind_is_one_sentence_and_a_hint(answer: bytes, words: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        ollama.adapter(REQUEST, ENDPOINT).whole(answer)
    assert words in caught.value.summary
    assert "base URL" in caught.value.hint


# ── requests ──────────────────────────────────────────────────────────────────


def test_a_first_message_is_sent_with_nothing_but_what_was_asked() -> None:
    call = ollama.build(REQUEST, ENDPOINT)
    assert (call.method, call.url) == ("POST", "http://localhost:11434/api/chat")
    assert call.body == {
        "model": "llama3.1",
        "messages": [{"role": "user", "content": "Hello"}],
        "stream": True,
    }


def test_the_system_prompt_is_the_first_message() -> None:
    assert body(replace(REQUEST, system="Be brief."))["messages"][0] == {"role": "system", "content": "Be brief."}


def test_the_limit_is_num_predict_and_the_window_is_left_alone() -> None:
    assert body(replace(REQUEST, max_output_tokens=50))["options"] == {"num_predict": 50}


def test_options_of_extra_body_join_our_own_and_win() -> None:
    endpoint = replace(ENDPOINT, extra_body={"options": {"num_ctx": 16384}, "keep_alive": "1h"})
    sent = body(replace(REQUEST, max_output_tokens=50), endpoint)
    assert (sent["options"], sent["keep_alive"]) == ({"num_predict": 50, "num_ctx": 16384}, "1h")
    winning = replace(ENDPOINT, extra_body={"options": {"num_predict": -1}})
    assert body(replace(REQUEST, max_output_tokens=50), winning)["options"] == {"num_predict": -1}


def test_calls_and_results_go_back_with_objects_names_and_ids() -> None:
    thought = ReasoningPart("Hm")
    called = Message(Role.ASSISTANT, (thought, TextPart("So:"), ToolCall("call_0", "a.look", '{"x": 1}')), ORIGIN)
    answered = Message(Role.TOOL, (ToolResult("call_0", "a.look", "rain"),))
    assert body(replace(REQUEST, messages=(user("Hi"), called, answered)))["messages"][1:] == [
        {
            "role": "assistant",
            "content": "So:",
            "thinking": "Hm",
            "tool_calls": [{"id": "call_0", "function": {"name": "a_look", "arguments": {"x": 1}}}],
        },
        {"role": "tool", "tool_call_id": "call_0", "tool_name": "a_look", "content": "rain"},
    ]


def test_a_result_may_bear_another_name_than_its_call() -> None:
    called = Message(Role.ASSISTANT, (ToolCall("call_0", "look", "{}"),), ORIGIN)
    answered = Message(Role.TOOL, (ToolResult("call_0", "look.up", "rain"),))
    assert body(replace(REQUEST, messages=(user("Hi"), called, answered)))["messages"][2]["tool_name"] == "look_up"


def test_thinking_goes_back_between_call_and_result_only_and_to_its_own_model() -> None:
    said = Message(Role.ASSISTANT, (ReasoningPart("Hm"), TextPart("Yes.")), ORIGIN)
    foreign = Message(
        Role.ASSISTANT, (ReasoningPart("Hm"), ToolCall("call_0", "look", "{}")), ModelRef("local", "qwen3")
    )
    sent = body(replace(REQUEST, messages=(user("Hi"), said, user("Why?"), foreign)))["messages"]
    assert not any("thinking" in message for message in sent)


def test_tools_have_the_shape_of_the_chat_api() -> None:
    tool = ToolSpec("look", "Looks.", {"type": "object"})
    assert body(replace(REQUEST, tools=(tool,)))["tools"] == [
        {"type": "function", "function": {"name": "look", "description": "Looks.", "parameters": {"type": "object"}}}
    ]
