"""`parley default`: which model answers, and which one stands in for it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.household import config_of, desk, nothing_changed, open_house
from tests.cli.terminal import Terminal
from tests.providers.recording import RecordingServer, models

CONFIG = """# mine
discover = false
[providers.house]
type = "openai-compat"
base_url = "URL"
[providers.claude] # the clever one
type = "anthropic"
[providers.local]
type = "lmstudio"
base_url = "LOCAL"
[providers.off]
type = "groq"
enabled = false
"""


@pytest.fixture
def cli(tmp_path: Path) -> Iterator[Terminal]:
    local = {"/v1/models": models("llama-3.1-8b")}
    with RecordingServer(open_house) as house, RecordingServer(local) as server:
        yield desk(tmp_path / "home", CONFIG.replace("URL", house.url).replace("LOCAL", server.url))


def default(cli: Terminal, *arguments: str) -> int:
    return cli.run("default", *arguments, piped="")


def written(cli: Terminal) -> dict[str, str]:
    return {key: value for key, value in tomllib.loads(config_of(cli)).items() if key.endswith("_model")}


def test_without_a_word_both_are_shown_and_who_chose(cli: Terminal) -> None:
    assert default(cli) == 0
    assert cli.out == "chat      claude/claude-sonnet-4-6  (chosen by Parley)\nfallback  none\n"
    assert default(cli, "chat", "claude/claude-opus-4-6") == 0
    assert default(cli, "fallback", "house/house-small") == 0
    assert default(cli) == 0
    assert cli.out == "chat      claude/claude-opus-4-6\nfallback  house/house-small\n"
    assert cli.json("default") == {"chat": "claude/claude-opus-4-6", "fallback": "house/house-small"}
    assert cli.json("default", "fallback") == {"fallback": "house/house-small"}
    assert default(cli, "fallback") == 0
    assert cli.out == "fallback  house/house-small\n"


def test_a_model_is_set_and_the_file_keeps_its_comments(cli: Terminal) -> None:
    before = config_of(cli)
    assert default(cli, "chat", "claude/claude-opus-4-6") == 0
    assert cli.err == "default_model is claude/claude-opus-4-6.\n"
    assert written(cli) == {"default_model": "claude/claude-opus-4-6"}
    assert all(line in config_of(cli) for line in before.splitlines())


def test_a_model_with_slashes_is_split_at_the_first(cli: Terminal) -> None:
    assert default(cli, "chat", "house/org/model/x") == 0
    assert written(cli) == {"default_model": "house/org/model/x"}


def test_a_provider_alone_means_its_default_model(cli: Terminal) -> None:
    assert default(cli, "chat", "claude") == 0
    assert written(cli) == {"default_model": "claude/claude-sonnet-4-6"}


def test_a_local_server_is_asked_which_model_it_has(cli: Terminal) -> None:
    assert default(cli, "fallback", "local") == 0
    assert written(cli) == {"fallback_model": "local/llama-3.1-8b"}


def test_a_provider_without_a_default_model_needs_one_named(cli: Terminal) -> None:
    is_untouched = nothing_changed(cli)
    assert default(cli, "chat", "house") == 2
    assert cli.err.splitlines() == [
        "parley: house has no default model.",
        "  Write house/MODEL-ID; `parley models --provider house` lists them.",
    ]
    assert is_untouched()


def test_doubts_are_said_and_the_model_is_taken_as_it_is_written(cli: Terminal) -> None:
    assert cli.run("models", "--provider", "house", "--refresh") == 0
    assert default(cli, "chat", "house/house-smal") == 0
    assert cli.err.splitlines() == [
        "default_model is house/house-smal.",
        "No list has house-smal; did you mean house/house-small?",
    ]
    assert default(cli, "fallback", "off/llama-3.3-70b-versatile") == 0
    assert "off is disabled: `parley providers enable off` enables it." in cli.err


def test_a_default_whose_provider_is_disabled_is_said(cli: Terminal) -> None:
    assert default(cli, "chat", "off/llama-3.3-70b-versatile") == 0
    assert default(cli) == 0
    assert cli.out.startswith("chat      claude/claude-sonnet-4-6  (chosen by Parley)\n")
    assert cli.err == "default_model is off/llama-3.3-70b-versatile, but off is disabled.\n"


def test_clear_takes_it_back_and_says_who_answers_now(cli: Terminal) -> None:
    default(cli, "chat", "claude/claude-opus-4-6")
    default(cli, "fallback", "house/house-small")
    assert default(cli, "chat", "--clear") == 0
    assert cli.err == "default_model is not set any more. Parley chooses claude/claude-sonnet-4-6.\n"
    assert default(cli, "fallback", "--clear") == 0
    assert cli.err == "fallback_model is not set any more.\n"
    assert written(cli) == {}
    assert default(cli, "fallback", "--clear") == 0
    assert cli.err == "fallback_model was not set.\n"


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        (("chat", "cluade/x"), ["parley: There is no provider called cluade.", "  Did you mean claude?"]),
        (("chat", "/x"), ["parley: /x names no model.", "  Write provider/model-id;"]),
        (("cht", "claude"), ["parley: There is no `parley default cht`.", "  Did you mean chat?"]),
        (("--clear",), ["parley: --clear goes with chat or fallback, and with no model."]),
        (("chat", "claude", "--clear"), ["parley: --clear goes with chat or fallback, and with no model."]),
    ],
)
def test_what_cannot_be_is_one_sentence_and_changes_nothing(
    cli: Terminal, arguments: tuple[str, ...], lines: list[str]
) -> None:
    is_untouched = nothing_changed(cli)
    assert default(cli, *arguments) == 2
    said = cli.err.splitlines()
    assert len(said) == 2
    assert all(one.startswith(other) for one, other in zip(said, lines, strict=False))
    assert is_untouched()


def test_setting_as_json_prints_what_was_set(cli: Terminal) -> None:
    assert default(cli, "chat", "claude", "--json") == 0
    assert json.loads(cli.out) == {"chat": "claude/claude-sonnet-4-6"}
