"""`parley keys`: listing, storing, removing, moving and allowing, without ever printing one."""

from __future__ import annotations

import asyncio
import io
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from app.keys.store import KeyStore
from app.keys.vault import Vault
from providers.credentials import Secret
from tests.cli.terminal import Terminal
from tests.keys.desktop import Desktop, Keyring, needs_a_secret_service
from tests.keys.desktop import desktop as desktop
from tests.keys.support import CHEAP, KEY, PASSPHRASE, bytes_below, key_store
from tests.providers.recording import RecordingServer, models

PARLEY = Path(__file__).parents[2] / "parley.py"
CONFIG = f"""# mine
[providers.claude]          # the one
type = "anthropic"
api_key = "{KEY}"   # oops
model = "claude-sonnet-4-6"

[providers.work]
type = "openai-compat"
base_url = "https://llm.example.com/v1"
api_key = "$WORK_KEY"
extra_headers = {{ X-Team = "blue", X-Gateway-Token = "{KEY}" }} # keep
secret_headers = ["X-Other"]

[providers.proxy]
type = "openai"
base_url = "https://proxy.example.com/v1"

[providers.local]
type = "ollama"
"""


@pytest.fixture
def desk(terminal: Terminal) -> Terminal:
    """A command line with a vault and four configured providers."""
    terminal.environ = {**PASSPHRASE, "OPENAI_API_KEY": "sk-proj-1"}
    terminal.home.mkdir()
    terminal.locations.config_file.write_text(CONFIG)
    # An existing vault keeps its cost.
    vault_file = terminal.locations.vault
    passphrase = Secret(PASSPHRASE["PARLEY_VAULT_PASSPHRASE"])
    Vault(vault_file, passphrase, vault_file.with_name("keys.lock"), CHEAP).change(lambda content: None)
    return terminal


def store_of(terminal: Terminal) -> KeyStore:
    """The key store as another process sees it."""
    return key_store(terminal.home, terminal.environ)


def pipe_in(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def revealed(terminal: Terminal, name: str, header: str = "") -> str:
    return asyncio.run(store_of(terminal).read(name, header)).reveal()


# ── set ───────────────────────────────────────────────────────────────────────


def test_set_stores_what_is_piped_in_and_says_where(desk: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe_in(monkeypatch, "  Bearer sk-ant-new\r\n")
    assert desk.run("keys", "set", "claude") == 0
    assert desk.out == ""
    assert desk.err.splitlines() == [
        "The key of claude is in the vault now for api.anthropic.com.",
        "It is used instead of api_key in config.toml.",
    ]
    assert revealed(desk, "claude") == "sk-ant-new"


@pytest.mark.parametrize("name", ["n\udcff", "a/b", " ", "x\ny"])
def test_set_takes_no_name_that_no_provider_can_have(
    desk: Terminal, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    pipe_in(monkeypatch, KEY)
    assert desk.run("keys", "set", name) == 2
    assert desk.err.startswith("parley: ")
    assert store_of(desk).all_stored() == ()


def test_set_warns_about_a_key_of_another_vendor(desk: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe_in(monkeypatch, "sk-or-v1-0123456789")
    assert desk.run("keys", "set", "claude") == 0
    assert "A key that starts with sk-or- is usually one for OpenRouter, not for Anthropic." in desk.err
    assert "0123456789" not in desk.err


def test_a_gateway_may_take_any_key(desk: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe_in(monkeypatch, "sk-ant-0123456789")
    assert desk.run("keys", "set", "proxy") == 0
    assert "usually" not in desk.err
    assert "in the vault now for proxy.example.com" in desk.err


def test_the_value_of_a_secret_header_keeps_its_scheme(desk: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe_in(monkeypatch, '"Bearer abc"\n')
    assert desk.run("keys", "set", "work", "--header", "x-other") == 0
    assert desk.err == "The header x-other of work is in the vault now for llm.example.com.\n"
    assert revealed(desk, "work", "X-Other") == "Bearer abc"


def test_a_header_that_is_not_named_yet_is_said(desk: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe_in(monkeypatch, "k-planted")
    assert desk.run("keys", "set", "work", "--header", "X-New") == 0
    assert 'once secret_headers = ["X-New"] stands under [providers.work]' in desk.err


def test_a_key_may_be_stored_before_its_provider_and_that_is_said(
    desk: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe_in(monkeypatch, "k-1")
    assert desk.run("keys", "set", "clade") == 0
    assert "There is no provider called clade yet: the key waits for it. Did you mean claude?" in desk.err
    pipe_in(monkeypatch, "gsk_1")
    assert desk.run("keys", "set", "groq") == 0
    assert [(key.provider, key.host) for key in store_of(desk).all_stored()] == [
        ("clade", ""),
        ("groq", "api.groq.com"),
    ]


@pytest.mark.parametrize("text", ["", " \n", '""', "Bearer \n", "two words", "two\nlines", "café", "a\x00b"])
def test_what_is_no_key_is_refused(desk: Terminal, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    pipe_in(monkeypatch, text)
    assert desk.run("keys", "set", "claude") == 2
    assert desk.err.startswith(("parley: No key of claude was given", "parley: The key of claude contains"))
    assert store_of(desk).all_stored() == ()


def test_a_closed_stdin_is_no_key(desk: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert desk.run("keys", "set", "claude") == 2


def test_with_no_safe_place_nothing_is_stored(desk: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.environ = {}
    monkeypatch.setattr(sys, "platform", "plan9")
    pipe_in(monkeypatch, KEY)
    before = bytes_below(desk.home)
    assert desk.run("keys", "set", "proxy") == 2
    assert desk.err.splitlines() == [
        "parley: The key of proxy is not stored. There is no keychain here: none is known for plan9.",
        "  Set PARLEY_VAULT_PASSPHRASE in the environment to keep keys in an encrypted file instead.",
    ]
    assert bytes_below(desk.home) == before


def test_a_header_that_is_none_is_refused(desk: Terminal) -> None:
    assert desk.run("keys", "set", "work", "--header", "X Y") == 2
    assert "not the name of a header" in desk.err


# ── list ──────────────────────────────────────────────────────────────────────


def test_list_says_where_each_key_comes_from_what_it_hides_and_what_to_do(
    desk: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.environ = {**desk.environ, "ANTHROPIC_API_KEY": KEY, "GROQ_API_KEY": KEY}
    pipe_in(monkeypatch, KEY)
    desk.run("keys", "set", "work", "--header", "X-Other")
    pipe_in(monkeypatch, KEY)
    desk.run("keys", "set", "stranger")
    assert desk.run("keys", "list") == 0
    rows = [re.split(r"  +", line) for line in desk.out.splitlines()]
    assert rows[1:] == [
        ["claude", "api_key in config.toml", "$ANTHROPIC_API_KEY", "in plain text"],
        ["work", "$WORK_KEY", "$WORK_KEY is not set"],
        ["work", "X-Other", "the vault"],
        ["work", "X-Gateway-Token", "extra_headers in config.toml", "in plain text"],
        ["proxy", "$OPENAI_API_KEY"],
        ["local", "—", "none needed"],
        ["groq", "$GROQ_API_KEY", "found in environment"],
        ["stranger", "the vault", "no such provider yet"],
    ]
    for sentence in (
        "claude: api_key stands in plain text in config.toml. `parley keys move claude`",
        "work has no key: $WORK_KEY is not set.",
        "work: the header X-Gateway-Token stands in plain text",
        "proxy: the key in $OPENAI_API_KEY was not given for proxy.example.com",
        "vault: unlocked, 2 keys.",
        "keychain: There is no keychain here",
    ):
        assert sentence in desk.err
    assert KEY not in desk.out + desk.err


def test_list_as_json_has_one_object_for_each_key(desk: Terminal) -> None:
    rows = desk.json("keys", "list")
    assert [row["name"] for row in rows] == ["claude", "work", "work", "work", "proxy", "local"]
    assert next(iter(rows[0])) == "name"
    assert rows[0] == {
        "name": "claude",
        "header": None,
        "kind": "config",
        "place": "api_key in config.toml",
        "hides": [],
        "given_for": None,
        "plain_text": True,
        "note": "in plain text",
    }
    assert rows[4]["place"] == "$OPENAI_API_KEY"
    assert KEY not in desk.out


def test_list_of_nothing_says_what_there_would_be(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "plan9")
    assert terminal.run("keys", "list") == 0
    assert terminal.out == ""
    assert "There is no safe place for new keys. Set PARLEY_VAULT_PASSPHRASE" in terminal.err
    assert not terminal.home.exists()


def test_a_broken_configuration_is_said(desk: Terminal) -> None:
    desk.locations.config_file.write_text("themes = 1\n")
    assert desk.run("keys", "list") == 2
    assert "line 1: themes" in desk.err


# ── remove ────────────────────────────────────────────────────────────────────


def test_remove_takes_the_key_and_leaves_the_headers(desk: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    for arguments in ((), ("--header", "X-Other"), ("--header", "X-New")):
        pipe_in(monkeypatch, "k-planted")
        desk.run("keys", "set", "work", *arguments)
    assert desk.run("keys", "remove", "work") == 0
    assert desk.err == "Removed the key of work from the vault.\n"
    assert desk.run("keys", "remove", "work") == 2
    assert desk.err.splitlines() == ["parley: No key of work is stored.", "  Stored for work: X-Other, X-New."]
    assert desk.run("keys", "remove", "work", "--header", "x-new") == 0
    assert desk.run("keys", "remove", "work", "--all") == 0
    assert desk.err == "Removed the header X-Other of work from the vault.\n"
    assert desk.run("keys", "remove", "work", "--all") == 2


def test_remove_says_what_stays_and_forget_forgets_it(desk: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe_in(monkeypatch, "k-planted")
    desk.run("keys", "set", "work")
    desk.environ = {}
    assert desk.run("keys", "remove", "work") == 2
    assert "The key of work stays in the vault." in desk.err
    assert desk.run("keys", "remove", "work", "--forget") == 0
    assert desk.err == "Forgot the key of work in the vault.\n"
    assert store_of(desk).all_stored() == ()


# ── move ──────────────────────────────────────────────────────────────────────


def test_move_takes_plain_text_out_of_the_configuration_in_place(desk: Terminal) -> None:
    assert desk.run("keys", "move", "claude") == 0
    assert desk.err == "The key of claude is in the vault now for api.anthropic.com.\n"
    assert desk.run("keys", "move", "work") == 0
    assert desk.err == "The header X-Gateway-Token of work is in the vault now for llm.example.com.\n"
    text = desk.locations.config_file.read_text()
    assert KEY not in text
    assert revealed(desk, "claude") == revealed(desk, "work", "X-Gateway-Token") == KEY
    written = tomllib.loads(text)["providers"]
    assert written["claude"] == {"type": "anthropic", "model": "claude-sonnet-4-6"}
    assert written["work"] == {
        "type": "openai-compat",
        "base_url": "https://llm.example.com/v1",
        "api_key": "$WORK_KEY",
        "extra_headers": {"X-Team": "blue"},
        "secret_headers": ["X-Other", "X-Gateway-Token"],
    }
    assert text.startswith("# mine\n[providers.claude]          # the one\n")
    assert "# keep" in text
    assert desk.run("keys", "move", "claude") == 0
    assert desk.err == "No key of claude stands in plain text in config.toml.\n"


def test_the_last_extra_header_takes_its_table_along(desk: Terminal) -> None:
    desk.locations.config_file.write_text(
        f'[providers.work]\ntype = "openai"\n[providers.work.extra_headers]\nAuthorization = "Bearer {KEY}"\n'
    )
    assert desk.run("keys", "move", "work") == 0
    assert tomllib.loads(desk.locations.config_file.read_text())["providers"]["work"] == {
        "type": "openai",
        "secret_headers": ["Authorization"],
    }
    assert revealed(desk, "work", "Authorization") == f"Bearer {KEY}"


def test_move_overwrites_no_stored_key(desk: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe_in(monkeypatch, "the-newer-key")
    desk.run("keys", "set", "claude")
    assert desk.run("keys", "move", "claude") == 2
    assert "A key of claude is stored already, and hides what stands in config.toml." in desk.err
    assert revealed(desk, "claude") == "the-newer-key"
    assert desk.locations.config_file.read_text() == CONFIG


def test_move_leaves_the_configuration_alone_when_nothing_can_be_stored(
    desk: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.environ = {}
    monkeypatch.setattr(sys, "platform", "plan9")
    assert desk.run("keys", "move", "claude") == 2
    assert "is not stored" in desk.err
    assert desk.locations.config_file.read_text() == CONFIG


def test_move_of_a_stranger_names_the_nearest(desk: Terminal) -> None:
    assert desk.run("keys", "move", "Claud") == 2
    assert desk.err.splitlines() == ["parley: There is no provider called Claud.", "  Did you mean claude?"]


# ── allow ─────────────────────────────────────────────────────────────────────


def test_allow_records_that_a_key_may_go_to_a_foreign_host(desk: Terminal) -> None:
    assert desk.run("keys", "allow", "proxy") == 0
    assert desk.err == "From now on the key of proxy in $OPENAI_API_KEY may go to proxy.example.com.\n"
    assert store_of(desk).allows("proxy", "$OPENAI_API_KEY", "proxy.example.com")
    assert desk.run("keys", "list") == 0
    assert "was not given for" not in desk.err


def test_allow_has_nothing_to_do_where_the_key_belongs(desk: Terminal) -> None:
    assert desk.run("keys", "allow", "claude") == 0
    assert "Nothing needs allowing" in desk.err
    assert not desk.locations.key_record.exists()


def test_allow_without_a_key_is_wrong_usage(desk: Terminal) -> None:
    assert desk.run("keys", "allow", "local") == 2
    assert "There is no key for local to allow." in desk.err


# ── as a program ──────────────────────────────────────────────────────────────


def test_the_demo_stores_no_keys(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(PARLEY), "--demo", "--home", str(tmp_path), "keys", "set", "chat"],
        input=KEY, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("parley: The demo needs no keys and stores none.\n")


@needs_a_secret_service
def test_keys_go_into_a_real_keychain_and_out_again(desktop: Desktop) -> None:
    parley = (sys.executable, str(PARLEY), "--home", str(desktop.home / "parley"), "keys")
    done = desktop.run(Keyring.UNLOCKED, *parley, "set", "anthropic", stdin=KEY)
    assert done.returncode == 0, done.stderr
    assert "The key of anthropic is in the keychain (Secret Service) now for api.anthropic.com." in done.stderr
    done = desktop.run(Keyring.LOCKED, *parley, "list")
    assert done.returncode == 0
    assert re.search(r"anthropic +the keychain \(Secret Service\) +found in the key store", done.stdout)
    assert "keychain: Secret Service, locked." in done.stderr
    assert KEY.encode() not in bytes_below(desktop.home)
    done = desktop.run(Keyring.UNLOCKED, *parley, "remove", "anthropic")
    assert "Removed the key of anthropic from the keychain (Secret Service)." in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="a pseudo-terminal is needed")
@needs_a_secret_service
def test_a_secret_header_goes_into_a_real_keychain_and_from_there_to_the_server(desktop: Desktop) -> None:
    home = desktop.home / "parley"
    home.mkdir()
    parley = (sys.executable, str(PARLEY), "--home", str(home))
    with RecordingServer({"/v1/models": models("house")}) as server:
        (home / "config.toml").write_text(
            f'[providers.work]\ntype = "openai-compat"\nbase_url = "{server.url}"\nsecret_headers = ["X-Token"]\n'
        )
        done = desktop.run(Keyring.UNLOCKED, *parley, "keys", "set", "work", "--header", "X-Token", stdin=KEY)
        assert "The header X-Token of work is in the keychain (Secret Service) now" in done.stderr
        done = desktop.run(Keyring.UNLOCKED, *parley, "providers", "test", "work")
        assert done.returncode == 0, done.stdout + done.stderr
        assert server.requests[-1].headers["x-token"] == KEY
    assert KEY.encode() not in bytes_below(desktop.home)


def test_on_a_terminal_the_key_is_asked_for_without_echo(tmp_path: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    script = "import sys; sys.argv[0] = 'parley'; import app.cli; sys.exit(app.cli.main(sys.argv[1:]))"
    with subprocess.Popen(
        [sys.executable, "-c", script, "--home", str(tmp_path), "keys", "set", "groq"],
        cwd=PARLEY.parent, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **PASSPHRASE},
    ) as process:  # fmt: skip
        os.close(theirs)
        seen = b""
        while b"not shown" not in seen:
            seen += os.read(ours, 1024)
        os.write(ours, f"{KEY}\n".encode())
        while True:
            try:
                chunk = os.read(ours, 1024)
            except OSError:
                break
            if not chunk:
                break
            seen += chunk
        assert process.wait(60) == 0, seen
    os.close(ours)
    assert b"Key of groq (not shown):" in seen
    assert b"in the vault now" in seen
    assert KEY.encode() not in seen
    assert KEY.encode() not in bytes_below(tmp_path)
