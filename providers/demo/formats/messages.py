"""Anthropic Messages, as a server speaks it: content blocks, pings, cumulative usage at the end."""

from __future__ import annotations

import base64
import json

from providers.demo.counting import Spent
from providers.demo.formats.base import (
    Envelope,
    Json,
    mapping,
    objects,
    pieces,
    positive,
    required_model,
    sse,
    sse_raw,
    text_of,
)
from providers.demo.problems import STATUS, Kind, Problem, bad_request
from providers.demo.script import Ask, Call, Content, Refuse, Say, Stop, Think, Tool, Turn

STREAM_TYPE = "text/event-stream; charset=utf-8"
REQUEST_ID = "request-id"

_STOP_REASON = {
    Stop.END: "end_turn",
    Stop.LENGTH: "max_tokens",
    Stop.FILTER: "refusal",
    Stop.REFUSAL: "refusal",
    Stop.CALLS: "tool_use",
}
_ERROR_TYPE = {
    Kind.BAD_REQUEST: "invalid_request_error",
    Kind.AUTH: "authentication_error",
    Kind.PERMISSION: "permission_error",
    Kind.MODEL: "not_found_error",
    Kind.PATH: "not_found_error",
    Kind.METHOD: "invalid_request_error",
    Kind.TOO_LARGE: "request_too_large",
    Kind.CONTEXT: "invalid_request_error",
    Kind.RATE: "rate_limit_error",
    Kind.QUOTA: "billing_error",
    Kind.SERVER: "api_error",
    Kind.UNAVAILABLE: "api_error",
    Kind.OVERLOADED: "overloaded_error",
}
_STATUS = STATUS | {Kind.QUOTA: 402}


def read(body: Json) -> Ask:
    if positive(body, "max_tokens") is None:
        raise bad_request("max_tokens: Field required", "max_tokens")
    return read_countable(body)


def read_countable(body: Json) -> Ask:
    """As `read`, for `/v1/messages/count_tokens`, where the limit may be missing."""
    messages = objects(body, "messages")
    if not messages:
        raise bad_request("messages: at least one message is required", "messages")
    thinking = mapping(body.get("thinking"))
    choice = mapping(body.get("tool_choice"))
    return Ask(
        model=required_model(body),
        turns=_turns(messages),
        system=text_of(body.get("system"), "system"),
        tools=tuple(_tool(item, position) for position, item in enumerate(objects(body, "tools"))),
        is_stream=bool(body.get("stream")),
        max_tokens=positive(body, "max_tokens"),
        may_think=thinking.get("type") != "disabled",
        may_call=choice.get("type") != "none",
        forced_tool=str(choice.get("name", "")),
        caches=_is_marked(body),
    )


def _is_marked(body: Json) -> bool:
    """Whether a cache breakpoint stands anywhere in the request."""
    waiting: list[object] = [body]
    while waiting:
        match waiting.pop():
            case dict() as node:
                if node.get("cache_control"):
                    return True
                waiting.extend(node.values())
            case list() as items:
                waiting.extend(items)
    return False


def _turns(messages: list[Json]) -> tuple[Turn, ...]:
    turns: list[Turn] = []
    names: dict[str, str] = {}
    unanswered: set[str] = set()
    for position, message in enumerate(messages):
        where = f"messages.{position}"
        role = message.get("role")
        if role not in ("user", "assistant"):
            raise bad_request(f"{where}.role: '{role}' is not 'user' or 'assistant'", "messages")
        content = message.get("content")
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else objects(message, "content")
        _check_blocks(blocks, where)
        results = [block for block in blocks if block.get("type") == "tool_result"]
        unanswered -= {str(block.get("tool_use_id")) for block in results}
        if unanswered:
            raise bad_request(
                f"{where}: tool_use ids without a tool_result right after them: {', '.join(sorted(unanswered))}",
                "messages",
            )
        for block in results:
            name = names.get(str(block.get("tool_use_id")))
            if name is None:
                raise bad_request(f"{where}: a tool_result answers no tool_use of the turn before", "messages")
            turns.append(Turn("tool", text_of(block.get("content"), where), name))
        used = {str(block.get("id")): block for block in blocks if block.get("type") == "tool_use"}
        names.update({call: str(block.get("name", "")) for call, block in used.items()})
        unanswered = set(used)
        said = [b for b in blocks if b.get("type") not in ("tool_result", "tool_use", "thinking", "redacted_thinking")]
        if said or used:
            calls = [
                (str(block.get("name", "")), json.dumps(block.get("input"), ensure_ascii=False))
                for block in used.values()
            ]
            turns.append(Turn(role, text_of(said, where), calls=tuple(calls)))
    if unanswered:
        raise bad_request(
            f"tool_use ids without a tool_result right after them: {', '.join(sorted(unanswered))}",
            "messages",
        )
    return tuple(turns)


def _check_blocks(blocks: list[Json], where: str) -> None:
    if any(block.get("type") == "text" and not block.get("text") for block in blocks):
        raise bad_request(f"{where}: text content blocks must be non-empty", "messages")
    kinds = [block.get("type") for block in blocks]
    if "tool_result" in kinds[1:] and kinds[kinds.index("tool_result", 1) - 1] != "tool_result":
        raise bad_request(f"{where}: tool_result blocks must come first in their message", "messages")


def _tool(item: Json, position: int) -> Tool:
    name = item.get("name")
    if not isinstance(name, str) or not name:
        raise bad_request(f"tools.{position}.name: Field required", "tools")
    return Tool(name, str(item.get("description") or ""), mapping(item.get("input_schema")))


class _Reply:
    """A rendering of one reply. One content block is open at a time."""

    def __init__(self, body: Json, envelope: Envelope) -> None:
        self._envelope = envelope
        self._id = envelope.make_id("msg_")
        self._hides_thoughts = mapping(body.get("thinking")).get("display") == "omitted"
        self._blocks: list[Json] = []
        self._open = ""
        self._text: list[str] = []

    def begin(self, spent: Spent) -> bytes:
        usage = _input_usage(spent) | {"output_tokens": 1}
        usage["cache_creation"] = {
            "ephemeral_5m_input_tokens": spent.written,
            "ephemeral_1h_input_tokens": 0,
        }
        message = self._message([], None) | {"usage": usage | {"service_tier": "standard"}}
        return sse({"type": "message_start", "message": message}, "message_start")

    def push(self, part: Content) -> bytes:
        match part:
            case Think(text):
                opening = self._ensure("thinking", {"type": "thinking", "thinking": "", "signature": ""})
                self._text.append(text)
                if self._hides_thoughts:
                    return opening
                return opening + self._delta({"type": "thinking_delta", "thinking": text})
            case Say(text):
                opening = self._ensure("text", {"type": "text", "text": ""})
                self._text.append(text)
                return opening + self._delta({"type": "text_delta", "text": text})
            case Refuse():
                return b""  # the stop reason says it; a refusal has no text of its own here
            case Call(name, arguments):
                return self._call(name, arguments)

    def corrupt(self, payload: bytes) -> bytes:
        return sse_raw(payload, "content_block_delta")

    def fail(self, problem: Problem) -> bytes:
        return sse({"type": "error", "error": _error(problem)}, "error")

    def finish(self, stop: Stop, spent: Spent) -> bytes:
        closing = self._close()
        ending = {
            "type": "message_delta",
            "delta": {"stop_reason": _STOP_REASON[stop], "stop_sequence": None, **_details(stop)},
            "usage": _input_usage(spent) | _output_usage(spent),
        }
        return closing + sse(ending, "message_delta") + sse({"type": "message_stop"}, "message_stop")

    def whole(self, stop: Stop, spent: Spent) -> Json:
        self._close()
        usage = _input_usage(spent) | _output_usage(spent) | {"service_tier": "standard"}
        return self._message(self._blocks, _STOP_REASON[stop]) | _details(stop) | {"usage": usage}

    def _message(self, content: list[Json], stop_reason: str | None) -> Json:
        return {
            "id": self._id,
            "type": "message",
            "role": "assistant",
            "model": self._envelope.model,
            "content": content,
            "stop_reason": stop_reason,
            "stop_sequence": None,
        }

    def _ensure(self, kind: str, block: Json) -> bytes:
        """Open a block of this kind unless one is open already."""
        return b"" if self._open == kind else self._close() + self._start(kind, block)

    def _start(self, kind: str, block: Json) -> bytes:
        is_first = not self._blocks
        self._open = kind
        start = {"type": "content_block_start", "index": len(self._blocks), "content_block": block}
        ping = sse({"type": "ping"}, "ping") if is_first else b""
        return sse(start, "content_block_start") + ping

    def _close(self) -> bytes:
        """Finish the open block, if there is one."""
        text, signed = "".join(self._text), b""
        match self._open:
            case "":
                return b""
            case "thinking":
                signature = base64.b64encode(f"demo:{text}".encode("utf-8", "replace")).decode("ascii")
                signed = self._delta({"type": "signature_delta", "signature": signature})
                shown = "" if self._hides_thoughts else text
                block: Json = {"type": "thinking", "thinking": shown, "signature": signature}
            case _:
                block = {"type": "text", "text": text, "citations": None}
        return signed + self._stop(block)

    def _stop(self, block: Json) -> bytes:
        stop = {"type": "content_block_stop", "index": len(self._blocks)}
        self._blocks.append(block)
        self._open = ""
        self._text = []
        return sse(stop, "content_block_stop")

    def _call(self, name: str, arguments: Json) -> bytes:
        closing = self._close()
        block: Json = {"type": "tool_use", "id": self._envelope.make_id("toolu_"), "name": name, "input": {}}
        sent = self._start("tool_use", block)
        for piece in ("", *pieces(json.dumps(arguments, ensure_ascii=False))):
            sent += self._delta({"type": "input_json_delta", "partial_json": piece})
        return closing + sent + self._stop({**block, "input": arguments})

    def _delta(self, delta: Json) -> bytes:
        event = {"type": "content_block_delta", "index": len(self._blocks), "delta": delta}
        return sse(event, "content_block_delta")


def render(body: Json, envelope: Envelope) -> _Reply:
    return _Reply(body, envelope)


def unknown_model(name: str) -> str:
    return f"model: {name}"


def problem(problem: Problem, request_id: str) -> tuple[int, Json]:
    status = problem.status or _STATUS[problem.kind]
    return status, {"type": "error", "error": _error(problem), "request_id": request_id}


def _error(problem: Problem) -> Json:
    return {"type": _ERROR_TYPE[problem.kind], "message": problem.message, "details": None}


def _details(stop: Stop) -> Json:
    if stop not in (Stop.FILTER, Stop.REFUSAL):
        return {}
    return {"stop_details": {"type": "refusal", "category": None, "explanation": "The demo was asked to refuse."}}


def _input_usage(spent: Spent) -> Json:
    return {
        "input_tokens": spent.sent - spent.cached - spent.written,
        "cache_creation_input_tokens": spent.written,
        "cache_read_input_tokens": spent.cached,
    }


def _output_usage(spent: Spent) -> Json:
    return {
        "output_tokens": spent.generated,
        "output_tokens_details": {"thinking_tokens": spent.thought},
    }
