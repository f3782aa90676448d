"""The commands that other programs print in their documentation, in Parley's words; servers here play the vendors."""

from __future__ import annotations

import io
import json
import sys
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from app.keys.vault import Vault
from providers.credentials import Secret
from tests.keys.support import CHEAP, PASSPHRASE, bytes_below
from tests.providers.certificates import Authority
from tests.providers.proxying import ProxyServer
from tests.providers.recording import NOT_THERE, Answer, Recorded, RecordingServer, models

KEY = "k-planted-0123456789"
CHAT = Answer(
    'data: {"choices":[{"index":0,"delta":{"content":"Hello."},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
    content_type="text/event-stream",
)
MESSAGES = Answer(
    "".join(
        f"event: {event}\ndata: {data}\n\n"
        for event, data in (
            ("message_start", '{"type":"message_start","message":{"id":"m","model":"m","usage":{"input_tokens":1}}}'),
            (
                "content_block_start",
                '{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}',
            ),
            (
                "content_block_delta",
                '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello."}}',
            ),
            ("content_block_stop", '{"type":"content_block_stop","index":0}'),
            (
                "message_delta",
                '{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":1}}',
            ),
            ("message_stop", '{"type":"message_stop"}'),
        )
    ),
    content_type="text/event-stream",
)
OLLAMA = Answer(
    '{"model":"m","message":{"role":"assistant","content":"Hello."},"done":true,"done_reason":"stop"}\n',
    content_type="application/x-ndjson",
)
HOSTS = (
    "api.anthropic.com",
    "api.openai.com",
    "generativelanguage.googleapis.com",
    "openrouter.ai",
    "api.deepseek.com",
    "api.groq.com",
)


def vendor(request: Recorded) -> Answer:
    """Any of them, as long as it is asked with KEY."""
    if KEY not in f"{request.headers.get('authorization')} {request.headers.get('x-api-key')}":
        return Answer({"error": {"message": "Invalid API key", "code": "invalid_api_key"}}, 401)
    if request.method == "GET":
        return Answer({"data": {}}) if request.path.endswith("/key") else models("one", "two")
    return MESSAGES if request.path == "/v1/messages" else CHAT


def ollama(request: Recorded) -> Answer:
    if request.path == "/api/tags":
        return Answer({"models": [{"name": "llama3.3:8b", "digest": "d", "size": 1}]})
    return OLLAMA if request.path == "/api/chat" else NOT_THERE


@dataclass
class Desk:
    """A command line with a vault, and the vendors behind a proxy.

    Attributes:
        out, err: what the last command printed.
    """

    home: Path
    vendors: RecordingServer
    patch: pytest.MonkeyPatch
    printed: pytest.CaptureFixture[str]
    out: str = ""
    err: str = ""

    def __call__(self, *words: str, piped: str = "") -> int:
        self.patch.setattr(sys, "stdin", io.StringIO(piped))
        code = main(["--home", str(self.home), *words])
        self.out, self.err = self.printed.readouterr()
        return code

    def json(self, *words: str) -> Any:
        assert self(*words, "--json") == 0, self.err
        return json.loads(self.out)

    def answers(self, model: str) -> Recorded:
        """Ask a model for a reply; returns the request."""
        assert self("ask", "-m", model, "hi") == 0, self.err
        assert self.out == "Hello.\n"
        return self.vendors.requests[-1]

    @property
    def providers(self) -> dict[str, Any]:
        tables: dict[str, Any] = tomllib.loads((self.home / "config.toml").read_text()).get("providers", {})
        return tables


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Desk]:
    authority, home = Authority(tmp_path), tmp_path / "home"
    home.mkdir()
    (home / "config.toml").write_text("discover = false\n")
    # An existing vault keeps its cost.
    passphrase = Secret(PASSPHRASE["PARLEY_VAULT_PASSPHRASE"])
    Vault(home / "vault.json", passphrase, home / "keys.lock", CHEAP).change(lambda content: None)
    with ExitStack() as stack:
        server = stack.enter_context(RecordingServer(vendor, tls=authority.server_context(*HOSTS)))
        proxy = stack.enter_context(ProxyServer(way_to=dict.fromkeys(HOSTS, ("127.0.0.1", server.port))))
        for name, value in {**PASSPHRASE, "HTTPS_PROXY": proxy.url, "SSL_CERT_FILE": str(authority.ca_file)}.items():
            monkeypatch.setenv(name, value)
        yield Desk(home, server, monkeypatch, capsys)


# ── adding ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("words", "host", "path", "model"),
    [
        (("anthropic",), "api.anthropic.com", "/v1/messages", "claude-sonnet-4-6"),
        (("openai",), "api.openai.com", "/v1/chat/completions", "gpt-5.4"),
        (("gemini",), "generativelanguage.googleapis.com", "/v1beta/openai/chat/completions", "gemini-2.5-flash"),
        (("openrouter",), "openrouter.ai", "/api/v1/chat/completions", "anthropic/claude-sonnet-4.6"),
        (
            ("deepseek", "--type", "openai", "--base-url", "https://api.deepseek.com/v1", "--model", "deepseek-chat"),
            "api.deepseek.com",
            "/v1/chat/completions",
            "deepseek-chat",
        ),
        (
            ("fast", "--type", "openai", "--base-url", "https://api.groq.com/openai/v1", "--model", "llama-3.3-70b"),
            "api.groq.com",
            "/openai/v1/chat/completions",
            "llama-3.3-70b",
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else None,
)
def test_one_command_with_a_key_adds_a_vendor_and_the_next_one_asks_it(
    desk: Desk, words: tuple[str, ...], host: str, path: str, model: str
) -> None:
    assert desk("providers", "add", *words, "--auth", "api-key", "--api-key-stdin", piped=f"{KEY}\n") == 0
    asked = desk.answers(words[0])
    assert (asked.headers["host"], asked.path, asked.json["model"]) == (host, path, model)
    assert KEY.encode() not in bytes_below(desk.home)


def test_one_command_adds_a_local_server_at_its_endpoint(desk: Desk) -> None:
    with RecordingServer(ollama) as server:
        assert desk("providers", "add", "local", "--type", "local", "--base-url", server.url) == 0
        assert desk("ask", "-m", "local", "hi") == 0
        assert server.requests[-1].line == "POST /api/chat"
        assert server.requests[-1].json["model"] == "llama3.3:8b"
    assert desk.providers["local"] == {"type": "ollama", "base_url": server.url}


def test_what_is_added_has_its_settings_in_the_file_and_its_secrets_with_the_keys(desk: Desk) -> None:
    headers = ("--header", "X-Team: blue", "--header", "X-Gateway-Token: planted-header-9876")
    added = ("providers", "add", "groq", *headers, "--timeout", "5", "--model", "one", "--api-key-stdin")
    assert desk(*added, piped=KEY) == 0
    assert desk.providers["groq"] == {
        "type": "groq",
        "model": "one",
        "timeout": 5,
        "extra_headers": {"X-Team": "blue"},
        "secret_headers": ["X-Gateway-Token"],
    }
    sent = desk.answers("groq").headers
    assert (sent["x-team"], sent["x-gateway-token"]) == ("blue", "planted-header-9876")
    for secret in (KEY, "planted-header-9876"):
        assert secret.encode() not in bytes_below(desk.home)


# ── managing ──────────────────────────────────────────────────────────────────


def added(desk: Desk, name: str, *words: str) -> None:
    assert desk("providers", "add", name, *words, "--api-key-stdin", piped=KEY) == 0, desk.err


def test_all_providers_are_listed(desk: Desk) -> None:
    added(desk, "groq")
    added(desk, "claude-api", "--type", "anthropic")
    assert [each["name"] for each in desk.json("providers", "list")] == ["groq", "claude-api"]
    assert desk("providers", "list") == 0
    assert "claude-api" in desk.out


def test_a_test_says_whether_a_provider_is_connected(desk: Desk) -> None:
    added(desk, "groq")
    assert desk("providers", "test", "groq") == 0
    assert "connected" in desk.out
    assert desk("keys", "set", "groq", piped="k-wrong") == 0
    assert desk("providers", "test", "groq") == 1
    assert "key rejected" in desk.out


def test_removing_a_provider_takes_its_key_along(desk: Desk) -> None:
    added(desk, "groq", "--header", "X-Gateway-Token: planted")
    assert desk("providers", "remove", "groq") != 0, "nobody was there to say yes"
    assert "groq" in desk.providers
    assert desk("providers", "remove", "groq", "--yes") == 0
    assert "groq" not in desk.providers
    assert desk.json("keys", "list") == []


def test_the_model_that_answers_is_set_by_one_command(desk: Desk) -> None:
    added(desk, "groq")
    added(desk, "claude-api", "--type", "anthropic")
    assert desk("default", "chat", "claude-api") == 0
    assert desk("ask", "hi") == 0
    assert desk.vendors.requests[-1].headers["host"] == "api.anthropic.com"
    assert desk("default", "chat", "groq/some/model:free") == 0
    assert desk("ask", "hi") == 0
    assert desk.vendors.requests[-1].json["model"] == "some/model:free"


def test_the_last_resort_is_set_by_one_command(desk: Desk) -> None:
    added(desk, "claude-api", "--type", "anthropic")
    assert desk("providers", "add", "deepseek") == 0
    assert desk("ask", "-m", "deepseek", "hi") == 3
    assert desk("default", "fallback", "claude-api") == 0
    assert desk("ask", "-m", "deepseek", "hi") == 0
    assert desk.out == "Hello.\n"
    assert "claude-api/claude-sonnet-4-6 answers instead" in desk.err


def test_another_model_is_one_edited_field_away(desk: Desk) -> None:
    added(desk, "openrouter", "--model", "meta-llama/llama-3.1-405b-instruct")
    assert desk.answers("openrouter").json["model"] == "meta-llama/llama-3.1-405b-instruct"
    assert desk("providers", "edit", "openrouter", "--model", "anthropic/claude-3.5-sonnet") == 0
    assert desk.answers("openrouter").json["model"] == "anthropic/claude-3.5-sonnet"


def test_what_a_provider_can_do_is_shown(desk: Desk) -> None:
    assert desk("providers", "add", "anthropic") == 0
    assert desk("providers", "show", "anthropic") == 0
    lines = [line.split(maxsplit=1) for line in desk.out.splitlines()]
    shown = {line[0]: line[1] for line in lines if len(line) == 2}
    assert shown["thinking"].startswith("effort from low to max")
    assert shown["caching"].startswith("explicit")
    assert shown["compaction"] == "by the server"
    assert shown["batch"] == "half price, within 24 hours"
    assert shown["counting"] == "before sending"
