"""The events of a reply from the Responses API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from providers.decoders.frame import Frame
from providers.decoders.sse import DONE
from providers.events import Event, Finished, Started, StopReason, UsageReport
from providers.failures import from_payload
from providers.formats.answers import cut_off, earlier_calls, failing, frame_object, whole_object
from providers.formats.charges import exact_usage
from providers.formats.payload import object_of, text_of
from providers.formats.responses_items import (
    MESSAGE,
    RAW,
    REASONING,
    SUMMARY,
    OutputItems,
    part_family,
    part_text,
)
from providers.formats.responses_usage import usage_from
from providers.formats.tool_names import ToolNames
from providers.request import ChatRequest, Endpoint
from providers.usage import NO_USAGE

_INCOMPLETE_REASONS = {
    "max_output_tokens": StopReason.LENGTH,
    "content_filter": StopReason.CONTENT_FILTER,
}


class ResponsesAdapter:
    """Follows one reply. Events and items that it does not know are skipped."""

    def __init__(self, request: ChatRequest, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._model = request.model
        self._items = OutputItems(ToolNames.of(request), earlier_calls(request))
        self._has_started = False
        self._is_over = False
        self._newest = 0

    def push(self, frame: Frame) -> Iterable[Event]:
        if self._is_over:
            return []
        event = frame_object(frame, self._endpoint)
        if event is not None:
            return self._take(event, frame.data)
        if frame.data.strip() == DONE and not self._items.is_empty:
            # The mark of another API, but a server that sends it means that it has said everything.
            self._is_over = True
            return [*self._items.close(), Finished(self._reason())]
        return []

    def end(self) -> list[Event]:
        if self._is_over:
            return []
        self._is_over = True
        raise cut_off(self._endpoint)

    def whole(self, body: bytes) -> list[Event]:
        answer = whole_object(body, self._endpoint, self._model, _is_answer)
        usage = exact_usage(object_of(answer.get("usage")), body, ("usage",), self._endpoint.quirks)
        return [*self._start(answer), *self._terminate("", answer, usage)]

    def _take(self, event: Mapping[str, Any], data: bytes) -> Iterable[Event]:
        kind = text_of(event.get("type"))
        match kind:
            case "response.created" | "response.in_progress" | "response.queued":
                return self._start(object_of(event.get("response")))
            case "response.output_item.added":
                return self._items.begin(self._index_of(event), object_of(event.get("item")))
            case "response.output_item.done":
                return self._items.finish(self._index_of(event), object_of(event.get("item")))
            case "response.completed" | "response.incomplete" | "response.failed" | "response.cancelled":
                response = object_of(event.get("response"))
                raw_usage = object_of(response.get("usage"))
                usage = exact_usage(raw_usage, data, ("response", "usage"), self._endpoint.quirks)
                return self._terminate(kind.removeprefix("response."), response, usage)
            case tag if tag == "error" or (not tag and event.get("error")):
                self._is_over = True
                raise from_payload(event, endpoint=self._endpoint, model=self._model)
            case _:
                return self._take_part(kind, event)

    def _take_part(self, kind: str, event: Mapping[str, Any]) -> list[Event]:
        index = self._index_of(event)
        place = _number(event.get("content_index"))
        delta = text_of(event.get("delta"))
        match kind:
            case "response.output_text.delta":
                return self._items.grow(MESSAGE, index, ("text", place), delta)
            case "response.output_text.done":
                return self._items.fill(MESSAGE, index, ("text", place), text_of(event.get("text")))
            case "response.refusal.delta":
                return self._items.grow(MESSAGE, index, ("refusal", place), delta)
            case "response.refusal.done":
                return self._items.fill(MESSAGE, index, ("refusal", place), text_of(event.get("refusal")))
            case "response.content_part.done":
                part = object_of(event.get("part"))
                if part.get("type") not in ("output_text", "refusal"):
                    return []
                return self._items.fill(MESSAGE, index, (part_family(part), place), part_text(part))
            case "response.reasoning_summary_text.delta":
                return self._items.grow(REASONING, index, _summary(event), delta)
            case "response.reasoning_summary_text.done":
                return self._items.fill(REASONING, index, _summary(event), text_of(event.get("text")))
            case "response.reasoning_text.delta":
                return self._items.grow(REASONING, index, (RAW, place), delta)
            case "response.reasoning_text.done":
                return self._items.fill(REASONING, index, (RAW, place), text_of(event.get("text")))
            case "response.function_call_arguments.delta":
                return self._items.grow_call(index, delta)
            case "response.function_call_arguments.done":
                return self._items.fill_call(index, event)
            case _:
                return []

    def _start(self, response: Mapping[str, Any]) -> list[Event]:
        if self._has_started:
            return []
        self._has_started = True
        return [Started(model=text_of(response.get("model")))]

    def _terminate(self, told: str, response: Mapping[str, Any], raw_usage: Mapping[str, Any]) -> Iterable[Event]:
        self._is_over = True
        status = text_of(response.get("status")) or told
        usage = usage_from(raw_usage, self._endpoint.quirks, response.get("service_tier"))
        reports = [] if usage is NO_USAGE else [UsageReport(usage)]
        if status == "failed" or response.get("error"):
            error = from_payload({"error": response.get("error")}, endpoint=self._endpoint, model=self._model)
            return failing(reports, error)
        return [*self._items.complete(response.get("output")), *reports, self._ending(status, response)]

    def _ending(self, status: str, response: Mapping[str, Any]) -> Finished:
        match status:
            case "incomplete":
                raw = text_of(object_of(response.get("incomplete_details")).get("reason"))
                return Finished(_INCOMPLETE_REASONS.get(raw, StopReason.INCOMPLETE), raw or status)
            case "cancelled":
                return Finished(StopReason.CANCELLED, status)
            case "in_progress" | "queued":
                return Finished(StopReason.INCOMPLETE, status)
            case _:
                reason = self._reason()
                return Finished(reason, "refusal" if reason is StopReason.REFUSAL else status)

    def _reason(self) -> StopReason:
        if self._items.has_refusal:
            return StopReason.REFUSAL
        return StopReason.TOOL_CALLS if self._items.calls else StopReason.STOP

    def _index_of(self, event: Mapping[str, Any]) -> int:
        index = event.get("output_index")
        if isinstance(index, int):
            self._newest = index
        return self._newest


def _is_answer(answer: Mapping[str, Any]) -> bool:
    return isinstance(answer.get("output"), list)


def _summary(event: Mapping[str, Any]) -> tuple[str, int]:
    return SUMMARY, _number(event.get("summary_index"))


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
