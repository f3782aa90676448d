"""Somebody with nothing but ANTHROPIC_API_KEY types `parley` and chats."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.terminal import HAS_TMUX, Terminal
from tests.providers.certificates import Authority
from tests.providers.proxying import ProxyServer
from tests.providers.recording import Answer, Recorded, RecordingServer

pytestmark = pytest.mark.skipif(not HAS_TMUX, reason="tmux is not installed")

KEY = "sk-ant-planted-0123456789"
LIST = {
    "data": [{"type": "model", "id": "claude-sonnet-4-6", "display_name": "Claude Sonnet 4.6"}],
    "has_more": False,
}
REPLY = "\n\n".join(
    f"event: {event}\ndata: {data}"
    for event, data in (
        (
            "message_start",
            '{"type":"message_start","message":{"id":"m1","model":"claude-sonnet-4-6",'
            '"usage":{"input_tokens":12,"output_tokens":1}}}',
        ),
        (
            "content_block_start",
            '{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}',
        ),
        (
            "content_block_delta",
            '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Good morning, Ada."}}',
        ),
        ("content_block_stop", '{"type":"content_block_stop","index":0}'),
        (
            "message_delta",
            '{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":6}}',
        ),
        ("message_stop", '{"type":"message_stop"}\n\n'),
    )
)


def anthropic(request: Recorded) -> Answer:
    """As api.anthropic.com would answer."""
    if request.headers.get("x-api-key") != KEY:
        return Answer({"type": "error", "error": {"type": "authentication_error", "message": "invalid"}}, 401)
    if request.line == "GET /v1/models":
        return Answer(LIST)
    return Answer(REPLY, content_type="text/event-stream")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[tuple[RecordingServer, dict[str, str]]]:
    """A server that is api.anthropic.com to whoever asks the proxy, and the variables that lead there."""
    authority = Authority(tmp_path)
    with ExitStack() as stack:
        tls = authority.server_context("api.anthropic.com")
        server = stack.enter_context(RecordingServer(anthropic, tls=tls))
        proxy = stack.enter_context(ProxyServer(way_to={"api.anthropic.com": ("127.0.0.1", server.port)}))
        yield server, {"HTTPS_PROXY": proxy.url, "SSL_CERT_FILE": str(authority.ca_file), "ANTHROPIC_API_KEY": KEY}


def test_one_variable_and_one_word_are_enough(
    open_terminal: Callable[[int, int], Terminal], world: tuple[RecordingServer, dict[str, str]], tmp_path: Path
) -> None:
    server, environ = world
    terminal = open_terminal(100, 30)
    terminal.run(environ=environ)
    terminal.wait_for("Anthropic", "connected", "found in environment")
    terminal.type("Good morning, I am Ada.", "Enter")
    terminal.wait_for("Good morning, Ada.", "Claude Sonnet 4.6")
    terminal.wait_without("esc stop")
    terminal.type("C-q")
    terminal.wait_until_over()
    assert server.lines == ["GET /v1/models", "POST /v1/messages"]
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or KEY.encode() not in file.read_bytes(), file
