"""`parley conversations`: what was said, by whom, at what cost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from providers.events import StopReason
from providers.messages import Message, ReasoningPart, Role, TextPart, ToolCall, ToolResult
from providers.reference import ModelRef
from providers.usage import NO_USAGE, Usage
from tests.cli.terminal import Terminal
from tests.storage.stories import NOON, SONNET, Writer, ledger_row

EVIL = "\x1b]0;owned\x07\x1b[2J\u202egnp"


async def two_models(writer: Writer) -> None:
    conversation = await writer.talk("WAL mode", "What is WAL?", "A log that is written ahead.", "And you?")
    call = Message(
        Role.ASSISTANT,
        (ReasoningPart("I think\nso"), ToolCall("c", "look", '{"at": 1}')),
        ModelRef("local", "org/llama"),
    )
    await writer.say(conversation, call)
    await writer.say(conversation, Message(Role.TOOL, (ToolResult("c", "look", "```seen```"),)))
    last = await writer.say(conversation, Message(Role.ASSISTANT, (TextPart("I am"),), ModelRef("local", "org/llama")))
    messages = await writer.store.conversations.messages(conversation.id)
    await writer.store.ledger.add(ledger_row("r1", conversation_id=conversation.id, message_id=messages[1].id))
    await writer.store.ledger.add(ledger_row("r2", usd=None, conversation_id=conversation.id, message_id=last.id))


def test_a_list_names_model_and_title_the_newest_first(terminal: Terminal) -> None:
    async def story(writer: Writer) -> None:
        await writer.talk("New", "a")
        writer.clock.pass_time(hours=-6)
        await writer.talk("Old", "b")

    terminal.fill(story)
    assert terminal.run("conversations", "list") == 0
    header, first, second = terminal.out.splitlines()
    assert header.split() == ["id", "changed", "model", "title"]
    assert first.endswith("claude/claude-sonnet-4-6  New")
    assert "5 h ago" in second
    listed = terminal.json("conversations", "list")
    assert list(listed[0]) == ["id", "title", "model", "created_at", "updated_at"]
    assert [each["title"] for each in terminal.json("conversations", "list", "--limit", "1")] == ["New"]


def test_empty_lists_say_how_to_fill_them(terminal: Terminal) -> None:
    assert terminal.run("conversations", "list") == 0
    assert "No conversations yet" in terminal.out
    assert terminal.json("conversations", "list") == []
    assert terminal.run("conversations", "search", "anything") == 0
    assert "No conversation holds" in terminal.out
    assert terminal.json("conversations", "search", "anything") == []


def test_a_transcript_says_who_wrote_what_and_what_it_cost(terminal: Terminal) -> None:
    terminal.fill(two_models)
    assert terminal.run("conversations", "show", "id00000001") == 0
    assert terminal.out.splitlines()[0] == "WAL mode"
    assert terminal.out.splitlines()[1] == "id00000001 · 2026-11-21 13:00 · ≥ $0.0042 + 1 unpriced"
    assert "\n── you ──\nWhat is WAL?\n" in terminal.out
    assert "── claude/claude-sonnet-4-6 · 2.4 s · $0.0042 ──\nA log that is written ahead.\n" in terminal.out
    assert '> I think\n> so\n\n```\nlook {"at": 1}\n```\n' in terminal.out
    assert "── tool ──\n````\n```seen```\n````\n" in terminal.out
    assert "── local/org/llama · 2.4 s · — ──\nI am" in terminal.out


def test_a_reply_that_was_cut_off_says_so(terminal: Terminal) -> None:
    async def story(writer: Writer) -> None:
        conversation = await writer.talk("cut", "go", "half")
        _, reply = await writer.store.conversations.messages(conversation.id)
        killed = replace(reply, id="killed", parent_id=reply.id, stop=None)
        failed = replace(reply, id="failed", parent_id="killed", stop=StopReason.ERROR, error="It went away.")
        await writer.store.conversations.append(killed)
        await writer.store.conversations.append(failed)

    terminal.fill(story)
    terminal.run("conversations", "show", "id00000001")
    assert "half\n\n[This reply was cut off.]" in terminal.out
    assert "[It went away.]" in terminal.out
    messages = terminal.json("conversations", "show", "id00000001")["messages"]
    assert [each["stop_reason"] for each in messages] == [None, "stop", "incomplete", "error"]


def test_foreign_text_reaches_no_terminal_as_a_command(terminal: Terminal) -> None:
    async def story(writer: Writer) -> None:
        conversation = await writer.talk(f"title {EVIL}", f"prompt {EVIL}")
        await writer.say(
            conversation,
            Message(Role.ASSISTANT, (TextPart(f"reply \x9b31m {EVIL}"),), ModelRef("p", f"m{EVIL}")),
        )

    terminal.fill(story)
    for arguments in (
        ["list"],
        ["list", "--json"],
        ["show", "id00000001"],
        ["show", "id00000001", "--json"],
        ["search", "reply"],
        ["search", "reply", "--json"],
        ["export", "id00000001"],
        ["export", "id00000001", "--format", "json"],
        ["delete", "id00000001"],
    ):
        assert terminal.run("conversations", *arguments) == 0
        printed = terminal.out + terminal.err
        assert printed
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(printed), arguments


def test_json_keeps_foreign_text_as_it_was(terminal: Terminal) -> None:
    async def story(writer: Writer) -> None:
        await writer.talk(EVIL, EVIL)

    terminal.fill(story)
    shown = terminal.json("conversations", "show", "id00000001")
    assert shown["title"] == EVIL
    assert shown["messages"][0]["parts"] == [{"kind": "text", "text": EVIL}]


def test_search_shows_where_the_words_are(terminal: Terminal) -> None:
    terminal.fill(two_models)
    assert terminal.run("conversations", "search", "written", "ahead") == 0
    assert "A log that is written ahead." in terminal.out
    (hit,) = terminal.json("conversations", "search", "ahead")
    assert next(iter(hit)) == "id"
    assert hit["message_id"] == "id00000003"


def test_export_as_markdown_is_a_document(terminal: Terminal) -> None:
    terminal.fill(two_models)
    assert terminal.run("conversations", "export", "id00000001") == 0
    assert terminal.out.startswith("# WAL mode\n\n## you\n\nWhat is WAL?\n\n## claude/claude-sonnet-4-6\n\nA log")


def test_export_as_json_has_everything(terminal: Terminal) -> None:
    terminal.fill(two_models)
    assert terminal.run("conversations", "export", "--format", "json", "id00000001") == 0
    exported = terminal.out
    shown = terminal.json("conversations", "show", "id00000001")
    assert exported == terminal.out
    assert next(iter(shown)) == "id"
    assert (shown["cost_usd"], shown["unpriced_requests"]) == ("0.0042", 1)
    assert [each["role"] for each in shown["messages"]] == [
        "user",
        "assistant",
        "user",
        "assistant",
        "tool",
        "assistant",
    ]
    assert shown["messages"][1]["model"] == str(SONNET)
    assert shown["messages"][1]["cost"]["usd"] == "0.0042"
    assert shown["messages"][5]["cost"]["usd"] is None
    assert shown["messages"][0]["cost"] is None


async def retried(writer: Writer) -> None:
    """A reply after an attempt that failed, with everything that a server can say."""
    conversation = await writer.talk("Retried", "Hello?", "Yes.")
    _, reply = await writer.store.conversations.messages(conversation.id)
    its = {"conversation_id": conversation.id, "message_id": reply.id}
    error = f"Too many requests ``` </details> {EVIL}"
    failed = ledger_row("r1", usage=NO_USAGE, usd="0", stop=StopReason.ERROR, error=error, first_token_ms=None, **its)
    await writer.store.ledger.add(failed)
    usage = Usage(6000, cached_tokens=1000, output_tokens=96, reasoning_tokens=64)
    cost = {"usage": usage, "usd": "0.01674"}
    await writer.store.ledger.add(ledger_row("r2", started_at=NOON + timedelta(seconds=2), attempt=2, **cost, **its))


def test_each_reply_is_exported_with_where_its_figures_come_from(terminal: Terminal) -> None:
    terminal.fill(retried)
    exported = terminal.json("conversations", "show", "id00000001")
    assert exported["archive_version"] == 2
    prompt, reply = exported["messages"]
    assert prompt["cost"] is prompt["usage"] is prompt["timing"] is None
    assert prompt["attempts"] == []
    assert reply["format"] == "anthropic-messages"
    assert reply["request_kind"] == "reply"
    assert reply["usage"] == {
        "input_tokens": 6000,
        "cached_tokens": 1000,
        "cache_write_tokens": None,
        "output_tokens": 96,
        "reasoning_tokens": 64,
        "cache_write_1h_tokens": None,
        "service_tier": None,
    }
    cost = reply["cost"]
    assert (cost["usd"], cost["status"], cost["explanation"]) == (
        "0.01674",
        "computed",
        "computed from reported tokens",
    )
    assert cost["rates"] == {
        "input": "3",
        "output": "15",
        "cached_input": "0.30",
        "cache_write": None,
        "cache_write_1h": None,
        "above_input": None,
        "source": "catalogue",
        "checked": None,
    }
    used = [each for each in cost["portions"] if each["tokens"]]
    assert used == [
        {"kind": "input", "tokens": 5000, "usd_per_1m": "3", "usd": "0.015"},
        {"kind": "cached", "tokens": 1000, "usd_per_1m": "0.30", "usd": "0.0003"},
        {"kind": "output", "tokens": 96, "usd_per_1m": "15", "usd": "0.00144"},
    ]
    assert reply["timing"] == {"started_at": "2026-11-21T12:00:02+00:00", "first_token_ms": 900, "total_ms": 2400}
    (attempt,) = reply["attempts"]
    assert (attempt["attempt"], attempt["model"], attempt["stop_reason"]) == (1, str(SONNET), "error")
    assert (attempt["cost"]["usd"], attempt["usage"]["input_tokens"]) == ("0", None)


def test_a_markdown_export_folds_the_figures_of_each_reply_away(terminal: Terminal) -> None:
    terminal.fill(retried)
    assert terminal.run("conversations", "export", "id00000001") == 0
    assert "<summary>$0.0167 · 6k in · 96 out</summary>\n\n````\ninput " in terminal.out
    assert "5,000 × $3/M = $0.0150 cached 1,000 × $0.3/M = $0.00030" in " ".join(terminal.out.split())
    assert "attempt 1    $0.00 · 2.4 s · Too many requests ``` </details>" in terminal.out
    assert "\n````\n\n</details>\n" in terminal.out
    assert terminal.out.endswith("\n---\n\nCost of this conversation: $0.0167\n")


def test_show_tells_the_figures_below_each_reply_when_asked(terminal: Terminal) -> None:
    terminal.fill(retried)
    assert terminal.run("conversations", "show", "id00000001") == 0
    assert "computed from" not in terminal.out
    assert terminal.run("conversations", "show", "--details", "id00000001") == 0
    assert "\n  request      reply over anthropic-messages sent 2026-11-21 13:00:02\n" in terminal.out
    assert not {"\x1b", "\x07", "\u202e"} & set(terminal.out)


def test_deleting_keeps_what_was_spent(terminal: Terminal) -> None:
    terminal.fill(two_models)
    assert terminal.run("conversations", "delete", "id0000") == 0
    assert "Deleted “WAL mode”" in terminal.err
    assert terminal.json("conversations", "list") == []
    assert terminal.json("stats")["total"]["requests"] == 2


@pytest.mark.parametrize("action", ["show", "export", "delete"])
def test_an_id_that_nobody_has_is_one_sentence(terminal: Terminal, action: str) -> None:
    assert terminal.run("conversations", action, "nope") == 2
    assert "There is no conversation 'nope'." in terminal.err
    assert terminal.out == ""
