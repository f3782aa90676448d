"""What the tests of `parley providers` are told with: a command line with a vault, and servers of some kinds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from app.keys.store import KeyStoreError
from app.keys.vault import Vault
from providers.credentials import Secret
from tests.cli.terminal import Terminal
from tests.keys.support import CHEAP, PASSPHRASE, key_store
from tests.providers.recording import NOT_THERE, Answer, Recorded, models

KEY = "sk-planted-0123456789abcdef"
QUIET = "discover = false\n"
"""No test may depend on what else runs on this machine."""
REPLY = Answer(
    'data: {"choices":[{"index":0,"delta":{"content":"Hello."},"finish_reason":"stop"}],'
    '"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\ndata: [DONE]\n\n',
    content_type="text/event-stream",
)


def locked_house(request: Recorded) -> Answer:
    """An imitation of OpenAI that wants KEY, and has two models."""
    if request.headers.get("authorization") != f"Bearer {KEY}":
        return Answer({"error": {"message": "Invalid API key", "code": "invalid_api_key"}}, 401)
    return open_house(request)


def open_house(request: Recorded) -> Answer:
    """The same without a lock."""
    if request.path == "/v1/models":
        return models("house-large", "house-small")
    return REPLY if request.path == "/v1/chat/completions" else NOT_THERE


def desk(home: Path, config: str = QUIET, environ: Mapping[str, str] | None = None) -> Terminal:
    """A command line with a vault that is cheap to open."""
    terminal = Terminal(home)
    terminal.environ = {**PASSPHRASE, **(environ or {})}
    home.mkdir(exist_ok=True)
    terminal.locations.config_file.write_text(config)
    # An existing vault keeps its cost.
    file = terminal.locations.vault
    passphrase = Secret(PASSPHRASE["PARLEY_VAULT_PASSPHRASE"])
    Vault(file, passphrase, file.with_name("keys.lock"), CHEAP).change(lambda content: None)
    return terminal


def config_of(terminal: Terminal) -> str:
    return terminal.locations.config_file.read_text()


def stored_key(terminal: Terminal, name: str, header: str = "") -> str:
    """The key as another process finds it; "" when there is none."""
    try:
        return asyncio.run(key_store(terminal.home, terminal.environ).read(name, header)).reveal()
    except KeyStoreError:
        return ""


def nothing_changed(terminal: Terminal) -> Callable[[], bool]:
    """Remembers config and keys; the answer says whether both still are what they were."""
    files = (terminal.locations.config_file, terminal.locations.vault, terminal.locations.key_record)

    def contents() -> list[bytes]:
        return [file.read_bytes() if file.exists() else b"" for file in files]

    before = contents()
    return lambda: contents() == before
