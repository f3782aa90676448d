"""OpenAI Responses, as a server speaks it: numbered events, one output item after the other."""

from __future__ import annotations

import base64
import json

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
from providers.demo.formats.openai_errors import error_of
from providers.demo.problems import Kind, Problem, bad_request
from providers.demo.script import Ask, Call, Content, Refuse, Say, Stop, Think, Tool, Turn

STREAM_TYPE = "text/event-stream; charset=utf-8"
REQUEST_ID = "x-request-id"


def read(body: Json) -> Ask:
    model = required_model(body)
    if body.get("previous_response_id") is not None:
        raise bad_request(
            "The demo keeps no responses: send the whole conversation instead of 'previous_response_id'.",
            "previous_response_id",
        )
    sent = body.get("input")
    turns, system = ([Turn("user", sent)], []) if isinstance(sent, str) else _turns(body)
    if not turns:
        raise bad_request("'input' must be a string or an array with at least one message.", "input")
    choice = body.get("tool_choice")
    return Ask(
        model=model,
        turns=tuple(turns),
        system="\n".join([str(body.get("instructions") or ""), *system]).strip(),
        tools=tuple(_tool(item, position) for position, item in enumerate(objects(body, "tools"))),
        is_stream=bool(body.get("stream")),
        max_tokens=positive(body, "max_output_tokens"),
        may_think=mapping(body.get("reasoning")).get("effort") != "none",
        may_call=choice != "none",
        forced_tool=str(mapping(choice).get("name", "")),
    )


def _turns(body: Json) -> tuple[list[Turn], list[str]]:
    """The input items as turns, and the system messages among them."""
    turns: list[Turn] = []
    system: list[str] = []
    names: dict[str, str] = {}
    answered: set[str] = set()
    items = objects(body, "input")
    for position, item in enumerate(items):
        param = f"input[{position}]"
        match item.get("type", "message"), item.get("role"):
            case "message", "user":
                turns.append(Turn("user", text_of(item.get("content"), param)))
            case "message", "assistant":
                turns.append(Turn("assistant", text_of(item.get("content"), param)))
            case "message", ("system" | "developer"):
                system.append(text_of(item.get("content"), param))
            case "function_call", _:
                name = str(item.get("name", ""))
                names[str(item.get("call_id"))] = name
                turns.append(Turn("assistant", "", calls=((name, str(item.get("arguments", ""))),)))
            case "function_call_output", _:
                call = str(item.get("call_id"))
                if call not in names:
                    raise bad_request(f"No tool call found for function call output with call_id {call}.", param)
                answered.add(call)
                turns.append(Turn("tool", text_of(item.get("output"), param), names[call]))
            case "reasoning", _:
                _check_reasoning(body, items, position)
            case kind, role:
                raise bad_request(f"The demo knows no input item of type '{kind}' and role '{role}'.", param)
    if missing := sorted(names.keys() - answered):
        raise bad_request(f"No tool output found for function call {missing[0]}.", "input")
    return turns, system


def _check_reasoning(body: Json, items: list[Json], position: int) -> None:
    item = items[position]
    if body.get("store") is False and not item.get("encrypted_content"):
        raise bad_request(
            "A reasoning item must carry 'encrypted_content' when 'store' is false.", f"input[{position}]"
        )
    following = items[position + 1] if position + 1 < len(items) else {}
    if following.get("role") != "assistant" and following.get("type") not in ("function_call", "reasoning"):
        raise bad_request(
            f"Item '{item.get('id')}' of type 'reasoning' was provided without its required following item.",
            f"input[{position}]",
        )


def _tool(item: Json, position: int) -> Tool:
    name = item.get("name")
    if not isinstance(name, str) or not name:
        raise bad_request(f"Missing required parameter: 'tools[{position}].name'.", f"tools[{position}].name")
    return Tool(name, str(item.get("description") or ""), mapping(item.get("parameters")))


class _Reply:
    """A rendering of one reply. One output item is open at a time."""

    def __init__(self, body: Json, envelope: Envelope) -> None:
        self._body = body
        self._envelope = envelope
        self._id = envelope.make_id("resp_")
        included = body.get("include")
        self._wants_seal = isinstance(included, list) and "reasoning.encrypted_content" in included
        self._sequence = 0
        self._output: list[Json] = []
        self._open: Json | None = None
        self._part: Json = {}
        self._text: list[str] = []

    def begin(self, spent: Spent) -> bytes:
        response = self._response("in_progress", None)
        return self._event("response.created", response=response) + self._event(
            "response.in_progress", response=response
        )

    def push(self, part: Content) -> bytes:
        match part:
            case Think(text):
                opening = self._ensure("reasoning", {"type": "summary_text", "text": ""})
                self._text.append(text)
                return opening + self._item_event("response.reasoning_summary_text.delta", summary_index=0, delta=text)
            case Say(text):
                opening = self._ensure(
                    "message", {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
                )
                self._text.append(text)
                return opening + self._item_event(
                    "response.output_text.delta", content_index=0, delta=text, logprobs=[]
                )
            case Refuse(text):
                opening = self._ensure("message", {"type": "refusal", "refusal": ""})
                self._text.append(text)
                return opening + self._item_event("response.refusal.delta", content_index=0, delta=text)
            case Call(name, arguments):
                return self._call(name, json.dumps(arguments, ensure_ascii=False))

    def corrupt(self, payload: bytes) -> bytes:
        return sse_raw(payload)

    def fail(self, problem: Problem) -> bytes:
        error = error_of(problem)
        told = self._event("error", error=error)
        response = self._response("failed", None)
        response["error"] = {"code": error["code"] or error["type"], "message": problem.message}
        return told + self._event("response.failed", response=response)

    def finish(self, stop: Stop, spent: Spent) -> bytes:
        closing = self._close()
        response = self.whole(stop, spent)
        return closing + self._event(f"response.{response['status']}", response=response)

    def whole(self, stop: Stop, spent: Spent) -> Json:
        self._close()
        match stop:
            case Stop.LENGTH:
                return self._response("incomplete", spent, "max_output_tokens")
            case Stop.FILTER:
                return self._response("incomplete", spent, "content_filter")
            case _:
                return self._response("completed", spent)

    def _ensure(self, item_type: str, part: Json) -> bytes:
        """Open an item for this part unless one is open already."""
        if self._open is not None and self._open["type"] == item_type and self._part["type"] == part["type"]:
            return b""
        closing = self._close()
        self._part = part
        if item_type == "reasoning":
            item: Json = {"id": self._envelope.make_id("rs_"), "type": "reasoning", "summary": []}
            begin, where = "response.reasoning_summary_part.added", {"summary_index": 0}
        else:
            item = {
                "id": self._envelope.make_id("msg_"),
                "type": "message",
                "status": "in_progress",
                "role": "assistant",
                "content": [],
            }
            begin, where = "response.content_part.added", {"content_index": 0}
        self._open = item
        added = self._event("response.output_item.added", output_index=len(self._output), item=item)
        return closing + added + self._item_event(begin, part=part, **where)

    def _close(self) -> bytes:
        """Finish the open item, if there is one."""
        item = self._open
        if item is None:
            return b""
        text = "".join(self._text)
        field = "refusal" if self._part["type"] == "refusal" else "text"
        part = {**self._part, field: text}
        if item["type"] == "reasoning":
            done = self._item_event("response.reasoning_summary_text.done", summary_index=0, text=text)
            done += self._item_event("response.reasoning_summary_part.done", summary_index=0, part=part)
            item = {**item, "summary": [part]}
            if self._wants_seal:
                item["encrypted_content"] = base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")
        else:
            name = "response.refusal.done" if field == "refusal" else "response.output_text.done"
            extra: Json = {} if field == "refusal" else {"logprobs": []}
            done = self._item_event(name, content_index=0, **{field: text}, **extra)
            done += self._item_event("response.content_part.done", content_index=0, part=part)
            item = {**item, "status": "completed", "content": [part]}
        done += self._event("response.output_item.done", output_index=len(self._output), item=item)
        self._output.append(item)
        self._open = None
        self._text = []
        return done

    def _call(self, name: str, arguments: str) -> bytes:
        closing = self._close()
        item: Json = {
            "id": self._envelope.make_id("fc_"),
            "type": "function_call",
            "status": "in_progress",
            "call_id": self._envelope.make_id("call_"),
            "name": name,
            "arguments": "",
        }
        self._open = item
        sent = self._event("response.output_item.added", output_index=len(self._output), item=item)
        for piece in pieces(arguments):
            sent += self._item_event("response.function_call_arguments.delta", delta=piece)
        sent += self._item_event("response.function_call_arguments.done", name=name, arguments=arguments)
        item = {**item, "status": "completed", "arguments": arguments}
        sent += self._event("response.output_item.done", output_index=len(self._output), item=item)
        self._output.append(item)
        self._open = None
        return closing + sent

    def _item_event(self, name: str, /, **fields: object) -> bytes:
        assert self._open is not None
        return self._event(name, item_id=self._open["id"], output_index=len(self._output), **fields)

    def _event(self, name: str, /, **fields: object) -> bytes:
        event = {"type": name, "sequence_number": self._sequence, **fields}
        self._sequence += 1
        return sse(event, name)

    def _response(self, status: str, spent: Spent | None, incomplete: str = "") -> Json:
        body = self._body
        reasoning = mapping(body.get("reasoning"))
        return {
            "id": self._id,
            "object": "response",
            "created_at": int(self._envelope.now),
            "status": status,
            "background": False,
            "error": None,
            "incomplete_details": {"reason": incomplete} if incomplete else None,
            "instructions": body.get("instructions"),
            "max_output_tokens": body.get("max_output_tokens"),
            "model": self._envelope.model,
            "output": list(self._output),
            "parallel_tool_calls": body.get("parallel_tool_calls", True),
            "previous_response_id": None,
            "reasoning": {"effort": reasoning.get("effort"), "summary": reasoning.get("summary")},
            "service_tier": "default",
            "store": body.get("store", True),
            "temperature": body.get("temperature", 1.0),
            "text": body.get("text") or {"format": {"type": "text"}, "verbosity": "medium"},
            "tool_choice": body.get("tool_choice", "auto"),
            "tools": body.get("tools") or [],
            "top_p": body.get("top_p", 1.0),
            "truncation": body.get("truncation", "disabled"),
            "usage": _usage(spent) if spent is not None else None,
            "user": None,
            "metadata": body.get("metadata") or {},
        }


def render(body: Json, envelope: Envelope) -> _Reply:
    return _Reply(body, envelope)


def unknown_model(name: str) -> str:
    return openai_errors.unknown_model(name)


def problem(problem: Problem, request_id: str) -> tuple[int, Json]:
    """As in chat, but an unknown model is a 400."""
    status, body = openai_errors.answer(problem)
    return (400 if problem.kind is Kind.MODEL else status), body


def _usage(spent: Spent) -> Json:
    return {
        "input_tokens": spent.sent,
        "input_tokens_details": {"cached_tokens": spent.cached},
        "output_tokens": spent.generated,
        "output_tokens_details": {"reasoning_tokens": spent.thought},
        "total_tokens": spent.sent + spent.generated,
    }
