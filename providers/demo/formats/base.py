"""What every format of the demo offers, and how requests are read."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from providers.demo.counting import Spent
from providers.demo.problems import Problem, bad_request
from providers.demo.script import Ask, Content, Stop

Json = dict[str, Any]

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a reply is wrapped in.

    Attributes:
        now: seconds since the epoch.
        rng: makes ids.
    """

    model: str
    now: float
    rng: random.Random

    def make_id(self, prefix: str, length: int = 24) -> str:
        return prefix + "".join(self.rng.choices(_ALPHABET, k=length))


class Rendering(Protocol):
    """One reply on its way into a wire format, streamed or whole."""

    def begin(self, spent: Spent) -> bytes: ...

    def push(self, part: Content) -> bytes:
        """The bytes for one more piece; pieces of one kind that follow each other are one text."""
        ...

    def corrupt(self, payload: bytes) -> bytes:
        """A frame with this payload, whatever it is."""
        ...

    def fail(self, problem: Problem) -> bytes:
        """An error inside the stream, which ends with it."""
        ...

    def finish(self, stop: Stop, spent: Spent) -> bytes: ...

    def whole(self, stop: Stop, spent: Spent) -> Json:
        """Everything pushed so far as an answer that is not streamed."""
        ...


class Format(Protocol):
    """A module of this package."""

    __name__: str
    STREAM_TYPE: str
    """The content type of a stream."""
    REQUEST_ID: str
    """The header that names the request; "" for none."""

    def read(self, body: Json) -> Ask:
        """Raises: RequestProblem, when the real server would refuse the body."""
        ...

    def render(self, body: Json, envelope: Envelope) -> Rendering: ...

    def unknown_model(self, name: str) -> str:
        """The server's sentence about a model it does not have."""
        ...

    def problem(self, problem: Problem, request_id: str) -> tuple[int, Json]:
        """The status and the body that tell a problem."""
        ...


def dump(value: Any) -> bytes:
    """JSON as the servers send it: compact, UTF-8 unescaped. Lone surrogates become `?`."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def sse(value: Any, event: str = "") -> bytes:
    return sse_raw(dump(value), event)


def sse_raw(payload: bytes, event: str = "") -> bytes:
    name = f"event: {event}\n".encode() if event else b""
    return name + b"data: " + payload + b"\n\n"


def pieces(text: str, size: int = 12) -> list[str]:
    """Cut the arguments of a call as a stream would; always at least one piece."""
    return [text[start : start + size] for start in range(0, len(text), size)] or [""]


def required_model(body: Mapping[str, Any]) -> str:
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise bad_request("you must provide a model parameter", "model")
    return model


def objects(body: Mapping[str, Any], name: str) -> list[Json]:
    """The list of objects in a field; empty when the field is missing or null."""
    value = body.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise bad_request(f"'{name}' must be an array of objects.", name)
    return value


def positive(body: Mapping[str, Any], *names: str) -> int | None:
    """The first of these fields that is set."""
    for name in names:
        value = body.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise bad_request(f"'{name}' must be a positive integer.", name)
        return value
    return None


def mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def text_of(content: Any, param: str) -> str:
    """The text of a message: a string, null, or a list of parts. Other media become a word in brackets."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise bad_request(f"'{param}' must be a string or an array of content parts.", param)
    return "".join(_part_text(part, param) for part in content)


def _part_text(part: Any, param: str) -> str:
    if not isinstance(part, dict) or not isinstance(part.get("type"), str):
        raise bad_request(f"Every part of '{param}' must be an object with a 'type'.", param)
    text = part.get("text", part.get("refusal"))
    return text if isinstance(text, str) else f"[{part['type']}]"
