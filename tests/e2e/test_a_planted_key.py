"""A key that was planted is in nothing that Parley writes or prints, and in nothing that another server hears."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.providers.recording import Answer, Recorded, RecordingServer, models

PARLEY = Path(__file__).parents[2] / "parley.py"
KEY, HEADER = "sk-planted-0123456789abcdef", "planted-header-0123456789"


class House:
    """A server that takes the key, answers, fails with the key in its words, or sends elsewhere."""

    def __init__(self, elsewhere: str) -> None:
        self._elsewhere = elsewhere
        self.mood = "good"

    def __call__(self, request: Recorded) -> Answer:
        if request.method == "GET":
            return models("house")
        if self.mood == "echo":
            said = {"error": {"message": f"Incorrect API key provided: {KEY}. Header: {HEADER}."}}
            return Answer(said, 401)
        if self.mood == "redirect":
            return Answer("", 308, headers={"location": f"{self._elsewhere}/v1/chat/completions?token={KEY}"})
        body = (
            'data: {"choices":[{"index":0,"delta":{"content":"Hello."},"finish_reason":"stop"}],'
            '"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\ndata: [DONE]\n\n'
        )
        return Answer(body, content_type="text/event-stream")


@pytest.fixture
def world() -> Iterator[tuple[House, RecordingServer, RecordingServer]]:
    with ExitStack() as stack:
        elsewhere = stack.enter_context(RecordingServer(lambda request: Answer("stolen")))
        house = House(elsewhere.url)
        yield house, stack.enter_context(RecordingServer(house)), elsewhere


def parley(home: Path, *arguments: str, typed: str = "") -> str:
    """Everything that a command prints, on both ways."""
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PARLEY_HOME": str(home / "parley"),
        "PARLEY_VAULT_PASSPHRASE": "correct horse battery",
    }
    done = subprocess.run(
        [sys.executable, str(PARLEY), *arguments],
        env=environ,
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout + done.stderr


def test_a_planted_key_is_nowhere(world: tuple[House, RecordingServer, RecordingServer], tmp_path: Path) -> None:
    house, server, elsewhere = world
    printed = [
        parley(
            tmp_path, "providers", "add", "work", "--type", "openai-compat", "--base-url", server.url,
            "--model", "house", "--api-key-stdin", "--header", f"X-Gateway-Token: {HEADER}", typed=f"{KEY}\n",
        )
    ]  # fmt: skip
    printed.append(parley(tmp_path, "ask", "-m", "work/house", "Good morning"))
    assert "Hello." in printed[-1]
    for mood in ("echo", "redirect"):
        house.mood = mood
        printed.append(parley(tmp_path, "ask", "-m", "work/house", "Good evening"))
        printed.append(parley(tmp_path, "ask", "-m", "work/house", "--json", "Good night"))
    house.mood = "good"
    commands = (
        ("providers", "list", "--json"),
        ("providers", "show", "work"),
        ("providers", "test", "--json"),
        ("providers", "test", "--curl"),
        ("providers", "export", "work"),
        ("keys", "list", "--json"),
        ("config", "check", "--json"),
        ("models", "--json"),
        ("stats", "--json"),
        ("conversations", "list", "--json"),
        ("doctor", "--json"),
        ("doctor", "--report"),
    )
    everything = "\n".join([*printed, *(parley(tmp_path, *command) for command in commands)])
    # It was used: otherwise this test could not fail.
    assert f"Bearer {KEY}" in server.text
    assert HEADER in server.text
    assert elsewhere.requests == []
    for secret in (KEY, HEADER):
        assert secret not in everything
        for file in tmp_path.rglob("*"):
            assert not file.is_file() or secret.encode() not in file.read_bytes(), f"{secret} in {file}"
