"""OpenAI Chat Completions, as a server speaks it. Reasoning goes into `reasoning_content`, as most do."""

from __future__ import annotations

import json
from typing import Any

from providers.demo.counting import Spent
from providers.demo.formats import openai_errors
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
from providers.demo.problems import Problem, bad_request
from providers.demo.script import Ask, Call, Content, Refuse, Say, Stop, Think, Tool, Turn

STREAM_TYPE = "text/event-stream; charset=utf-8"
REQUEST_ID = "x-request-id"

_FINISH = {
    Stop.END: "stop",
    Stop.LENGTH: "length",
    Stop.FILTER: "content_filter",
    Stop.REFUSAL: "stop",
    Stop.CALLS: "tool_calls",
}


def read(body: Json) -> Ask:
    model = required_model(body)
    messages = objects(body, "messages")
    if not messages:
        raise bad_request("'messages' must hold at least one message.", "messages")
    if "stream_options" in body and not body.get("stream") and body["stream_options"] is not None:
        raise bad_request("'stream_options' is only allowed when 'stream' is true.", "stream_options")
    _check_tool_answers(messages)
    choice = body.get("tool_choice")
    return Ask(
        model=model,
        turns=_turns(messages),
        system="\n".join(
            text_of(message.get("content"), f"messages[{position}].content")
            for position, message in enumerate(messages)
            if message.get("role") in ("system", "developer")
        ),
        tools=tuple(_tool(item, position) for position, item in enumerate(objects(body, "tools"))),
        is_stream=bool(body.get("stream")),
        max_tokens=positive(body, "max_completion_tokens", "max_tokens"),
        may_think=body.get("reasoning_effort") != "none",
        may_call=choice != "none",
        forced_tool=str(mapping(mapping(choice).get("function")).get("name", "")),
    )


def _turns(messages: list[Json]) -> tuple[Turn, ...]:
    turns: list[Turn] = []
    names: dict[str, str] = {}
    for position, message in enumerate(messages):
        text = text_of(message.get("content"), f"messages[{position}].content")
        match message.get("role"):
            case "system" | "developer":
                pass
            case "user":
                turns.append(Turn("user", text))
            case "assistant":
                calls = []
                for call in objects(message, "tool_calls"):
                    function = mapping(call.get("function"))
                    names[str(call.get("id"))] = str(function.get("name", ""))
                    calls.append((str(function.get("name", "")), str(function.get("arguments", ""))))
                turns.append(Turn("assistant", text, calls=tuple(calls)))
            case "tool":
                turns.append(Turn("tool", text, names.get(str(message.get("tool_call_id")), "")))
            case role:
                raise bad_request(f"'{role}' is not a role.", f"messages[{position}].role")
    return tuple(turns)


def _check_tool_answers(messages: list[Json]) -> None:
    """Every call must be answered before anything else is said; every answer needs its call."""
    open_calls: set[str] = set()
    for position, message in enumerate(messages):
        if message.get("role") == "tool":
            call = str(message.get("tool_call_id"))
            if call not in open_calls:
                raise bad_request(
                    "A message with role 'tool' must answer a preceding message with 'tool_calls'.",
                    f"messages[{position}].role",
                )
            open_calls.discard(call)
            continue
        _refuse_unanswered(open_calls, position)
        open_calls = {str(call.get("id")) for call in objects(message, "tool_calls")}
    _refuse_unanswered(open_calls, len(messages) - 1)


def _refuse_unanswered(open_calls: set[str], position: int) -> None:
    if open_calls:
        raise bad_request(
            "Every tool call must be followed by a tool message; these are not answered: "
            + ", ".join(sorted(open_calls)),
            f"messages[{position}].role",
        )


def _tool(item: Json, position: int) -> Tool:
    function = mapping(item.get("function"))
    name = function.get("name")
    if not isinstance(name, str) or not name:
        raise bad_request("A tool needs a function with a name.", f"tools[{position}].function.name")
    return Tool(name, str(function.get("description") or ""), mapping(function.get("parameters")))


class _Reply:
    """A rendering of one reply."""

    def __init__(self, body: Json, envelope: Envelope) -> None:
        self._envelope = envelope
        self._id = envelope.make_id("chatcmpl-")
        self._with_usage = bool(mapping(body.get("stream_options")).get("include_usage"))
        self._text: list[str] = []
        self._thoughts: list[str] = []
        self._refusal: list[str] = []
        self._calls: list[Json] = []

    def begin(self, spent: Spent) -> bytes:
        return self._chunk({"role": "assistant", "content": "", "refusal": None})

    def push(self, part: Content) -> bytes:
        match part:
            case Think(text):
                self._thoughts.append(text)
                return self._chunk({"reasoning_content": text})
            case Say(text):
                self._text.append(text)
                return self._chunk({"content": text})
            case Refuse(text):
                self._refusal.append(text)
                return self._chunk({"refusal": text})
            case Call(name, arguments):
                return self._push_call(name, json.dumps(arguments, ensure_ascii=False))

    def _push_call(self, name: str, arguments: str) -> bytes:
        index = len(self._calls)
        call = {
            "id": self._envelope.make_id("call_"),
            "type": "function",
            "function": {"name": name, "arguments": arguments},
        }
        self._calls.append(call)
        opening = {"index": index, **call, "function": {"name": name, "arguments": ""}}
        rest = [{"index": index, "function": {"arguments": piece}} for piece in pieces(arguments)]
        return b"".join(self._chunk({"tool_calls": [delta]}) for delta in (opening, *rest))

    def corrupt(self, payload: bytes) -> bytes:
        return sse_raw(payload)

    def fail(self, problem: Problem) -> bytes:
        return sse({"error": openai_errors.error_of(problem)})

    def finish(self, stop: Stop, spent: Spent) -> bytes:
        last = self._chunk({}, _FINISH[stop])
        if self._with_usage:
            last += sse(self._frame([]) | {"usage": _usage(spent)})
        return last + sse_raw(b"[DONE]")

    def whole(self, stop: Stop, spent: Spent) -> Json:
        message: Json = {
            "role": "assistant",
            "content": "".join(self._text) if self._text or not self._calls else None,
            "refusal": "".join(self._refusal) or None,
            "annotations": [],
        }
        if self._thoughts:
            message["reasoning_content"] = "".join(self._thoughts)
        if self._calls:
            message["tool_calls"] = self._calls
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _FINISH[stop]}
        return self._frame([choice]) | {"object": "chat.completion", "usage": _usage(spent)}

    def _chunk(self, delta: Json, finish_reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return sse(self._frame([choice]) | ({"usage": None} if self._with_usage else {}))

    def _frame(self, choices: list[Json]) -> dict[str, Any]:
        return {
            "id": self._id,
            "object": "chat.completion.chunk",
            "created": int(self._envelope.now),
            "model": self._envelope.model,
            "service_tier": "default",
            "system_fingerprint": "fp_parley_demo",
            "choices": choices,
        }


def render(body: Json, envelope: Envelope) -> _Reply:
    return _Reply(body, envelope)


def unknown_model(name: str) -> str:
    return openai_errors.unknown_model(name)


def problem(problem: Problem, request_id: str) -> tuple[int, Json]:
    return openai_errors.answer(problem)


def _usage(spent: Spent) -> Json:
    return {
        "prompt_tokens": spent.sent,
        "completion_tokens": spent.generated,
        "total_tokens": spent.sent + spent.generated,
        "prompt_tokens_details": {"cached_tokens": spent.cached, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": spent.thought,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }
