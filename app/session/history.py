"""From the entries of a conversation to what a model is sent."""

from __future__ import annotations

from collections.abc import Sequence

from app.session.entries import Prompt
from app.session.reply import Reply
from providers.messages import Message, ReasoningPart, TextPart, ToolCall, user
from providers.tokens import estimate_tokens


def history(entries: Sequence[Prompt | Reply]) -> tuple[Message, ...]:
    """The messages to send, oldest first.

    A prompt whose reply failed before it said anything is left out: it came back into the composer, and
    sending it again beside its second try would ask twice.
    """
    messages: list[Message] = []
    for position, entry in enumerate(entries):
        if isinstance(entry, Reply):
            if entry.has_content:
                messages.append(entry.message)
        elif not _was_given_back(entries, position):
            messages.append(user(entry.text))
    return tuple(messages)


def estimate_input(system: str, messages: Sequence[Message]) -> int:
    """Our own count of what a request sends: text, calls and results, and a few tokens around each message."""
    total = estimate_tokens(system)
    for message in messages:
        total += 4
        for part in message.parts:
            if isinstance(part, TextPart):
                total += estimate_tokens(part.text)
            elif isinstance(part, ToolCall):
                total += estimate_tokens(part.name) + estimate_tokens(part.arguments)
            elif not isinstance(part, ReasoningPart):
                total += estimate_tokens(part.content)
    return total


def _was_given_back(entries: Sequence[Prompt | Reply], position: int) -> bool:
    following = entries[position + 1] if position + 1 < len(entries) else None
    return isinstance(following, Reply) and not following.is_running and not following.has_content
