"""Ollama's native `/api/chat`, as a server speaks it: NDJSON, calls in one piece, times in nanoseconds."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from providers.demo.counting import Spent
from providers.demo.formats.base import Envelope, Json, dump, mapping, objects, required_model
from providers.demo.problems import STATUS, Kind, Problem, bad_request
from providers.demo.script import Ask, Call, Content, Refuse, Say, Stop, Think, Tool, Turn

STREAM_TYPE = "application/x-ndjson"
REQUEST_ID = ""

_NANOSECONDS_PER_TOKEN = 11_000_000
_LOADING_NANOSECONDS = 40_000_000
_STATUS = STATUS | {Kind.QUOTA: 402, Kind.OVERLOADED: 503}


def read(body: Json) -> Ask:
    options = mapping(body.get("options"))
    limit = options.get("num_predict")
    return Ask(
        model=required_model(body).removesuffix(":latest"),
        turns=_turns(objects(body, "messages")),
        system="\n".join(
            str(message.get("content", "")) for message in objects(body, "messages") if message.get("role") == "system"
        ),
        tools=tuple(_tool(item) for item in objects(body, "tools")),
        is_stream=body.get("stream", True) is not False,
        max_tokens=limit if type(limit) is int and limit > 0 else None,
        may_think=body.get("think") is not False,
    )


def _turns(messages: list[Json]) -> tuple[Turn, ...]:
    turns: list[Turn] = []
    for message in messages:
        content = message.get("content", "")
        if not isinstance(content, str):
            raise bad_request("messages: content must be a string")
        match message.get("role"):
            case "system":
                pass
            case "user":
                turns.append(Turn("user", content + "[image]" * _amount(message.get("images"))))
            case "assistant":
                functions = [mapping(call.get("function")) for call in objects(message, "tool_calls")]
                calls = [(str(f.get("name", "")), json.dumps(f.get("arguments", {}))) for f in functions]
                turns.append(Turn("assistant", content, calls=tuple(calls)))
            case "tool":
                turns.append(Turn("tool", content, str(message.get("tool_name", ""))))
            case role:
                raise bad_request(f"invalid role: {role}")
    return tuple(turns)


def _amount(images: object) -> int:
    return len(images) if isinstance(images, list) else 0


def _tool(item: Json) -> Tool:
    function = mapping(item.get("function"))
    return Tool(
        str(function.get("name", "")),
        str(function.get("description") or ""),
        mapping(function.get("parameters")),
    )


class _Reply:
    """A rendering of one reply."""

    def __init__(self, body: Json, envelope: Envelope) -> None:
        self._envelope = envelope
        self._loads_only = "" if body.get("messages") else "unload" if body.get("keep_alive") == 0 else "load"
        self._text: list[str] = []
        self._thoughts: list[str] = []
        self._calls: list[Json] = []

    def begin(self, spent: Spent) -> bytes:
        return b""

    def push(self, part: Content) -> bytes:
        match part:
            case Think(text):
                self._thoughts.append(text)
                return self._line({"content": "", "thinking": text})
            case Say(text) | Refuse(text):
                self._text.append(text)
                return self._line({"content": text})
            case Call(name, arguments):
                call = {
                    "id": self._envelope.make_id("call_", 8),
                    "function": {"index": len(self._calls), "name": name, "arguments": arguments},
                }
                self._calls.append(call)
                return self._line({"content": "", "tool_calls": [call]})

    def corrupt(self, payload: bytes) -> bytes:
        return payload + b"\n"

    def fail(self, problem: Problem) -> bytes:
        return dump({"error": problem.message}) + b"\n"

    def finish(self, stop: Stop, spent: Spent) -> bytes:
        return dump(self._object({"content": ""}) | self._ending(stop, spent)) + b"\n"

    def whole(self, stop: Stop, spent: Spent) -> Json:
        message: Json = {"content": "".join(self._text)}
        if self._thoughts:
            message["thinking"] = "".join(self._thoughts)
        if self._calls:
            message["tool_calls"] = self._calls
        return self._object(message) | self._ending(stop, spent)

    def _line(self, message: Json) -> bytes:
        return dump(self._object(message) | {"done": False}) + b"\n"

    def _object(self, message: Json) -> Json:
        created = datetime.fromtimestamp(self._envelope.now, UTC).isoformat().replace("+00:00", "Z")
        return {
            "model": self._envelope.model,
            "created_at": created,
            "message": {"role": "assistant", **message},
        }

    def _ending(self, stop: Stop, spent: Spent) -> Json:
        if self._loads_only:
            return {"done": True, "done_reason": self._loads_only}
        reading = spent.sent * _NANOSECONDS_PER_TOKEN // 20
        writing = spent.generated * _NANOSECONDS_PER_TOKEN
        return {
            "done": True,
            "done_reason": "length" if stop is Stop.LENGTH else "stop",
            "total_duration": _LOADING_NANOSECONDS + reading + writing,
            "load_duration": _LOADING_NANOSECONDS,
            "prompt_eval_count": spent.sent,
            "prompt_eval_duration": reading,
            "eval_count": spent.generated,
            "eval_duration": writing,
        }


def render(body: Json, envelope: Envelope) -> _Reply:
    return _Reply(body, envelope)


def unknown_model(name: str) -> str:
    return f"model '{name}' not found"


def problem(problem: Problem, request_id: str) -> tuple[int, Json]:
    body: Json = {"error": problem.message}
    if problem.kind is Kind.AUTH:
        body["signin_url"] = "https://demo.invalid/connect"
    return problem.status or _STATUS[problem.kind], body
