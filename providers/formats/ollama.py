"""Ollama's own API (`ollama-chat`): `/api/chat`, one JSON object per line."""

from __future__ import annotations

from typing import Any

from providers.costs import NO_WRITE_RULE
from providers.decoders.ndjson import NdjsonDecoder
from providers.formats.bodies import merged
from providers.formats.headers import request_headers
from providers.formats.history import arguments_object, prepared
from providers.formats.ollama_stream import OllamaAdapter
from providers.formats.tool_names import ToolNames
from providers.formats.urls import chat_url
from providers.messages import Message, ReasoningPart, Role, ToolResult
from providers.request import ChatRequest, Endpoint, HttpCall

WRITE_FACTORS = NO_WRITE_RULE


def build(request: ChatRequest, endpoint: Endpoint) -> HttpCall:
    """Raises: BadConfig, when the base URL or an extra header cannot be used."""
    return HttpCall(
        "POST",
        chat_url(endpoint.base_url, endpoint.format, endpoint.quirks, request.model),
        request_headers(endpoint),
        merged(_body(request, endpoint), endpoint.extra_body),
    )


def adapter(request: ChatRequest, endpoint: Endpoint) -> OllamaAdapter:
    return OllamaAdapter(request, endpoint)


def decoder() -> NdjsonDecoder:
    return NdjsonDecoder()


def _body(request: ChatRequest, endpoint: Endpoint) -> dict[str, Any]:
    names = ToolNames.of(request)
    system = [{"role": "system", "content": request.system}] if request.system.strip() else []
    history = [entry for message in prepared(request, endpoint) for entry in _wire_messages(message, names)]
    body: dict[str, Any] = {"model": request.model, "messages": system + history, "stream": True}
    if request.max_output_tokens is not None:
        # No num_ctx: a window other than the loaded one makes the server load the model anew.
        body["options"] = {"num_predict": request.max_output_tokens}
    if request.tools:
        body["tools"] = [
            {
                "type": "function",
                "function": {
                    "name": names.wire(tool.name),
                    "description": tool.description,
                    "parameters": dict(tool.parameters),
                },
            }
            for tool in request.tools
        ]
    return body


def _wire_messages(message: Message, names: ToolNames) -> list[dict[str, Any]]:
    if message.role is Role.TOOL:
        return [_result(part, names) for part in message.parts if isinstance(part, ToolResult)]
    entry: dict[str, Any] = {"role": message.role.value, "content": message.text}
    if message.tool_calls:
        # Between a call and its result the model goes on from what it thought; in later turns that is noise.
        if thinking := "".join(part.text for part in message.parts if isinstance(part, ReasoningPart)):
            entry["thinking"] = thinking
        entry["tool_calls"] = [
            {
                "id": call.id,
                "function": {
                    "name": names.wire(call.name),
                    "arguments": arguments_object(call.arguments),
                },
            }
            for call in message.tool_calls
        ]
    return [entry]


def _result(result: ToolResult, names: ToolNames) -> dict[str, Any]:
    return {
        "role": "tool",
        "tool_call_id": result.call_id,
        "tool_name": names.wire(result.name),
        "content": result.content,
    }
