"""`parley providers list | presets | show | test`: what there is, and how it is doing."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.household import KEY, QUIET, desk, locked_house, open_house
from tests.cli.terminal import Terminal
from tests.providers.recording import RecordingServer

CONFIG = """
discover = false
[providers.work]
type = "openai-compat"
base_url = "LOCKED"
api_key = "$WORK_KEY"
model = "house-small"
label = "The House"
proxy = "none"
timeout = 12.5
retries = 0
auto_connect = false
extra_headers = { X-Team = "blue" }
secret_headers = ["X-Gate"]
[providers.open]
type = "openai-compat"
base_url = "OPEN/v1"
[providers.keyless]
type = "anthropic"
[providers.gone]
type = "ollama"
base_url = "http://127.0.0.1:9"
[providers.off]
type = "groq"
enabled = false
"""


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[RecordingServer, RecordingServer]]:
    with RecordingServer(locked_house) as locked, RecordingServer(open_house) as house:
        yield locked, house


@pytest.fixture
def cli(tmp_path: Path, servers: tuple[RecordingServer, RecordingServer]) -> Terminal:
    locked, house = servers
    config = CONFIG.replace("LOCKED", locked.url).replace("OPEN", house.url)
    return desk(tmp_path / "home", config, {"WORK_KEY": KEY, "MISTRAL_API_KEY": "k"})


def providers(cli: Terminal, *arguments: str) -> int:
    return cli.run("providers", *arguments, piped="")


def rows(cli: Terminal) -> list[list[str]]:
    """The cells of a table, without its titles."""
    return [re.split(r" {2,}", line) for line in cli.out.splitlines()[1:]]


# ── list ──────────────────────────────────────────────────────────────────────


def test_list_shows_each_with_its_model_key_and_state_and_asks_nobody(
    cli: Terminal, servers: tuple[RecordingServer, RecordingServer]
) -> None:
    before = [len(server.requests) for server in servers]
    assert providers(cli, "list") == 0
    assert [row[:4] for row in rows(cli)] == [
        ["work", "house-small", "$WORK_KEY", "configured"],
        ["open", "—", "not needed", "configured"],
        ["keyless", "claude-sonnet-4-6", "none", "configured"],
        ["gone", "—", "not needed", "configured"],
        ["off", "llama-3.3-70b-versatile", "none", "disabled"],
        ["mistral", "mistral-large-latest", "$MISTRAL_API_KEY", "found in environment"],
    ]
    assert rows(cli)[2][4:] == ["anthropic", "https://api.anthropic.com"]
    assert [len(server.requests) for server in servers] == before


def test_list_as_json_begins_each_object_with_the_name_and_claims_no_state(cli: Terminal) -> None:
    told = cli.json("providers", "list")
    assert all(next(iter(each)) == "name" for each in told)
    by_name = {each["name"]: each for each in told}
    assert (by_name["open"]["state"], by_name["open"]["word"]) == (None, None)
    assert (by_name["off"]["state"], by_name["off"]["enabled"]) == ("disabled", False)
    assert by_name["mistral"]["found"] == "found in environment"
    assert by_name["keyless"]["needs_key"] is True
    assert by_name["work"]["base_url"].startswith("http://127.0.0.1:")
    assert KEY not in cli.out


def test_list_of_nothing_says_how_to_begin(tmp_path: Path) -> None:
    cli = desk(tmp_path / "home")
    assert providers(cli, "list") == 0
    assert cli.out == ""
    assert cli.err.startswith("There are no providers yet. Set an API key in the environment")
    assert cli.json("providers", "list") == []


# ── show ──────────────────────────────────────────────────────────────────────


def test_show_says_everything_but_the_values_of_headers(cli: Terminal) -> None:
    assert providers(cli, "show", "work") == 0
    said = dict(re.split(r" {2,}", line, maxsplit=1) for line in cli.out.splitlines())
    assert said["label"] == "The House"
    assert said["key"] == "$WORK_KEY"
    assert said["headers"] == "X-Team"
    assert said["secret headers"] == "X-Gate"
    assert said["proxy"] == "none"
    assert said["timeout"] == "12.5 s"
    assert said["retries"] == "0"
    assert said["connects"] == "only when it is used"
    assert "stream timeout" not in said
    assert "blue" not in cli.out


def test_show_says_what_a_preset_can_do_and_what_a_key_hides(tmp_path: Path) -> None:
    config = QUIET + '[providers.claude]\ntype = "anthropic"\napi_key = "$MY_KEY"\n'
    cli = desk(tmp_path / "home", config, {"MY_KEY": "a", "ANTHROPIC_API_KEY": "b"})
    assert providers(cli, "show", "claude") == 0
    said = dict(re.split(r" {2,}", line, maxsplit=1) for line in cli.out.splitlines())
    assert said["hides"] == "$ANTHROPIC_API_KEY"
    assert all(said[name] for name in ("thinking", "caching", "compaction", "batch", "counting"))
    assert cli.json("providers", "show", "claude")["key_hides"] == ["$ANTHROPIC_API_KEY"]


def test_show_says_what_is_to_be_allowed_and_how(tmp_path: Path) -> None:
    config = QUIET + '[providers.gate]\ntype = "openai"\nbase_url = "https://gate.example.com/v1"\n'
    cli = desk(tmp_path / "home", config, {"OPENAI_API_KEY": "a"})
    assert providers(cli, "show", "gate") == 0
    assert "would go to gate.example.com. `parley keys allow gate` allows it." in cli.out


def test_a_variable_that_is_not_set_is_said_and_the_rest_is_shown(tmp_path: Path) -> None:
    config = QUIET + '[providers.work]\ntype = "openai-compat"\nbase_url = "$BASE/v1"\nmodel = "m"\n'
    cli = desk(tmp_path / "home", config)
    assert providers(cli, "show", "work") == 0
    assert "$BASE is not set" in cli.out
    assert providers(cli, "list") == 0
    assert providers(cli, "test", "work") == 2
    assert "$BASE is not set" in cli.err


def test_a_name_that_is_not_there_brings_the_nearest(cli: Terminal) -> None:
    for doing in ("show", "test", "export"):
        assert providers(cli, doing, "kyless") == 2
        assert cli.err.splitlines() == [
            "parley: There is no provider called kyless.",
            "  Did you mean keyless?",
        ]


# ── test ──────────────────────────────────────────────────────────────────────


def test_test_asks_each_and_says_what_is_wrong(cli: Terminal) -> None:
    assert providers(cli, "test", "work", "open", "keyless", "gone") == 1
    states = {row[0]: row[1] for row in rows(cli)}
    assert states == {"work": "connected", "open": "connected", "keyless": "no key", "gone": "no answer"}
    notes = cli.err.splitlines()
    assert "keyless: it has no key, so nothing was sent. `parley keys set keyless` stores one." in notes
    assert any(line.startswith("gone: Nothing answers at 127.0.0.1:9. Is the server running?") for line in notes)
    assert len(notes) == 2


@pytest.mark.parametrize(
    ("names", "code"), [(["work", "open"], 0), (["open", "keyless"], 3), (["gone", "keyless"], 1), (["off"], 2)]
)
def test_the_exit_code_says_who_failed(cli: Terminal, names: list[str], code: int) -> None:
    assert providers(cli, "test", *names) == code
    assert providers(cli, "test", *names, "--json") == code
    assert [each["name"] for each in json.loads(cli.out)] == names


def test_without_names_every_enabled_one_is_asked(cli: Terminal, tmp_path: Path) -> None:
    """Also one that only connects when it is used: this is such a use."""
    cli.environ = {name: value for name, value in cli.environ.items() if name != "MISTRAL_API_KEY"}
    assert providers(cli, "test") == 1
    assert [row[0] for row in rows(cli)] == ["work", "open", "keyless", "gone"]
    empty = desk(tmp_path / "empty")
    assert providers(empty, "test") == 3
    assert empty.err.startswith("parley: There is no provider to test.\n  Set an API key in the environment")


def test_a_test_as_json_has_time_url_and_error(cli: Terminal) -> None:
    assert providers(cli, "test", "work", "gone", "--json") == 1
    work, gone = json.loads(cli.out)
    assert (work["state"], work["models"]) == ("connected", 2)
    assert work["url"].endswith("/v1/models")
    assert work["round_trip_ms"] >= 0
    assert work["checked_at"]
    assert (gone["state"], gone["error"]["category"]) == ("error", "connection")
    assert gone["error"]["hint"]


def test_a_curl_line_asks_the_same_and_shows_no_key(
    cli: Terminal, servers: tuple[RecordingServer, RecordingServer]
) -> None:
    before = [len(server.requests) for server in servers]
    assert providers(cli, "test", "work", "--curl") == 0
    words = shlex.split(cli.out)
    assert words[0] == "curl"
    assert f"{servers[0].url}/v1/models" in words
    assert "X-Team: blue" in words
    assert KEY not in cli.out
    assert [len(server.requests) for server in servers] == before


# ── presets ───────────────────────────────────────────────────────────────────


def test_presets_are_listed_whatever_is_wrong_with_the_configuration(tmp_path: Path) -> None:
    cli = desk(tmp_path / "home", "broken = = 1")
    told = cli.json("providers", "presets")
    assert all(next(iter(each)) == "id" for each in told)
    by_id = {each["id"]: each for each in told}
    assert by_id["anthropic"]["key_env"] == ["ANTHROPIC_API_KEY"]
    assert by_id["ollama"]["needs_key"] is False
    assert by_id["deepseek"]["formats"] == ["openai-chat", "openai-responses", "anthropic-messages"]
    assert providers(cli, "presets") == 0
    assert len(cli.out.splitlines()) == len(told) + 1
    assert providers(cli, "list") == 2
    assert cli.err.startswith("parley: config.toml, line 1: this is not TOML")


# ── help ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "command",
    [
        "default", "providers", *(f"providers {doing}" for doing in (
            "list", "presets", "show", "test", "add", "edit", "enable", "disable", "remove", "import", "export"
        )),
    ],
)  # fmt: skip
def test_help_fits_into_80_columns(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert desk(tmp_path / "home").run(*command.split(), "--help") == 0
    said = capsys.readouterr().out
    assert said.startswith(f"usage: parley {command}")
    assert max(map(len, said.splitlines())) <= 80
