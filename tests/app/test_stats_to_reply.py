"""From a request of the stats screen to the reply that it brought."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from app.storage.store import Store
from providers.messages import assistant
from tests.app.opened import Opened, opened
from tests.storage.stories import NOON, SONNET, Clock, Writer, ledger_row

LONG = "word " * 4_000


async def fill(home: Path) -> str:
    """Two requests of one conversation that is longer than any screen. Returns the id of the first reply."""
    clock = Clock(NOON - timedelta(hours=2))
    store = await Store.open(home / "parley.db", clock)
    writer = Writer(store, clock)
    conversation = await writer.conversation("Two replies")
    replies = []
    for number, text in enumerate(("The first reply.", "The second reply.")):
        await writer.say(conversation, f"Question {number}")
        replies.append(await writer.say(conversation, assistant(f"{text}\n\n{LONG}", SONNET)))
        sent = {"conversation_id": conversation.id, "message_id": replies[-1].id}
        await store.ledger.add(ledger_row(f"r{number}", started_at=NOON - timedelta(hours=2 - number), **sent))
    await store.close()
    return replies[0].id


async def to_the_older_request(shell: Opened) -> None:
    await shell.press("f3")
    await shell.until_shown("claude-sonnet-4-6")
    await shell.press("enter")
    await shell.until_shown("Two replies")
    await shell.press("down", "enter")
    await shell.until(lambda: shell.on("RequestDetails"))
    await shell.press("enter")
    await shell.until(lambda: shell.app.screen is shell.chat)


async def test_a_request_opens_its_conversation_at_its_reply(tmp_path: Path) -> None:
    reply_id = await fill(tmp_path)
    async with opened(tmp_path, now=lambda: NOON) as shell:
        await to_the_older_request(shell)
        await shell.until(lambda: shell.chat.pane.selected == reply_id)
        await shell.until_shown("The first reply.")


async def test_a_request_of_the_conversation_on_view_scrolls_it_to_its_reply(tmp_path: Path) -> None:
    reply_id = await fill(tmp_path)
    async with opened(tmp_path, now=lambda: NOON, continue_last=True) as shell:
        await shell.until(lambda: shell.chat.chat.title == "Two replies")
        assert "The first reply." not in shell.shown()
        await to_the_older_request(shell)
        await shell.until(lambda: shell.chat.pane.selected == reply_id)
        await shell.until_shown("The first reply.")
