"""From the bytes of a stream to the exact cost: cases worked out by hand, in cost_cases/FORMAT*.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from providers.catalogue.quirks import Quirks
from providers.costs import Cost, CostStatus, Rates, Tier, price
from providers.errors import ProviderError
from providers.events import Event, Finished, UsageReport
from providers.formats import wire_format
from providers.request import WireFormat
from providers.usage import NO_USAGE

Case = dict[str, Any]
Replay = Callable[..., list[Event | ProviderError]]


def _cases() -> list[Case]:
    """All cases, each with its wire format and the table of rates of its file."""
    found = []
    for path in sorted(Path(__file__).with_name("cost_cases").glob("*.toml")):
        document = tomllib.loads(path.read_text("utf-8"))
        spoken = next(each for each in WireFormat if path.stem.startswith(each.value))
        found += [
            {**case, "format": spoken, "table": document["rates"], "file": path.stem} for case in document["case"]
        ]
    return found


CASES = _cases()


def _events(*lines: str) -> bytes:
    return "".join(f"data: {' '.join(line.split(chr(10)))}\n\n" for line in lines).encode()


def _chat(case: Case) -> bytes:
    tier = f', "service_tier": "{case["tier"]}"' if "tier" in case else ""
    return _events(
        '{"id": "c", "model": "m", "choices": [{"index": 0, "delta": {"content": "Hi"}}], "usage": null}',
        '{"id": "c", "model": "m", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": null}',
        f'{{"id": "c", "model": "m", "choices": []{tier}, "usage": {case["usage"]}}}',
        "[DONE]",
    )


def _responses(case: Case) -> bytes:
    tier = f', "service_tier": "{case["tier"]}"' if "tier" in case else ""
    return _events(
        '{"type": "response.created", "response": {"id": "r", "model": "m", "status": "in_progress"}}',
        '{"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "Hi"}',
        f'{{"type": "response.completed", "response": {{"id": "r", "status": "completed", "output": []{tier},'
        f' "usage": {case["usage"]}}}}}',
    )


def _messages(case: Case) -> bytes:
    start = f', "usage": {case["start"]}' if "start" in case else ""
    usage = f', "usage": {case["usage"]}' if "usage" in case else ""
    return _events(
        f'{{"type": "message_start", "message": {{"id": "a", "model": "m"{start}}}}}',
        '{"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "Hi"}}',
        '{"type": "content_block_stop", "index": 0}',
        f'{{"type": "message_delta", "delta": {{"stop_reason": "end_turn"}}{usage}}}',
        '{"type": "message_stop"}',
    )


def _ollama(case: Case) -> bytes:
    more = f", {case['counts']}" if case["counts"] else ""
    return (
        '{"model": "m", "message": {"role": "assistant", "content": "Hi"}, "done": false}\n'
        f'{{"model": "m", "message": {{"content": ""}}, "done": true, "done_reason": "stop"{more}}}\n'
    ).encode()


STREAMS: dict[WireFormat, Callable[[Case], bytes]] = {
    WireFormat.OPENAI_CHAT: _chat,
    WireFormat.OPENAI_RESPONSES: _responses,
    WireFormat.ANTHROPIC_MESSAGES: _messages,
    WireFormat.OLLAMA_CHAT: _ollama,
}


def _rates(case: Case) -> Rates | None:
    named = case.get("rates")
    if named is None:
        return None
    table = dict(case["table"][named] if isinstance(named, str) else named)
    tiers = tuple(Tier(tier.pop("above_input"), **_decimals(tier)) for tier in map(dict, table.pop("tiers", ())))
    is_flat = table.pop("is_flat", False)
    return Rates(**_decimals(table), tiers=tiers, is_flat=is_flat)


def _decimals(table: dict[str, str]) -> dict[str, Any]:
    return {name: Decimal(amount) for name, amount in table.items()}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['file']}: {case['name']}")
@pytest.mark.parametrize("size", [7, None], ids=["in pieces", "whole"])
def test_a_stream_costs_what_its_sum_says(replay: Replay, case: Case, size: int | None) -> None:
    stream = case["stream"].lstrip().encode() if "stream" in case else STREAMS[case["format"]](case)
    pieces = [stream[at : at + (size or len(stream))] for at in range(0, len(stream), size or len(stream))]
    told = replay(case["format"], pieces, quirks=Quirks(**dict.fromkeys(case.get("quirks", ()), True)))
    assert isinstance(told[-1], Finished)
    usage = ([event.usage for event in told if isinstance(event, UsageReport)] or [NO_USAGE])[-1]
    cost = price(usage, _rates(case), wire_format(case["format"]).WRITE_FACTORS)
    expected = Cost(Decimal(case["usd"]) if "usd" in case else None, CostStatus(case["status"]), cost.source)
    assert cost == expected


def test_every_wire_format_has_enough_cases() -> None:
    for spoken in WireFormat:
        assert sum(case["format"] is spoken for case in CASES) >= 15
