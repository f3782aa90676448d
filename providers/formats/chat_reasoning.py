"""The reasoning in a chat delta, in all the fields where servers put it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from providers.formats.payload import objects_of, text_of

_FIELDS = ("reasoning_content", "reasoning", "thinking")
_GROWING = ("text", "summary", "data", "signature")
"""Fields of a reasoning detail that arrive in pieces."""


def reasoning_of(delta: Mapping[str, Any]) -> str:
    """The readable reasoning of a delta, once: servers repeat it in several fields for their clients' sake."""
    for name in _FIELDS:
        if text := text_of(delta.get(name)):
            return text
    if not (details := delta.get("reasoning_details")):
        return ""
    details = objects_of(details)
    return "".join(text_of(detail.get("text")) or text_of(detail.get("summary")) for detail in details)


def text_and_reasoning(content: object) -> tuple[str, str]:
    """Text and reasoning in `content`: a string, nothing, or a list of parts (Mistral)."""
    if isinstance(content, str):
        return content, ""
    if not content:
        return "", ""
    text = reasoning = ""
    for part in objects_of(content):
        match part.get("type"):
            case "text":
                text += text_of(part.get("text"))
            case "thinking":
                thoughts = part.get("thinking")
                pieces = [text_of(thought.get("text")) for thought in objects_of(thoughts)]
                reasoning += text_of(thoughts) or "".join(pieces)
    return text, reasoning


class ReasoningDetails:
    """Collects `reasoning_details`, which the same model wants back whole and in order (OpenRouter)."""

    def __init__(self) -> None:
        self._details: list[dict[str, Any]] = []

    def push(self, pieces: Sequence[Mapping[str, Any]]) -> None:
        for piece in pieces:
            if self._details and _continues(self._details[-1], piece):
                _grow(self._details[-1], piece)
            else:
                self._details.append(dict(piece))

    def take(self) -> dict[str, Any]:
        """What was collected, as the opaque part of the reasoning; empty when there is nothing."""
        details, self._details = self._details, []
        return {"reasoning_details": details} if details else {}


def _continues(last: Mapping[str, Any], piece: Mapping[str, Any]) -> bool:
    """Encrypted details are whole; texts and summaries come in pieces that share type and index."""
    return (
        piece.get("type") in ("reasoning.text", "reasoning.summary")
        and last.get("type") == piece.get("type")
        and last.get("index") == piece.get("index")
        and (piece.get("id") is None or last.get("id") in (None, piece.get("id")))
    )


def _grow(detail: dict[str, Any], piece: Mapping[str, Any]) -> None:
    for name, value in piece.items():
        if name in _GROWING and isinstance(value, str) and isinstance(detail.get(name), str):
            detail[name] += value
        elif value is not None:
            detail[name] = value
