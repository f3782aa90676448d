"""`parley ask` with a fallback: who answers in whose place is said before the reply, and booked for both."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.cli import ask, parsed
from app.cli.context import CliContext
from tests.cli.household import KEY, QUIET, desk, locked_house
from tests.cli.terminal import Terminal
from tests.providers.recording import Answer, RecordingServer
from tests.storage.stories import NOON

CONFIG = """
fallback_model = "spare/house-small"
[providers.dead]
type = "openai-compat"
base_url = "http://127.0.0.1:9"
model = "m"
retries = 0
[providers.busy]
type = "openai-compat"
base_url = "BUSY"
model = "m"
retries = 0
[providers.keyless]
type = "anthropic"
[providers.wrong]
type = "openai-compat"
base_url = "LOCKED"
api_key = "sk-wrong"
model = "house-small"
[providers.off]
type = "openai-compat"
base_url = "LOCKED"
model = "house-small"
enabled = false
[providers.spare]
type = "openai-compat"
base_url = "LOCKED"
api_key = "$SPARE_KEY"
[[providers.spare.models]]
id = "house-small"
cost_per_1m_in = 1
cost_per_1m_out = 2
"""
ANSWERS_INSTEAD = "spare/house-small answers instead."


@pytest.fixture
def cli(tmp_path: Path) -> Iterator[Terminal]:
    busy = Answer({"error": {"message": "Overloaded"}}, 529)
    with RecordingServer(locked_house) as locked, RecordingServer(lambda request: busy) as other:
        config = CONFIG.replace("LOCKED", locked.url).replace("BUSY", other.url)
        yield desk(tmp_path / "home", QUIET + config, {"SPARE_KEY": KEY})


class Page(io.StringIO):
    """One of two streams on one page. Args: page: what was written, in order, with the name of the stream."""

    def __init__(self, name: str, page: list[tuple[str, str]]) -> None:
        super().__init__()
        self._name = name
        self._page = page

    def write(self, text: str) -> int:
        self._page.append((self._name, text))
        return len(text)


def rows(cli: Terminal) -> dict[str, dict[str, Any]]:
    """What was booked, by provider."""
    return {row["key"]: row for row in cli.json("stats", "--by", "provider")["rows"]}


@pytest.mark.parametrize("provider", ["dead", "busy", "keyless", "wrong"])
def test_it_is_said_on_stderr_before_the_reply_and_stdout_is_the_reply_alone(
    cli: Terminal, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    page: list[tuple[str, str]] = []
    context = CliContext(
        cli.locations, cli.environ, stdout=Page("out", page), stderr=Page("err", page), clock=lambda: NOON
    )
    assert ask.run(parsed(["ask", "-m", f"{provider}/m", "Hello"]), context) == 0
    (first, said), *rest = page
    assert first == "err"
    assert said.startswith(f"{provider}/m could not answer: ")
    assert said.endswith(f" {ANSWERS_INSTEAD}\n")
    assert "".join(text for stream, text in rest if stream == "out") == "Hello.\n"
    assert not [text for stream, text in rest if stream == "err"]


def test_the_object_names_the_model_that_answered(cli: Terminal) -> None:
    assert cli.run("ask", "-m", "dead/m", "--json", "Hello", piped="") == 0
    told = json.loads(cli.out)
    assert (told["model"], told["text"], told["error"]) == ("spare/house-small", "Hello.", None)
    assert told["cost"] == {**told["cost"], "usd": "0.0000070000", "status": "computed"}
    assert ANSWERS_INSTEAD in cli.err


def test_quiet_keeps_even_that_to_itself(cli: Terminal) -> None:
    assert cli.run("ask", "-m", "dead/m", "--quiet", "Hello", piped="") == 0
    assert (cli.out, cli.err) == ("Hello.\n", "")


@pytest.mark.parametrize("provider", ["dead", "busy"])
def test_both_requests_are_booked_each_under_its_own_provider(cli: Terminal, provider: str) -> None:
    assert cli.run("ask", "-m", f"{provider}/m", "Hello", piped="") == 0
    booked = rows(cli)
    assert set(booked) == {provider, "spare"}
    assert (booked["spare"]["requests"], booked["spare"]["output_tokens"]) == (1, 2)
    assert booked["spare"]["cost_usd"] == "0.0000070000"
    assert booked[provider]["requests"] == 1
    assert booked[provider]["output_tokens"] in (0, None)


def test_what_was_never_sent_is_not_booked(cli: Terminal) -> None:
    assert cli.run("ask", "-m", "keyless/m", "Hello", piped="") == 0
    assert set(rows(cli)) == {"spare"}


def test_the_conversation_says_who_answered(cli: Terminal) -> None:
    assert cli.run("ask", "-m", "dead/m", "--json", "Hello", piped="") == 0
    shown = cli.json("conversations", "show", json.loads(cli.out)["conversation"])
    assert "spare/house-small" in json.dumps(shown)


def test_the_default_model_is_stood_in_for_too(cli: Terminal) -> None:
    assert cli.run("default", "chat", "dead/m", piped="") == 0
    assert cli.run("ask", "Hello", piped="") == 0
    assert cli.out == "Hello.\n"
    assert "dead/m could not answer: Nothing answers at 127.0.0.1:9." in cli.err


def test_a_fallback_that_cannot_answer_either_says_its_own_reason(cli: Terminal) -> None:
    cli.environ = {name: value for name, value in cli.environ.items() if name != "SPARE_KEY"}
    assert cli.run("ask", "-m", "dead/m", "Hello", piped="") == 2
    assert cli.out == ""
    said = cli.err.splitlines()
    assert said[0].endswith(ANSWERS_INSTEAD)
    assert said[1].startswith("parley: $SPARE_KEY is not set")


def test_nobody_stands_in_for_a_provider_that_is_switched_off(cli: Terminal) -> None:
    assert cli.run("ask", "-m", "off/m", "Hello", piped="") == 2
    assert cli.out == ""
    assert cli.err.splitlines()[0] == "parley: off is disabled."


def test_without_a_fallback_it_fails_as_before(cli: Terminal) -> None:
    assert cli.run("default", "fallback", "--clear", piped="") == 0
    assert cli.run("ask", "-m", "dead/m", "Hello", piped="") == 1
    assert cli.out == ""
    assert cli.err.startswith("parley: Nothing answers at 127.0.0.1:9.")


def test_a_request_that_is_wrong_is_not_tried_elsewhere(cli: Terminal) -> None:
    """A model that is not there is asked for by mistake: another model would hide that."""
    with RecordingServer(lambda request: Answer({"error": {"message": "model 'x' not found"}}, 404)) as server:
        assert cli.run("providers", "add", "fussy", "--type", "openai-compat", "--base-url", server.url, "--no-test",
                       piped="") == 0  # fmt: skip
        assert cli.run("ask", "-m", "fussy/x", "Hello", piped="") == 1
    assert ANSWERS_INSTEAD not in cli.err
