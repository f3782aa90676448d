"""The events of a reply from Anthropic's Messages API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from providers.decoders.frame import Frame
from providers.events import (
    Event,
    Finished,
    Notice,
    ReasoningDelta,
    ReasoningSeal,
    Restarted,
    Started,
    StopReason,
    TextDelta,
    ToolCallDelta,
    UsageReport,
)
from providers.failures import from_payload
from providers.formats.answers import cut_off, earlier_calls, frame_object, whole_object
from providers.formats.charges import exact_usage
from providers.formats.messages_request import REDACTED_THINKING, SIGNED_THINKING
from providers.formats.messages_usage import Tally
from providers.formats.payload import object_of, objects_of, text_of
from providers.formats.tool_names import ToolNames
from providers.request import ChatRequest, Endpoint

_REASONS = {
    "end_turn": StopReason.STOP,
    "stop_sequence": StopReason.STOP,
    "tool_use": StopReason.TOOL_CALLS,
    "max_tokens": StopReason.LENGTH,
    "model_context_window_exceeded": StopReason.LENGTH,
    "refusal": StopReason.REFUSAL,
    # Sent back as they are, such turns go on: what is there is a part of the reply.
    "pause_turn": StopReason.INCOMPLETE,
    "compaction": StopReason.INCOMPLETE,
}
_GENERATED = ("output_tokens", "output_tokens_details")


@dataclass(slots=True)
class _Block:
    """A content block that is still open.

    Attributes:
        kind: the `type` of the block; blocks of other kinds than ours are skipped with all their deltas.
        call: for tool calls, their number among the calls of the reply; None without a name to call.
        whole_input: the arguments in the opening event; used when no pieces follow.
    """

    kind: str
    signature: str = ""
    call: int | None = None
    has_pieces: bool = False
    whole_input: Mapping[str, Any] = field(default_factory=dict)


class MessagesAdapter:
    """Follows one reply. `event:` names are ignored: the `type` inside the JSON says what a frame is."""

    def __init__(self, request: ChatRequest, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._model = request.model
        self._names = ToolNames.of(request)
        self._earlier_calls = earlier_calls(request)
        self._message_id: str | None = None
        self._is_over = False
        self._begin()

    def _begin(self) -> None:
        self._blocks: dict[int, _Block] = {}
        self._newest = -1
        self._calls = 0
        self._stop = ""
        self._refusal = ""
        self._tally = Tally(self._endpoint.quirks)

    def push(self, frame: Frame) -> list[Event]:
        if self._is_over:
            return []
        event = frame_object(frame, self._endpoint)
        return [] if event is None else self._take(event, frame.data)

    def end(self) -> list[Event]:
        if self._is_over:
            return []
        if not self._stop:
            self._is_over = True
            raise cut_off(self._endpoint)
        return self._finish()

    def whole(self, body: bytes) -> list[Event]:
        answer = whole_object(body, self._endpoint, self._model, _is_answer)
        # A complete answer is told as the stream that would have brought it.
        opening = {name: value for name, value in answer.items() if name not in ("content", "usage")}
        story: list[dict[str, Any]] = [{"type": "message_start", "message": opening}]
        for index, block in enumerate(objects_of(answer["content"])):
            story.append({"type": "content_block_start", "index": index, "content_block": block})
            story.append({"type": "content_block_stop", "index": index})
        story.append({"type": "message_delta", "delta": opening, "usage": answer.get("usage")})
        return [event for chapter in story for event in self._take(chapter, body)] + self._finish()

    def _take(self, event: Mapping[str, Any], data: bytes) -> list[Event]:
        match text_of(event.get("type")):
            case "message_start":
                return self._start(object_of(event.get("message")))
            case "content_block_start":
                return self._open(event)
            case "content_block_delta":
                return self._grow(event)
            case "content_block_stop":
                block = self._blocks.pop(self._index_of(event), None)
                return [] if block is None else self._close(block)
            case "message_delta":
                return self._note(event, data)
            case "message_stop":
                return self._finish()
            case tag if tag == "error" or (not tag and event.get("error")):
                self._is_over = True
                raise from_payload(event, endpoint=self._endpoint, model=self._model)
            case _:
                return []

    def _start(self, message: Mapping[str, Any]) -> list[Event]:
        """A second start with the id of the first is an echo; with another id the gateway began anew."""
        events: list[Event] = []
        message_id = text_of(message.get("id"))
        if self._message_id is None:
            events.append(Started(model=text_of(message.get("model"))))
        elif self._message_id != message_id:
            self._begin()
            events = [Restarted(), Started(model=text_of(message.get("model")))]
        self._message_id = message_id
        # The output count of this event is a placeholder: a reply that is cut off must not be billed by it.
        self._tally.take(message.get("usage"), leaving_out=_GENERATED)
        return events + self._usage_report()

    def _open(self, event: Mapping[str, Any]) -> list[Event]:
        content = object_of(event.get("content_block"))
        index = event.get("index")
        self._newest = index if isinstance(index, int) else self._newest + 1
        # A seal must directly follow the reasoning it belongs to, even if nobody closed the block.
        events = [*self._close_thinking(), *self._close_at(self._newest)]
        block = self._blocks[self._newest] = _Block(text_of(content.get("type")))
        match block.kind:
            case "text":
                events += _text(content.get("text"))
            case "thinking":
                block.signature = text_of(content.get("signature"))
                events += _reasoning(content.get("thinking"))
            case "redacted_thinking":
                if data := text_of(content.get("data")):
                    events.append(ReasoningSeal({"type": REDACTED_THINKING, "data": data}))
            case "tool_use":
                events += self._open_call(block, content)
        return events

    def _open_call(self, block: _Block, content: Mapping[str, Any]) -> list[Event]:
        name = text_of(content.get("name"))
        if not name:
            return []
        block.call = self._calls
        block.whole_input = object_of(content.get("input"))
        self._calls += 1
        call_id = text_of(content.get("id")) or f"call_{self._earlier_calls + block.call}"
        return [ToolCallDelta(block.call, call_id, self._names.original(name), "")]

    def _grow(self, event: Mapping[str, Any]) -> list[Event]:
        delta = object_of(event.get("delta"))
        kind = text_of(delta.get("type"))
        block = self._blocks.get(self._index_of(event))
        if block is None:
            # Some proxies send no opening event; text needs none, a call without a name cannot be made.
            opened = {"text_delta": "text", "thinking_delta": "thinking"}.get(kind)
            if opened is None:
                return []
            block = self._blocks[self._index_of(event)] = _Block(opened)
        match block.kind, kind:
            case "text", "text_delta":
                return _text(delta.get("text"))
            case "thinking", "thinking_delta":
                return _reasoning(delta.get("thinking"))
            case "thinking", "signature_delta":
                block.signature = text_of(delta.get("signature")) or block.signature
            case "tool_use", "input_json_delta":
                piece = text_of(delta.get("partial_json"))
                if piece and block.call is not None:
                    block.has_pieces = True
                    return [ToolCallDelta(block.call, "", "", piece)]
        return []

    def _note(self, event: Mapping[str, Any], data: bytes) -> list[Event]:
        delta = object_of(event.get("delta"))
        self._stop = text_of(delta.get("stop_reason")) or self._stop
        details = object_of(delta.get("stop_details"))
        self._refusal = text_of(details.get("explanation")) or self._refusal
        usage = object_of(event.get("usage"))
        self._tally.take(exact_usage(usage, data, ("usage",), self._endpoint.quirks))
        return self._usage_report()

    def _finish(self) -> list[Event]:
        self._is_over = True
        events = [event for index in list(self._blocks) for event in self._close_at(index)]
        reason = _REASONS.get(self._stop.lower(), StopReason.STOP)
        if reason is StopReason.STOP and self._calls:
            reason = StopReason.TOOL_CALLS
        if reason is StopReason.REFUSAL and self._refusal:
            events.append(Notice(f"Refused: {self._refusal}"))
        return [*events, Finished(reason, self._stop)]

    def _close_thinking(self) -> list[Event]:
        open_ones = [index for index, block in self._blocks.items() if block.kind == "thinking"]
        return [event for index in open_ones for event in self._close_at(index)]

    def _close_at(self, index: int) -> list[Event]:
        block = self._blocks.pop(index, None)
        return [] if block is None else self._close(block)

    def _close(self, block: _Block) -> list[Event]:
        if block.kind == "thinking" and block.signature:
            return [ReasoningSeal({"type": SIGNED_THINKING, "signature": block.signature})]
        if block.call is not None and not block.has_pieces:
            return [ToolCallDelta(block.call, "", "", json.dumps(block.whole_input, ensure_ascii=False))]
        return []

    def _index_of(self, event: Mapping[str, Any]) -> int:
        index = event.get("index")
        return index if isinstance(index, int) else max(self._newest, 0)

    def _usage_report(self) -> list[Event]:
        return [] if self._tally.is_empty else [UsageReport(self._tally.usage)]


def _is_answer(answer: Mapping[str, Any]) -> bool:
    return isinstance(answer.get("content"), list)


def _text(value: object) -> list[Event]:
    text = text_of(value)
    return [TextDelta(text)] if text else []


def _reasoning(value: object) -> list[Event]:
    text = text_of(value)
    return [ReasoningDelta(text)] if text else []
