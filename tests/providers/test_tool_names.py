"""Tool names on the wire and back."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from providers.formats.tool_names import ToolNames
from providers.messages import Message, Role, ToolCall, user
from tests.providers.chat_support import request

WIRE = re.compile(r"^[a-zA-Z0-9_-]{1,64}\Z")


def test_legal_names_stay_as_they_are() -> None:
    names = ToolNames(["search", "read-file_2", "x" * 64])
    assert [names.wire(name) for name in ("search", "read-file_2", "x" * 64)] == ["search", "read-file_2", "x" * 64]


def test_other_names_are_spelled_readably() -> None:
    assert ToolNames(["files.read/all"]).wire("files.read/all") == "files_read_all"


def test_a_spelling_that_is_taken_gets_a_mark() -> None:
    names = ToolNames(["a.b", "a/b", "a_b"])
    assert names.wire("a_b") == "a_b"
    assert len({names.wire("a.b"), names.wire("a/b"), "a_b"}) == 3


def test_a_name_that_the_model_made_up_stays() -> None:
    assert ToolNames(["a.b"]).original("invented") == "invented"


def test_names_of_earlier_calls_are_known_even_if_the_tool_is_gone() -> None:
    called = Message(Role.ASSISTANT, (ToolCall("1", "gone.tool", "{}"),))
    names = ToolNames.of(request(user("x"), called, tools=["gone_tool"]))
    assert names.wire("gone_tool") == "gone_tool"
    assert names.wire("gone.tool") != "gone_tool"


@given(st.lists(st.text(max_size=80) | st.from_regex(WIRE, fullmatch=True)))
def test_every_name_goes_there_and_back_and_no_two_meet(texts: list[str]) -> None:
    names = ToolNames(texts)
    for text in texts:
        assert WIRE.match(names.wire(text))
        assert names.original(names.wire(text)) == text


@given(st.permutations(["a.b", "a/b", "a b", "a_b"]))
def test_the_order_of_tools_changes_no_legal_name(order: list[str]) -> None:
    assert ToolNames(order).wire("a_b") == "a_b"
