"""What may be sent of a stored conversation."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from providers.catalogue.quirks import NO_QUIRKS, Quirks
from providers.formats.history import alternating, arguments_object, arguments_text, prepared
from providers.messages import Message, Part, ReasoningPart, Role, TextPart, ToolCall, ToolResult, assistant, user
from providers.reference import ModelRef
from tests.providers.chat_support import endpoint, request

OWN = ModelRef("work", "some-model")
OTHER = ModelRef("work", "other")


def sent(*messages: Message, quirks: Quirks = NO_QUIRKS) -> tuple[Message, ...]:
    return prepared(request(*messages), endpoint(quirks))


def calling(*ids: str, origin: ModelRef | None = None) -> Message:
    return Message(Role.ASSISTANT, tuple(ToolCall(id_, "f", "{}", {"sig": 1}) for id_ in ids), origin)


def results(*ids: str) -> Message:
    return Message(Role.TOOL, tuple(ToolResult(id_, "f", f"result {id_}") for id_ in ids))


def test_reasoning_stays_with_the_model_that_wrote_it() -> None:
    thought = ReasoningPart("Hm.", {"signature": "s"})
    own, other = (Message(Role.ASSISTANT, (thought, TextPart("Yes")), origin) for origin in (OWN, OTHER))
    assert sent(user("x"), own, other)[1:] == (own, Message(Role.ASSISTANT, (TextPart("Yes"),), OTHER))


def test_opaque_data_of_calls_stays_with_the_model_that_wrote_it() -> None:
    own, other = sent(calling("a", origin=OWN))[0], sent(calling("a", origin=OTHER))[0]
    assert own.tool_calls[0].opaque == {"sig": 1}
    assert other.tool_calls[0].opaque == {}


def test_empty_messages_and_reasoning_that_led_to_nothing_are_left_out() -> None:
    thinking = Message(Role.ASSISTANT, (ReasoningPart("Hm."),), OWN)
    assert sent(user("x"), assistant(""), user(" \n"), Message(Role.ASSISTANT, ()), thinking) == (user("x"),)


def test_results_follow_their_calls_at_once_and_in_their_order() -> None:
    said = sent(user("x"), calling("a", "b", "c"), results("c"), user("wait"), results("a"), assistant("ok"))
    assert [message.role.value for message in said] == ["user", "assistant", "tool", "user", "assistant"]
    contents = [part.content for part in said[2].parts if isinstance(part, ToolResult)]
    assert contents == ["result a", "not run", "result c"]
    assert [part.is_error for part in said[2].parts if isinstance(part, ToolResult)] == [False, True, False]


def test_ids_may_repeat_from_turn_to_turn() -> None:
    said = sent(calling("a"), results("a"), calling("a"), Message(Role.TOOL, (ToolResult("a", "f", "second"),)))
    contents = [part.content for message in said for part in message.parts if isinstance(part, ToolResult)]
    assert contents == ["result a", "second"]


def test_a_result_without_its_call_is_left_out() -> None:
    assert sent(user("x"), results("a")) == (user("x"),)


def test_arguments_are_an_object_or_an_empty_one() -> None:
    assert arguments_object('{"a": 1}') == {"a": 1}
    assert [arguments_object(text) for text in ("", "{", "[1]", "3", "null")] == [{}] * 5
    assert arguments_text('{"a":  1}') == '{"a":  1}'
    assert arguments_text('{"a":') == "{}"


TEXTS = st.builds(TextPart, st.sampled_from(["", " ", "a", "b"]))
CALLS = st.builds(ToolCall, st.sampled_from("abc"), st.just("f"), st.sampled_from(["{}", "{"]))
ASSISTANT_PARTS: st.SearchStrategy[Part] = TEXTS | CALLS | st.builds(ReasoningPart, st.just("r"))
RESULTS: st.SearchStrategy[Part] = st.builds(ToolResult, st.sampled_from("abc"), st.just("f"), st.just("r"))
MESSAGES = st.lists(
    st.builds(Message, st.just(Role.USER), st.lists(TEXTS, max_size=2).map(tuple))
    | st.builds(
        Message,
        st.just(Role.ASSISTANT),
        st.lists(ASSISTANT_PARTS, max_size=3, unique_by=lambda part: getattr(part, "id", object())).map(tuple),
        st.sampled_from([OWN, OTHER, None]),
    )
    | st.builds(Message, st.just(Role.TOOL), st.lists(RESULTS, max_size=3).map(tuple)),
    max_size=8,
)


@given(MESSAGES)
def test_in_what_is_sent_every_call_is_answered_and_nothing_is_empty(messages: list[Message]) -> None:
    said = prepared(request(*messages), endpoint())
    for before, message in zip((None, *said), said, strict=False):
        assert message.parts
        if message.role is Role.TOOL:
            assert before is not None
            answered = [part.call_id for part in message.parts if isinstance(part, ToolResult)]
            assert answered == [call.id for call in before.tool_calls]
        elif before is not None:
            assert not before.tool_calls


@given(MESSAGES)
def test_alternating_turns_alternate_and_keep_every_word(messages: list[Message]) -> None:
    said = list(prepared(request(*messages), endpoint()))
    turns = alternating(said)
    assert all(first.role is not second.role for first, second in pairwise(turns))
    assert not turns or turns[0].role is Role.USER
    first_user = next((place for place, message in enumerate(said) if message.role is Role.USER), len(said))
    words = "".join(message.text for message in said[first_user:])
    assert "".join(message.text for message in turns).replace("\n", "") == words
