"""`parley config`: where the file is, what is wrong with it, and a first one."""

from __future__ import annotations

import os
import re
import stat

from app.cli.config import first_config
from app.config.load import load_text
from tests.cli.terminal import Terminal


def test_path_prints_where_the_file_would_be(terminal: Terminal) -> None:
    assert terminal.run("config", "path") == 0
    assert terminal.out == f"{terminal.home / 'config.toml'}\n"
    assert not terminal.home.exists()


def test_init_writes_a_private_file_that_check_likes(terminal: Terminal) -> None:
    assert terminal.run("config", "init") == 0
    if os.name == "posix":
        assert stat.S_IMODE(terminal.locations.config_file.stat().st_mode) == 0o600
    assert terminal.run("config", "check") == 0
    assert "is right: 0 providers" in terminal.out


def test_init_never_overwrites(terminal: Terminal) -> None:
    terminal.home.mkdir()
    terminal.locations.config_file.write_text("theme = 'mine'\n")
    assert terminal.run("config", "init") == 2
    assert "exists already" in terminal.err
    assert terminal.locations.config_file.read_text() == "theme = 'mine'\n"


def test_every_line_of_the_first_file_can_be_uncommented() -> None:
    text = first_config()
    assert load_text(text, {}).settings == load_text("", {}).settings
    is_setting = re.compile(r"# (\[|[\w\"-]+\s*= )")
    lines = [line[2:] if is_setting.match(line) else line for line in text.splitlines()]
    loaded = load_text("\n".join(lines), {"ANTHROPIC_API_KEY": "k"})
    assert (loaded.problems, loaded.unset) == ((), ())
    assert list(loaded.settings.providers) == ["claude", "work-proxy"]
    assert loaded.settings.providers["work-proxy"].models[0].rates is not None


def test_check_without_a_file_is_fine(terminal: Terminal) -> None:
    assert terminal.run("config", "check") == 0
    assert "Parley works without one" in terminal.out


def test_check_says_what_is_wrong_with_line_and_key(terminal: Terminal) -> None:
    terminal.home.mkdir()
    terminal.locations.config_file.write_text('themes = "x"\n[budget]\ndaily = -1\n')
    assert terminal.run("config", "check") == 2
    assert terminal.err.splitlines() == [
        "parley: line 1: themes: is not a key that Parley knows.",
        "  Did you mean theme?",
        'parley: line 3: budget.daily: must be an amount of USD that is not negative, such as 3 or "0.25".',
    ]
    assert terminal.out == ""


def test_check_names_unset_variables(terminal: Terminal) -> None:
    terminal.home.mkdir()
    terminal.locations.config_file.write_text('[providers.a]\ntype = "anthropic"\napi_key = "$MY_KEY"\n')
    assert terminal.run("config", "check") == 2
    assert "line 3: providers.a.api_key: the environment variable MY_KEY is not set." in terminal.err
