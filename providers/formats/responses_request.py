"""The body of a request to the Responses API."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from providers.formats.history import arguments_text, prepared
from providers.formats.tool_names import ToolNames
from providers.messages import Message, ReasoningPart, Role, TextPart, ToolCall, ToolResult
from providers.request import ChatRequest, Endpoint

ENCRYPTED_REASONING = "reasoning.encrypted_content"

_NEVER_REASONS = re.compile(r"(?:.*/)?(?:gpt-3\.5|gpt-4|chatgpt-4o|gpt-5-chat)")
"""OpenAI's models without reasoning refuse to be asked for it in encrypted form."""
_DEFAULT_INSTRUCTIONS = "You are a helpful assistant."

Item = dict[str, Any]


def body_of(request: ChatRequest, endpoint: Endpoint) -> dict[str, Any]:
    """The request as JSON, without `extra_body`.

    The server is asked to store nothing: the whole conversation is sent every time, and the model's reasoning
    comes back to it in encrypted form.
    """
    names = ToolNames.of(request)
    history = prepared(request, endpoint)
    with_reasoning = not (endpoint.quirks.no_encrypted_reasoning or _NEVER_REASONS.match(request.model))
    body: dict[str, Any] = {
        "model": request.model,
        "input": [item for message in history for item in _items(message, names, with_reasoning)],
        "stream": True,
        "store": False,
    }
    if with_reasoning:
        body["include"] = [ENCRYPTED_REASONING]
    if request.system.strip():
        body["instructions"] = request.system
    elif endpoint.quirks.store_false_required:
        # The same backend refuses a request without instructions.
        body["instructions"] = _DEFAULT_INSTRUCTIONS
    if request.max_output_tokens is not None:
        body["max_output_tokens"] = request.max_output_tokens
    if request.tools:
        body["tools"] = [
            {
                "type": "function",
                "name": names.wire(tool.name),
                "description": tool.description,
                "parameters": dict(tool.parameters),
                # The default is true, and strict schemas are a dialect of their own.
                "strict": False,
            }
            for tool in request.tools
        ]
    return body


def _items(message: Message, names: ToolNames, with_reasoning: bool) -> Iterator[Item]:
    role = message.role
    for part in message.parts:
        match part:
            case TextPart(text):
                kind = "output_text" if role is Role.ASSISTANT else "input_text"
                yield {"type": "message", "role": role.value, "content": [{"type": kind, "text": text}]}
            case ReasoningPart(opaque=opaque):
                # A prepared history has no reasoning without the item it led to; the server refuses that.
                if with_reasoning and opaque.get("type") == "reasoning" and opaque.get("encrypted_content"):
                    yield dict(opaque)
            case ToolCall():
                yield {
                    "type": "function_call",
                    "call_id": part.id,
                    "name": names.wire(part.name),
                    "arguments": arguments_text(part.arguments),
                }
            case ToolResult():
                yield {"type": "function_call_output", "call_id": part.call_id, "output": part.content}
