"""Responses API: from a request to the body on the wire."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from providers.adjust import other_way
from providers.catalogue.quirks import Quirks
from providers.errors import Rejected
from providers.formats import responses
from providers.messages import Message, ReasoningPart, Role, TextPart, ToolCall, ToolResult, user
from providers.reference import ModelRef
from providers.request import ChatRequest, Endpoint, ToolSpec, WireFormat

ENDPOINT = Endpoint("openai", WireFormat.OPENAI_RESPONSES, "https://api.openai.com")
ORIGIN = ModelRef("openai", "gpt-5.4")
REQUEST = ChatRequest(model="gpt-5.4", messages=(user("Hello"),))
OPAQUE = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "E"}


def body(request: ChatRequest, endpoint: Endpoint = ENDPOINT) -> dict[str, Any]:
    sent = responses.build(request, endpoint).body
    assert sent is not None
    return dict(sent)


def items(*said: Message) -> list[dict[str, Any]]:
    history: list[dict[str, Any]] = body(replace(REQUEST, messages=said))["input"]
    return history


def replied(*parts: TextPart | ReasoningPart | ToolCall, origin: ModelRef | None = ORIGIN) -> Message:
    return Message(Role.ASSISTANT, parts, origin)


def test_a_first_message_asks_to_store_nothing_and_to_return_encrypted_reasoning() -> None:
    call = responses.build(REQUEST, ENDPOINT)
    assert (call.method, call.url) == ("POST", "https://api.openai.com/v1/responses")
    assert call.body == {
        "model": "gpt-5.4",
        "input": [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello"}]}],
        "stream": True,
        "store": False,
        "include": ["reasoning.encrypted_content"],
    }


@pytest.mark.parametrize("model", ["gpt-4o", "gpt-4.1-mini", "gpt-3.5-turbo", "gpt-5-chat-latest", "openai/gpt-4o"])
def test_models_that_never_reason_are_not_asked_for_reasoning(model: str) -> None:
    assert "include" not in body(replace(REQUEST, model=model))


@pytest.mark.parametrize("model", ["gpt-5.4", "gpt-5", "o3", "openai/gpt-oss-120b", "grok-4"])
def test_all_other_models_are_asked_for_it(model: str) -> None:
    assert "include" in body(replace(REQUEST, model=model))


@pytest.mark.parametrize(
    "said", ["Encrypted content is not supported with this model.", "The encrypted content could not be verified."]
)
def test_a_server_that_refuses_encrypted_reasoning_is_asked_again_without(said: str) -> None:
    refusal = Rejected("No.", detail=said, status=400)
    taught = other_way(refusal, ENDPOINT)
    assert taught is not None
    thought = replied(ReasoningPart("Hm", OPAQUE), TextPart("Yes."))
    again = body(replace(REQUEST, messages=(user("Hi"), thought)), replace(ENDPOINT, quirks=taught.quirks))
    assert "include" not in again
    assert [item["type"] for item in again["input"]] == ["message", "message"]
    assert other_way(refusal, replace(ENDPOINT, quirks=taught.quirks)) is None


def test_the_system_prompt_and_the_limit_have_their_own_fields() -> None:
    sent = body(replace(REQUEST, system="Be brief.", max_output_tokens=77))
    assert (sent["instructions"], sent["max_output_tokens"]) == ("Be brief.", 77)


def test_a_backend_that_demands_instructions_always_gets_some() -> None:
    codex = replace(ENDPOINT, quirks=Quirks(store_false_required=True))
    assert body(REQUEST, codex)["instructions"]
    assert "instructions" not in body(REQUEST)


def test_the_history_keeps_texts_calls_and_results_in_order() -> None:
    history = items(
        user("Weather?"),
        replied(TextPart("Looking."), ToolCall("call_1", "look", '{"at": "Oslo"}')),
        Message(Role.TOOL, (ToolResult("call_1", "look", "rain"),)),
        user("And now?"),
    )
    assert history[1:4] == [
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Looking."}]},
        {"type": "function_call", "call_id": "call_1", "name": "look", "arguments": '{"at": "Oslo"}'},
        {"type": "function_call_output", "call_id": "call_1", "output": "rain"},
    ]


def test_all_results_follow_their_calls_before_anything_else_is_said() -> None:
    history = items(
        user("Hi"),
        replied(ToolCall("call_1", "look", "{}"), ToolCall("call_2", "look", '{"cut')),
        user("Never mind"),
    )
    assert [item["type"] for item in history[1:]] == [
        "function_call",
        "function_call",
        "function_call_output",
        "function_call_output",
        "message",
    ]
    assert history[2]["arguments"] == "{}"


def test_encrypted_reasoning_goes_back_before_the_item_it_produced() -> None:
    history = items(user("Hi"), replied(ReasoningPart("Hm", OPAQUE), TextPart("Yes.")), user("Why?"))
    assert history[1] == OPAQUE
    assert history[2]["content"][0]["text"] == "Yes."


@pytest.mark.parametrize("origin", [ModelRef("openai", "gpt-5"), ModelRef("azure", "gpt-5.4"), None])
def test_encrypted_reasoning_of_another_model_is_left_out(origin: ModelRef | None) -> None:
    said = replied(ReasoningPart("Hm", OPAQUE), TextPart("Yes."), origin=origin)
    assert [item["type"] for item in items(user("Hi"), said, user("Why?"))] == ["message"] * 3


@pytest.mark.parametrize("opaque", [{}, {"type": "thinking", "signature": "S"}, {"type": "reasoning", "id": "rs_1"}])
def test_reasoning_without_encrypted_content_is_left_out(opaque: dict[str, Any]) -> None:
    said = replied(ReasoningPart("Hm", opaque), TextPart("Yes."))
    assert [item["type"] for item in items(user("Hi"), said, user("Why?"))] == ["message"] * 3


@pytest.mark.parametrize("after", [(), (TextPart(" \n"),)])
def test_reasoning_is_never_sent_without_a_following_item(after: tuple[TextPart, ...]) -> None:
    said = replied(TextPart("Well."), ReasoningPart("Hm", OPAQUE), *after)
    assert [item["type"] for item in items(user("Hi"), said, user("Why?"))] == ["message"] * 3


def test_tools_are_flat_and_say_that_they_are_not_strict() -> None:
    tool = ToolSpec("files.read", "Reads.", {"type": "object"})
    assert body(replace(REQUEST, tools=(tool,)))["tools"] == [
        {
            "type": "function",
            "name": "files_read",
            "description": "Reads.",
            "parameters": {"type": "object"},
            "strict": False,
        }
    ]


def test_extra_body_is_laid_over_the_body_field_by_field() -> None:
    endpoint = replace(ENDPOINT, extra_body={"reasoning": {"effort": "low"}, "store": True})
    sent = body(REQUEST, endpoint)
    assert (sent["reasoning"], sent["store"], sent["stream"]) == ({"effort": "low"}, True, True)


def test_a_reported_cache_write_costs_a_quarter_more_than_input() -> None:
    assert responses.WRITE_FACTORS.short == Decimal("1.25")
    assert responses.WRITE_FACTORS.hour is None
