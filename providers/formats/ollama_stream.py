"""The events of a reply from Ollama."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from providers.decoders.frame import Frame
from providers.events import (
    Event,
    Finished,
    ReasoningDelta,
    Started,
    StopReason,
    TextDelta,
    ToolCallDelta,
    UsageReport,
)
from providers.failures import from_payload
from providers.formats.answers import cut_off, earlier_calls, failing, frame_object, whole_object
from providers.formats.payload import count_of, object_of, objects_of, text_of
from providers.formats.tool_names import ToolNames
from providers.request import ChatRequest, Endpoint
from providers.usage import Usage


class OllamaAdapter:
    """Follows one reply, line by line."""

    def __init__(self, request: ChatRequest, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._model = request.model
        self._names = ToolNames.of(request)
        self._earlier_calls = earlier_calls(request)
        self._calls = 0
        self._has_started = False
        self._is_over = False

    def push(self, frame: Frame) -> list[Event]:
        if self._is_over:
            return []
        line = frame_object(frame, self._endpoint)
        return [] if line is None else self._take(line)

    def end(self) -> list[Event]:
        if self._is_over:
            return []
        self._is_over = True
        raise cut_off(self._endpoint)

    def whole(self, body: bytes) -> Iterable[Event]:
        answer = whole_object(body, self._endpoint, self._model, _is_answer)
        if answer.get("done") is False:  # The first of many lines, and the only one that came.
            return failing(self._take(answer), cut_off(self._endpoint))
        return self._take({**answer, "done": True})

    def _take(self, line: Mapping[str, Any]) -> list[Event]:
        if line.get("error"):
            self._is_over = True
            raise from_payload(line, endpoint=self._endpoint, model=self._model)
        events: list[Event] = []
        if not self._has_started:
            self._has_started = True
            events.append(Started(model=text_of(line.get("model"))))
        message = object_of(line.get("message"))
        if thinking := text_of(message.get("thinking")):
            events.append(ReasoningDelta(thinking))
        if content := text_of(message.get("content")):
            events.append(TextDelta(content))
        for call in objects_of(message.get("tool_calls")):
            events += self._call(call)
        if line.get("done") is True:
            events += self._finish(line)
        return events

    def _call(self, call: Mapping[str, Any]) -> list[Event]:
        """A call arrives whole; its arguments are an object, from some servers a JSON string."""
        function = object_of(call.get("function"))
        name = text_of(function.get("name"))
        if not name:
            return []
        arguments = function.get("arguments")
        if not isinstance(arguments, str):
            arguments = json.dumps(object_of(arguments), ensure_ascii=False)
        index = self._calls
        self._calls += 1
        call_id = text_of(call.get("id")) or f"call_{self._earlier_calls + index}"
        return [ToolCallDelta(index, call_id, self._names.original(name), arguments.strip() or "{}")]

    def _finish(self, line: Mapping[str, Any]) -> list[Event]:
        self._is_over = True
        raw = text_of(line.get("done_reason"))
        reason = StopReason.LENGTH if raw == "length" else StopReason.STOP
        if reason is StopReason.STOP and self._calls:
            reason = StopReason.TOOL_CALLS
        return [UsageReport(usage_from(line)), Finished(reason, raw)]


def _is_answer(answer: Mapping[str, Any]) -> bool:
    return isinstance(answer.get("message"), dict) or "done_reason" in answer


def usage_from(line: Mapping[str, Any]) -> Usage:
    """The counts of the last line. Thinking is counted in `eval_count` and not told apart.

    A prompt count that is missing or zero is unknown: the server leaves out what it read from its own cache.
    """
    return Usage(
        input_tokens=count_of(line.get("prompt_eval_count")) or None,
        output_tokens=count_of(line.get("eval_count")),
    )
