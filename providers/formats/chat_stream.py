"""The stream of OpenAI Chat Completions, with all that its imitators make of it, as events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic_core import from_json

from providers.decoders.frame import Frame
from providers.decoders.sse import DONE
from providers.errors import ProtocolError, ProviderError, ServerTrouble
from providers.events import (
    Event,
    Finished,
    ReasoningDelta,
    ReasoningSeal,
    Started,
    StopReason,
    TextDelta,
    UsageReport,
)
from providers.failures import from_payload
from providers.formats import payload
from providers.formats.answers import cut_off, earlier_calls, failing
from providers.formats.charges import exact_usage
from providers.formats.chat_reasoning import ReasoningDetails, reasoning_of, text_and_reasoning
from providers.formats.chat_tools import ToolCallAssembler
from providers.formats.chat_usage import raw_usage, usage_from
from providers.formats.payload import object_of, objects_of, text_of
from providers.formats.tags import THINK, THOUGHT, ReasoningTags
from providers.formats.tool_names import ToolNames
from providers.request import ChatRequest, Endpoint
from providers.usage import NO_USAGE, Usage

_REASONS = {
    "length": StopReason.LENGTH,
    "max_tokens": StopReason.LENGTH,
    "model_length": StopReason.LENGTH,
    "model_context_window_exceeded": StopReason.LENGTH,
    "tool_calls": StopReason.TOOL_CALLS,
    "function_call": StopReason.TOOL_CALLS,
    "tool_use": StopReason.TOOL_CALLS,
    "content_filter": StopReason.CONTENT_FILTER,
    "sensitive": StopReason.CONTENT_FILTER,
    "safety": StopReason.CONTENT_FILTER,
    "refusal": StopReason.REFUSAL,
}
"""Every other word (`stop`, `eos`, `end_turn` …) means that the model was done."""

_BROKEN_OFF = frozenset({"error", "network_error", "insufficient_system_resource"})
"""Words for a reply that the server could not finish."""


class ChatAdapter:
    """One reply. See `formats.base.Adapter`."""

    def __init__(self, request: ChatRequest, endpoint: Endpoint) -> None:
        quirks = endpoint.quirks
        self._endpoint = endpoint
        self._model = request.model
        self._tools = ToolCallAssembler(ToolNames.of(request), earlier_calls(request))
        wanted = ((quirks.thinking_tags, THINK), (quirks.thought_tags, THOUGHT))
        self._tags = ReasoningTags([name for is_on, name in wanted if is_on])
        self._details = ReasoningDetails()
        self._usage: Usage = NO_USAGE
        self._service_tier: str | None = None
        self._finish_reason = ""
        self._is_started = False
        self._has_answer = False
        self._has_content = False
        self._has_refusal = False
        self._is_over = False
        self._expects_text = False

    def push(self, frame: Frame) -> Iterable[Event]:
        """Raises: ProviderError, when the server reports an error inside the stream."""
        data = frame.data
        if self._is_over:
            return []
        if data == DONE:
            return self._finished()
        try:
            chunk = from_json(data)
        except ValueError:
            data = data.strip()
            if not data:
                return []
            chunk = self._unusual(data)
            if chunk is None:
                return self._finished()
        if self._expects_text and (content := _plain_content(chunk)):
            return [TextDelta(content)]
        return self._chunk(chunk, frame)

    def end(self) -> list[Event]:
        """Raises: IncompleteStream, when neither `[DONE]` nor a finish reason came."""
        if self._is_over:
            return []
        if not self._finish_reason:
            raise cut_off(self._endpoint)
        return self._finished()

    def whole(self, body: bytes) -> Iterable[Event]:
        """Raises: ProviderError, for an error inside a 200, HTML, or anything that is not this format."""
        answer = payload.parse_whole(body, self._endpoint)
        if isinstance(answer, dict) and objects_of(answer.get("choices")):
            events = self._chunk(answer, Frame(body))
            return events if self._is_over else [*events, *self._finished()]
        if _has_error(answer, self._endpoint.quirks.base_resp_errors):
            raise self._error(answer)
        raise payload.foreign(self._endpoint, answer)

    def _unusual(self, data: bytes) -> Any:
        """A frame that is not plain JSON; None for `[DONE]` among blanks."""
        return None if data == DONE else payload.parse(data, self._endpoint)

    def _chunk(self, chunk: Any, frame: Frame) -> Iterable[Event]:
        """Everything that may be in a chunk."""
        events: list[Event] = []
        if isinstance(chunk, dict):
            self._start(chunk, events)
            choices = objects_of(chunk.get("choices"))
            choice = choices[0] if choices else {}
            self._content(choice, events)
            self._report_usage(chunk, choice, frame, events)
            reason = text_of(choice.get("finish_reason"))
            if not self._finish_reason or reason.lower() in _BROKEN_OFF:
                self._finish_reason = reason
        if frame.event == "error" or _has_error(chunk, self._endpoint.quirks.base_resp_errors):
            self._is_over = True
            return failing(events, self._error(chunk))
        return events

    def _start(self, chunk: Mapping[str, Any], events: list[Event]) -> None:
        if not self._is_started and (model := text_of(chunk.get("model"))):
            self._is_started = True
            events.append(Started(model=model))
        self._has_answer = self._has_answer or "choices" in chunk
        if tier := text_of(chunk.get("service_tier")):
            self._service_tier = tier

    def _content(self, choice: Mapping[str, Any], events: list[Event]) -> None:
        """Reasoning, text and tool calls, in this order."""
        delta = object_of(choice.get("delta"))
        if not delta and not self._has_content:
            delta = object_of(choice.get("message"))  # A whole answer, also as the only event of a stream.
        if details := delta.get("reasoning_details"):
            self._details.push(objects_of(details))
        text, reasoning = text_and_reasoning(delta.get("content"))
        if text:
            tagged, text = self._tags.split(text)
            reasoning += tagged
        self._reasoning(reasoning_of(delta) or reasoning, events)
        if refusal := text_of(delta.get("refusal")):
            self._has_refusal = True
            text += refusal
        self._text(text, events)
        if calls := objects_of(delta.get("tool_calls")):
            self._calls(calls, events)
        if legacy := object_of(delta.get("function_call")):
            self._calls([{"index": 0, "function": legacy}], events)

    def _reasoning(self, reasoning: str, events: list[Event]) -> None:
        if reasoning:
            self._has_content = True
            self._expects_text = False
            events.append(ReasoningDelta(reasoning))

    def _text(self, text: str, events: list[Event]) -> None:
        if not text:
            return
        self._seal(events)
        events.append(TextDelta(text))
        self._has_content = True
        self._expects_text = self._tags.is_over

    def _calls(self, calls: list[Mapping[str, Any]], events: list[Event]) -> None:
        self._seal(events)
        events += self._tools.push(calls)
        self._has_content = True

    def _seal(self, events: list[Event]) -> None:
        if opaque := self._details.take():
            events.append(ReasoningSeal(opaque))

    def _report_usage(
        self, chunk: Mapping[str, Any], choice: Mapping[str, Any], frame: Frame, events: list[Event]
    ) -> None:
        """Usage replaces what was known; a later null, or the same again, changes nothing."""
        raw = raw_usage(chunk, choice)
        if not raw:
            return
        quirks = self._endpoint.quirks
        usage = usage_from(exact_usage(raw, frame.data, ("usage",), quirks), quirks, self._service_tier)
        if usage not in (NO_USAGE, self._usage):
            self._usage = usage
            events.append(UsageReport(usage))

    def _error(self, said: object) -> ProviderError:
        return from_payload(said, endpoint=self._endpoint, model=self._model)

    def _finished(self) -> list[Event]:
        """The terminal event, after what was held back.

        Raises:
            ProtocolError: when there was no answer at all.
            ServerTrouble: when the server says that it could not finish.
        """
        self._is_over = True
        provider, raw = self._endpoint.provider, self._finish_reason
        if not self._has_answer:
            raise ProtocolError(
                f"{provider} sent an empty answer.",
                hint="Check the base URL: it may belong to another API.",
                provider=provider,
            )
        if raw.lower() in _BROKEN_OFF:
            raise ServerTrouble(
                f"{provider} broke the reply off ({raw}).",
                hint="What arrived is kept. Send it again in a moment, or choose another model.",
                provider=provider,
                is_retryable=True,
            )
        events: list[Event] = []
        reasoning, text = self._tags.rest()
        self._reasoning(reasoning, events)
        self._text(text, events)
        self._seal(events)
        events += self._tools.end()
        events.append(Finished(self._stop_reason(), raw))
        return events

    def _stop_reason(self) -> StopReason:
        reason = _REASONS.get(self._finish_reason.lower(), StopReason.STOP)
        if reason is StopReason.STOP and self._tools.has_calls:
            return StopReason.TOOL_CALLS
        if reason is StopReason.STOP and self._has_refusal:
            return StopReason.REFUSAL
        return reason


def _plain_content(chunk: Any) -> str:
    """The content of a chunk that holds nothing else: nearly all of them. "" for every other chunk.

    This is all the work done per chunk in the middle of a reply, so it makes no objects.
    """
    try:
        (choice,) = chunk["choices"]
        delta = choice["delta"]
        content = delta["content"]
    except (KeyError, TypeError, ValueError):
        return ""
    if (
        type(content) is not str
        or choice.get("finish_reason") is not None
        or chunk.get("usage") is not None
        or chunk.get("error") is not None
        or "usage" in choice
    ):
        return ""
    for name, value in delta.items():
        if value and name != "content" and name != "role":
            return ""
    return content


def _has_error(chunk: object, is_minimax: bool) -> bool:
    """Whether a chunk, or a whole answer, is or contains an error; servers put them everywhere."""
    if isinstance(chunk, list):
        return any(isinstance(entry, dict) and entry.get("error") for entry in chunk)
    if not isinstance(chunk, dict):
        return False
    if chunk.get("error") or chunk.get("object") == "error":
        return True
    if is_minimax and object_of(chunk.get("base_resp")).get("status_code"):
        return True
    if "choices" in chunk:
        return False
    return bool(chunk.get("detail") or chunk.get("errors") or text_of(chunk.get("message")))
