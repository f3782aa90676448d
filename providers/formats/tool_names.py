"""Tool names on the wire: any name to `^[a-zA-Z0-9_-]{1,64}$` and back, two names never to the same one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from providers.messages import ToolCall, ToolResult
from providers.request import ChatRequest

MAX_LENGTH = 64

_LEGAL = re.compile(r"[a-zA-Z0-9_-]{1,64}", re.ASCII)
_ILLEGAL_RUN = re.compile(r"[^a-zA-Z0-9_-]+", re.ASCII)


class ToolNames:
    """The names of one request. Legal names stay as they are; the others are spelled with `_`, and get a
    piece of their own hash where that spelling is taken."""

    def __init__(self, names: Iterable[str]) -> None:
        self._wire: dict[str, str] = {}
        self._original: dict[str, str] = {}
        distinct = dict.fromkeys(names)
        for name in sorted(distinct, key=lambda name: _LEGAL.fullmatch(name) is None):
            wire = self._free_spelling(name)
            self._wire[name] = wire
            self._original[wire] = name

    @classmethod
    def of(cls, request: ChatRequest) -> ToolNames:
        """The names of the tools offered and of those called, or answered for, earlier in the conversation."""
        said = (part for message in request.messages for part in message.parts)
        called = [part.name for part in said if isinstance(part, (ToolCall, ToolResult))]
        return cls([*(tool.name for tool in request.tools), *called])

    def wire(self, name: str) -> str:
        """Raises: KeyError, for a name that was not given at construction."""
        return self._wire[name]

    def original(self, wire: str) -> str:
        """The tool's own name; a name that the model made up stays as it is."""
        return self._original.get(wire, wire)

    def _free_spelling(self, name: str) -> str:
        if _LEGAL.fullmatch(name):
            return name
        spelling = _ILLEGAL_RUN.sub("_", name)[:MAX_LENGTH] or "tool"
        salt = 0
        while spelling in self._original:
            mark = hashlib.sha256(f"{name}\0{salt}".encode("utf-8", "surrogatepass")).hexdigest()[:8]
            spelling = f"{_ILLEGAL_RUN.sub('_', name)[: MAX_LENGTH - 9]}_{mark}"
            salt += 1
        return spelling
