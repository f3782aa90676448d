"""Tool calls of a chat stream, put together from pieces that servers number, name and repeat at will."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from providers.events import ToolCallDelta
from providers.formats.history import arguments_object
from providers.formats.payload import object_of, text_of
from providers.formats.tool_names import ToolNames


@dataclass(slots=True)
class _Call:
    """One call in the making.

    Attributes:
        position: in the order of opening; None until its name is known and it was handed out.
        arguments: all pieces so far.
    """

    id: str = ""
    name: str = ""
    arguments: str = ""
    position: int | None = None
    opaque: dict[str, Any] = field(default_factory=dict)


class ToolCallAssembler:
    """Sorts pieces by `index`, by `id` where there is no index, and to the last call where there is neither.

    Args:
        names: maps the wire's names back.
        earlier_calls: how many calls the conversation holds already; ids made up here count on from there.
    """

    def __init__(self, names: ToolNames, earlier_calls: int = 0) -> None:
        self._names = names
        self._earlier_calls = earlier_calls
        self._calls: list[_Call] = []
        self._by_index: dict[int, _Call] = {}
        self._opened = 0

    @property
    def has_calls(self) -> bool:
        return bool(self._calls)

    def push(self, pieces: Iterable[Mapping[str, Any]]) -> list[ToolCallDelta]:
        """The deltas in one chunk's `tool_calls`."""
        return [delta for piece in pieces if (delta := self._piece(piece)) is not None]

    def end(self) -> list[ToolCallDelta]:
        """What is left to say when the stream is over: `{}` for calls without arguments."""
        deltas = []
        for call in self._calls:
            if call.position is None:
                deltas.append(self._open(call, call.arguments or "{}"))
            elif not call.arguments.strip():
                deltas.append(ToolCallDelta(call.position, "", "", "{}"))
        return deltas

    def _piece(self, piece: Mapping[str, Any]) -> ToolCallDelta | None:
        function = object_of(piece.get("function"))
        id_, name = text_of(piece.get("id")), text_of(function.get("name"))
        call = self._call_for(piece.get("index"), id_, name)
        call.id = call.id or id_
        call.name = call.name or name
        opaque = {"extra_content": extra} if (extra := piece.get("extra_content")) else {}
        call.opaque.update(opaque)
        arguments = _arguments(function.get("arguments"))
        call.arguments += arguments
        if call.position is None:
            return self._open(call, call.arguments) if call.name else None
        if not arguments and not opaque:
            return None
        return ToolCallDelta(call.position, "", "", arguments, opaque)

    def _open(self, call: _Call, arguments: str) -> ToolCallDelta:
        call.position = self._opened
        call.id = call.id or f"call_{self._earlier_calls + self._opened}"
        self._opened += 1
        return ToolCallDelta(call.position, call.id, self._names.original(call.name), arguments, dict(call.opaque))

    def _call_for(self, index: object, id_: str, name: str) -> _Call:
        if isinstance(index, int):
            call = self._by_index.get(index)
            # Broken gateways number every call 0: another id is another call.
            if call is None or (id_ and call.id and id_ != call.id):
                call = self._by_index[index] = self._new_call()
            return call
        if id_:
            return next((call for call in self._calls if call.id == id_), None) or self._new_call()
        if not self._calls or (name and self._is_another(name, self._calls[-1])):
            return self._new_call()
        return self._calls[-1]

    @staticmethod
    def _is_another(name: str, call: _Call) -> bool:
        """Whether a name without index and id begins a call: the last has another one, or whole arguments."""
        is_complete = call.arguments.strip() == "{}" or bool(arguments_object(call.arguments))
        return bool(call.name) and (name != call.name or is_complete)

    def _new_call(self) -> _Call:
        call = _Call()
        self._calls.append(call)
        return call


def _arguments(value: object) -> str:
    """A piece of arguments as text; some servers send the object itself."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else text_of(value)
