"""The chat adapter on streams as real servers write them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.catalogue.quirks import NO_QUIRKS, Quirks
from providers.decoders.frame import Frame
from providers.errors import (
    BadCredential,
    IncompleteStream,
    OutOfCredit,
    Overloaded,
    ProtocolError,
    ProviderError,
    RateLimited,
    Rejected,
    ServerTrouble,
)
from providers.events import Event, Finished, ReasoningDelta, Started, StopReason, TextDelta, UsageReport
from providers.formats.chat_stream import ChatAdapter
from providers.usage import Usage
from tests.providers.chat_support import (
    WIRE,
    Call,
    chunk,
    endpoint,
    events_of,
    folded,
    frame,
    outcome,
    recorded,
    request,
)

QUIRKS = {
    "openrouter-reasoning": Quirks(reported_cost=True),
    "openrouter-error": Quirks(reported_cost=True),
    "deepseek": Quirks(cache_hit_tokens=True),
    "gemini-tools": Quirks(output_from_total=True),
    "gemini-thoughts": Quirks(thought_tags=True),
    "think-tags": Quirks(thinking_tags=True),
    "xai": Quirks(output_excludes_reasoning=True, cost_ticks=True),
    "moonshot": Quirks(top_level_cached_tokens=True),
    "perplexity": Quirks(total_cost=True),
    "minimax-error": Quirks(base_resp_errors=True),
}
RECORDINGS = sorted(path.stem for path in WIRE.glob("*.sse"))


def of(name: str) -> list[Event]:
    return events_of([recorded(name)], QUIRKS.get(name, NO_QUIRKS))


def until_error(name: str) -> tuple[list[Event], ProviderError]:
    """The events before the error, and the error."""
    events, error = outcome([recorded(name)], QUIRKS.get(name, NO_QUIRKS))
    assert error is not None
    return events, error


def fresh(quirks: Quirks = NO_QUIRKS) -> ChatAdapter:
    return ChatAdapter(request(), endpoint(quirks))


@pytest.mark.parametrize(
    ("name", "text", "reasoning", "stop"),
    [
        ("openai", "Hello, “world”\u2028next!", "", StopReason.STOP),
        ("azure", "Hi", "", StopReason.CONTENT_FILTER),
        ("openrouter-reasoning", "Four.", "Let me think.", StopReason.STOP),
        ("groq-usage", "Yes", "Hm", StopReason.STOP),
        ("deepseek", "Hi", "The user", StopReason.STOP),
        ("mistral-parts", "It is five.", "Adding up.", StopReason.STOP),
        ("gemini-thoughts", "Left.", "Weighing both.", StopReason.STOP),
        ("think-tags", "Yes: `<think>` is a tag.", "Is 1 < 2? Yes.", StopReason.STOP),
        ("xai", "42", "Quick", StopReason.STOP),
        ("moonshot", "Ja", "", StopReason.STOP),
        ("perplexity", "The sky is blue.", "", StopReason.STOP),
        ("vllm", "ok", "r", StopReason.STOP),
        ("claude-behind-gateway", "Let me look.", "", StopReason.TOOL_CALLS),
        ("no-blank-line", "Fin", "", StopReason.STOP),
    ],
)
def test_recorded_streams_give_text_reasoning_and_reason(
    name: str, text: str, reasoning: str, stop: StopReason
) -> None:
    reply = folded(of(name))
    assert (reply.text, reply.reasoning) == (text, reasoning)
    assert [finished.reason for finished in reply.finished] == [stop]


@pytest.mark.parametrize(
    ("name", "usage"),
    [
        ("openai", Usage(2006, 1920, 64, None, 300, 128, service_tier="default")),
        ("openai-tools", Usage(80, output_tokens=40)),
        ("openrouter-reasoning", Usage(4000, 3000, 500, None, 20, 20, Decimal("0.007312500000000000012"))),
        ("groq-usage", Usage(70, output_tokens=9)),
        ("deepseek", Usage(100, 64, output_tokens=30, reasoning_tokens=20)),
        ("gemini-tools", Usage(50, output_tokens=100, reasoning_tokens=80)),
        ("xai", Usage(40, 8, output_tokens=302, reasoning_tokens=300, cost_usd=Decimal("0.0037756"))),
        ("moonshot", Usage(30, 16, output_tokens=1)),
        ("perplexity", Usage(7, output_tokens=5, cost_usd=Decimal("0.005012"), is_approximate=True)),
        ("vllm", Usage(5, output_tokens=2)),
    ],
)
def test_recorded_streams_give_the_usage_that_is_billed(name: str, usage: Usage) -> None:
    assert folded(of(name)).usage == usage


OSLO, ROME = '{"city":"Oslo"}', '{"city":"Rome"}'


@pytest.mark.parametrize(
    ("name", "calls"),
    [
        ("openai-tools", [Call("call_a", "weather", OSLO), Call("call_b", "mcp_search", '{"q":"é"}')]),
        (
            "mistral-tools",
            [
                Call("Ab3dEf9hI", "weather", '{"city": "Oslo"}'),
                Call("Zb3dEf9hI", "weather", '{"city": "Rome"}'),
            ],
        ),
        ("qwen-tools", [Call("call_q", "weather", '{"city": "Oslo"}')]),
        (
            "gemini-tools",
            [
                Call(
                    "call_0",
                    "weather",
                    OSLO,
                    {"extra_content": {"google": {"thought_signature": "c2lnbmF0dXJl"}}},
                ),
                Call("call_1", "clock", "{}"),
            ],
        ),
        ("claude-behind-gateway", [Call("toolu_1", "weather", OSLO), Call("toolu_2", "clock", "{}")]),
        ("gateway-same-index", [Call("a", "weather", OSLO), Call("b", "weather", ROME)]),
    ],
)
def test_recorded_streams_give_whole_tool_calls(name: str, calls: list[Call]) -> None:
    reply = folded(of(name))
    assert reply.calls == calls
    assert reply.finished[0].reason is StopReason.TOOL_CALLS


@pytest.mark.parametrize(
    ("name", "error", "text"),
    [
        ("openrouter-error", Overloaded, "Half an ans"),
        ("groq-error", Rejected, "Ok"),
        ("minimax-error", OutOfCredit, ""),
        ("truncated", IncompleteStream, "Once upon"),
    ],
)
def test_errors_inside_a_stream_keep_the_text_before_them(name: str, error: type[ProviderError], text: str) -> None:
    events, raised = until_error(name)
    assert type(raised) is error
    assert folded(events).text == text
    assert not folded(events).finished
    assert raised.provider == "work"


def test_usage_beside_an_error_is_reported() -> None:
    events, _ = until_error("openrouter-error")
    assert folded(events).usage == Usage(10, output_tokens=5, cost_usd=Decimal("0.0001"))


def test_reasoning_details_are_sealed_whole_before_the_text() -> None:
    events = of("openrouter-reasoning")
    detail = {
        "type": "reasoning.text",
        "text": "Let me think.",
        "format": "anthropic-claude-v1",
        "index": 0,
        "signature": "c2ln",
    }
    assert folded(events).sealed == [{"reasoning_details": [detail]}]
    kinds = [type(event).__name__ for event in events if not isinstance(event, (Started, UsageReport))]
    assert kinds == [
        "ReasoningDelta",
        "ReasoningDelta",
        "ReasoningSeal",
        "TextDelta",
        "TextDelta",
        "Finished",
    ]


def test_cumulative_usage_is_reported_when_it_changes_only() -> None:
    assert folded(of("vllm")).reports == 3
    assert folded(of("perplexity")).reports == 3


def test_the_model_that_answers_is_named_once() -> None:
    assert [event for event in of("azure") if isinstance(event, Started)] == [Started(model="gpt-4o")]


@pytest.mark.parametrize("name", RECORDINGS)
def test_any_cut_of_the_bytes_gives_the_same_events(name: str) -> None:
    stream, quirks = recorded(name), QUIRKS.get(name, NO_QUIRKS)

    def said(chunks: Iterable[bytes]) -> tuple[list[Event], str]:
        events, error = outcome(chunks, quirks)
        return events, str(error)

    @given(st.lists(st.integers(0, len(stream)), max_size=20).map(sorted))
    def check(cuts: list[int]) -> None:
        assert said(stream[start:end] for start, end in pairwise([0, *cuts, len(stream)])) == expected

    expected = said([stream])
    assert said(bytes([byte]) for byte in stream) == expected
    check()


def test_a_later_null_does_not_erase_usage() -> None:
    reply = fresh()
    events = [*reply.push(chunk({"content": "x"}, usage={"prompt_tokens": 1, "completion_tokens": 1}))]
    events += reply.push(chunk({}, "stop", usage=None))
    assert folded(events + reply.end()).usage == Usage(1, output_tokens=1)


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("stop", StopReason.STOP),
        ("eos", StopReason.STOP),
        ("end_turn", StopReason.STOP),
        ("STOP", StopReason.STOP),
        ("length", StopReason.LENGTH),
        ("MAX_TOKENS", StopReason.LENGTH),
        ("model_length", StopReason.LENGTH),
        ("model_context_window_exceeded", StopReason.LENGTH),
        ("tool_calls", StopReason.TOOL_CALLS),
        ("function_call", StopReason.TOOL_CALLS),
        ("content_filter", StopReason.CONTENT_FILTER),
        ("sensitive", StopReason.CONTENT_FILTER),
        ("something new", StopReason.STOP),
    ],
)
def test_finish_reasons_are_mapped_and_kept(word: str, reason: StopReason) -> None:
    reply = fresh()
    reply.push(chunk({"content": "x"}))
    reply.push(chunk({}, word))
    assert reply.end() == [Finished(reason, word)]


@pytest.mark.parametrize("word", ["error", "network_error", "insufficient_system_resource"])
def test_a_reply_that_the_server_broke_off_is_an_error(word: str) -> None:
    reply = fresh()
    reply.push(chunk({"content": "x"}))
    reply.push(chunk({}, word))
    with pytest.raises(ServerTrouble, match=word):
        reply.end()


def test_a_refusal_is_text_and_a_reason() -> None:
    reply = fresh()
    events = [*reply.push(chunk({"refusal": "I can't help with that."})), *reply.push(chunk({}, "stop"))]
    done = folded(events + reply.end())
    assert done.text == "I can't help with that."
    assert done.finished[0].reason is StopReason.REFUSAL


def test_done_without_a_finish_reason_ends_the_reply() -> None:
    reply = fresh()
    reply.push(chunk({"content": "x"}))
    assert reply.push(Frame(b" [DONE] ")) == [Finished(StopReason.STOP)]
    assert reply.end() == []


def test_whatever_follows_done_is_ignored() -> None:
    reply = fresh()
    reply.push(chunk({"content": "x"}, "stop"))
    assert reply.push(Frame(b"[DONE]")) == [Finished(StopReason.STOP, "stop")]
    assert reply.push(Frame(b"garbage")) == []
    assert reply.push(frame({"error": {"message": "late"}})) == []


def test_an_empty_finish_reason_is_no_end() -> None:
    reply = fresh()
    reply.push(chunk({"content": "x"}, ""))
    with pytest.raises(IncompleteStream):
        reply.end()


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        ({"error": {"message": "Slow down", "type": "rate_limit_error"}}, RateLimited),
        ({"error": {"message": "no", "code": 401}}, BadCredential),
        ({"error": "the runner crashed"}, ServerTrouble),
        ({"detail": "Internal error"}, ServerTrouble),
        ({"object": "error", "message": "bad", "type": "BadRequestError", "code": 400}, Rejected),
        ([{"error": {"code": 429, "message": "slow", "status": "RESOURCE_EXHAUSTED"}}], RateLimited),
        ({"message": "You cannot do that"}, ServerTrouble),
    ],
)
def test_every_shape_of_error_in_a_stream_is_recognised(payload: object, error: type[ProviderError]) -> None:
    with pytest.raises(ProviderError) as caught:
        list(fresh().push(frame(payload)))
    assert type(caught.value) is error


def test_the_stream_of_another_format_is_no_error_of_the_server() -> None:
    reply = fresh()
    assert reply.push(frame({"model": "m", "message": {"role": "assistant", "content": "Hi"}, "done": False})) == [
        Started(model="m")
    ]
    with pytest.raises(IncompleteStream):
        reply.end()


def test_an_error_event_with_plain_text_is_an_error() -> None:
    with pytest.raises(ProviderError):
        list(fresh().push(Frame(b'"out of memory"', "error")))


def test_a_frame_that_is_not_json_is_said_in_one_sentence() -> None:
    with pytest.raises(ProtocolError) as caught:
        fresh().push(Frame(b"<html>"))
    assert "work" in caught.value.summary
    assert "<html>" in caught.value.detail


def test_bytes_that_are_not_utf8_never_crash() -> None:
    with pytest.raises(ProtocolError):
        fresh().push(Frame(b'{"choices": \xff}'))


def test_a_stream_without_any_answer_is_an_empty_answer() -> None:
    with pytest.raises(ProtocolError, match="empty answer"):
        events_of([b"data: [DONE]\n\n"])


@pytest.mark.parametrize("body", [b"", b"  \n", b"<!doctype html><title>Login</title>", b"Hello", b"[1]", b'{"ok":1}'])
def test_a_whole_answer_that_is_no_reply_is_a_protocol_error(body: bytes) -> None:
    with pytest.raises(ProtocolError) as caught:
        fresh().whole(body)
    assert "base URL" in caught.value.hint


ANSWER = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "model": "m",
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": "Hi",
                "reasoning_content": "Hm",
                "tool_calls": [{"id": "a", "type": "function", "function": {"name": "clock", "arguments": ""}}],
            },
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
}


def test_a_whole_json_answer_gives_the_same_as_a_stream() -> None:
    body = b"\n\n" + json.dumps(ANSWER).encode()
    reply = folded(fresh().whole(body))
    assert (reply.text, reply.reasoning, reply.usage) == ("Hi", "Hm", Usage(3, output_tokens=2))
    assert reply.calls == [Call("a", "clock", "{}")]
    assert [finished.reason for finished in reply.finished] == [StopReason.TOOL_CALLS]


def test_a_whole_answer_as_the_only_event_of_a_stream_is_read() -> None:
    body = b"data: " + json.dumps(ANSWER).encode() + b"\n\n"
    assert folded(events_of([body])).text == "Hi"


def test_an_error_in_a_200_answer_is_an_error() -> None:
    with pytest.raises(OutOfCredit):
        fresh().whole(json.dumps({"error": {"message": "x", "code": "insufficient_quota"}}).encode())


FIELDS = [
    *("choices", "delta", "message", "content", "tool_calls", "function", "index", "id", "name", "arguments"),
    *("usage", "prompt_tokens", "completion_tokens", "prompt_tokens_details", "cost", "finish_reason", "error"),
    *("reasoning", "reasoning_details", "type", "text", "model", "base_resp", "detail"),
]
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(FIELDS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=25,
)


@given(st.lists(JUNK, max_size=4))
def test_no_json_whatsoever_makes_the_adapter_fail_otherwise_than_it_promises(values: list[object]) -> None:
    quirks = Quirks(reported_cost=True, thinking_tags=True, base_resp_errors=True)
    stream = b"".join(b"data: " + frame(value).data + b"\n\n" for value in values)
    events, error = outcome([stream], quirks)
    assert all(event.text for event in events if isinstance(event, (TextDelta, ReasoningDelta)))
    assert error.summary if error else isinstance(events[-1], Finished)
