"""A conversation as a file: JSON for programs, Markdown for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, assert_never

from app.format import total_usd
from app.session.explained import as_text, explained, summary
from app.session.export import NO_PROVENANCE, provenance_object
from app.session.provenance import Provenance, of_row
from app.storage.encoding import from_money, part_object
from app.storage.records import Conversation, LedgerRow, StoredMessage
from app.storage.totals import Figures, add_up
from providers.events import StopReason
from providers.messages import Part, ReasoningPart, Role, TextPart, ToolCall, ToolResult

ARCHIVE_VERSION = 2
"""2: what a reply used, cost and took is told in full; its token counts moved from `cost` to `usage`."""


@dataclass(frozen=True, slots=True)
class Archive:
    """One conversation with what was spent on it.

    Attributes:
        messages: of one branch, in order.
        rows: its ledger rows.
    """

    conversation: Conversation
    messages: tuple[StoredMessage, ...]
    rows: tuple[LedgerRow, ...]

    @property
    def total(self) -> Figures:
        """Everything sent in this conversation, other branches and failed attempts included."""
        return add_up(self.rows)

    @property
    def cost(self) -> str:
        """The total as it is shown, with what is missing from it."""
        total = self.total
        cost = total_usd(
            total.usd,
            estimated=total.estimated_usd,
            unpriced=total.unpriced_requests,
            untracked=total.untracked_requests,
            is_free=total.is_free,
        )
        return cost + (f" + {total.unpriced_requests} unpriced" if total.unpriced_requests else "")

    def provenance_of(self, message: StoredMessage) -> Provenance | None:
        """What the request cost that a message came from; None for prompts, and where nothing was recorded."""
        attempts = [row for row in self.rows if row.message_id == message.id]
        return of_row(attempts[-1], attempts[:-1]) if attempts else None

    def author_of(self, message: StoredMessage) -> str:
        """Who said it: the model's full reference for replies."""
        match message.message.role:
            case Role.USER:
                return "you"
            case Role.TOOL:
                return "tool"
            case Role.ASSISTANT:
                return str(message.message.origin or "assistant")
            case role:
                assert_never(role)


def as_object(archive: Archive) -> dict[str, Any]:
    """The conversation as one JSON object; unknown is null."""
    conversation = archive.conversation
    return {
        "id": conversation.id,
        "archive_version": ARCHIVE_VERSION,
        "title": conversation.title,
        "created_at": conversation.created_at.isoformat(),
        "updated_at": conversation.updated_at.isoformat(),
        "model": str(conversation.model) if conversation.model else None,
        "system": conversation.system,
        "cost_usd": from_money(archive.total.usd),
        "estimated_usd": from_money(archive.total.estimated_usd),
        "unpriced_requests": archive.total.unpriced_requests,
        "untracked_requests": archive.total.untracked_requests,
        "messages": [_message_object(archive, message) for message in archive.messages],
    }


def as_markdown(archive: Archive, zone: tzinfo | None = None) -> str:
    """The conversation as a document; what people and models wrote stays the Markdown it is.

    Args:
        zone: in which moments are told; None takes this machine's.
    """
    conversation = archive.conversation
    blocks = [f"# {' '.join(conversation.title.split())}"]
    if conversation.system:
        blocks += ["## system", conversation.system]
    for message in archive.messages:
        blocks.append(f"## {archive.author_of(message)}")
        blocks += markdown_parts(message.message.parts)
        if message.error or message.is_incomplete:
            blocks.append(f"*{message.error or 'This reply was cut off.'}*")
        if provenance := archive.provenance_of(message):
            blocks.append(_details(provenance, zone))
    blocks += ["---", f"Cost of this conversation: {archive.cost}"]
    return "\n\n".join(blocks) + "\n"


def _details(provenance: Provenance, zone: tzinfo | None) -> str:
    lines = _fenced("\n".join(as_text(explained(provenance, zone))))
    return f"<details>\n<summary>{summary(provenance)}</summary>\n\n{lines}\n\n</details>"


def _message_object(archive: Archive, message: StoredMessage) -> dict[str, Any]:
    origin, provenance = message.message.origin, archive.provenance_of(message)
    stop = StopReason.INCOMPLETE if message.is_incomplete else message.stop
    return {
        "id": message.id,
        "parent_id": message.parent_id,
        "role": message.message.role.value,
        "model": str(origin) if origin else None,
        "created_at": message.created_at.isoformat(),
        "parts": [part_object(part) for part in message.message.parts],
        "stop_reason": stop.value if stop else None,
        "error": message.error or None,
        **(provenance_object(provenance) if provenance else NO_PROVENANCE),
    }


def markdown_parts(parts: tuple[Part, ...]) -> Iterator[str]:
    """One Markdown block per part: reasoning as a quotation, tool traffic as code."""
    for part in parts:
        match part:
            case TextPart():
                yield part.text
            case ReasoningPart():
                if part.text:
                    yield "\n".join(f"> {line}".rstrip() for line in part.text.splitlines())
            case ToolCall():
                yield _fenced(f"{part.name} {part.arguments}")
            case ToolResult():
                yield _fenced(part.content)
            case _:
                assert_never(part)


def _fenced(text: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}\n{text}\n{fence}"
