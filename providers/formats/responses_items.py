"""The output items of one reply from the Responses API, and what of them was shown already.

The same words arrive up to four times: as deltas, when a part is done, when its item is done, and when the
response is. Deltas are shown; whatever comes later only fills what they left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from providers.events import Event, ReasoningDelta, ReasoningSeal, TextDelta, ToolCallDelta
from providers.formats.payload import objects_of, text_of
from providers.formats.tool_names import ToolNames

MESSAGE = "message"
REASONING = "reasoning"
CALL = "function_call"

SUMMARY = "summary"
RAW = "content"

PartKey = tuple[str, int]
"""A part of an item: its family (text, refusal, summary, raw reasoning) and its index there."""


@dataclass(slots=True)
class Item:
    """One output item.

    Attributes:
        shown: the pieces that became events, per part, in the order in which the parts began.
        number: of a call, among the calls of the reply; None until its name is known.
        held: arguments that came before the name.
    """

    kind: str
    output_index: int
    shown: dict[PartKey, list[str]] = field(default_factory=dict)
    is_done: bool = False
    number: int | None = None
    call_id: str = ""
    held: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(piece for pieces in self.shown.values() for piece in pieces)

    @property
    def is_told(self) -> bool:
        """Whether any event has come of it."""
        return bool(self.shown) or self.number is not None

    def is_told_otherwise(self, part: PartKey) -> bool:
        """Whether reasoning is shown as a summary already, and this is its raw text, or the other way."""
        return self.kind == REASONING and any(family != part[0] for family, _ in self.shown)


class OutputItems:
    """Keyed by `output_index` and kind: some servers change the ids of items from event to event."""

    def __init__(self, names: ToolNames, earlier_calls: int = 0) -> None:
        self._names = names
        self._earlier_calls = earlier_calls
        self._items: list[Item] = []
        self._current: dict[tuple[str, int], Item] = {}
        self._has_text = False
        self._ends_in_reasoning = False
        self.calls = 0
        self.has_refusal = False

    @property
    def is_empty(self) -> bool:
        return not any(item.is_told for item in self._items)

    def begin(self, index: int, opened: Mapping[str, Any]) -> list[Event]:
        """An item was added; kinds that are not ours are skipped."""
        kind = text_of(opened.get("type"))
        if kind not in (MESSAGE, REASONING, CALL):
            return []
        current = self._current.get((kind, index))
        item = self._new(kind, index) if current is None or current.is_done else current
        return self._name_call(item, opened) if kind == CALL else []

    def grow(self, kind: str, index: int, part: PartKey, delta: str) -> list[Event]:
        """A delta of a text part."""
        item = self._at(kind, index)
        return [] if not delta or item.is_told_otherwise(part) else self._show(item, part, delta)

    def fill(self, kind: str, index: int, part: PartKey, whole: str) -> list[Event]:
        """A text part is done: shows what the deltas left out of it."""
        item = self._at(kind, index)
        if item.is_told_otherwise(part) or any(whole == "".join(pieces) for pieces in item.shown.values()):
            return []
        shown = "".join(item.shown.get(part, ()))
        rest = whole[len(shown) :] if whole.startswith(shown) else ""
        return self._show(item, part, rest) if rest else []

    def grow_call(self, index: int, delta: str) -> list[Event]:
        """A delta of a call's arguments."""
        return self._argue(self._at(CALL, index), delta)

    def fill_call(self, index: int, done: Mapping[str, Any]) -> list[Event]:
        """The arguments of a call are complete."""
        item = self._at(CALL, index)
        return self._name_call(item, done) + self._fill_arguments(item, text_of(done.get("arguments")))

    def finish(self, index: int, done: Mapping[str, Any]) -> list[Event]:
        """An item is done."""
        kind = text_of(done.get("type"))
        if kind not in (MESSAGE, REASONING, CALL):
            return []
        item = self._at(kind, index)
        return [] if item.is_done else self._finish(item, done)

    def complete(self, output: object) -> list[Event]:
        """The response is done: shows what is only in its final list of items.

        Items are found again by their place among those of their kind: ids and indices may differ here.
        """
        events: list[Event] = []
        # Reasoning that turns up after the answer would be shown, and sent back, in the wrong place.
        is_late = any(item.is_told for item in self._items if item.kind != REASONING)
        places: dict[str, int] = {}
        for data in objects_of(output):
            kind = text_of(data.get("type"))
            if kind not in (MESSAGE, REASONING, CALL) or (kind == REASONING and is_late):
                continue
            place = places[kind] = places.get(kind, -1) + 1
            known = self._find(kind, place, data)
            if known is not None:
                events += [] if known.is_done and known.shown else self._finish(known, data)
            elif not self._was_shown(kind, data):
                events += self._finish(self._new(kind, len(self._items)), data)
        return events + self.close()

    def close(self) -> list[Event]:
        """Gives calls that nobody finished the arguments `{}`, unless they have some."""
        open_calls = [item for item in self._items if item.kind == CALL and not item.is_done]
        return [event for item in open_calls for event in self._finish(item, {})]

    def _new(self, kind: str, index: int) -> Item:
        item = Item(kind, index)
        self._items.append(item)
        self._current[(kind, index)] = item
        return item

    def _at(self, kind: str, index: int) -> Item:
        return self._current.get((kind, index)) or self._new(kind, index)

    def _find(self, kind: str, place: int, data: Mapping[str, Any]) -> Item | None:
        known = sorted((item for item in self._items if item.kind == kind), key=lambda item: item.output_index)
        if kind == CALL:
            call_id = text_of(data.get("call_id"))
            for item in known:
                if call_id and item.call_id == call_id:
                    return item
        return known[place] if place < len(known) else None

    def _was_shown(self, kind: str, data: Mapping[str, Any]) -> bool:
        whole = "".join(text for _, text in _parts(kind, data))
        return bool(whole) and any(item.kind == kind and item.text == whole for item in self._items)

    def _finish(self, item: Item, data: Mapping[str, Any]) -> list[Event]:
        item.is_done = True
        if item.kind == CALL:
            events = self._name_call(item, data)
            events += self._fill_arguments(item, text_of(data.get("arguments")))
            if item.number is not None and not item.shown:
                events += self._argue(item, "{}")
            return events
        events = self._fill_item(item, _parts(item.kind, data))
        if item.kind == REASONING and text_of(data.get("encrypted_content")):
            wanted = ("type", "id", "summary", "encrypted_content")
            opaque = {name: data[name] for name in wanted if name in data} | {
                "summary": objects_of(data.get("summary"))
            }
            events.append(ReasoningSeal(opaque))
            self._ends_in_reasoning = False
        return events

    def _fill_item(self, item: Item, parts: list[tuple[PartKey, str]]) -> list[Event]:
        shown = item.text
        whole = "".join(text for _, text in parts)
        if not whole.startswith(shown):
            return []
        events: list[Event] = []
        skip = len(shown)
        for key, text in parts:
            rest = text[skip:]
            skip = max(0, skip - len(text))
            if rest:
                events += self._show(item, key, rest)
        return events

    def _show(self, item: Item, part: PartKey, text: str) -> list[Event]:
        """Texts of several messages, and parts of reasoning, stand a blank line apart."""
        is_new_part = part not in item.shown
        is_new_item = not item.shown
        item.shown.setdefault(part, []).append(text)
        if item.kind == REASONING:
            gap = "\n\n" if is_new_part and self._ends_in_reasoning else ""
            self._ends_in_reasoning = True
            return [ReasoningDelta(gap + text)]
        self.has_refusal = self.has_refusal or part[0] == "refusal"
        gap = "\n\n" if is_new_item and self._has_text else ""
        self._has_text = True
        self._ends_in_reasoning = False
        return [TextDelta(gap + text)]

    def _name_call(self, item: Item, data: Mapping[str, Any]) -> list[Event]:
        """Opens the call once its name is known. `call_id` links it to its result, `id` names the item."""
        name = text_of(data.get("name"))
        if item.number is not None or not name:
            return []
        item.number = self.calls
        self.calls += 1
        self._ends_in_reasoning = False
        given = text_of(data.get("call_id")) or text_of(data.get("id"))
        item.call_id = given or f"call_{self._earlier_calls + item.number}"
        opening = ToolCallDelta(item.number, item.call_id, self._names.original(name), "")
        held, item.held = item.held, []
        return [opening, *(event for piece in held for event in self._argue(item, piece))]

    def _argue(self, item: Item, piece: str) -> list[Event]:
        if not piece:
            return []
        if item.number is None:
            item.held.append(piece)
            return []
        item.shown.setdefault(("arguments", 0), []).append(piece)
        return [ToolCallDelta(item.number, "", "", piece)]

    def _fill_arguments(self, item: Item, whole: str) -> list[Event]:
        shown = item.text
        return self._argue(item, whole[len(shown) :]) if whole.startswith(shown) else []


def _parts(kind: str, data: Mapping[str, Any]) -> list[tuple[PartKey, str]]:
    """The texts of a finished item. Of reasoning, the summary where there is one, else the raw text."""
    content = list(enumerate(objects_of(data.get("content"))))
    if kind == MESSAGE:
        texts = [((part_family(part), index), part_text(part)) for index, part in content]
        return [(key, text) for key, text in texts if text]
    summary = list(enumerate(objects_of(data.get("summary"))))
    summarised = [((SUMMARY, index), text) for index, part in summary if (text := part_text(part))]
    return summarised or [((RAW, index), text) for index, part in content if (text := part_text(part))]


def part_family(part: Mapping[str, Any]) -> str:
    return "refusal" if part.get("type") == "refusal" else "text"


def part_text(part: Mapping[str, Any]) -> str:
    return text_of(part.get("refusal")) if part.get("type") == "refusal" else text_of(part.get("text"))
