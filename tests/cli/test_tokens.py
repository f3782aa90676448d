"""`parley tokens`: what counts, what was learned, and counts by hand."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from providers.demo import DemoServer
from tests.cli.terminal import Terminal
from tests.providers.recording import Answer, RecordingServer
from tests.providers.tiny_ranks import published, rank_file

CONFIG = """
discover = false
default_model = "claude/eliza"
[providers.claude]
type = "anthropic"
base_url = "URL"
api_key = "demo-key"
[providers.chat]
type = "openai-compat"
base_url = "URL/v1"
api_key = "demo-key"
"""
DATA = rank_file()


@pytest.fixture
def desk(terminal: Terminal, demo: DemoServer) -> Terminal:
    terminal.home.mkdir(parents=True, exist_ok=True)
    terminal.locations.config_file.write_text(CONFIG.replace("URL", demo.url))
    return terminal


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rank file that Parley knows is a small one."""
    monkeypatch.setattr("app.connections.token_ranks.O200K", published(DATA))


def test_the_command_alone_lists(desk: Terminal) -> None:
    assert desk.run("tokens", "list") == 0
    listed = desk.out
    assert desk.run("tokens") == 0
    assert desk.out == listed
    assert desk.json("tokens") == desk.json("tokens", "list")


def test_without_a_file_everything_is_an_estimate(desk: Terminal) -> None:
    assert desk.run("tokens", "list") == 0
    assert "no rank file" in desk.out
    assert "parley tokens install --download" in desk.out
    assert desk.json("tokens", "list") == {
        "ranks": {
            "path": str(desk.locations.token_ranks_dir / "o200k_base.tiktoken"),
            "size": None,
            "is_good": None,
            "trouble": None,
            "may_download": True,
        },
        "models": [],
    }


@pytest.mark.parametrize("setting", ["offline = true", "download_tokenizer = false"])
def test_the_setting_that_forbids_a_download_is_named(desk: Terminal, setting: str) -> None:
    file = desk.locations.config_file
    file.write_text(f"{setting}\n{file.read_text()}")
    assert desk.run("tokens", "list") == 0
    assert f"no: {setting}" in desk.out
    assert desk.json("tokens", "list")["ranks"]["may_download"] is False


def test_what_replies_taught_is_listed_per_model(desk: Terminal) -> None:
    assert desk.run("ask", "-m", "claude/eliza", "Hello there, how are you?", piped="") == 0
    assert desk.run("tokens", "list") == 0
    assert "claude/eliza" in desk.out
    (model,) = desk.json("tokens", "list")["models"]
    assert (model["id"], model["counter"], model["replies"]) == ("claude/eliza", "words", 1)
    assert model["input_factor"] == pytest.approx(1, abs=0.2)


@pytest.mark.usefixtures("tiny")
def test_a_file_is_installed_shown_and_removed(desk: Terminal, tmp_path: Path) -> None:
    source = tmp_path / "mine.tiktoken"
    source.write_bytes(DATA)
    assert desk.run("tokens", "install", str(source)) == 0
    kept = desk.locations.token_ranks_dir / "tiny.tiktoken"
    assert kept.read_bytes() == DATA
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert desk.run("tokens", "list") == 0
    assert "the published file" in desk.out
    assert desk.json("tokens", "count", "-m", "chat/gpt-5", "in the")["counter"] == "o200k"
    assert desk.json("tokens", "count", "-m", "claude/eliza", "in the")["counter"] == "words"
    assert desk.run("tokens", "remove") == 0
    assert not kept.exists()
    assert "download_tokenizer = false" in desk.err
    assert desk.run("tokens", "remove") == 0
    assert "There is no rank file" in desk.err


@pytest.mark.usefixtures("tiny")
def test_a_wrong_file_is_one_sentence_and_changes_nothing(desk: Terminal, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_bytes(DATA + b"\n")
    assert desk.run("tokens", "install", str(wrong)) == 2
    assert "not o200k's rank file: its SHA-256 begins" in desk.err
    assert not desk.locations.token_ranks_dir.exists()
    assert desk.run("tokens", "install", str(tmp_path / "nowhere")) == 2
    assert "No such file" in desk.err
    assert desk.run("tokens", "install", str(tmp_path)) == 2
    assert "directory" in desk.err
    assert desk.run("tokens", "install") == 2


def test_a_download_by_hand_checks_the_hash(desk: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter((Answer(b"something else"), Answer(DATA), Answer(b"", 404)))
    with RecordingServer(lambda request: next(answers)) as server:
        file = published(DATA, f"{server.url}/tiny.tiktoken")
        monkeypatch.setattr("app.connections.token_ranks.O200K", file)
        assert desk.run("tokens", "install", "--download") == 2
        assert "not o200k's rank file" in desk.err
        assert desk.run("tokens", "install", "--download") == 0
        assert desk.json("tokens", "list")["ranks"]["is_good"] is True
        assert desk.run("tokens", "install", "--download") == 1
        assert "answered 404" in desk.err
    assert desk.json("tokens", "list")["ranks"]["is_good"] is True


def test_a_text_is_counted_as_a_request(desk: Terminal, tmp_path: Path) -> None:
    assert desk.run("tokens", "count", "Hello", "world") == 0
    assert desk.out == "≈6 tokens, as a request to claude/eliza\n"
    file = tmp_path / "text.txt"
    file.write_text("Hello world")
    assert desk.json("tokens", "count", "-f", str(file)) == {
        "tokens": 6,
        "is_estimate": True,
        "counter": "words",
        "model": "claude/eliza",
    }
    assert desk.run("tokens", "count", piped="Hello world") == 0
    assert desk.out.startswith("≈6 tokens")


def test_the_provider_is_asked_for_an_exact_count(desk: Terminal) -> None:
    counted = desk.json("tokens", "count", "--exact", "Hello world")
    assert (counted["is_estimate"], counted["counter"], counted["model"]) == (False, "provider", "claude/eliza")
    assert desk.run("tokens", "count", "--exact", "Hello world") == 0
    assert "≈" not in desk.out
    assert desk.run("tokens", "count", "--exact", "-m", "chat/eliza", "Hello") == 1
    assert "chat does not count tokens" in desk.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["count"], "nothing to count"),
        (["count", "-m", "nobody/x", "Hello"], "no provider and no known model"),
        (["count", "-f", "nowhere.txt"], "cannot be read"),
        (["count", "-f", "nowhere.txt", "Hello"], "cannot both be counted"),
        (["install"], "required"),
    ],
)
def test_wrong_usage_is_one_sentence(desk: Terminal, arguments: list[str], words: str) -> None:
    assert desk.run("tokens", *arguments, piped="") == 2
    assert words in desk.err


def test_without_any_model_the_text_alone_is_counted(terminal: Terminal) -> None:
    terminal.home.mkdir(parents=True)
    terminal.locations.config_file.write_text("discover = false\n")
    assert terminal.run("tokens", "count", "Hello world") == 0
    assert terminal.out == "≈2 tokens\n"
    assert terminal.run("tokens", "count", "--exact", "Hello world") == 2
    assert "no model to count for" in terminal.err


def test_a_broken_configuration_is_said(desk: Terminal) -> None:
    desk.locations.config_file.write_text("download_tokenizer = 1\n")
    assert desk.run("tokens", "list") == 2
    assert "download_tokenizer: must be true or false" in desk.err
