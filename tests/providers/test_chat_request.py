"""Requests in the chat format."""

from __future__ import annotations

from typing import Any

import pytest

from providers.catalogue.quirks import NO_QUIRKS, Quirks
from providers.formats.chat import build
from providers.messages import (
    Message,
    ReasoningPart,
    Role,
    TextPart,
    ToolCall,
    ToolResult,
    assistant,
    user,
)
from providers.reference import ModelRef
from tests.providers.chat_support import endpoint, request

OWN = ModelRef("work", "some-model")
CALL = ToolCall("c1", "files.read", '{"path": "a"}')


def body(*messages: Message, quirks: Quirks = NO_QUIRKS, **more: Any) -> dict[str, Any]:
    called = build(request(*messages, **more), endpoint(quirks)).body
    assert called is not None
    return dict(called)


def spelled(*messages: Message, quirks: Quirks = NO_QUIRKS) -> list[dict[str, Any]]:
    messages_on_wire: list[dict[str, Any]] = body(*messages, quirks=quirks)["messages"]
    return messages_on_wire


def test_a_plain_request_asks_for_a_stream_with_usage() -> None:
    call = build(request(), endpoint())
    assert call.method == "POST"
    assert call.url == "https://api.example.com/v1/chat/completions"
    assert call.headers == {"content-type": "application/json", "accept": "text/event-stream"}
    assert call.body == {
        "model": "some-model",
        "messages": [{"role": "user", "content": "Hello"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_servers_that_refuse_stream_options_get_none() -> None:
    assert "stream_options" not in body(quirks=Quirks(no_stream_options=True))


@pytest.mark.parametrize(
    ("quirks", "name"),
    [(NO_QUIRKS, "max_tokens"), (Quirks(max_completion_tokens=True), "max_completion_tokens")],
)
def test_the_output_limit_has_the_name_the_server_knows(quirks: Quirks, name: str) -> None:
    sent = body(quirks=quirks, max_output_tokens=77)
    assert sent[name] == 77
    assert len({"max_tokens", "max_completion_tokens"} & sent.keys()) == 1


def test_without_a_limit_none_is_sent() -> None:
    assert not {"max_tokens", "max_completion_tokens"} & body().keys()


@pytest.mark.parametrize(("quirks", "role"), [(NO_QUIRKS, "system"), (Quirks(developer_role=True), "developer")])
def test_the_system_prompt_comes_first_under_the_role_the_server_knows(quirks: Quirks, role: str) -> None:
    sent = body(quirks=quirks, system="Be brief.")
    assert sent["messages"][0] == {"role": role, "content": "Be brief."}


def test_tools_are_spelled_in_the_alphabet_of_the_wire() -> None:
    (tool,) = body(tools=["files.read"])["tools"]
    assert tool == {
        "type": "function",
        "function": {"name": "files_read", "description": "", "parameters": {"type": "object"}},
    }


def test_calls_and_results_go_back_with_their_ids() -> None:
    history = (
        user("Read a"),
        Message(Role.ASSISTANT, (CALL,), OWN),
        Message(Role.TOOL, (ToolResult("c1", "files.read", "contents"),)),
    )
    function = {"name": "files_read", "arguments": '{"path": "a"}'}
    assert spelled(*history)[1:] == [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c1", "type": "function", "function": function}],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "contents"},
    ]


def test_a_call_without_a_result_is_answered_before_anything_else() -> None:
    history = (user("Read a"), Message(Role.ASSISTANT, (CALL,), OWN), user("Never mind"))
    assert [message["role"] for message in spelled(*history)] == ["user", "assistant", "tool", "user"]
    assert spelled(*history)[2]["content"] == "not run"


@pytest.mark.parametrize("arguments", ["", "{", '{"path": "', "nonsense"])
def test_arguments_that_were_cut_off_go_back_as_an_empty_object(arguments: str) -> None:
    history = (user("Read a"), Message(Role.ASSISTANT, (ToolCall("c1", "f", arguments),), OWN))
    assert spelled(*history)[1]["tool_calls"][0]["function"]["arguments"] == "{}"


def test_a_thought_signature_travels_back_to_its_own_model_only() -> None:
    signed = ToolCall("c1", "f", "{}", {"extra_content": {"google": {"thought_signature": "sig"}}})
    for origin, is_sent in ((OWN, True), (ModelRef("work", "other"), False), (ModelRef("home", "some-model"), False)):
        sent = spelled(user("x"), Message(Role.ASSISTANT, (signed,), origin))[1]["tool_calls"][0]
        assert ("extra_content" in sent) == is_sent


THOUGHT = ReasoningPart("Hm.", {"reasoning_details": [{"type": "reasoning.text", "text": "Hm."}]})


def test_reasoning_details_travel_back_and_reasoning_text_does_not() -> None:
    sent = spelled(user("x"), Message(Role.ASSISTANT, (THOUGHT, TextPart("Yes")), OWN))[1]
    assert sent == {
        "role": "assistant",
        "content": "Yes",
        "reasoning_details": [{"type": "reasoning.text", "text": "Hm."}],
    }


def test_reasoning_is_echoed_with_tool_calls_where_the_server_wants_it() -> None:
    plain = ReasoningPart("Hm.")
    quirks = Quirks(reasoning_echo=True)
    with_call = spelled(user("x"), Message(Role.ASSISTANT, (plain, CALL), OWN), quirks=quirks)[1]
    without_call = spelled(user("x"), Message(Role.ASSISTANT, (plain, TextPart("y")), OWN), quirks=quirks)[1]
    assert with_call["reasoning_content"] == "Hm."
    assert "reasoning_content" not in without_call


def test_a_server_that_refuses_unknown_fields_gets_none() -> None:
    signed = ToolCall("c1", "f", "{}", {"extra_content": {}})
    history = (user("x"), Message(Role.ASSISTANT, (THOUGHT, signed), OWN))
    sent = spelled(*history, quirks=Quirks(no_unknown_fields=True, reasoning_echo=True))[1]
    assert sent.keys() == {"role", "content", "tool_calls"}
    assert sent["tool_calls"][0].keys() == {"id", "type", "function"}


def test_where_turns_must_alternate_they_do() -> None:
    history = (assistant("Welcome"), user("One"), user("Two"), assistant("Yes"), assistant("And"), user("Three"))
    sent = spelled(*history, quirks=Quirks(strict_alternation=True))
    assert sent == [
        {"role": "user", "content": "One\n\nTwo"},
        {"role": "assistant", "content": "Yes\n\nAnd"},
        {"role": "user", "content": "Three"},
    ]


def test_extra_fields_of_the_configuration_are_merged_and_win() -> None:
    called = build(request(), endpoint(extra_body={"stream_options": {"x": 1}, "stream": False, "top_k": 4})).body
    assert called is not None
    assert called["stream_options"] == {"include_usage": True, "x": 1}
    assert (called["stream"], called["top_k"]) == (False, 4)


def test_the_quirks_of_azure_put_the_model_into_the_url() -> None:
    call = build(request(), endpoint(Quirks(azure=True), "https://gw.example.com"))
    assert "/openai/deployments/some-model/chat/completions?api-version=" in call.url
