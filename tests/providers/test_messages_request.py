"""Anthropic Messages: from a request to the body on the wire."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from providers.costs import WriteFactors
from providers.formats import messages
from providers.messages import Message, ReasoningPart, Role, TextPart, ToolCall, ToolResult, assistant, user
from providers.reference import ModelRef
from providers.request import ChatRequest, Endpoint, ToolSpec, WireFormat

ENDPOINT = Endpoint("claude", WireFormat.ANTHROPIC_MESSAGES, "https://api.anthropic.com")
ORIGIN = ModelRef("claude", "claude-sonnet-4-6")
REQUEST = ChatRequest(model="claude-sonnet-4-6", messages=(user("Hello"),))


def body(request: ChatRequest, endpoint: Endpoint = ENDPOINT) -> dict[str, Any]:
    sent = messages.build(request, endpoint).body
    assert sent is not None
    return dict(sent)


def turns(*said: Message) -> list[dict[str, Any]]:
    history: list[dict[str, Any]] = body(replace(REQUEST, messages=said))["messages"]
    return history


def replied(*parts: TextPart | ReasoningPart | ToolCall, origin: ModelRef = ORIGIN) -> Message:
    return Message(Role.ASSISTANT, parts, origin)


def test_a_first_message_is_sent_with_everything_the_api_demands_and_nothing_else() -> None:
    call = messages.build(REQUEST, ENDPOINT)
    assert (call.method, call.url) == ("POST", "https://api.anthropic.com/v1/messages")
    assert call.headers["anthropic-version"] == "2023-06-01"
    assert call.body == {
        "model": "claude-sonnet-4-6",
        "max_tokens": 8192,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}],
        "stream": True,
    }


@pytest.mark.parametrize(
    ("asked", "possible", "sent"),
    [(None, None, 8192), (None, 4096, 4096), (None, 128_000, 32_000), (500, 128_000, 500), (64_000, None, 64_000)],
)
def test_max_tokens_is_what_was_asked_or_what_fits_the_model(
    asked: int | None, possible: int | None, sent: int
) -> None:
    request = replace(REQUEST, max_output_tokens=asked, model_max_output_tokens=possible)
    assert body(request)["max_tokens"] == sent


def test_the_system_prompt_stands_at_the_top_and_blank_ones_are_left_out() -> None:
    assert body(replace(REQUEST, system="Be brief."))["system"] == "Be brief."
    assert "system" not in body(replace(REQUEST, system=" \n"))


def test_results_of_a_turn_go_in_one_user_message_before_its_text() -> None:
    history = turns(
        user("Weather?"),
        replied(TextPart("Looking."), ToolCall("toolu_1", "look", '{"at": "Oslo"}'), ToolCall("toolu_2", "look", "{}")),
        Message(Role.TOOL, (ToolResult("toolu_2", "look", "no place", is_error=True),)),
        Message(Role.TOOL, (ToolResult("toolu_1", "look", "rain"),)),
        user("And now?"),
    )
    assert history[1]["content"] == [
        {"type": "text", "text": "Looking."},
        {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {"at": "Oslo"}},
        {"type": "tool_use", "id": "toolu_2", "name": "look", "input": {}},
    ]
    assert history[2:] == [
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "toolu_1", "content": "rain"},
                {"type": "tool_result", "tool_use_id": "toolu_2", "content": "no place", "is_error": True},
                {"type": "text", "text": "And now?"},
            ],
        }
    ]


def test_a_call_that_was_cut_off_is_sent_back_as_an_object() -> None:
    history = turns(user("Hi"), replied(ToolCall("toolu_1", "look", '{"at": "Os')), user("Well?"))
    assert history[1]["content"][0]["input"] == {}
    assert history[2]["content"][0]["tool_use_id"] == "toolu_1"


THOUGHT = ReasoningPart("Hm", {"type": "thinking", "signature": "S"})
HIDDEN = ReasoningPart("", {"type": "redacted_thinking", "data": "D"})


def test_thinking_goes_back_unchanged_to_the_model_that_thought_it() -> None:
    said = replied(THOUGHT, HIDDEN, TextPart("Yes."))
    assert turns(user("Hi"), said, user("Why?"))[1]["content"] == [
        {"type": "thinking", "thinking": "Hm", "signature": "S"},
        {"type": "redacted_thinking", "data": "D"},
        {"type": "text", "text": "Yes."},
    ]


@pytest.mark.parametrize(
    "origin", [ModelRef("claude", "claude-opus-4-6"), ModelRef("openrouter", "claude-sonnet-4-6"), None]
)
def test_thinking_of_another_model_is_left_out(origin: ModelRef | None) -> None:
    said = Message(Role.ASSISTANT, (THOUGHT, HIDDEN, TextPart("Yes.")), origin)
    assert turns(user("Hi"), said, user("Why?"))[1]["content"] == [{"type": "text", "text": "Yes."}]


def test_thinking_without_a_signature_or_sealed_by_another_format_is_left_out() -> None:
    bare = ReasoningPart("Hm")
    encrypted = ReasoningPart("Hm", {"type": "reasoning", "encrypted_content": "E"})
    said = replied(bare, encrypted, TextPart("Yes."))
    assert turns(user("Hi"), said, user("Why?"))[1]["content"] == [{"type": "text", "text": "Yes."}]


def test_thinking_that_led_to_nothing_is_left_out() -> None:
    said = replied(TextPart("Well"), THOUGHT)
    assert turns(user("Hi"), said, user("Why?"))[1]["content"] == [{"type": "text", "text": "Well"}]


def test_empty_texts_and_turns_without_content_are_left_out() -> None:
    history = turns(user("Hi"), assistant(" \n"), user(""), replied(TextPart(""), TextPart("Yes.")), user("Why?"))
    assert [(turn["role"], len(turn["content"])) for turn in history] == [("user", 1), ("assistant", 1), ("user", 1)]


def test_neighbours_of_one_role_are_one_turn() -> None:
    history = turns(user("One"), user("Two"))
    assert history == [{"role": "user", "content": [{"type": "text", "text": "One"}, {"type": "text", "text": "Two"}]}]


def test_blanks_at_the_end_are_cut_from_a_final_assistant_turn_only() -> None:
    assert turns(user("Hi"), assistant("Well, \n"))[1]["content"][0]["text"] == "Well,"
    assert turns(user("Hi"), assistant("Well, \n"), user("Go on"))[1]["content"][0]["text"] == "Well, \n"


def test_ids_that_the_api_would_refuse_are_respelled_alike_in_call_and_result() -> None:
    history = turns(
        user("Hi"),
        replied(ToolCall("functions.look:0", "look", "{}"), ToolCall("functions.look:1", "look", "{}")),
        Message(Role.TOOL, (ToolResult("functions.look:0", "look", "a"), ToolResult("functions.look:1", "look", "b"))),
    )
    called = [block["id"] for block in history[1]["content"]]
    assert called == [block["tool_use_id"] for block in history[2]["content"]]
    assert len(set(called)) == 2
    assert all(character.isalnum() or character in "_-" for name in called for character in name)


def test_tools_carry_their_schema_and_a_name_the_api_takes() -> None:
    tool = ToolSpec("files.read", "Reads.", {"type": "object", "properties": {}})
    assert body(replace(REQUEST, tools=(tool,)))["tools"] == [
        {"name": "files_read", "description": "Reads.", "input_schema": {"type": "object", "properties": {}}}
    ]


def test_extra_body_is_laid_over_the_body_field_by_field() -> None:
    endpoint = replace(ENDPOINT, extra_body={"thinking": {"type": "adaptive"}, "max_tokens": 99})
    sent = body(REQUEST, endpoint)
    assert (sent["thinking"], sent["max_tokens"], sent["stream"]) == ({"type": "adaptive"}, 99, True)


def test_a_cache_write_costs_a_quarter_more_for_minutes_and_double_for_an_hour() -> None:
    assert WriteFactors(Decimal("1.25"), Decimal(2)) == messages.WRITE_FACTORS
