"""The command line as a whole: where the common options may stand, and what is said when something is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.cli import main


@pytest.fixture(autouse=True)
def _quiet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_HOME", str(tmp_path / "usual"))


@pytest.mark.parametrize(
    "words",
    [
        "--home DIR providers list --json",
        "providers --home DIR list --json",
        "providers list --home DIR --json",
        "providers list --json --home DIR",
    ],
)
def test_the_home_may_stand_before_and_behind_any_command(
    words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "other"
    home.mkdir()
    (home / "config.toml").write_text('discover = false\n[providers.here]\ntype = "groq"\n')
    assert main([word.replace("DIR", str(home)) for word in words.split()]) == 0
    assert [each["name"] for each in json.loads(capsys.readouterr().out)] == ["here"]


@pytest.mark.parametrize("words", ["--demo providers list --json", "providers list --demo --json"])
def test_the_demo_too(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words.split()) == 0
    assert [each["name"] for each in json.loads(capsys.readouterr().out)][:3] == ["chat", "responses", "messages"]


def test_what_belongs_to_the_demo_cannot_be_changed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--demo", "providers", "disable", "chat"]) == 2
    assert capsys.readouterr().err.splitlines() == ["parley: chat belongs to the demo.", "  It cannot be changed."]


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("provders", ["parley: There is no `parley provders`.", "  Did you mean providers? `parley --help` shows"]),
        (
            "providers lsit",
            ["parley: There is no `parley providers lsit`.", "  Did you mean list? `parley providers --help`"],
        ),
        ("providers", ["parley: The following arguments are required: WHAT.", "  `parley providers --help` shows"]),
        ("providers list --jsn", ["parley: Unrecognized arguments: --jsn.", "  `parley providers --help` shows"]),
        ("stats --by fortnight", ["parley: --by cannot be fortnight.", "  Choose from day, week, month, "]),
        (
            "ask --max-tokens 0 Hello",
            ["parley: --max-tokens: must be a whole number, at least 1.", "  `parley ask --help` shows"],
        ),
        ("keys set", ["parley: The following arguments are required: NAME.", "  `parley keys set --help` shows"]),
    ],
)
def test_wrong_usage_is_one_line_and_a_hint(words: str, lines: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words.split()) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 2
    for line, start in zip(said.err.splitlines(), lines, strict=True):
        assert line.startswith(start)


def test_foreign_text_in_arguments_is_harmless(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["providers", "\x1b]0;title\x07"]) == 2
    assert "\x1b" not in capsys.readouterr().err


def test_an_empty_home_is_not_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["--home", "", "config", "init"]) == 2
    assert capsys.readouterr().err.splitlines()[0] == "parley: --home: is empty."
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", ["keys set claude KEY", "providers add claude --api-key-stdin KEY", "keys KEY"])
def test_a_key_that_stands_where_none_is_taken_is_not_repeated(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words.replace("KEY", "sk-ant-api03-planted-0123456789").split()) == 2
    assert "planted" not in "".join(capsys.readouterr())
