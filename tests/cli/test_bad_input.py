"""What people get wrong, and what goes wrong around them: one sentence each, and nothing is lost."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.household import KEY, QUIET, config_of, desk, locked_house, nothing_changed, open_house, stored_key
from tests.cli.terminal import Terminal
from tests.keys.support import PASSPHRASE, Hanging, bytes_below, keychain
from tests.providers.certificates import Authority
from tests.providers.recording import RecordingServer

PARLEY = Path(__file__).parents[2] / "parley.py"
_DROP_FROM_BOUNDING_SET, _OVERRIDES_PERMISSIONS = 24, 1
"""prctl(2), capabilities(7): what makes root one whom permissions do not stop."""


@pytest.fixture
def cli(tmp_path: Path) -> Terminal:
    return desk(tmp_path / "home", QUIET + '[providers.work]\ntype = "ollama"\n')


def is_one_sentence(cli: Terminal) -> bool:
    """Whether what was said is one line that begins as it should, and perhaps a hint."""
    lines = cli.err.splitlines()
    return lines[0].startswith("parley: ") and len(lines) in (1, 2) and lines[-1].startswith(("parley: ", "  "))


# ── names, presets, addresses ─────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("Work", "--type", "groq"), "Work differs from work only in upper and lower case."),
        (
            ("a/b", "--type", "groq"),
            "a/b has a slash, and model references are split at the first slash: leave it out.",
        ),
        (("tab\there", "--type", "groq"), "A name needs visible characters, without blanks around them."),
        (("x", "--type", "antropic"), "There is no preset antropic; did you mean 'anthropic'?"),
        (("grok-2",), "There is no preset grok-2; did you mean 'grok'?"),
        (("x", "--base-url", "ftp://example.com"), "The address must start with http:// or https://."),
        (("x", "--base-url", "https://"), "The address is not a URL."),
        (("x", "--base-url", "http://exa mple.com"), "The address is not a URL."),
        (("x", "--base-url", "https://example.com:99999"), "The address is not a URL."),
        (("azure",), "Azure OpenAI has no address of its own."),
        (("x", "--type", "groq", "--header", "X Y: z"), "X Y cannot be the name of a header."),
        (("x", "--type", "groq", "--header", "X-Team"), "X-Team has no value."),
        (("x", "--host", "  "), "The host is missing."),
        (("x", "--host", "example.com", "--port", "http"), "The address is not a URL."),
    ],
)
def test_what_cannot_be_added_is_said_in_one_sentence(cli: Terminal, arguments: tuple[str, ...], sentence: str) -> None:
    is_untouched = nothing_changed(cli)
    assert cli.run("providers", "add", *arguments, piped="") == 2
    assert sentence in cli.err
    assert is_one_sentence(cli), cli.err
    assert is_untouched()


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (
            '[providers.a]\ntype = "groq"\n[providers.A]\ntype = "groq"\n',
            "config.toml, line 3: providers.A: differs from 'a' only in upper and lower case.",
        ),
        ('[providers."a/b"]\ntype = "groq"\n', 'config.toml, line 1: providers."a/b": has a slash in its name.'),
        ('[providers.a]\ntype = "grok2"\n', "config.toml, line 2: providers.a.type: 'grok2' is no preset"),
        (
            '[providers.a]\ntype = "openai"\nbase_url = "https://ada:planted@example.com/v1"\n',
            "config.toml, line 3: providers.a.base_url: contains a user name or password.",
        ),
        ('[providers.a]\ntype = "groq"\nmodle = "x"\n', "config.toml, line 3: providers.a.modle: "),
    ],
)
@pytest.mark.parametrize("command", ["providers list", "providers add mistral --no-test", "default", "keys list"])
def test_a_configuration_with_a_mistake_is_said_with_line_and_key_and_left_alone(
    cli: Terminal, config: str, sentence: str, command: str
) -> None:
    cli.locations.config_file.write_text(config)
    assert cli.run(*command.split(), piped="") == 2
    assert sentence.rstrip(".") in cli.err
    assert "planted" not in cli.err
    assert config_of(cli) == config


def test_the_password_in_an_address_goes_where_keys_are_kept(cli: Terminal) -> None:
    with RecordingServer(open_house) as server:
        where = f"http://ada:planted-9876@127.0.0.1:{server.port}/v1"
        assert cli.run("providers", "add", "house", "--base-url", where, "--model", "house-small", piped="") == 0
        assert "User and password were taken out of the URL" in cli.err
        assert "planted-9876" not in cli.err
        assert b"planted-9876" not in bytes_below(cli.home)
        table = tomllib.loads(config_of(cli))["providers"]["house"]
        assert table["base_url"] == f"http://127.0.0.1:{server.port}/v1"
        assert cli.run("ask", "-m", "house", "Hello", piped="") == 0
        assert server.requests[-1].headers["authorization"] == "Basic YWRhOnBsYW50ZWQtOTg3Ng=="


# ── the way there ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize("doing", ["add", "test", "ask"])
def test_a_proxy_that_cannot_be_reached_is_one_sentence(cli: Terminal, doing: str) -> None:
    way = {"proxy": "http://127.0.0.1:9", "retries": "0"}
    if doing == "add":
        code = cli.run("providers", "add", "groq", "--proxy", way["proxy"], "--api-key-stdin", piped=KEY)
    else:
        cli.locations.config_file.write_text(
            f'{QUIET}[providers.groq]\ntype = "groq"\napi_key = "k"\nproxy = "{way["proxy"]}"\nretries = 0\n'
        )
        words = ("ask", "-m", "groq/x", "Hello") if doing == "ask" else ("providers", "test", "groq")
        code = cli.run(*words, piped="")
    assert code == 1
    assert "The proxy http://127.0.0.1:9 (the provider's proxy setting) does not answer." in cli.err
    assert 'set proxy = "none" for this provider to go without one' in cli.err


@pytest.mark.parametrize(
    ("proxy", "code"), [("ftp://127.0.0.1:9", 2), ("socks5://127.0.0.1:9", 2), ("http://", 2), ("nonsense nonsense", 2)]
)
def test_a_proxy_that_is_none_is_one_sentence(cli: Terminal, proxy: str, code: int) -> None:
    is_untouched = nothing_changed(cli)
    for more in ((), ("--no-test",)):
        assert cli.run("providers", "add", "groq", "--proxy", proxy, "--api-key-stdin", *more, piped=KEY) == code
        assert is_one_sentence(cli), cli.err
        assert "proxy" in cli.err
    assert is_untouched()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def elsewhere(authority: Authority) -> Iterator[RecordingServer]:
    """A server whose certificate is for another host."""
    with RecordingServer(open_house, tls=authority.server_context("other.example.com")) as server:
        yield server


def test_a_certificate_that_does_not_fit_is_one_sentence(
    cli: Terminal, authority: Authority, elsewhere: RecordingServer
) -> None:
    is_untouched = nothing_changed(cli)
    where = ("--type", "openai-compat", "--base-url", elsewhere.url, "--ca-file", str(authority.ca_file))
    assert cli.run("providers", "add", "house", *where, piped="") == 1
    assert f"The certificate at 127.0.0.1:{elsewhere.port} is for other.example.com, not for 127.0.0.1." in cli.err
    assert is_one_sentence(cli), cli.err
    assert cli.run("providers", "add", "house", "--base-url", elsewhere.url, piped="") == 1
    assert "is signed by nobody whom this computer trusts." in cli.err
    assert "Set ca_file for this provider" in cli.err
    assert is_untouched()
    assert elsewhere.requests == []


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_without_certificates_is_one_sentence(cli: Terminal, tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    is_untouched = nothing_changed(cli)
    assert cli.run("providers", "add", "groq", "--ca-file", str(file), "--api-key-stdin", piped=KEY) == 2
    assert cli.err.startswith(f"parley: The certificate file {file} ")
    assert "Correct the provider's ca_file." in cli.err
    assert is_untouched()


# ── places that do not play along ─────────────────────────────────────────────


def _heed_permissions() -> None:
    """Root is stopped by permissions, as everybody else is. For a process that is about to run something."""
    if os.geteuid() == 0:
        ctypes.CDLL(None).prctl(_DROP_FROM_BOUNDING_SET, _OVERRIDES_PERMISSIONS, 0, 0, 0)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="permissions are those of Linux")
@pytest.mark.parametrize(
    "words",
    [
        ("providers", "add", "groq", "--no-test", "--api-key-stdin"),
        ("providers", "edit", "work", "--model", "x", "--no-test"),
        ("providers", "edit", "work", "--name", "home", "--no-test"),
        ("providers", "disable", "work"),
        ("providers", "remove", "work", "--yes"),
        ("default", "chat", "work/x"),
        ("keys", "move", "bare"),
    ],
    ids=lambda words: "-".join(words[:3]),
)
def test_a_read_only_folder_is_one_sentence_and_loses_nothing(tmp_path: Path, words: tuple[str, ...]) -> None:
    """The configuration cannot be written, the key store can: no key may be stored or removed for nothing."""
    config, data = tmp_path / "config" / "parley", tmp_path / "data" / "parley"
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(config.parent),
        "XDG_DATA_HOME": str(data.parent),
        **PASSPHRASE,
    }

    def parley(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(PARLEY), *arguments], env=environ, input=stdin, capture_output=True, text=True,
            timeout=60, preexec_fn=_heed_permissions,
        )  # fmt: skip

    text = QUIET + '# mine\n[providers.work]\ntype = "ollama"\n'
    text += f'[providers.bare]\ntype = "groq"\napi_key = "{KEY}"\n'
    config.mkdir(parents=True, mode=0o700)
    (config / "config.toml").write_text(text)
    assert parley("keys", "set", "work", stdin="the-old-key").returncode == 0
    config.chmod(0o500)
    try:
        done = parley(*words, stdin=KEY)
        keys = json.loads(parley("keys", "list", "--json").stdout)
    finally:
        config.chmod(0o700)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"parley: {config / 'config.toml'} cannot be changed: Permission denied.")
    assert (config / "config.toml").read_text() == text
    assert [(key["name"], key["kind"]) for key in keys] == [("work", "stored"), ("bare", "config")]


def test_a_keyring_that_hangs_is_one_sentence_and_loses_nothing(cli: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    hanging = Hanging()
    monkeypatch.setattr("app.keys.store._keychain_of_this_desktop", lambda: keychain(hanging))
    cli.environ = {}
    before = bytes_below(cli.home)
    try:
        assert cli.run("providers", "add", "groq", "--no-test", "--api-key-stdin", piped=KEY) == 2
    finally:
        hanging.answer.set()
    assert "The key of groq is not stored." in cli.err
    assert "did not answer within" in cli.err
    assert "PARLEY_VAULT_PASSPHRASE" in cli.err
    assert is_one_sentence(cli), cli.err
    assert bytes_below(cli.home) == before


@pytest.mark.parametrize("damage", ["another passphrase", "a flipped bit"])
def test_a_vault_that_does_not_open_is_one_sentence_and_loses_nothing(cli: Terminal, damage: str) -> None:
    with RecordingServer(locked_house) as server:
        add = ("--base-url", server.url, "--model", "house-small", "--api-key-stdin")
        assert cli.run("providers", "add", "house", *add, piped=KEY) == 0
        good = cli.locations.vault.read_bytes()
        usual = cli.environ
        if damage == "a flipped bit":
            document = json.loads(good)
            sealed = max(
                (name for name in document if isinstance(document[name], str)), key=lambda name: len(document[name])
            )
            text = document[sealed]
            document[sealed] = ("B" if text[0] == "A" else "A") + text[1:]
            cli.locations.vault.write_text(json.dumps(document))
        else:
            cli.environ = {**usual, "PARLEY_VAULT_PASSPHRASE": "wrong horse"}
        is_untouched = nothing_changed(cli)
        assert cli.run("ask", "-m", "house", "Hello", piped="") == 1
        assert "vault" in cli.err
        assert is_one_sentence(cli), cli.err
        assert cli.run("providers", "test", "house", piped="") == 1
        assert cli.run("providers", "add", "other", *add, piped=KEY) == 2
        assert "The key of other is not stored." in cli.err
        assert cli.run("providers", "edit", "house", "--api-key-stdin", piped=KEY) == 2
        assert is_untouched()
        cli.environ = usual
        cli.locations.vault.write_bytes(good)
        assert stored_key(cli, "house") == KEY
        assert cli.run("ask", "-m", "house", "Hello", piped="") == 0
