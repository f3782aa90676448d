"""What is said: the messages of a conversation, as every wire format can carry them.

Values only. Who stores them, in which tree, is a matter of `app.storage`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from providers.reference import ModelRef


class Role(StrEnum):
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"
    """Carries only `ToolResult` parts: the answers to the calls of the assistant message before it."""


@dataclass(frozen=True, slots=True)
class TextPart:
    text: str


@dataclass(frozen=True, slots=True)
class ReasoningPart:
    """What a model thought before it answered.

    Attributes:
        text: readable reasoning; empty when the provider keeps it to itself.
        opaque: what the same model wants back unchanged (a signature, encrypted content, reasoning
            details), as the wire format sent it; empty when there is nothing to send back.
    """

    text: str
    opaque: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call the model asks for.

    Attributes:
        id: links the call to its result; never rewritten, made up by Parley only where the server sent none.
        name: the tool's own name (mapped back from the wire's alphabet).
        arguments: JSON text as assembled; may be invalid when the model was cut off. Never empty: `{}`.
        opaque: provider data that must travel back with the call (Gemini's thought signature).
    """

    id: str
    name: str
    arguments: str
    opaque: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToolResult:
    call_id: str
    name: str
    content: str
    is_error: bool = False


Part = TextPart | ReasoningPart | ToolCall | ToolResult


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the history.

    Attributes:
        parts: in the order they were said.
        origin: for assistant messages, the model that wrote it. Opaque parts go back only to that model.
    """

    role: Role
    parts: tuple[Part, ...]
    origin: ModelRef | None = None

    @property
    def text(self) -> str:
        """All text parts, joined; reasoning and tool traffic left out."""
        return "".join(part.text for part in self.parts if isinstance(part, TextPart))

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        return tuple(part for part in self.parts if isinstance(part, ToolCall))


def user(text: str) -> Message:
    return Message(Role.USER, (TextPart(text),))


def assistant(text: str, origin: ModelRef | None = None) -> Message:
    return Message(Role.ASSISTANT, (TextPart(text),), origin)
