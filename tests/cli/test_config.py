"""`parley config`: where the file is, what is wrong with it, and a first one."""

from __future__ import annotations

import json
import os
import stat

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


def test_check_prints_warnings_and_is_content(terminal: Terminal) -> None:
    terminal.home.mkdir()
    text = 'fallback_model = "a/b"\n[providers.a]\ntype = "anthropic"\napi_key = "hunter2"\n'
    terminal.locations.config_file.write_text(text)
    assert terminal.run("config", "check") == 0
    assert terminal.err.splitlines()[0] == (
        "warning: line 4: providers.a.api_key: stands here in plain text. Move it: `parley keys move a`, or write $VAR."
    )
    assert "hunter2" not in terminal.err + terminal.out
    assert "is right: 1 provider" in terminal.out


def test_check_warns_once_about_each_price_that_looks_like_a_slip(terminal: Terminal) -> None:
    terminal.home.mkdir()
    text = '[providers.a]\ntype = "openai"\n[[providers.a.models]]\nid = "m"\n'
    terminal.locations.config_file.write_text(f"{text}cost_per_1m_in = 3e-6\ncost_per_1m_out = 15\n")
    assert terminal.run("config", "check") == 0
    assert terminal.err.splitlines() == [
        "warning: line 5: providers.a.models[0].cost_per_1m_in: is 0.000003 USD for a million tokens, which looks like "
        "a price per token (for m). Per million it would be 3."
    ]


def test_check_prints_one_object_for_programs(terminal: Terminal) -> None:
    path = str(terminal.locations.config_file)
    nothing = {"path": path, "is_valid": True, "problems": [], "warnings": []}
    assert terminal.json("config", "check") == nothing

    terminal.home.mkdir()
    terminal.locations.config_file.write_text('[providers.a]\ntype = "groq"\napi_key = "hunter2"\n')
    found = terminal.json("config", "check")
    assert (found["path"], found["is_valid"], found["problems"]) == (path, True, [])
    assert [(each["line"], each["key"]) for each in found["warnings"]] == [(3, "providers.a.api_key")]

    terminal.locations.config_file.write_text('[providers.a]\ntype = "groq"\nmodel = "$M"\ntpye = 1\n')
    assert terminal.run("config", "check", "--json") == 2
    found = json.loads(terminal.out)
    assert found["is_valid"] is False
    assert found["problems"] == [
        {
            "line": 3,
            "key": "providers.a.model",
            "message": "the environment variable M is not set",
            "hint": "Set M, or write ${M:-default}.",
        },
        {
            "line": 4,
            "key": "providers.a.tpye",
            "message": "is not a key that Parley knows",
            "hint": "Did you mean type?",
        },
    ]
    assert terminal.err == ""
