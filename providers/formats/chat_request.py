"""A request in the format of OpenAI Chat Completions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from providers.catalogue.quirks import Quirks
from providers.formats.bodies import merged
from providers.formats.headers import request_headers
from providers.formats.history import arguments_text, prepared
from providers.formats.tool_names import ToolNames
from providers.formats.urls import chat_url
from providers.messages import Message, ReasoningPart, Role, ToolCall, ToolResult
from providers.request import ChatRequest, Endpoint, HttpCall


def build(request: ChatRequest, endpoint: Endpoint) -> HttpCall:
    """The call that answers a turn with a stream.

    Raises: BadConfig, when the base URL or an extra header cannot be used.
    """
    quirks = endpoint.quirks
    names = ToolNames.of(request)
    body: dict[str, Any] = {
        "model": request.model,
        "messages": list(_messages(request, endpoint, names)),
        "stream": True,
    }
    if not quirks.no_stream_options:
        body["stream_options"] = {"include_usage": True}
    if request.max_output_tokens is not None:
        limit = "max_completion_tokens" if quirks.max_completion_tokens else "max_tokens"
        body[limit] = request.max_output_tokens
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
    url = chat_url(endpoint.base_url, endpoint.format, quirks, request.model)
    return HttpCall("POST", url, request_headers(endpoint), merged(body, endpoint.extra_body))


def _messages(request: ChatRequest, endpoint: Endpoint, names: ToolNames) -> Iterator[dict[str, Any]]:
    if request.system:
        yield {"role": "developer" if endpoint.quirks.developer_role else "system", "content": request.system}
    for message in prepared(request, endpoint):
        match message.role:
            case Role.USER:
                # A plain string even for several parts: text-only servers refuse lists.
                yield {"role": "user", "content": message.text}
            case Role.ASSISTANT:
                yield _assistant(message, endpoint.quirks, names)
            case Role.TOOL:
                for part in message.parts:
                    if isinstance(part, ToolResult):
                        yield {"role": "tool", "tool_call_id": part.call_id, "content": part.content}


def _assistant(message: Message, quirks: Quirks, names: ToolNames) -> dict[str, Any]:
    calls = message.tool_calls
    spelled: dict[str, Any] = {"role": "assistant", "content": message.text or None}
    if calls:
        spelled["tool_calls"] = [_call(call, quirks, names) for call in calls]
    if quirks.no_unknown_fields:
        return spelled
    thoughts = [part for part in message.parts if isinstance(part, ReasoningPart)]
    said = "".join(part.text for part in thoughts)
    if quirks.reasoning_echo and calls and said:
        spelled["reasoning_content"] = said
    details = [detail for part in thoughts for detail in part.opaque.get("reasoning_details", ())]
    if details:
        spelled["reasoning_details"] = details
    return spelled


def _call(call: ToolCall, quirks: Quirks, names: ToolNames) -> dict[str, Any]:
    function = {"name": names.wire(call.name), "arguments": arguments_text(call.arguments)}
    extra = {} if quirks.no_unknown_fields else call.opaque
    return {**extra, "id": call.id, "type": "function", "function": function}
