"""What becomes of providers in the running app: added and asked, switched off, connected when they are used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.widgets.lamp import lamp_color
from providers.connection import ConnectionState
from tests.app.opened import QUIET, Opened, opened
from tests.providers.certificates import Authority
from tests.providers.proxying import ProxyServer
from tests.providers.recording import NOT_THERE, Answer, Recorded, RecordingServer, models

KEY = "sk-or-v1-planted-0123456789"
REPLY = Answer(
    'data: {"choices":[{"index":0,"delta":{"content":"Hello there."},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
    content_type="text/event-stream",
)


def house(request: Recorded) -> Answer:
    """An imitation of OpenAI that wants no key."""
    if request.path == "/v1/models":
        return models("house-large", "house-small")
    return REPLY if request.path == "/v1/chat/completions" else NOT_THERE


def openrouter(request: Recorded) -> Answer:
    """As openrouter.ai answers: its list is public, its other places are not."""
    if request.path == "/api/v1/models":
        return models("anthropic/claude-sonnet-4.6", "openai/gpt-5")
    if request.headers.get("authorization") != f"Bearer {KEY}":
        return Answer({"error": {"message": "No auth credentials found", "code": 401}}, 401)
    return REPLY if request.path == "/api/v1/chat/completions" else Answer({"data": {"label": "it"}})


def configured(server: RecordingServer, more: str = "") -> str:
    return f'{QUIET}[providers.house]\ntype = "openai-compat"\nbase_url = "{server.url}"\nmodel = "house-small"\n{more}'


async def entered(shell: Opened) -> None:
    """Press Enter in the form, and wait until it is done with it."""
    await shell.press("enter")
    await shell.until(lambda: "Esc stops" not in shell.shown())


def line_of(shell: Opened, name: str) -> str:
    """A provider's line in the sidebar."""
    return next((line for line in shell.shown().splitlines() if f" {name} " in line), "")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[tuple[RecordingServer, dict[str, str]]]:
    """A server that is openrouter.ai to whoever asks the proxy, and the variables that lead there."""
    folder = tmp_path / "certificates"
    folder.mkdir()
    authority = Authority(folder)
    with ExitStack() as stack:
        tls = authority.server_context("openrouter.ai")
        server = stack.enter_context(RecordingServer(openrouter, tls=tls))
        proxy = stack.enter_context(ProxyServer(way_to={"openrouter.ai": ("127.0.0.1", server.port)}))
        yield server, {"HTTPS_PROXY": proxy.url, "SSL_CERT_FILE": str(authority.ca_file)}


async def test_an_endpoint_and_a_key_of_openrouter_are_added_and_asked_at_once(
    tmp_path: Path, world: tuple[RecordingServer, dict[str, str]]
) -> None:
    server, environ = world
    home = tmp_path / "home"
    home.mkdir()
    async with opened(home, environ=environ) as shell:
        await shell.choose_preset(*"custom")
        await shell.fill(base_url="https://openrouter.ai/api", key=KEY, model="anthropic/claude-sonnet-4.6")
        await entered(shell)
        assert "It is OpenRouter" in shell.shown()
        assert "The key was proved." in shell.shown()
        await shell.press("enter")
        await shell.until_gone("ProviderForm")
        await shell.ask("hello")
        await shell.until_idle()
        await shell.until_shown("Hello there.")
        assert KEY not in shell.everything_written()
    asked = server.requests[-1]
    assert asked.line == "POST /api/v1/chat/completions"
    assert asked.json["model"] == "anthropic/claude-sonnet-4.6"


async def test_an_enabled_provider_connects_by_itself_at_the_start(tmp_path: Path) -> None:
    with RecordingServer(house) as server:
        async with opened(tmp_path, configured(server)) as shell:
            await shell.until(lambda: "connected" in line_of(shell, "house"))
        assert server.lines == ["GET /v1/models"]


async def test_one_that_does_not_connect_by_itself_is_connected_by_the_first_message(tmp_path: Path) -> None:
    with RecordingServer(house) as server:
        async with opened(tmp_path, configured(server, "auto_connect = false\n")) as shell:
            await shell.pilot.pause(0.1)
            assert "not connected" in line_of(shell, "house")
            assert server.requests == []
            await shell.ask("hello")
            await shell.until_idle()
            await shell.until(lambda: "● house" in line_of(shell, "house"))
        assert server.lines[0] == "POST /v1/chat/completions"


async def test_a_provider_that_is_disabled_turns_grey_and_is_left_alone(tmp_path: Path) -> None:
    with RecordingServer(house) as server:
        async with opened(tmp_path, configured(server)) as shell:
            await shell.until(lambda: "● house" in line_of(shell, "house"))
            shell.chat.sidebar.providers.focus()
            await shell.press("home", "space")
            await shell.until(lambda: "disabled" in line_of(shell, "house"))
            assert lamp_color(ConnectionState.DISABLED) == "$text-muted"
            await shell.until(lambda: "enabled = false" in shell.config)
            before = len(server.requests)
            await shell.press("t")
            await shell.press("ctrl+l")
            assert "house-large" not in shell.shown()
            await shell.press("escape")
            assert len(server.requests) == before
            shell.chat.sidebar.providers.focus()
            await shell.press("space")
            await shell.until(lambda: "● house" in line_of(shell, "house"))
            assert len(server.requests) > before


async def test_a_model_that_was_edited_in_the_file_answers_the_next_message(tmp_path: Path) -> None:
    with RecordingServer(house) as server:
        async with opened(tmp_path, configured(server)) as shell:
            edited = configured(server).replace("house-small", "house-large")
            (tmp_path / "config.toml").write_text(edited)
            await shell.until(lambda: shell.connections.roster.entry("house").model == "house-large")
            await shell.ask("hello")
            await shell.until_idle()
        assert server.requests[-1].json["model"] == "house-large"
