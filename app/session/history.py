"""From the entries of a conversation to what a model is sent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from app.session.entries import Prompt
from app.session.reply import Reply
from providers.messages import Message, ReasoningPart, TextPart, ToolCall, user

if TYPE_CHECKING:
    from providers.request import ToolSpec
    from providers.tokens import Counter

AROUND_MESSAGE = 4
"""Tokens that say who speaks and where a message ends."""


def history(entries: Sequence[Prompt | Reply]) -> tuple[Message, ...]:
    """The messages to send, oldest first."""
    return tuple(as_message(entry) for entry in sent_entries(entries))


def sent_entries(entries: Sequence[Prompt | Reply]) -> Iterator[Prompt | Reply]:
    """The entries that the next request sends, oldest first.

    A prompt whose reply failed before it said anything is left out: it came back into the composer, and
    sending it again beside its second try would ask twice.
    """
    for position, entry in enumerate(entries):
        if entry.has_content if isinstance(entry, Reply) else not _was_given_back(entries, position):
            yield entry


def as_message(entry: Prompt | Reply) -> Message:
    """An entry as it is sent."""
    return entry.message if isinstance(entry, Reply) else user(entry.text)


def estimate_input(counter: Counter, system: str, messages: Sequence[Message], tools: Sequence[ToolSpec] = ()) -> int:
    """Our own count of what a request sends: text, calls and results, tools, and a few tokens around each message."""
    total = counter.count(system)
    for message in messages:
        total += AROUND_MESSAGE
        for part in message.parts:
            if isinstance(part, TextPart):
                total += counter.count(part.text)
            elif isinstance(part, ToolCall):
                total += counter.count(part.name) + counter.count(part.arguments)
            elif not isinstance(part, ReasoningPart):
                total += counter.count(part.content)
    for tool in tools:
        schema = json.dumps(dict(tool.parameters), ensure_ascii=False)
        total += counter.count(tool.name) + counter.count(tool.description) + counter.count(schema)
    return total


def _was_given_back(entries: Sequence[Prompt | Reply], position: int) -> bool:
    following = entries[position + 1] if position + 1 < len(entries) else None
    return isinstance(following, Reply) and not following.is_running and not following.has_content
