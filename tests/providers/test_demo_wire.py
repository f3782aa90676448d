"""What the demo server puts on the wire: shapes, usage and failures of all four formats."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from providers.demo import DemoServer
from providers.demo.counting import count

Json = dict[str, Any]


@pytest.fixture(scope="module")
def client(demo: DemoServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=demo.url, trust_env=False) as client:
        yield client


CHAT = "/v1/chat/completions"
RESPONSES = "/v1/responses"
MESSAGES = "/v1/messages"
OLLAMA = "/api/chat"
PATHS = (CHAT, RESPONSES, MESSAGES, OLLAMA)
HEADERS = {"authorization": "Bearer demo-key", "anthropic-version": "2023-06-01"}


def body(path: str, model: str, *turns: str, stream: bool = True, **more: Any) -> Json:
    """A request in the format of the path; turns alternate between user and assistant."""
    roles = ("user", "assistant")
    said = [{"role": roles[position % 2], "content": turn} for position, turn in enumerate(turns)]
    request: Json = {"model": model, "stream": stream, **more}
    request["input" if path == RESPONSES else "messages"] = said
    if path == MESSAGES:
        request.setdefault("max_tokens", 100_000)
    if path == CHAT and stream:
        request.setdefault("stream_options", {"include_usage": True})
    return request


def post(client: httpx.Client, path: str, request: Json, headers: Mapping[str, str] = HEADERS) -> httpx.Response:
    return client.post(path, json=request, headers=dict(headers))


def frames(answer: httpx.Response, path: str) -> list[Json]:
    """The JSON payloads of a stream; `[DONE]` is left out."""
    lines = answer.content.decode("utf-8", "replace").split("\n")
    if path == OLLAMA:
        return [json.loads(line) for line in lines if line]
    payloads = [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]
    return [json.loads(payload) for payload in payloads if payload != "[DONE]"]


@dataclass
class Reply:
    """What a client makes of a stream."""

    text: str = ""
    thought: str = ""
    refusal: str = ""
    calls: list[tuple[str, Json]] = field(default_factory=list)
    stop: str = ""
    usage: Json = field(default_factory=dict)
    error: Json | None = None


def fold(path: str, events: list[Json]) -> Reply:
    return {CHAT: fold_chat, RESPONSES: fold_responses, MESSAGES: fold_messages, OLLAMA: fold_ollama}[path](events)


def fold_chat(events: list[Json]) -> Reply:
    reply = Reply()
    calls: dict[int, list[str]] = {}
    for event in events:
        reply.error = event.get("error") or reply.error
        reply.usage = event.get("usage") or reply.usage
        for choice in event.get("choices", ()):
            delta = choice["delta"]
            reply.text += delta.get("content") or ""
            reply.thought += delta.get("reasoning_content") or ""
            reply.refusal += delta.get("refusal") or ""
            for piece in delta.get("tool_calls", ()):
                call = calls.setdefault(piece["index"], ["", ""])
                call[0] += piece["function"].get("name", "")
                call[1] += piece["function"]["arguments"]
            reply.stop = choice["finish_reason"] or reply.stop
    reply.calls = [(name, json.loads(arguments)) for name, arguments in calls.values()]
    return reply


def fold_responses(events: list[Json]) -> Reply:
    reply = Reply()
    for event in events:
        match event["type"]:
            case "response.output_text.delta":
                reply.text += event["delta"]
            case "response.reasoning_summary_text.delta":
                reply.thought += event["delta"]
            case "response.refusal.delta":
                reply.refusal += event["delta"]
            case "response.function_call_arguments.done":
                reply.calls.append((event["name"], json.loads(event["arguments"])))
            case "error":
                reply.error = event["error"]
            case "response.completed" | "response.incomplete" | "response.failed":
                response = event["response"]
                details = response["incomplete_details"]
                reply.stop = details["reason"] if details else response["status"]
                reply.usage = response["usage"] or {}
    return reply


def fold_messages(events: list[Json]) -> Reply:
    reply = Reply()
    blocks: dict[int, list[str]] = {}
    for event in events:
        match event["type"]:
            case "message_start":
                reply.usage = dict(event["message"]["usage"])
            case "content_block_start" if event["content_block"]["type"] == "tool_use":
                blocks[event["index"]] = [event["content_block"]["name"], ""]
            case "content_block_delta":
                delta = event["delta"]
                reply.text += delta.get("text", "")
                reply.thought += delta.get("thinking", "")
                if "partial_json" in delta:
                    blocks[event["index"]][1] += delta["partial_json"]
            case "message_delta":
                reply.stop = event["delta"]["stop_reason"]
                reply.usage |= event["usage"]
            case "error":
                reply.error = event["error"]
    reply.calls = [(name, json.loads(arguments)) for name, arguments in blocks.values()]
    return reply


def fold_ollama(events: list[Json]) -> Reply:
    reply = Reply()
    for event in events:
        if "error" in event:
            reply.error = {"message": event["error"]}
            continue
        message = event["message"]
        reply.text += message["content"]
        reply.thought += message.get("thinking", "")
        reply.calls += [(c["function"]["name"], c["function"]["arguments"]) for c in message.get("tool_calls", ())]
        if event["done"]:
            reply.stop, reply.usage = event["done_reason"], event
    return reply


def ask(client: httpx.Client, path: str, model: str, *turns: str, **more: Any) -> Reply:
    answer = post(client, path, body(path, model, *turns, **more))
    assert answer.status_code == 200, answer.text
    return fold(path, frames(answer, path))


def whole(path: str, answer: Json) -> Reply:
    """A reply that was not streamed."""
    match path:
        case "/v1/chat/completions":
            choice = answer["choices"][0]
            message = choice["message"]
            calls = [
                (c["function"]["name"], json.loads(c["function"]["arguments"])) for c in message.get("tool_calls", ())
            ]
            thought = message.get("reasoning_content", "")
            return Reply(message["content"] or "", thought, "", calls, choice["finish_reason"], answer["usage"])
        case "/v1/responses":
            items = answer["output"]
            text = "".join(part["text"] for item in items if item["type"] == "message" for part in item["content"])
            thought = "".join(part["text"] for item in items if item["type"] == "reasoning" for part in item["summary"])
            calls = [(i["name"], json.loads(i["arguments"])) for i in items if i["type"] == "function_call"]
            return Reply(text, thought, "", calls, answer["status"], answer["usage"])
        case "/v1/messages":
            blocks = answer["content"]
            text = "".join(block.get("text", "") for block in blocks)
            thought = "".join(block.get("thinking", "") for block in blocks)
            calls = [(block["name"], block["input"]) for block in blocks if block["type"] == "tool_use"]
            return Reply(text, thought, "", calls, answer["stop_reason"], answer["usage"])
    return fold_ollama([answer])


def tools(path: str) -> list[Json]:
    schema = {
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
        "required": ["city"],
    }
    named = {"name": "weather", "description": "Get the weather forecast of a city"}
    if path == MESSAGES:
        return [{**named, "input_schema": schema}]
    if path == RESPONSES:
        return [{"type": "function", **named, "parameters": schema, "strict": False}]
    return [{"type": "function", "function": {**named, "parameters": schema}}]


# --- replies


@pytest.mark.parametrize("path", PATHS)
def test_reasoning_comes_before_the_answer_and_both_are_whole(client: httpx.Client, path: str) -> None:
    reply = ask(client, path, "thinker", "What is 6 * 7?")
    assert "6 × 7 = 42" in reply.thought
    assert reply.text.startswith("**6 * 7 = 42**")
    assert reply.stop in ("stop", "completed", "end_turn")


@pytest.mark.parametrize("path", PATHS)
def test_a_reply_says_the_same_streamed_or_not(client: httpx.Client, path: str) -> None:
    streamed = ask(client, path, "thinker", "how many r in strawberry?")
    answer = post(client, path, body(path, "thinker", "how many r in strawberry?", stream=False))
    plain = whole(path, answer.json())
    assert (plain.text, plain.thought, plain.stop) == (streamed.text, streamed.thought, streamed.stop)
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("path", PATHS)
def test_a_tool_is_called_with_arguments_from_the_prompt(client: httpx.Client, path: str) -> None:
    prompt = "Get the weather in Paris for 3 days"
    streamed = ask(client, path, "toolsmith", prompt, tools=tools(path))
    assert streamed.calls == [("weather", {"city": "Paris", "days": 3})]
    assert streamed.stop in ("tool_calls", "completed", "tool_use", "stop")
    answer = post(client, path, body(path, "toolsmith", prompt, stream=False, tools=tools(path)))
    assert whole(path, answer.json()).calls == streamed.calls


@pytest.mark.parametrize("path", PATHS)
def test_a_limit_on_the_output_is_kept_to_the_token(client: httpx.Client, path: str) -> None:
    limits: dict[str, Json] = {
        CHAT: {"max_tokens": 17},
        RESPONSES: {"max_output_tokens": 17},
        MESSAGES: {"max_tokens": 17},
        OLLAMA: {"options": {"num_predict": 17}},
    }
    reply = ask(client, path, "novel", "Tell me a story", **limits[path])
    assert reply.stop in ("length", "max_output_tokens", "max_tokens")
    assert count(reply.text) == 17


@pytest.mark.parametrize("path", PATHS)
def test_usage_counts_the_real_text(client: httpx.Client, path: str) -> None:
    prompt = "Is 2^10 more than 1000? Say what 2^10 - 1000 is."
    usage = ask(client, path, "thinker", prompt).usage
    sent = {
        CHAT: "prompt_tokens", RESPONSES: "input_tokens", MESSAGES: "input_tokens", OLLAMA: "prompt_eval_count",
    }  # fmt: skip
    made = {
        CHAT: "completion_tokens", RESPONSES: "output_tokens", MESSAGES: "output_tokens", OLLAMA: "eval_count",
    }  # fmt: skip
    reply = ask(client, path, "thinker", prompt)
    assert usage[sent[path]] == count(prompt)
    # a long token may be cut where two steps of the reasoning meet, so the sum is known to a few tokens only
    assert usage[made[path]] == pytest.approx(count(reply.text) + count(reply.thought), abs=4)


# --- the shapes of each format


def test_chat_opens_with_the_role_and_ends_with_usage_and_done(client: httpx.Client) -> None:
    answer = post(client, CHAT, body(CHAT, "eliza", "Hello"))
    events = frames(answer, CHAT)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["x-request-id"].startswith("req_")
    assert events[0]["choices"][0]["delta"] == {"role": "assistant", "content": "", "refusal": None}
    assert events[-2]["choices"][0]["finish_reason"] == "stop"
    assert events[-1]["choices"] == []
    usage = events[-1]["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert all(event["usage"] is None for event in events[:-1])
    assert answer.text.endswith("data: [DONE]\n\n")


def test_chat_sends_no_usage_unless_asked(client: httpx.Client) -> None:
    events = frames(post(client, CHAT, body(CHAT, "eliza", "Hello", stream_options=None)), CHAT)
    assert all("usage" not in event and event["choices"] for event in events)


def test_responses_number_their_events_and_pair_every_item(client: httpx.Client) -> None:
    request = body(RESPONSES, "toolsmith", "Weather in Rome for 2 days", tools=tools(RESPONSES))
    events = frames(post(client, RESPONSES, request), RESPONSES)
    names = [event["type"] for event in events]
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert names[:2] == ["response.created", "response.in_progress"]
    assert names[-1] == "response.completed"
    assert names.count("response.output_item.added") == names.count("response.output_item.done") == 2
    output = events[-1]["response"]["output"]
    assert [item["type"] for item in output] == ["message", "function_call"]
    done = [event["item"] for event in events if event["type"] == "response.output_item.done"]
    assert done == output


def test_responses_seal_reasoning_when_asked(client: httpx.Client) -> None:
    request = body(RESPONSES, "thinker", "1 + 1", stream=False, include=["reasoning.encrypted_content"], store=False)
    first = post(client, RESPONSES, request).json()["output"]
    assert first[0]["encrypted_content"]
    turns: list[Json] = [{"role": "user", "content": "1 + 1"}, *first, {"role": "user", "content": "and 2 + 2?"}]
    again = {"model": "thinker", "store": False, "input": turns}
    assert post(client, RESPONSES, again).status_code == 200
    del turns[1]["encrypted_content"]
    assert post(client, RESPONSES, again).status_code == 400


def test_messages_open_and_close_every_block(client: httpx.Client) -> None:
    answer = post(client, MESSAGES, body(MESSAGES, "thinker", "2 + 2"))
    events = frames(answer, MESSAGES)
    names = [event["type"] for event in events]
    assert answer.headers["request-id"].startswith("req_")
    assert names[:3] == ["message_start", "content_block_start", "ping"]
    assert names[-2:] == ["message_delta", "message_stop"]
    assert names.count("content_block_start") == names.count("content_block_stop") == 2
    signatures = [event for event in events if event.get("delta", {}).get("type") == "signature_delta"]
    assert len(signatures) == 1
    named = [line.removeprefix("event: ") for line in answer.text.split("\n") if line.startswith("event: ")]
    assert named == names


def test_messages_can_hide_or_switch_off_thinking(client: httpx.Client) -> None:
    hidden = {"type": "adaptive", "display": "omitted"}
    request = body(MESSAGES, "thinker", "2 + 2", stream=False, thinking=hidden)
    block = post(client, MESSAGES, request).json()["content"][0]
    assert (block["type"], block["thinking"]) == ("thinking", "")
    assert block["signature"]
    off = ask(client, MESSAGES, "thinker", "2 + 2", thinking={"type": "disabled"})
    assert off.thought == ""


def test_ollama_sends_lines_and_times(client: httpx.Client) -> None:
    answer = post(client, OLLAMA, body(OLLAMA, "eliza", "Hello"))
    events = frames(answer, OLLAMA)
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert [event["done"] for event in events] == [False] * (len(events) - 1) + [True]
    assert events[-1]["total_duration"] >= events[-1]["eval_duration"] > 0


def test_ollama_streams_by_default_and_loads_without_messages(client: httpx.Client) -> None:
    request = body(OLLAMA, "eliza", "Hello")
    del request["stream"]
    assert len(frames(post(client, OLLAMA, request), OLLAMA)) > 1
    loaded = post(client, OLLAMA, {"model": "eliza", "messages": []}).json()
    assert (loaded["done"], loaded["done_reason"]) == (True, "load")
    assert post(client, OLLAMA, {"model": "eliza", "keep_alive": 0}).json()["done_reason"] == "unload"


# --- the prompt cache


def _cached(path: str, usage: Json) -> int:
    match path:
        case "/v1/chat/completions":
            return int(usage["prompt_tokens_details"]["cached_tokens"])
        case "/v1/responses":
            return int(usage["input_tokens_details"]["cached_tokens"])
    return int(usage["cache_read_input_tokens"])


@pytest.mark.parametrize("path", [CHAT, RESPONSES, MESSAGES])
def test_what_was_sent_before_is_read_from_the_cache(client: httpx.Client, path: str) -> None:
    marked = {"cache_control": {"type": "ephemeral"}} if path == MESSAGES else {}
    opening = f"Tell me about the harbour, in {path}. " + "It is a long story with many ships. " * 12
    first = ask(client, path, "novel", opening, **marked)
    assert _cached(path, first.usage) == 0
    second = ask(client, path, "novel", opening, first.text, "Go on.", **marked)
    assert _cached(path, second.usage) == count(opening) + count(first.text)
    if path == MESSAGES:
        parts = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
        assert sum(second.usage[part] for part in parts) == sum(map(count, (opening, first.text, "Go on.")))


def test_messages_cache_nothing_that_is_not_marked(client: httpx.Client) -> None:
    opening = "A sentence that nobody marks for the cache. " * 20
    first = ask(client, MESSAGES, "novel", opening)
    second = ask(client, MESSAGES, "novel", opening, first.text, "Go on.")
    assert second.usage["cache_read_input_tokens"] == second.usage["cache_creation_input_tokens"] == 0


def test_short_conversations_are_not_cached(client: httpx.Client) -> None:
    first = ask(client, CHAT, "eliza", "Hi")
    second = ask(client, CHAT, "eliza", "Hi", first.text, "Well")
    assert _cached(CHAT, second.usage) == 0


# --- refusals of the request


@pytest.mark.parametrize("path", PATHS)
def test_an_unknown_model_is_told_as_the_real_server_does(client: httpx.Client, path: str) -> None:
    answer = post(client, path, body(path, "gpt-9", "Hello"))
    assert answer.status_code == (400 if path == RESPONSES else 404)
    error = answer.json()["error"]
    told = {CHAT: "code", RESPONSES: "code", MESSAGES: "type"}
    if path == OLLAMA:
        assert error == "model 'gpt-9' not found"
    else:
        assert error[told[path]] in ("model_not_found", "not_found_error")


BROKEN: tuple[tuple[str, Json, str], ...] = (
    (CHAT, {"model": "eliza"}, "messages"),
    (CHAT, {"messages": [{"role": "user", "content": "x"}]}, "model"),
    (CHAT, {"model": "eliza", "messages": ["x"]}, "messages"),
    (CHAT, {"model": "eliza", "messages": [{"role": "pirate", "content": "x"}]}, "messages[0].role"),
    (CHAT, {"model": "eliza", "messages": [{"role": "user", "content": 5}]}, "messages[0].content"),
    (CHAT, body(CHAT, "eliza", "x", stream=False, stream_options={"include_usage": True}), "stream_options"),
    (CHAT, body(CHAT, "eliza", "x", max_tokens=0), "max_tokens"),
    (CHAT, body(CHAT, "eliza", "x", tools=[{"type": "function"}]), "tools[0].function.name"),
    (RESPONSES, {"model": "eliza"}, "input"),
    (RESPONSES, {"model": "eliza", "input": "x", "previous_response_id": "resp_1"}, "previous_response_id"),
    (RESPONSES, {"model": "eliza", "input": [{"type": "hologram"}]}, "input[0]"),
)


@pytest.mark.parametrize(("path", "request_body", "param"), BROKEN)
def test_a_wrong_field_is_named(client: httpx.Client, path: str, request_body: Json, param: str) -> None:
    answer = post(client, path, request_body)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param


def test_messages_need_a_limit_and_a_version(client: httpx.Client) -> None:
    request = body(MESSAGES, "eliza", "Hello")
    assert post(client, MESSAGES, request, {"x-api-key": "demo-key"}).status_code == 400
    del request["max_tokens"]
    answer = post(client, MESSAGES, request)
    assert answer.status_code == 400
    assert answer.json()["error"] == {
        "type": "invalid_request_error",
        "message": "max_tokens: Field required",
        "details": None,
    }


def test_calls_without_results_are_refused(client: httpx.Client) -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    chat = body(CHAT, "toolsmith", "Weather?")
    chat["messages"].append({"role": "assistant", "content": None, "tool_calls": [call]})
    assert post(client, CHAT, chat).status_code == 400
    use = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}}
    messages = body(MESSAGES, "toolsmith", "Weather?")
    messages["messages"].append({"role": "assistant", "content": [use]})
    messages["messages"].append({"role": "user", "content": "Well?"})
    assert post(client, MESSAGES, messages).status_code == 400
    responses = body(RESPONSES, "toolsmith", "Weather?")
    responses["input"].append({"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": "{}"})
    assert post(client, RESPONSES, responses).status_code == 400


@pytest.mark.parametrize("path", PATHS)
def test_a_conversation_beyond_the_window_is_too_long(client: httpx.Client, path: str) -> None:
    answer = post(client, path, body(path, "eliza", "word " * 8999 + "word"))
    assert answer.status_code == 400
    assert "9000 tokens > 8192 maximum" in answer.text


# --- chaos

STATUSES: dict[str, tuple[int, int, int, int]] = {
    "401": (401, 401, 401, 401),
    "403": (403, 403, 403, 403),
    "404": (404, 400, 404, 404),
    "413": (413, 413, 413, 413),
    "429": (429, 429, 429, 429),
    "500": (500, 500, 500, 500),
    "503": (503, 503, 503, 503),
    "529": (529, 529, 529, 529),
    "context": (400, 400, 400, 400),
    "quota": (429, 429, 402, 402),
}
"""The status of each failure in the order of `PATHS`."""


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("mode", STATUSES)
def test_chaos_fails_with_a_status_and_the_body_of_the_format(
    client: httpx.Client, mode: str, path: str, stream: bool
) -> None:
    answer = post(client, path, body(path, "chaos", f"Please fail with {mode}", stream=stream))
    assert answer.status_code == STATUSES[mode][PATHS.index(path)]
    told = answer.json()
    if path == OLLAMA:
        assert isinstance(told["error"], str)
    elif path == MESSAGES:
        assert told["type"] == "error"
        assert told["request_id"] == answer.headers["request-id"]
        assert {"type", "message"} <= told["error"].keys()
    else:
        assert told["error"].keys() == {"message", "type", "param", "code"}
        assert answer.headers["x-request-id"]
    assert ("retry-after" in answer.headers) == (mode == "429")


@pytest.mark.parametrize("path", PATHS)
def test_chaos_can_answer_with_something_else_entirely(client: httpx.Client, path: str) -> None:
    missing = post(client, path, body(path, "chaos", "404 path"))
    assert (missing.status_code, missing.text) == (404, "404 page not found\n")
    page = post(client, path, body(path, "chaos", "html"))
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert page.text.startswith("<!DOCTYPE html>")
    assert post(client, path, body(path, "chaos", "empty")).content == b""


@pytest.mark.parametrize("path", PATHS)
def test_chaos_cuts_the_connection(client: httpx.Client, path: str) -> None:
    for stream in (True, False):
        with pytest.raises(httpx.RemoteProtocolError):
            post(client, path, body(path, "chaos", "drop", stream=stream))


@pytest.mark.parametrize("path", PATHS)
def test_chaos_can_end_in_order_without_an_end(client: httpx.Client, path: str) -> None:
    reply = ask(client, path, "chaos", "truncate")
    assert reply.text.startswith("This is the beginning")
    assert reply.stop == ""


@pytest.mark.parametrize("path", PATHS)
def test_chaos_sends_what_is_not_json(client: httpx.Client, path: str) -> None:
    for stream in (True, False):
        answer = post(client, path, body(path, "chaos", "garbage", stream=stream))
        assert answer.status_code == 200
        with pytest.raises(json.JSONDecodeError):
            frames(answer, path) if stream else answer.json()


@pytest.mark.parametrize("path", PATHS)
def test_chaos_sends_bytes_that_are_not_utf8(client: httpx.Client, path: str) -> None:
    for stream in (True, False):
        answer = post(client, path, body(path, "chaos", "utf8", stream=stream))
        with pytest.raises(UnicodeDecodeError):
            answer.content.decode()
        events = frames(answer, path) if stream else [json.loads(answer.content.decode("utf-8", "replace"))]
        reply = fold(path, events) if stream else whole(path, events[0])
        assert reply.text.endswith("The rest is fine.")


@pytest.mark.parametrize("path", PATHS)
def test_chaos_fails_after_some_text(client: httpx.Client, path: str) -> None:
    reply = ask(client, path, "chaos", "error in stream")
    assert reply.text
    assert reply.error is not None
    assert reply.error["message"] == "Overloaded while answering."
    assert reply.stop in ("", "failed")
    plain = post(client, path, body(path, "chaos", "error in stream", stream=False))
    assert plain.status_code in (503, 529)


@pytest.mark.parametrize("path", PATHS)
def test_chaos_stops_for_a_reason(client: httpx.Client, path: str) -> None:
    assert ask(client, path, "chaos", "length").stop in ("length", "max_output_tokens", "max_tokens")
    filtered = ask(client, path, "chaos", "filter")
    assert filtered.text
    assert filtered.stop == {
        CHAT: "content_filter", RESPONSES: "content_filter", MESSAGES: "refusal", OLLAMA: "stop",
    }[path]  # fmt: skip
    refused = ask(client, path, "chaos", "refusal")
    assert refused.stop == {CHAT: "stop", RESPONSES: "completed", MESSAGES: "refusal", OLLAMA: "stop"}[path]
    assert bool(refused.refusal) == (path in (CHAT, RESPONSES))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("mode", ["429", "503", "html", "error in stream", "drop"])
def test_chaos_succeeds_on_the_second_attempt_when_asked(client: httpx.Client, path: str, mode: str) -> None:
    request = body(path, "chaos", f"{mode} then ok")

    def went_well() -> bool:
        with contextlib.suppress(httpx.RemoteProtocolError, json.JSONDecodeError):
            answer = post(client, path, request)
            return answer.status_code == 200 and "Attempt 2 went well" in fold(path, frames(answer, path)).text
        return False

    assert [went_well() for _ in range(4)] == [False, True, False, True]


def test_chaos_explains_itself(client: httpx.Client) -> None:
    reply = ask(client, CHAT, "chaos", "What can you do?")
    assert all(f"- `{mode}`:" in reply.text for mode in (*STATUSES, "drop", "stall", "utf8", "error in stream"))


def test_a_wait_can_be_named(client: httpx.Client) -> None:
    with DemoServer(pace=1) as server:
        answer = post(client, server.url + CHAT, body(CHAT, "chaos", "429 after 90"))
    assert answer.headers["retry-after"] == "90"
