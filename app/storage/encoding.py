"""Values to the text the database keeps, and back: moments, money, message parts, rates."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, assert_never

from providers.costs import EXACT, Rates, Tier
from providers.messages import Part, ReasoningPart, TextPart, ToolCall, ToolResult


def from_moment(moment: datetime) -> str:
    """UTC with microseconds, of fixed length: sorts as text."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def to_moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def from_money(amount: Decimal | None) -> str | None:
    """Every digit, without exponent."""
    return None if amount is None else f"{amount:f}"


def storable(text: str) -> str:
    """The text with "?" for what UTF-8 cannot hold: halves of characters, which broken servers send."""
    return text.encode("utf-8", "replace").decode("utf-8")


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    """Add without rounding: Python's own context would keep 28 digits."""
    total = Decimal(0)
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total


def from_parts(parts: Iterable[Part]) -> str:
    """Message parts as a JSON array; half a character (a lone surrogate) survives as an escape."""
    objects = [part_object(part) for part in parts]
    text = json.dumps(objects, ensure_ascii=False, separators=(",", ":"))
    return text if text == storable(text) else json.dumps(objects, separators=(",", ":"))


def to_parts(text: str) -> tuple[Part, ...]:
    return tuple(part_from_object(each) for each in json.loads(text))


def part_object(part: Part) -> dict[str, Any]:
    """A part as a JSON object; `kind` says which, empty `opaque` is left out."""
    match part:
        case TextPart():
            return {"kind": "text", "text": part.text}
        case ReasoningPart():
            return {"kind": "reasoning", "text": part.text, **_opaque(part.opaque)}
        case ToolCall():
            return {
                "kind": "tool_call",
                "id": part.id,
                "name": part.name,
                "arguments": part.arguments,
                **_opaque(part.opaque),
            }
        case ToolResult():
            return {
                "kind": "tool_result",
                "call_id": part.call_id,
                "name": part.name,
                "content": part.content,
                "is_error": part.is_error,
            }
        case _:
            assert_never(part)


def part_from_object(value: Mapping[str, Any]) -> Part:
    """Raises: KeyError, ValueError, for an object that is no part."""
    match value["kind"]:
        case "text":
            return TextPart(value["text"])
        case "reasoning":
            return ReasoningPart(value["text"], value.get("opaque", {}))
        case "tool_call":
            return ToolCall(value["id"], value["name"], value["arguments"], value.get("opaque", {}))
        case "tool_result":
            return ToolResult(value["call_id"], value["name"], value["content"], value["is_error"])
        case kind:
            raise ValueError(f"a message part of the unknown kind {kind!r}")


def from_rates(rates: Rates | None) -> str | None:
    """Rates as JSON, so that a past cost can be explained after prices moved."""
    if rates is None:
        return None
    value: dict[str, Any] = {**_known_amounts(rates)}
    if rates.tiers:
        value["tiers"] = [{"above_input": tier.above_input, **_known_amounts(tier)} for tier in rates.tiers]
    if rates.source:
        value["source"] = rates.source
    if rates.checked:
        value["checked"] = rates.checked.isoformat()
    if rates.is_flat:
        value["is_flat"] = True
    return json.dumps(value, separators=(",", ":"))


def to_rates(text: str | None) -> Rates | None:
    """Raises: ValueError, for a text that is no rates, or those of a newer Parley."""
    if text is None:
        return None
    try:
        value = json.loads(text)
        tiers = tuple(_tier(tier) for tier in value.pop("tiers", ()))
        checked = value.pop("checked", None)
        source = str(value.pop("source", ""))
        is_flat = value.pop("is_flat", False) is True
        return Rates(
            **_amounts(value),
            tiers=tiers,
            source=source,
            checked=None if checked is None else date.fromisoformat(checked),
            is_flat=is_flat,
        )
    except (TypeError, AttributeError, LookupError, ArithmeticError, RecursionError) as error:
        raise ValueError(f"no rates: {text[:80]}") from error


def _opaque(value: Mapping[str, Any]) -> dict[str, Any]:
    return {"opaque": dict(value)} if value else {}


def _known_amounts(value: Rates | Tier) -> dict[str, str]:
    amounts = ((each.name, getattr(value, each.name)) for each in fields(value))
    return {name: f"{amount:f}" for name, amount in amounts if isinstance(amount, Decimal)}


def _tier(value: dict[str, Any]) -> Tier:
    above = value.pop("above_input")
    if type(above) is not int:
        raise TypeError("above_input is no number of tokens")
    return Tier(above, **_amounts(value))


def _amounts(value: Mapping[str, str]) -> dict[str, Any]:
    amounts = {name: Decimal(amount) for name, amount in value.items()}
    if any(not amount.is_finite() or amount < 0 for amount in amounts.values()):
        raise ValueError("a rate that is none")
    return amounts
