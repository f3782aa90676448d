"""Replies that arrive: a kill loses little, and nobody takes over from a Parley that is alive."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from app.storage.errors import StoreError
from app.storage.store import Store
from providers.costs import CostStatus
from providers.events import StopReason
from providers.messages import ReasoningPart, TextPart, assistant
from tests.storage.stories import NOON, SONNET, Clock, Writer, ledger_row

_KILLED_WHILE_WRITING = """
import asyncio, os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from app.storage.store import Store
from providers.reference import ModelRef

async def main(path, conversation, parent):
    store = await Store.open(Path(path), lambda: datetime(2026, 11, 21, 12, tzinfo=UTC))
    await store.journal.begin("reply", conversation, parent, ModelRef("claude", "claude-sonnet-4-6"))
    await store.journal.append("reply", "Half of ", "I think")
    await store.journal.append("reply", "the reply", " so")
    print("written", flush=True)
    sys.stdin.readline()
    os.kill(os.getpid(), signal.SIGKILL)
    await asyncio.sleep(60)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_finished_reply_leaves_no_journal(store: Store, writer: Writer) -> None:
    conversation = await writer.talk("finished", "go")
    await store.journal.begin("reply", conversation.id, conversation.leaf_id, SONNET)
    await store.journal.append("reply", "all of it", "")
    await store.journal.finish("reply")
    assert await store.journal.recover() == ()
    assert await store.ledger.rows() == ()


async def test_a_running_reply_of_this_process_is_left_alone(
    store: Store, writer: Writer, database_path: Path, clock: Clock
) -> None:
    conversation = await writer.talk("running", "go")
    await store.journal.begin("reply", conversation.id, conversation.leaf_id, SONNET)
    await store.journal.append("reply", "so far", "")
    assert await store.journal.recover() == ()
    other = await Store.open(database_path, clock)
    assert other.recovered == ()
    await other.close()
    await store.journal.append("reply", " so good", "")


async def test_what_a_parley_left_when_it_ended_is_recovered(
    store: Store, writer: Writer, database_path: Path, clock: Clock
) -> None:
    conversation = await writer.talk("left", "go")
    other = await Store.open(database_path, clock)
    await other.journal.begin("reply", conversation.id, conversation.leaf_id, SONNET)
    await other.journal.append("reply", "so far", "")
    await other.close()
    (message,) = await store.journal.recover()
    assert message.message.text == "so far"
    assert message.is_incomplete


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
async def test_a_kill_keeps_what_had_arrived(store: Store, writer: Writer, database_path: Path, clock: Clock) -> None:
    conversation = await writer.talk("killed", "go")
    arguments = [str(database_path), conversation.id, str(conversation.leaf_id)]
    with subprocess.Popen(  # noqa: ASYNC220 - it is talked to line by line
        [sys.executable, "-c", _KILLED_WHILE_WRITING, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"written\n"
        assert await store.journal.recover() == ()
        process.stdin.write(b"die\n")
        process.stdin.flush()
        assert process.wait(30) != 0
    await store.close()

    reopened = await Store.open(database_path, clock)
    (message,) = reopened.recovered
    assert message.message.parts == (ReasoningPart("I think so"), TextPart("Half of the reply"))
    assert message.message.origin == SONNET
    assert message.stop is None
    assert (await reopened.conversations.messages(conversation.id))[-1] == message
    (row,) = await reopened.ledger.rows()
    assert (row.message_id, row.stop, row.started_at) == ("reply", StopReason.INCOMPLETE, NOON)
    assert (row.cost.usd, row.cost.status) == (None, CostStatus.UNKNOWN)
    await reopened.close()


async def _orphan(database_path: Path, clock: Clock, conversation_id: str, parent_id: str | None, text: str) -> None:
    """What is left when a Parley ends in the middle of a reply."""
    gone = await Store.open(database_path, clock)
    await gone.journal.begin("reply", conversation_id, parent_id, SONNET)
    if text:
        await gone.journal.append("reply", text, "")
    await gone.close()


async def test_a_reply_of_which_nothing_came_leaves_only_its_ledger_row(
    store: Store, writer: Writer, database_path: Path, clock: Clock
) -> None:
    conversation = await writer.talk("silence", "go")
    await _orphan(database_path, clock, conversation.id, conversation.leaf_id, "")
    assert await store.journal.recover() == ()
    assert len(await store.conversations.messages(conversation.id)) == 1
    (row,) = await store.ledger.rows()
    assert (row.message_id, row.cost.usd) == ("reply", None)


async def test_a_reply_that_was_stored_before_the_kill_is_not_stored_twice(
    store: Store, writer: Writer, database_path: Path, clock: Clock
) -> None:
    conversation = await writer.talk("twice", "go")
    await _orphan(database_path, clock, conversation.id, conversation.leaf_id, "all of it")
    (prompt,) = await store.conversations.messages(conversation.id)
    reply = replace(
        prompt, id="reply", parent_id=prompt.id, message=assistant("all of it", SONNET), stop=StopReason.STOP
    )
    await store.conversations.append(reply)
    assert await store.journal.recover() == ()
    assert (await store.conversations.messages(conversation.id))[-1] == reply


async def test_a_conversation_that_went_on_keeps_its_branch(
    store: Store, writer: Writer, database_path: Path, clock: Clock
) -> None:
    conversation = await writer.talk("went on", "go")
    await _orphan(database_path, clock, conversation.id, conversation.leaf_id, "lost branch")
    await writer.say(conversation, "never mind")
    (message,) = await store.journal.recover()
    shown = await store.conversations.messages(conversation.id)
    assert [each.message.text for each in shown] == ["go", "never mind"]
    assert message.parent_id == conversation.leaf_id


async def test_starting_over_drops_what_the_first_attempt_wrote(
    store: Store, writer: Writer, database_path: Path, clock: Clock
) -> None:
    conversation = await writer.talk("again", "go")
    gone = await Store.open(database_path, clock)
    for text in ("first attempt", "second attempt"):
        await gone.journal.begin("reply", conversation.id, conversation.leaf_id, SONNET)
        await gone.journal.append("reply", text, "")
    await gone.close()
    (message,) = await store.journal.recover()
    assert message.message.text == "second attempt"


async def test_a_deleted_conversation_stops_its_journal_with_one_sentence(store: Store, writer: Writer) -> None:
    conversation = await writer.talk("deleted", "go")
    await store.journal.begin("reply", conversation.id, conversation.leaf_id, SONNET)
    await store.conversations.delete(conversation.id)
    with pytest.raises(StoreError, match="deleted meanwhile"):
        await store.journal.append("reply", "more", "")
    await store.journal.finish("reply")


async def test_the_bill_of_an_attempt_that_failed_is_not_that_of_the_one_which_was_lost(
    store: Store, writer: Writer, database_path: Path, clock: Clock
) -> None:
    conversation = await writer.talk("retried", "go")
    failed = ledger_row("failed", started_at=clock(), conversation_id=conversation.id, message_id="reply")
    await store.ledger.add(failed)
    clock.pass_time(seconds=2)
    await _orphan(database_path, clock, conversation.id, conversation.leaf_id, "half")
    await store.journal.recover()
    assert [(row.id, row.message_id) for row in await store.ledger.rows()] == [
        ("failed", "reply"),
        ("reply-lost", "reply"),
    ]
