"""What it costs to turn the bytes of a chat stream into events, against parsing their JSON and nothing else.

Run it from the root of the repository: `python tests/benchmarks/bench_decode.py`. Both sides are timed in turn
in the same run, so the ratio says more than the times: these belong to the machine.
"""

from __future__ import annotations

import gc
import json
import random
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from pydantic_core import from_json

from providers.events import TextDelta
from providers.formats import wire_format
from providers.messages import user
from providers.request import ChatRequest, Endpoint, WireFormat

CHUNKS = 50_000
ROUNDS = 7
TARGET_RATIO = 4.0


def payloads() -> list[bytes]:
    """Chunks of about 300 bytes, as OpenAI writes them."""
    head = {"id": "chatcmpl-" + "a" * 29, "object": "chat.completion.chunk", "created": 1_790_000_000}
    tail = {"service_tier": "default", "system_fingerprint": "fp_0123456789", "obfuscation": "k3J9x2Lm8Qp"}
    words = ["The", " quick", " brown", " fox", " jumps", " über", " den", " “Zaun”", ".\n"]
    return [
        json.dumps(
            {
                **head,
                "model": "gpt-5.4-2026-03-05",
                **tail,
                "choices": [{"index": 0, "delta": {"content": words[n % 9]}, "logprobs": None, "finish_reason": None}],
                "usage": None,
            },
            separators=(",", ":"),
        ).encode()
        for n in range(CHUNKS)
    ]


def reads(stream: bytes) -> Iterator[bytes]:
    """The stream as a network gives it: 4 to 16 KB at a time."""
    sizes = random.Random(7)
    start = 0
    while start < len(stream):
        size = sizes.randint(4_096, 16_384)
        yield stream[start : start + size]
        start += size


def decode(chunks: list[bytes]) -> int:
    """The whole way: bytes, frames, events. Returns: the length of the text in them."""
    endpoint = Endpoint("bench", WireFormat.OPENAI_CHAT, "http://localhost/v1")
    request = ChatRequest("gpt-5.4", (user("Hello"),))
    chat = wire_format(WireFormat.OPENAI_CHAT)
    decoder, adapter = chat.decoder(), chat.adapter(request, endpoint)
    length = 0
    for chunk in chunks:
        for frame in decoder.feed(chunk):
            for event in adapter.push(frame):
                if type(event) is TextDelta:
                    length += len(event.text)
    return length


def parse_only(bodies: list[bytes]) -> None:
    for body in bodies:
        from_json(body)


def best_times(*actions: Callable[[], object]) -> list[float]:
    """Seconds per action; the best of several rounds, taken in turn."""
    best = [float("inf")] * len(actions)
    for _ in range(ROUNDS):
        for position, action in enumerate(actions):
            gc.collect()
            start = time.perf_counter()
            action()
            best[position] = min(best[position], time.perf_counter() - start)
    return best


def peak_memory(chunks: list[bytes]) -> int:
    """Peak bytes allocated while decoding, when nobody keeps the text."""
    tracemalloc.start()
    decode(chunks)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def main() -> None:
    bodies = payloads()
    plain = list(reads(b"".join(b"data: " + body + b"\n\n" for body in bodies)))
    repeating = [
        body.replace(b'"delta":{', b'"delta":{"role":"assistant","reasoning_content":null,') for body in bodies
    ]
    verbose = list(reads(b"".join(b"data: " + body + b"\n\n" for body in repeating)))
    reasoning = [body.replace(b'"content":', b'"content":null,"reasoning_content":') for body in bodies]
    thoughts = list(reads(b"".join(b"data: " + body + b"\n\n" for body in reasoning)))
    crlf = list(reads(b"".join(b"data: " + body + b"\r\n\r\n" for body in bodies)))
    json_s, plain_s, crlf_s, verbose_s, thoughts_s = best_times(
        lambda: parse_only(bodies),
        lambda: decode(plain),
        lambda: decode(crlf),
        lambda: decode(verbose),
        lambda: decode(thoughts),
    )
    size = sum(map(len, bodies)) / CHUNKS
    print(f"{CHUNKS} chunks of {size:.0f} bytes; from_json alone: {json_s / CHUNKS * 1e6:.2f} µs per chunk")
    for name, seconds in (
        ("plain", plain_s),
        ("CRLF", crlf_s),
        ("deltas with null fields", verbose_s),
        ("reasoning", thoughts_s),
    ):
        print(f"{name:24} {seconds / CHUNKS * 1e6:6.2f} µs per chunk, ratio {seconds / json_s:.2f}")
    print(f"target for plain content: a ratio of at most {TARGET_RATIO:.1f}")
    print(f"peak memory beyond the text: {peak_memory(plain) / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
