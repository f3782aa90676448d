"""Calls the tools it is offered, with arguments that fit their schema, and tells what came back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from providers.catalogue.records import ModelInfo
from providers.demo.models.rates import usd
from providers.demo.script import Ask, Call, DemoModel, Say, Step, Tool

_DEEPEST = 6
_NAMED = re.compile(r"\b(?:in|for|of|from|to|at|near|named|called)\s+((?:[A-Z][\w'-]*)(?:\s+[A-Z][\w'-]*)*)")
_QUOTED = re.compile(r"[\"“”'‘’«»`]([^\"“”‘’«»`]+?)[\"“”'‘’«»`](?=\W|$)")
_NUMBER = re.compile(r"(?<!\w)-?\b\d{1,15}(?:\.\d{1,9})?\b")
_ALL = re.compile(r"\b(?:all|both|each|every)\b", re.IGNORECASE)
_NEGATION = re.compile(r"\b(?:no|not|don't|without|never|off)\b", re.IGNORECASE)
_WHOLE_PROMPT = ("query", "question", "text", "prompt", "message", "input", "content", "body")


def _behave(ask: Ask) -> Iterator[Step]:
    if results := ask.tool_results:
        for position, result in enumerate(results):
            source = f"`{result.name}`" if result.name else "The tool"
            yield Say(f"{chr(10) * 2 if position else ''}{source} answered:\n\n{_quote(result.text)}")
        yield Say("\n\nThat is what I know now.")
    elif not ask.tools:
        yield Say(
            "No tools came with this request, so there is nothing I could call. Offer me one, and I fill in its "
            "arguments from your words and from its schema."
        )
    elif not ask.may_call:
        yield Say("Tools came with this request, but it forbids calling them (`tool_choice`).")
    else:
        yield Say("Let me look that up.\n")
        for tool in _chosen(ask):
            filled = _Filler(ask.prompt).fill(tool.schema)
            yield Call(tool.name, filled if isinstance(filled, dict) else {})


def _quote(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines()) or "> (nothing)"


def _chosen(ask: Ask) -> Sequence[Tool]:
    """The tool the request insists on, else the one that shares most words with the prompt, or all of them."""
    forced = [tool for tool in ask.tools if tool.name == ask.forced_tool]
    if forced:
        return forced
    if len(ask.tools) > 1 and _ALL.search(ask.prompt):
        return ask.tools
    asked = _words(ask.prompt)
    return [max(ask.tools, key=lambda tool: len(asked & _words(f"{tool.name} {tool.description}")))]


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"[a-z]+", text.lower().replace("_", " ")) if len(word) > 2}


@dataclass
class _Filler:
    """Makes a value for a schema out of a prompt; each number and quotation is used once."""

    prompt: str
    _numbers: list[str] = field(default_factory=list)
    _quoted: list[str] = field(default_factory=list)
    _named: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._numbers = _NUMBER.findall(self.prompt)
        self._quoted = _QUOTED.findall(self.prompt)
        self._named = _NAMED.findall(self.prompt)

    def fill(self, schema: Mapping[str, Any], name: str = "", depth: int = 0) -> Any:
        for key in ("anyOf", "oneOf", "allOf"):
            options = schema.get(key)
            if isinstance(options, list) and options and isinstance(options[0], dict):
                return self.fill({**schema, **options[0], key: None}, name, depth)
        if "const" in schema:
            return schema["const"]
        if isinstance(schema.get("enum"), list) and schema["enum"]:
            return self._pick(schema["enum"])
        kind = schema.get("type", "object" if "properties" in schema else "string")
        if isinstance(kind, list):
            kind = next((option for option in kind if option != "null"), "null")
        match kind:
            case "object":
                return self._fill_object(schema, depth)
            case "array":
                item = schema.get("items")
                return [self.fill(item, name, depth + 1)] if isinstance(item, dict) and depth < _DEEPEST else []
            case "integer" | "number":
                return self._number(schema, whole=kind == "integer")
            case "boolean":
                return not _NEGATION.search(self.prompt)
            case "null":
                return None
            case _:
                return self._string(schema, name)

    def _fill_object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        properties = schema.get("properties")
        if not isinstance(properties, dict) or depth >= _DEEPEST:
            return {}
        return {
            name: self.fill(inner if isinstance(inner, dict) else {}, name, depth + 1)
            for name, inner in properties.items()
        }

    def _pick(self, options: list[Any]) -> Any:
        said = self.prompt.lower()
        return next((option for option in options if str(option).lower() in said), options[0])

    def _number(self, schema: Mapping[str, Any], *, whole: bool) -> int | float:
        low, high = _finite(schema.get("minimum")), _finite(schema.get("maximum"))
        given = _finite(schema.get("default"))
        found = float(self._numbers.pop(0)) if self._numbers else given if given is not None else low or 1.0
        if low is not None:
            found = max(found, low)
        if high is not None:
            found = min(found, high)
        return int(found) if whole or found.is_integer() else found

    def _string(self, schema: Mapping[str, Any], name: str) -> str:
        if self._quoted:
            return self._quoted.pop(0)
        if name.lower() not in _WHOLE_PROMPT and self._named:
            return self._named.pop(0)
        given = schema.get("default")
        return given if isinstance(given, str) else self.prompt


def _finite(value: object) -> float | None:
    """A number of a schema; None for anything else, and for what JSON cannot hold exactly."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e15:
        return None
    return float(value)


MODEL = DemoModel(
    ModelInfo(
        id="toolsmith",
        name="Toolsmith",
        rates=usd("1.00", "4.00", cached="0.10", write="1.25"),
        context_window=128_000,
        max_output_tokens=4_096,
        can_reason=False,
        supports_vision=False,
        supports_function_calling=True,
        note="calls tools",
    ),
    "Calls the tools it is offered.",
    _behave,
    tokens_per_second=80,
    capabilities=("completion", "tools"),
)
