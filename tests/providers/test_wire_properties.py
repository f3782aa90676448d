"""What holds for every stream of the formats responses, messages and ollama, recorded or invented."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from providers.errors import ProviderError
from providers.events import Event, Finished, Restarted, ToolCallDelta
from providers.formats import wire_format as module_of
from providers.messages import user
from providers.request import ChatRequest, Endpoint, WireFormat

Told = list[Event | ProviderError]
Replay = Callable[..., Told]

WIRE = Path(__file__).parents[1] / "wire"
FORMATS = (WireFormat.OPENAI_RESPONSES, WireFormat.ANTHROPIC_MESSAGES, WireFormat.OLLAMA_CHAT)
STREAMS = [(format_, path) for format_ in FORMATS for path in sorted((WIRE / format_.value).iterdir())]
each_stream = pytest.mark.parametrize(("format_", "path"), STREAMS, ids=[path.name for _, path in STREAMS])
each_format = pytest.mark.parametrize("format_", FORMATS)

TYPES = """
response.created response.output_item.added response.output_item.done response.content_part.done
response.output_text.delta response.output_text.done response.refusal.delta response.refusal.done
response.reasoning_summary_text.delta response.reasoning_summary_text.done response.reasoning_text.delta
response.function_call_arguments.delta response.function_call_arguments.done response.completed
response.incomplete response.failed response.cancelled error message_start content_block_start
content_block_delta content_block_stop message_delta message_stop ping message function_call reasoning
output_text refusal text thinking redacted_thinking tool_use text_delta thinking_delta input_json_delta
signature_delta
""".split()  # noqa: SIM905
FIELDS = """
type response item part delta error message content_block index output_index content_index summary_index
output content summary text refusal thinking signature data name id call_id arguments input partial_json
encrypted_content status incomplete_details reason stop_reason stop_details explanation usage iterations
input_tokens output_tokens input_tokens_details cached_tokens cache_creation cache_creation_input_tokens
cache_read_input_tokens ephemeral_1h_input_tokens service_tier speed model done done_reason tool_calls
function prompt_eval_count eval_count code param detail metadata
""".split()  # noqa: SIM905

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-3, 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(TYPES)
    | st.text(max_size=8)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=6),
    max_leaves=12,
)
frames = values | st.builds(
    lambda kind, rest: {**rest, "type": kind},
    st.sampled_from(TYPES),
    st.dictionaries(st.sampled_from(FIELDS), values, max_size=6),
)


def encoded(format_: WireFormat, events: list[Any]) -> bytes:
    """The events as a stream of the format, lone surrogates and all."""
    lines = [json.dumps(event).encode() for event in events]
    if format_ is WireFormat.OLLAMA_CHAT:
        return b"".join(line + b"\n" for line in lines)
    return b"".join(b"data: " + line + b"\n\n" for line in lines)


def check(told: Told) -> None:
    """What a listener relies on, whatever a server sends."""
    *before, last = told
    assert isinstance(last, (Finished, ProviderError))
    assert not any(isinstance(event, (Finished, ProviderError)) for event in before)
    opened = 0
    for event in before:
        if isinstance(event, Restarted):
            opened = 0
        if isinstance(event, ToolCallDelta):
            is_first = event.index == opened
            opened += is_first
            assert event.index < opened
            assert bool(event.id and event.name) == is_first


@each_stream
def test_a_stream_tells_the_same_byte_by_byte(replay: Replay, format_: WireFormat, path: Path) -> None:
    stream = path.read_bytes()
    whole = replay(format_, stream)
    check(whole)
    pieces = replay(format_, [stream[at : at + 1] for at in range(len(stream))])
    assert [repr(event) for event in pieces] == [repr(event) for event in whole]


@each_stream
@settings(max_examples=15, deadline=None)
@given(st.data())
def test_any_split_of_the_bytes_tells_the_same(
    replay: Replay, format_: WireFormat, path: Path, data: st.DataObject
) -> None:
    stream = path.read_bytes()
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=12)))
    pieces = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    told = [repr(event) for event in replay(format_, pieces)]
    assert told == [repr(event) for event in replay(format_, stream)]


@each_format
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(frames, max_size=8))
def test_frames_of_any_shape_raise_nothing_but_provider_errors(
    replay: Replay, format_: WireFormat, events: list[Any]
) -> None:
    check(replay(format_, encoded(format_, events)))


@each_stream
@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False))
def test_frames_lost_repeated_and_out_of_order_raise_nothing_but_provider_errors(
    replay: Replay, format_: WireFormat, path: Path, rng: random.Random
) -> None:
    separator = b"\n" if format_ is WireFormat.OLLAMA_CHAT else b"\n\n"
    pieces = path.read_bytes().split(separator)
    shaken = rng.choices(pieces, k=len(pieces))
    check(replay(format_, separator.join(shaken) + separator))


@each_format
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=60) | values.map(lambda value: json.dumps(value).encode()))
def test_a_whole_answer_of_any_shape_raises_nothing_but_provider_errors(format_: WireFormat, body: bytes) -> None:
    request = ChatRequest(model="a-model", messages=(user("Hello"),))
    adapter = module_of(format_).adapter(request, Endpoint("here", format_, "http://localhost:8000"))
    try:
        told: Told = [*adapter.whole(body)]
    except ProviderError as error:
        told = [error]
    check(told)
