"""What every wire format does to the history before it spells it out.

Stored conversations hold more than a server may be sent: reasoning of other models, calls that were never
carried out, replies that stayed empty. A history that comes out of `prepared` has none of that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from pydantic_core import from_json

from providers.messages import Message, Part, ReasoningPart, Role, TextPart, ToolCall, ToolResult
from providers.reference import ModelRef
from providers.request import ChatRequest, Endpoint

NOT_RUN = "not run"


def prepared(request: ChatRequest, endpoint: Endpoint) -> tuple[Message, ...]:
    """The messages as they may be sent.

    - Reasoning, and opaque data of tool calls, stay only with the model that wrote them.
    - Empty texts and messages without anything to say are left out, and so is reasoning that led to nothing.
    - Every tool call is followed at once by one tool message with all results, in the order of the calls; a
      call without a result gets `not run`; a result without a call is left out.
    - With the quirk `strict_alternation`, user and assistant take turns and the user begins.
    """
    model = ModelRef(endpoint.provider, request.model)
    said = [kept for message in request.messages if (kept := _without_foreign(message, model)) is not None]
    answered = _with_results(said)
    return tuple(alternating(answered) if endpoint.quirks.strict_alternation else answered)


def alternating(messages: Iterable[Message]) -> list[Message]:
    """Neighbours of one role merged, and what an assistant said before the first user left out."""
    turns: list[Message] = []
    for message in messages:
        if not turns and message.role is not Role.USER:
            continue
        if turns and turns[-1].role is message.role:
            turns[-1] = _merged(turns[-1], message)
        else:
            turns.append(message)
    return turns


def arguments_object(arguments: str) -> dict[str, Any]:
    """The arguments of a call as the object they should be; empty when they were cut off or garbled."""
    try:
        value = from_json(arguments)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def arguments_text(arguments: str) -> str:
    """The arguments of a call as text that a server can parse: `{}` when they were cut off or garbled."""
    return arguments if arguments_object(arguments) else "{}"


def _without_foreign(message: Message, model: ModelRef) -> Message | None:
    is_own = message.origin == model
    parts = tuple(kept for part in message.parts if (kept := _kept(part, is_own)) is not None)
    while parts and isinstance(parts[-1], ReasoningPart):
        parts = parts[:-1]
    return replace(message, parts=parts) if parts else None


def _kept(part: Part, is_own: bool) -> Part | None:
    match part:
        case TextPart(text):
            return part if text.strip() else None
        case ReasoningPart():
            return part if is_own else None
        case ToolCall():
            return part if is_own or not part.opaque else replace(part, opaque={})
        case ToolResult():
            return part


def _with_results(messages: Sequence[Message]) -> list[Message]:
    ordered: list[Message] = []
    for position, message in enumerate(messages):
        if message.role is Role.TOOL:
            continue
        ordered.append(message)
        if message.tool_calls:
            results = _results_after(messages[position + 1 :])
            answers = tuple(results.get(call.id) or _not_run(call) for call in message.tool_calls)
            ordered.append(Message(Role.TOOL, answers))
    return ordered


def _results_after(messages: Sequence[Message]) -> dict[str, ToolResult]:
    """The results given before the assistant speaks again; ids may repeat from turn to turn."""
    results: dict[str, ToolResult] = {}
    for message in messages:
        if message.role is Role.ASSISTANT:
            break
        for part in message.parts:
            if isinstance(part, ToolResult):
                results.setdefault(part.call_id, part)
    return results


def _not_run(call: ToolCall) -> ToolResult:
    return ToolResult(call.id, call.name, NOT_RUN, is_error=True)


def _merged(first: Message, second: Message) -> Message:
    """Two messages of one role as one, their texts a blank line apart."""
    gap: tuple[Part, ...] = ()
    if isinstance(first.parts[-1], TextPart) and isinstance(second.parts[0], TextPart):
        gap = (TextPart("\n\n"),)
    return replace(first, parts=first.parts + gap + second.parts)
