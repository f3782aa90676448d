"""The body of a request to Anthropic's Messages API."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from providers.formats.history import arguments_object, prepared
from providers.formats.tool_names import ToolNames
from providers.messages import Message, Part, ReasoningPart, Role, TextPart, ToolCall, ToolResult
from providers.request import ChatRequest, Endpoint

SIGNED_THINKING = "thinking"
REDACTED_THINKING = "redacted_thinking"

_MAX_TOKENS_CAP = 32_000
_MAX_TOKENS_UNKNOWN_MODEL = 8_192
_ID = re.compile(r"[a-zA-Z0-9_-]+", re.ASCII)

Block = dict[str, Any]


def body_of(request: ChatRequest, endpoint: Endpoint) -> dict[str, Any]:
    """The request as JSON, without `extra_body`."""
    names = ToolNames.of(request)
    body: dict[str, Any] = {
        "model": request.model,
        "max_tokens": _max_tokens(request),
        "messages": _turns(prepared(request, endpoint), names),
        "stream": True,
    }
    if request.system.strip():
        body["system"] = request.system
    if request.tools:
        body["tools"] = [
            {
                "name": names.wire(tool.name),
                "description": tool.description,
                "input_schema": dict(tool.parameters),
            }
            for tool in request.tools
        ]
    return body


def _max_tokens(request: ChatRequest) -> int:
    """The API demands a limit; a large one is no promise to use it, but must fit the model."""
    if request.max_output_tokens is not None:
        return request.max_output_tokens
    if request.model_max_output_tokens is None:
        return _MAX_TOKENS_UNKNOWN_MODEL
    return min(_MAX_TOKENS_CAP, request.model_max_output_tokens)


def _turns(messages: tuple[Message, ...], names: ToolNames) -> list[dict[str, Any]]:
    """User and assistant in turn. Results of tools are user content and come before the user's next text."""
    turns: list[dict[str, Any]] = []
    for message in messages:
        role = "assistant" if message.role is Role.ASSISTANT else "user"
        blocks = [block for part in message.parts if (block := _block(part, names)) is not None]
        if not blocks:
            continue
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"].extend(blocks)
        else:
            turns.append({"role": role, "content": blocks})
    if turns and turns[-1]["role"] == "assistant":
        _trim_end(turns[-1]["content"])
    return turns


def _block(part: Part, names: ToolNames) -> Block | None:
    match part:
        case TextPart(text):
            return {"type": "text", "text": text} if text.strip() else None
        case ReasoningPart():
            return _thinking(part)
        case ToolCall():
            return {
                "type": "tool_use",
                "id": _wire_id(part.id),
                "name": names.wire(part.name),
                "input": arguments_object(part.arguments),
            }
        case ToolResult():
            result = {
                "type": "tool_result",
                "tool_use_id": _wire_id(part.call_id),
                "content": part.content,
            }
            return result | {"is_error": True} if part.is_error else result


def _thinking(part: ReasoningPart) -> Block | None:
    """A thinking block exactly as it came; without a signature the API takes none back."""
    kind = part.opaque.get("type")
    if kind == SIGNED_THINKING and part.opaque.get("signature"):
        return {"type": kind, "thinking": part.text, "signature": part.opaque["signature"]}
    if kind == REDACTED_THINKING and part.opaque.get("data"):
        return {"type": kind, "data": part.opaque["data"]}
    return None


def _wire_id(call_id: str) -> str:
    """The id of a call, respelled when another provider made it with characters that this API refuses."""
    if _ID.fullmatch(call_id):
        return call_id
    mark = hashlib.sha256(call_id.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{re.sub(r'[^a-zA-Z0-9_-]', '_', call_id, flags=re.ASCII)[:40]}_{mark}"


def _trim_end(blocks: list[Block]) -> None:
    """A turn of the assistant that stands last may not end in blanks."""
    if blocks[-1]["type"] == "text":
        blocks[-1]["text"] = blocks[-1]["text"].rstrip()
