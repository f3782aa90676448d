"""Where somebody is there to answer, `parley providers` asks: for a key without echo, and before anything is lost."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.household import KEY, QUIET, config_of, desk, locked_house, stored_key
from tests.cli.terminal import Terminal
from tests.keys.support import bytes_below
from tests.providers.recording import RecordingServer

if os.name != "posix":
    pytest.skip("a pseudo-terminal is needed", allow_module_level=True)

from tests.cli.pty_terminal import PtyTerminal


@pytest.fixture
def cli(tmp_path: Path) -> Terminal:
    return desk(tmp_path / "home")


@pytest.fixture(scope="module")
def locked() -> Iterator[RecordingServer]:
    with RecordingServer(locked_house) as server:
        yield server


def run(cli: Terminal, *arguments: str) -> PtyTerminal:
    return PtyTerminal(cli.home, *arguments, environ=cli.environ)


def test_a_key_is_asked_for_unseen_tried_and_stored(cli: Terminal, locked: RecordingServer) -> None:
    with run(cli, "providers", "add", "work", "--base-url", locked.url, "--model", "house-small") as terminal:
        terminal.until("Key for work (not shown; empty saves it without one): ")
        assert f"localhost:{locked.port} wants a key, and there is none." in terminal.seen
        terminal.type(f"{KEY}\n")
        assert terminal.end() == 0
    assert "The key was proved.\nSaved work.\n" in terminal.seen
    assert KEY not in terminal.seen
    assert stored_key(cli, "work") == KEY
    assert KEY.encode() not in bytes_below(cli.home)


def test_an_empty_answer_saves_it_without_a_key(cli: Terminal) -> None:
    with run(cli, "providers", "add", "groq") as terminal:
        terminal.until("Keys are made at https://console.groq.com/keys.")
        terminal.until("Key for groq")
        terminal.type("\n")
        assert terminal.end() == 0
    assert "Saved groq without a key: `parley keys set groq` stores one." in terminal.seen
    assert stored_key(cli, "groq") == ""


def test_a_wrong_key_that_was_typed_saves_nothing(cli: Terminal, locked: RecordingServer) -> None:
    with run(cli, "providers", "add", "work", "--base-url", locked.url) as terminal:
        terminal.until("Key for work")
        terminal.type("sk-wrong\n")
        assert terminal.end() == 1
    assert "does not accept the key" in terminal.seen
    assert "sk-wrong" not in terminal.seen
    assert config_of(cli) == QUIET


def test_a_key_for_the_store_is_asked_for_unseen_too(cli: Terminal, locked: RecordingServer) -> None:
    where = ("--base-url", locked.url, "--model", "house-small", "--api-key-stdin")
    with run(cli, "providers", "add", "work", *where) as terminal:
        terminal.until("Key of work (not shown): ")
        terminal.type(f"{KEY}\n")
        assert terminal.end() == 0
    assert KEY not in terminal.seen
    assert stored_key(cli, "work") == KEY


def test_where_a_key_would_go_is_asked_and_no_means_no(cli: Terminal, locked: RecordingServer) -> None:
    cli.environ = {**cli.environ, "GROQ_API_KEY": KEY}
    where = ("providers", "add", "work", "--type", "groq", "--base-url", locked.url, "--model", "house-small")
    before = len(locked.requests)
    with run(cli, *where) as terminal:
        terminal.until("Send it there? [y/N] ")
        assert f"$GROQ_API_KEY is a key for Groq and would go to localhost:{locked.port}." in terminal.seen
        terminal.type("\n")
        assert terminal.end() == 2
    assert config_of(cli) == QUIET
    assert len(locked.requests) == before
    with run(cli, *where) as terminal:
        terminal.until("Send it there? [y/N] ")
        terminal.type("y\n")
        assert terminal.end() == 0
    assert "Saved work." in terminal.seen
    # What was answered once is not asked again.
    assert cli.run("ask", "-m", "work", "Hello", piped="") == 0


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("yes", 0), ("n", 2), ("", 2), ("\x04", 2)])
def test_remove_asks_first(cli: Terminal, answer: str, code: int) -> None:
    assert cli.run("providers", "add", "groq", "--no-test", "--api-key-stdin", piped=KEY) == 0
    with run(cli, "providers", "remove", "groq") as terminal:
        terminal.until("Remove it? [y/N] ")
        assert "This removes groq with its stored key and its secret headers." in terminal.seen
        terminal.type(answer if answer == "\x04" else f"{answer}\n")
        assert terminal.end() == code
    assert ("providers.groq" in config_of(cli), stored_key(cli, "groq")) == ((False, "") if code == 0 else (True, KEY))


def test_an_import_asks_before_it_writes(cli: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "parley.toml"
    file.write_text('[providers.local]\ntype = "ollama"\n')
    with run(cli, "providers", "import", str(file)) as terminal:
        terminal.until("Write this? [y/N] ")
        assert "local: new (type ollama)." in terminal.seen
        terminal.type("n\n")
        assert terminal.end() == 2
    assert config_of(cli) == QUIET
    with run(cli, "providers", "import", str(file)) as terminal:
        terminal.until("Write this? [y/N] ")
        terminal.type("y\n")
        assert terminal.end() == 0
    assert "[providers.local]" in config_of(cli)


@pytest.mark.parametrize(
    ("words", "question"),
    [
        (("remove", "groq"), "Remove it? [y/N] "),
        (("add", "mistral"), "Key for mistral"),
        (("add", "mistral", "--api-key-stdin"), "Key of mistral"),
    ],
)
def test_ctrl_c_at_a_question_changes_nothing(cli: Terminal, words: tuple[str, ...], question: str) -> None:
    assert cli.run("providers", "add", "groq", "--no-test", piped="") == 0
    before = config_of(cli)
    with run(cli, "providers", *words) as terminal:
        terminal.until(question)
        terminal.type("\x03")
        assert terminal.end() == 130
    assert "Traceback" not in terminal.seen
    assert config_of(cli) == before


@pytest.mark.parametrize("columns", [80, 60])
@pytest.mark.parametrize("words", [("providers", "presets"), ("providers", "list"), ("providers", "show", "work")])
def test_tables_fit_the_terminal(tmp_path: Path, words: tuple[str, ...], columns: int) -> None:
    config = (
        f'{QUIET}[providers.work]\ntype = "openai"\nbase_url = "https://a-rather-long-name.example.com/openai/v1"\n'
        'model = "a-model-with-a-long-name-of-its-own-2026-11-20"\napi_key = "$THE_KEY_OF_THE_HOUSE_AT_WORK"\n'
    )
    cli = desk(tmp_path / "home", config, {"THE_KEY_OF_THE_HOUSE_AT_WORK": "k", "ANTHROPIC_API_KEY": "k"})
    with PtyTerminal(cli.home, *words, environ=cli.environ, columns=columns) as terminal:
        assert terminal.end() == 0
    lines = terminal.seen.splitlines()
    assert len(lines) > 2
    assert max(map(len, lines)) <= columns
    assert not any(line.startswith(" ") and len(words) == 2 for line in lines)
