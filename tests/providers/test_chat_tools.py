"""Tool calls put together from the pieces that servers send."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.catalogue.quirks import NO_QUIRKS
from providers.formats.chat_stream import ChatAdapter
from providers.messages import Message, Role, ToolCall
from tests.providers.chat_support import Call, chunk, endpoint, folded, request


def piece(index: object = None, id: object = None, name: object = None, arguments: object = None) -> dict[str, object]:  # noqa: A002
    function = {"name": name, "arguments": arguments}
    call: dict[str, object] = {"function": {key: value for key, value in function.items() if value is not None}}
    if index is not None:
        call["index"] = index
    if id is not None:
        call["id"] = id
    return call


def calls_in(*deltas: list[dict[str, object]], tools: tuple[str, ...] = ()) -> list[Call]:
    reply = ChatAdapter(request(tools=tools), endpoint(NO_QUIRKS))
    events = [event for delta in deltas for event in reply.push(chunk({"tool_calls": delta}))]
    events += reply.push(chunk({}, "tool_calls"))
    return folded(events + reply.end()).calls


def test_pieces_with_an_index_are_joined() -> None:
    assert calls_in(
        [piece(0, "a", "f", "")],
        [piece(1, "b", "g", '{"x"')],
        [piece(0, arguments='{"y":')],
        [piece(1, arguments=":1}"), piece(0, arguments="2}")],
    ) == [Call("a", "f", '{"y":2}'), Call("b", "g", '{"x":1}')]


@pytest.mark.parametrize("empty", ["", None])
def test_repeated_empty_ids_and_names_overwrite_nothing(empty: str | None) -> None:
    later: dict[str, object] = {"index": 0, "id": empty, "function": {"name": empty, "arguments": "1}"}}
    assert calls_in([piece(0, "a", "f", '{"x":')], [later]) == [Call("a", "f", '{"x":1}')]


def test_the_same_id_and_name_in_every_piece_is_one_call() -> None:
    assert calls_in([piece(0, "a", "f", '{"x"')], [piece(0, "a", "f", ":1}")]) == [Call("a", "f", '{"x":1}')]


def test_without_index_a_new_id_is_a_new_call_and_no_id_continues_the_last() -> None:
    assert calls_in([piece(None, "a", "f", '{"x":')], [piece(None, arguments="1}")], [piece(None, "b", "g", "{}")]) == [
        Call("a", "f", '{"x":1}'),
        Call("b", "g", "{}"),
    ]


def test_without_index_a_known_id_continues_its_call() -> None:
    assert calls_in(
        [piece(None, "a", "f", '{"x":'), piece(None, "b", "g", "{}")], [piece(None, "a", arguments="1}")]
    ) == [Call("a", "f", '{"x":1}'), Call("b", "g", "{}")]


def test_whole_calls_without_index_and_id_stay_apart() -> None:
    whole = piece(None, None, "f", '{"x":1}')
    assert calls_in([whole], [whole]) == [Call("call_0", "f", '{"x":1}'), Call("call_1", "f", '{"x":1}')]


@pytest.mark.parametrize("arguments", [None, "", "{}"])
def test_calls_without_index_id_and_arguments_are_told_apart_by_their_names(arguments: str | None) -> None:
    first, second = piece(name="f", arguments=arguments), piece(name="g", arguments=arguments)
    expected = [Call("call_0", "f", "{}"), Call("call_1", "g", "{}")]
    assert calls_in([first], [second]) == expected
    assert calls_in([first, second]) == expected


def test_another_id_under_the_same_index_is_another_call() -> None:
    assert calls_in([piece(0, "a", "f", "{}")], [piece(0, "b", "f", "{}")]) == [
        Call("a", "f", "{}"),
        Call("b", "f", "{}"),
    ]


def test_an_index_may_begin_anywhere() -> None:
    assert calls_in([piece(7, "a", "f", "{}")]) == [Call("a", "f", "{}")]


@pytest.mark.parametrize("arguments", [None, "", {}])
def test_missing_arguments_are_an_empty_object(arguments: object) -> None:
    assert calls_in([piece(0, "a", "f", arguments)]) == [Call("a", "f", "{}")]


def test_arguments_may_be_an_object() -> None:
    assert json.loads(calls_in([piece(0, "a", "f", {"x": "é"})])[0].arguments) == {"x": "é"}


def test_a_name_that_comes_late_opens_the_call_with_all_that_came_before() -> None:
    assert calls_in([piece(0, "a")], [piece(0, arguments='{"x"')], [piece(0, name="f", arguments=":1}")]) == [
        Call("a", "f", '{"x":1}')
    ]


def test_a_call_without_a_name_is_not_lost() -> None:
    assert calls_in([piece(0, "a", arguments='{"x":1}')]) == [Call("a", "", '{"x":1}')]


def test_the_old_function_call_is_a_tool_call() -> None:
    reply = ChatAdapter(request(), endpoint())
    events = [*reply.push(chunk({"function_call": {"name": "f", "arguments": '{"x":'}}))]
    events += reply.push(chunk({"function_call": {"arguments": "1}"}}, "function_call"))
    assert folded(events + reply.end()).calls == [Call("call_0", "f", '{"x":1}')]


def test_names_come_back_as_the_tool_has_them() -> None:
    assert calls_in([piece(0, "a", "mcp_files_read", "{}")], tools=("mcp.files/read",)) == [
        Call("a", "mcp.files/read", "{}")
    ]


def test_ids_made_up_go_on_from_those_of_the_conversation() -> None:
    earlier = Message(Role.ASSISTANT, (ToolCall("call_0", "f", "{}"),))
    reply = ChatAdapter(request(earlier), endpoint())
    events = reply.push(chunk({"tool_calls": [piece(0, name="f")]}))
    assert folded(events).calls[0].id == "call_1"


@given(
    st.lists(
        st.lists(
            st.builds(
                piece,
                st.none() | st.integers(0, 2),
                st.none() | st.sampled_from(["", "a", "b"]),
                st.none() | st.sampled_from(["", "f", "g"]),
                st.none() | st.sampled_from(["", "{", "}", '{"x":1}']),
            ),
            max_size=3,
        ),
        max_size=6,
    )
)
def test_whatever_is_sent_deltas_are_numbered_in_order_and_no_argument_is_lost(
    deltas: list[list[dict[str, object]]],
) -> None:
    calls = calls_in(*deltas)
    sent = sorted("".join(str(call["function"].get("arguments", "")) for delta in deltas for call in delta))  # type: ignore[attr-defined]
    received = sorted("".join(call.arguments for call in calls))
    assert len(received) - len(sent) in range(0, 2 * len(calls) + 1, 2)
    assert all(call.id and call.arguments for call in calls)
