"""`parley providers edit | enable | disable | remove`: only what was meant changes, and nothing is lost."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.household import KEY, config_of, desk, locked_house, nothing_changed, stored_key
from tests.cli.terminal import Terminal
from tests.keys.desktop import ROOT, Desktop, Keyring, needs_a_secret_service
from tests.keys.desktop import desktop as desktop
from tests.providers.recording import RecordingServer

CONFIG = """# mine
discover = false
default_model = "work/house-small"   # the usual
favourite_models = ["work/house-large", "groq/x"]

# the house
[providers.work]
type = "openai-compat"      # an imitation
base_url = "URL"
model = "house-small"
label = "The House"

[providers.groq] # fast
type = "groq"
"""


@pytest.fixture(scope="module")
def locked() -> Iterator[RecordingServer]:
    with RecordingServer(locked_house) as server:
        yield server


@pytest.fixture
def cli(tmp_path: Path, locked: RecordingServer) -> Terminal:
    """A provider with a key, that is known to work, and another one."""
    made = desk(tmp_path / "home", CONFIG.replace("URL", locked.url))
    assert made.run("keys", "set", "work", piped=KEY) == 0
    return made


def edit(cli: Terminal, *arguments: str, piped: str = "") -> int:
    return cli.run("providers", "edit", *arguments, piped=piped)


def written(cli: Terminal) -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads(config_of(cli))["providers"]
    return table


# ── edit ──────────────────────────────────────────────────────────────────────


def test_only_what_was_given_changes_and_the_comments_stay(cli: Terminal) -> None:
    before = config_of(cli)
    assert edit(cli, "work", "--model", "house-large") == 0
    assert config_of(cli) == before.replace('model = "house-small"\nlabel', 'model = "house-large"\nlabel')
    assert "The key was proved." in cli.err
    assert cli.err.endswith("Saved work.\n")


def test_a_rename_keeps_the_key_and_what_refers_to_it(cli: Terminal) -> None:
    before = config_of(cli)
    assert edit(cli, "work", "--name", "office") == 0
    assert config_of(cli) == before.replace("work", "office")
    assert (stored_key(cli, "office"), stored_key(cli, "work")) == (KEY, "")
    assert cli.run("ask", "Hello", piped="") == 0
    assert cli.out == "Hello.\n"


def test_another_key_takes_the_place_of_the_old_one(cli: Terminal, locked: RecordingServer) -> None:
    assert edit(cli, "work", "--api-key-stdin", "--no-test", piped="sk-newer") == 0
    assert stored_key(cli, "work") == "sk-newer"


def test_a_key_that_is_refused_leaves_the_old_one(cli: Terminal) -> None:
    is_untouched = nothing_changed(cli)
    assert edit(cli, "work", "--api-key-stdin", piped="sk-wrong") == 1
    assert is_untouched()


def test_a_budget_survives_an_edit_and_is_shown(cli: Terminal) -> None:
    file = cli.locations.config_file
    limits = '[providers.work.budget]  # not more\ndaily = "2.50"\nmonthly = 20\non_exceed = "block"\n'
    file.write_text(config_of(cli).replace("[providers.groq]", f"{limits}\n[providers.groq]"))
    assert edit(cli, "work", "--label", "Ours") == 0, cli.err
    assert limits in config_of(cli)
    assert cli.run("providers", "show", "work") == 0
    assert "$2.50 a day, $20.00 a month, block" in cli.out


def test_an_empty_value_empties_a_field(cli: Terminal) -> None:
    assert edit(cli, "work", "--label", "", "--model", "") == 0
    assert set(written(cli)["work"]) == {"type", "base_url"}


def test_the_reference_to_a_variable_can_be_taken_back(cli: Terminal, locked: RecordingServer) -> None:
    assert edit(cli, "groq", "--api-key", "$SOME_KEY", "--no-test") == 0
    assert written(cli)["groq"] == {"type": "groq", "api_key": "$SOME_KEY"}
    assert edit(cli, "groq", "--api-key", "", "--no-test") == 0
    assert written(cli)["groq"] == {"type": "groq"}


def test_headers_replace_those_that_were_there(cli: Terminal) -> None:
    assert edit(cli, "groq", "--header", "X-Team: blue", "--header", "X-Floor: 3", "--no-test") == 0
    assert edit(cli, "groq", "--header", "X-Team: red", "--no-test") == 0
    assert written(cli)["groq"]["extra_headers"] == {"X-Team": "red"}
    assert edit(cli, "groq", "--header", "", "--no-test") == 0
    assert "extra_headers" not in written(cli)["groq"]


def test_connecting_at_the_start_can_be_switched_both_ways(cli: Terminal) -> None:
    assert edit(cli, "groq", "--no-auto-connect", "--no-test") == 0
    assert written(cli)["groq"]["auto_connect"] is False
    assert edit(cli, "groq", "--auto-connect", "--no-test") == 0
    assert written(cli)["groq"] == {"type": "groq"}


def test_a_stored_key_goes_to_another_host_only_with_yes(cli: Terminal, locked: RecordingServer) -> None:
    assert edit(cli, "work", "--type", "openai") == 0
    with RecordingServer(locked_house) as other:
        is_untouched = nothing_changed(cli)
        assert edit(cli, "work", "--base-url", other.url) == 2
        assert f"was given for localhost:{locked.port} and would go to localhost:{other.port}." in cli.err
        assert is_untouched()
        assert other.requests == []
        assert edit(cli, "work", "--base-url", other.url, "--yes") == 0
        assert cli.run("ask", "-m", "work", "Hello", piped="") == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("wrk", "--model", "x"), ["There is no provider called wrk.", "Did you mean work?"]),
        (("work", "--name", "groq"), ["There is a provider called groq already.", "Choose another name."]),
        (("work", "--name", "Groq"), ["Groq differs from groq only in upper and lower case.", "another name"]),
        (("work", "--name", "a/b"), ["a/b has a slash"]),
        (("work", "--name", " "), ["A name needs visible characters"]),
        (("work", "--port", "80"), ["--port goes with --host.", "Give --host too, or one --base-url."]),
        (("work", "--base-url", "http://a", "--host", "a"), ["--base-url and --host both say where it is."]),
        (("work", "--base-url", ""), ["needs a base URL"]),
        (("work", "--format", "soap"), ["--format: soap is none of openai-chat"]),
        (("work", "--auth", "magic"), ["--auth: magic is none of api_key, bearer, none, oauth"]),
        (("work", "--timeout", "0"), ["--timeout: 0 is no number of seconds"]),
        (("work", "--retries", "-1"), ["--retries"]),
        (("work", "--protocol", "gopher"), ["--protocol: gopher is none of http, https"]),
        (("work", "--type", "opnai"), ["There is no preset opnai; did you mean 'openai'?"]),
        ((), ["The following arguments are required: NAME."]),
    ],
)
def test_what_cannot_be_is_one_sentence_and_changes_nothing(
    cli: Terminal, arguments: tuple[str, ...], words: list[str]
) -> None:
    is_untouched = nothing_changed(cli)
    assert edit(cli, *arguments) == 2
    assert all(each in cli.err for each in words), cli.err
    assert len(cli.err.splitlines()) <= 2
    assert cli.err.startswith("parley: ")
    assert is_untouched()


def test_what_was_only_found_is_kept_first(cli: Terminal) -> None:
    cli.environ = {**cli.environ, "MISTRAL_API_KEY": "k"}
    for doing in ("edit", "enable", "disable", "remove"):
        assert cli.run("providers", doing, "mistral", piped="") == 2
        assert cli.err.splitlines() == [
            "parley: mistral is found in environment, it is not in config.toml.",
            "  `parley providers add mistral` keeps it.",
        ]
    assert cli.run("providers", "add", "mistral", "--no-test", piped="") == 0
    assert written(cli)["mistral"] == {"type": "mistral"}
    assert cli.run("providers", "disable", "mistral", piped="") == 0


# ── enable, disable ───────────────────────────────────────────────────────────


def test_a_disabled_provider_is_never_asked(cli: Terminal, locked: RecordingServer) -> None:
    assert cli.run("providers", "disable", "work", piped="") == 0
    assert cli.err == "work is disabled.\n"
    before = len(locked.requests)
    assert cli.run("providers", "test", "work", piped="") == 2
    assert "it is disabled, so it was not asked" in cli.err
    assert cli.run("ask", "-m", "work/house-small", "Hello", piped="") == 2
    assert len(locked.requests) == before
    assert cli.run("providers", "enable", "work", piped="") == 0
    assert cli.err == "work is enabled.\n"
    assert cli.run("providers", "test", "work", piped="") == 0


# ── remove ────────────────────────────────────────────────────────────────────


def test_remove_takes_the_keys_and_what_refers_to_it_along(cli: Terminal) -> None:
    assert cli.run("keys", "set", "work", "--header", "X-Gate", piped="planted") == 0
    assert cli.run("providers", "remove", "work", "--yes", piped="") == 0
    assert cli.err.splitlines() == [
        "Removed work.",
        "default_model was one of its models, and is not set any more.",
    ]
    left = config_of(cli)
    assert set(written(cli)) == {"groq"}
    assert 'favourite_models = ["groq/x"]' in left
    assert "[providers.groq] # fast" in left
    assert (stored_key(cli, "work"), stored_key(cli, "work", "X-Gate")) == ("", "")
    assert cli.json("keys", "list")[0]["name"] == "groq"


def test_remove_asks_and_nobody_there_means_no(cli: Terminal) -> None:
    is_untouched = nothing_changed(cli)
    assert cli.run("providers", "remove", "work", piped="yes\n") == 2
    assert cli.err.splitlines() == [
        "parley: work was not removed.",
        "  Add --yes to remove it without a question.",
    ]
    assert is_untouched()


def test_remove_names_the_nearest(cli: Terminal) -> None:
    assert cli.run("providers", "remove", "wrok", "--yes", piped="") == 2
    assert cli.err.splitlines() == ["parley: There is no provider called wrok.", "  Did you mean work?"]


def test_a_vault_that_is_closed_keeps_the_key_and_the_way_out_is_said(cli: Terminal) -> None:
    cli.environ = {**cli.environ, "PARLEY_VAULT_PASSPHRASE": "wrong horse"}
    assert cli.run("providers", "remove", "work", "--yes", piped="") == 2
    assert "work is gone from config.toml, but not all of its keys" in cli.err
    assert "`parley keys remove work --all` tries again." in cli.err
    cli.environ = {**cli.environ, "PARLEY_VAULT_PASSPHRASE": "correct horse"}
    assert cli.run("keys", "remove", "work", "--all", piped="") == 0
    assert stored_key(cli, "work") == ""


@needs_a_secret_service
def test_a_keychain_out_of_reach_keeps_the_key_and_the_way_out_is_said(desktop: Desktop) -> None:
    parley = (sys.executable, str(ROOT / "parley.py"), "--home", str(desktop.home / "parley"))
    add = (*parley, "providers", "add", "groq", "--no-test", "--api-key-stdin")
    assert desktop.run(Keyring.UNLOCKED, *add, stdin=KEY).returncode == 0
    done = desktop.run(Keyring.LOCKED, *parley, "providers", "remove", "groq", "--yes")
    assert done.returncode == 2
    assert "groq is gone from config.toml, but not all of its keys" in done.stderr
    assert "The keychain (Secret Service) is locked." in done.stderr
    assert "`parley keys remove groq --all` tries again." in done.stderr
    done = desktop.run(Keyring.UNLOCKED, *parley, "keys", "remove", "groq", "--all")
    assert done.returncode == 0
    assert "Removed the key of groq from the keychain (Secret Service)." in done.stderr
