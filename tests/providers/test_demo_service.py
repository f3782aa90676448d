"""No JSON, however odd, gets anything from the demo but a reply or an error that a format knows."""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.demo.catalogue import MODELS
from providers.demo.http import Answer, Request
from providers.demo.service import Service

PATHS = ("/v1/chat/completions", "/v1/responses", "/v1/messages", "/api/chat", "/api/show", "/v1/messages/count_tokens")
FIELDS = (
    "role", "content", "type", "text", "tool_calls", "function", "name", "arguments", "parameters", "tool_call_id",
    "call_id", "id", "input", "output", "tool_use_id", "images", "properties", "items", "enum", "anyOf", "minimum",
    "encrypted_content", "tool_name", "cache_control", "description",
)  # fmt: skip
WORDS = (
    "user", "assistant", "tool", "system", "text", "function_call", "function_call_output", "reasoning", "message",
    "tool_use", "tool_result", "thinking", "object", "array", "integer", "boolean", "call_1", "Hello in Rome 3",
)  # fmt: skip
LEAVES = st.one_of(
    st.sampled_from(WORDS), st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=5),
    max_leaves=12,
)
SETTINGS = (
    "stream_options", "tool_choice", "reasoning", "reasoning_effort", "thinking", "options", "think",
    "include", "store", "instructions", "system", "metadata", "text", "keep_alive", "stop",
)  # fmt: skip
MESSAGES = st.fixed_dictionaries(
    {"role": st.sampled_from(WORDS[:4]), "content": st.just("Hello") | VALUES},
    optional=dict.fromkeys(FIELDS[2:], VALUES),
)
BLOCKS = st.fixed_dictionaries(
    {"type": st.sampled_from(WORDS)}, optional=dict.fromkeys(sorted({*FIELDS} - {"type"}), VALUES)
)
BODIES = st.fixed_dictionaries(
    {
        "model": st.sampled_from(["eliza", "toolsmith"]),
        "max_tokens": st.just(50) | LEAVES,
        "stream": st.booleans(),
    },
    optional={
        "messages": st.lists(MESSAGES | BLOCKS, max_size=4),
        "input": VALUES | st.lists(MESSAGES | BLOCKS, max_size=4),
        "tools": st.lists(st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=4), max_size=2),
        **dict.fromkeys(SETTINGS, VALUES),
    },
)


async def answer_to(path: str, body: dict[str, Any]) -> tuple[int, bytes]:
    service = Service(MODELS, lambda: 0.0, random.Random(1), 0)
    headers = {"x-api-key": "demo-key", "anthropic-version": "2023-06-01"}
    answer = await service.answer(Request("POST", path, headers, json.dumps(body).encode()))
    if isinstance(answer, Answer):
        return answer.status, answer.body
    return 200, b"".join([frame async for frame in answer.frames])


@pytest.mark.parametrize("path", PATHS)
@settings(deadline=None, max_examples=40)
@given(body=BODIES)
def test_any_json_gets_a_reply_or_a_refusal(path: str, body: dict[str, Any]) -> None:
    status, content = asyncio.run(answer_to(path, body))
    assert status in (200, 400)
    assert content.decode("utf-8")
    if status == 400:
        assert "error" in json.loads(content)
