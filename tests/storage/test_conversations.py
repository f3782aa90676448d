"""Conversations: a tree of messages, of which one branch is shown, and every part comes back as it was."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.storage.encoding import from_parts, to_parts
from app.storage.errors import NotFound, StoreError
from app.storage.records import Conversation
from app.storage.searching import fts_query
from app.storage.store import Store
from providers.events import StopReason
from providers.messages import (
    Message,
    Part,
    ReasoningPart,
    Role,
    TextPart,
    ToolCall,
    ToolResult,
    assistant,
)
from providers.reference import ModelRef
from tests.storage.stories import NOON, SONNET, Clock, Writer

any_text = st.text(st.characters(), max_size=40)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | any_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_text, inner, max_size=3),
    max_leaves=6,
)
opaque = st.dictionaries(any_text, json_values, max_size=3)
parts = st.one_of(
    st.builds(TextPart, any_text),
    st.builds(ReasoningPart, any_text, opaque),
    st.builds(ToolCall, any_text, any_text, any_text, opaque),
    st.builds(ToolResult, any_text, any_text, any_text, st.booleans()),
)


@given(st.lists(parts, max_size=5).map(tuple))
def test_every_part_comes_back_as_it_was(stored: tuple[Part, ...]) -> None:
    text = from_parts(stored)
    text.encode("utf-8")
    assert to_parts(text) == stored


async def test_half_a_character_from_a_server_can_be_stored(store: Store, writer: Writer) -> None:
    conversation = await writer.conversation("half \ud83d")
    await writer.say(conversation, "half \ud83d of it")
    (message,) = await store.conversations.messages(conversation.id)
    assert message.message.text == "half \ud83d of it"
    assert (await store.conversations.get(conversation.id)).title == "half ?"


async def test_messages_come_back_in_order_with_everything_they_carry(store: Store, writer: Writer) -> None:
    conversation = await writer.conversation()
    said = [
        await writer.say(conversation, "What is the weather?"),
        await writer.say(
            conversation,
            Message(
                Role.ASSISTANT,
                (ReasoningPart("hm", {"signature": "s"}), ToolCall("c1", "weather", '{"city":"Oslo"}')),
                SONNET,
            ),
        ),
        await writer.say(conversation, Message(Role.TOOL, (ToolResult("c1", "weather", "rain"),))),
        await writer.say(conversation, assistant("Rain.", ModelRef("local", "org/llama"))),
    ]
    assert await store.conversations.messages(conversation.id) == tuple(said)


async def test_a_new_branch_leaves_the_old_one_in_the_tree(store: Store, writer: Writer) -> None:
    conversation = await writer.talk("tree", "first", "answer", "second", "old answer")
    messages = await store.conversations.messages(conversation.id)
    await store.conversations.set_leaf(conversation.id, messages[2].id)
    fresh = await writer.say(conversation, assistant("new answer", SONNET))
    shown = [message.message.text for message in await store.conversations.messages(conversation.id)]
    assert shown == ["first", "answer", "second", "new answer"]
    await store.conversations.set_leaf(conversation.id, messages[3].id)
    assert (await store.conversations.messages(conversation.id))[-1].message.text == "old answer"
    assert fresh.parent_id == messages[2].id


async def test_an_unanswered_prompt_is_taken_off_the_branch(store: Store, writer: Writer) -> None:
    conversation = await writer.talk("steps", "first", "answer", "second")
    answer, prompt = (await store.conversations.messages(conversation.id))[1:]
    assert await store.conversations.take_out(conversation.id, prompt.id) == answer.id
    assert (await store.conversations.get(conversation.id)).leaf_id == answer.id
    assert await store.conversations.take_out(conversation.id, prompt.id) == answer.id


async def test_a_branch_without_its_only_prompt_shows_nothing(store: Store, writer: Writer) -> None:
    conversation = await writer.talk("one", "only")
    (prompt,) = await store.conversations.messages(conversation.id)
    assert await store.conversations.take_out(conversation.id, prompt.id) is None
    assert await store.conversations.messages(conversation.id) == ()


async def test_the_conversation_that_changed_last_comes_first(store: Store, writer: Writer) -> None:
    older = await writer.talk("older", "a")
    newer = await writer.talk("newer", "b")
    assert [each.title for each in await store.conversations.list()] == ["newer", "older"]
    await writer.say(older, "again")
    latest = await store.conversations.latest()
    assert latest is not None
    assert latest.id == older.id
    assert [each.id for each in await store.conversations.list(1)] == [older.id]
    assert newer.updated_at < latest.updated_at


async def test_an_empty_store_has_no_latest_conversation(store: Store) -> None:
    assert await store.conversations.latest() is None


async def test_a_conversation_can_be_renamed_and_moved_to_another_model(store: Store, writer: Writer) -> None:
    conversation = await writer.conversation()
    await store.conversations.rename(conversation.id, "Journals")
    await store.conversations.set_model(conversation.id, ModelRef("openrouter", "anthropic/claude"))
    changed = await store.conversations.get(conversation.id)
    assert changed.title == "Journals"
    assert changed.model == ModelRef("openrouter", "anthropic/claude")


async def test_what_is_not_there_is_said_in_one_sentence(store: Store, writer: Writer) -> None:
    for call in (
        store.conversations.get("nope"),
        store.conversations.rename("nope", "x"),
        store.conversations.delete("nope"),
        store.conversations.take_out("nope", "x"),
    ):
        with pytest.raises(NotFound, match="There is no conversation 'nope'"):
            await call


async def test_a_message_for_a_deleted_conversation_is_refused(store: Store, writer: Writer) -> None:
    conversation = await writer.talk("gone", "hello")
    (message,) = await store.conversations.messages(conversation.id)
    await store.conversations.delete(conversation.id)
    with pytest.raises(StoreError):
        await store.conversations.append(message)
    assert await store.conversations.list() == ()


async def test_deleting_takes_the_messages_out_of_the_search_too(store: Store, writer: Writer) -> None:
    conversation = await writer.talk("gone", "pineapple", "pineapple indeed")
    kept = await writer.talk("kept", "pineapple")
    await store.conversations.delete(conversation.id)
    assert [hit.conversation.id for hit in await store.conversations.search("pineapple")] == [kept.id]
    assert await store.conversations.messages(conversation.id) == ()


async def test_prompts_come_newest_first_and_each_once(store: Store, writer: Writer) -> None:
    await writer.talk("one", "hello", "hi", "more", "sure")
    await writer.talk("two", "hello")
    assert await store.conversations.prompts(10) == ("hello", "more")
    assert await store.conversations.prompts(1) == ("hello",)


@pytest.mark.parametrize(
    "query",
    ["checkpoint", "CHECK", "wal check", "naïve", "naive", '"wal"', "größe", "先生", "(writers)", "it's"],
)
async def test_search_finds_words_and_their_beginnings(store: Store, writer: Writer, query: str) -> None:
    wanted = await writer.talk("Notes", 'A "WAL" checkpoint: naïve writers, it\'s (Größe) 田中先生です')
    await writer.talk("Other", "Something else entirely")
    assert [hit.conversation.id for hit in await store.conversations.search(query)] == [wanted.id]


async def test_search_looks_at_titles_and_shows_where_it_found_words(store: Store, writer: Writer) -> None:
    titled = await writer.talk("Zebra crossing", "nothing to see")
    spoken = await writer.talk("Animals", "far away", f"{'word ' * 60}a zebra at last {'word ' * 60}")
    first, second = await store.conversations.search("zebra")
    assert (first.conversation.id, second.conversation.id) == (spoken.id, titled.id)
    assert "zebra" in first.excerpt
    assert len(first.excerpt) < 200
    assert (second.message_id, second.excerpt) == (None, "")


async def test_search_for_nothing_finds_nothing(store: Store, writer: Writer) -> None:
    await writer.talk("Notes", "some words")
    assert await store.conversations.search("  ") == ()
    assert await store.conversations.search("100%") == ()
    assert await store.conversations.search("unheard-of") == ()


async def test_no_search_text_is_syntax(store: Store, writer: Writer) -> None:
    await writer.talk("Notes", "some words")
    for text in (
        '"',
        "* OR *",
        "NEAR(",
        "text:",
        "-words",
        "a AND NOT b",
        "^",
        "{}",
        "'; DROP TABLE messages; --",
        "\0",
        "\ud800",
        "%_\\",
        "***",
        '"*',
        "+",
    ):
        await store.conversations.search(text)


@given(st.text(max_size=20))
def test_every_word_of_a_query_is_quoted(text: str) -> None:
    query = fts_query(text)
    inside = False
    for character in query:
        if character == '"':
            inside = not inside
        assert inside or character in '"* '
    assert not inside


async def test_an_id_may_be_shortened_as_long_as_it_is_unique(store: Store, clock: Clock) -> None:
    for id_ in ("01abc1111xyz", "01abc2222xyz", "01abc2222qrs"):
        await store.conversations.create(Conversation(id_, "t", created_at=NOON, updated_at=NOON))
    assert (await store.conversations.resolve("01abc1")).id == "01abc1111xyz"
    assert (await store.conversations.resolve("QRS")).id == "01abc2222qrs"
    assert (await store.conversations.resolve("01abc2222xyz")).id == "01abc2222xyz"
    with pytest.raises(NotFound, match="2 conversations have an id like 'xyz'"):
        await store.conversations.resolve("xyz")
    for unknown in ("99", "*", "", "[0]"):
        with pytest.raises(NotFound):
            await store.conversations.resolve(unknown)


async def test_why_a_reply_ended_is_kept(store: Store, writer: Writer) -> None:
    conversation = await writer.talk("stops", "go")
    (prompt,) = await store.conversations.messages(conversation.id)
    reply = replace(
        prompt,
        id="reply",
        parent_id=prompt.id,
        message=assistant("half", SONNET),
        stop=StopReason.ERROR,
        error="The server went away.",
    )
    await store.conversations.append(reply)
    assert (await store.conversations.messages(conversation.id))[-1] == reply


def test_a_part_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown kind"):
        to_parts(json.dumps([{"kind": "picture"}]))
