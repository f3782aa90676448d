"""`parley providers import FILE | export NAME`: from other programs, and to other people."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.cli.household import KEY, QUIET, config_of, desk, locked_house, nothing_changed, stored_key
from tests.cli.terminal import Terminal
from tests.keys.support import bytes_below
from tests.providers.recording import RecordingServer

CRUSH = """{
  "providers": {
    "house": {"type": "openai-compat", "base_url": "URL/v1", "api_key": "KEY",
              "extra_headers": {"X-Gateway-Token": "planted-9876"},
              "models": [{"id": "house-small", "name": "Small", "cost_per_1m_in": 1, "cost_per_1m_out": 2}]},
    "groq": {"type": "openai-compat", "base_url": "https://api.groq.com/openai/v1", "api_key": "$GROQ_API_KEY"},
    "bedrock": {"type": "bedrock", "models": []}
  },
  "models": {"large": {"provider": "house", "model": "house-small"}}
}"""


@pytest.fixture
def cli(tmp_path: Path) -> Terminal:
    return desk(tmp_path / "home", "# mine\n" + QUIET)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Another program's configuration, with a key in it."""
    made = tmp_path / "crush.json"
    made.write_text(CRUSH.replace("KEY", KEY, 1).replace("URL", "http://127.0.0.1:9"))
    return made


def providers(cli: Terminal, *arguments: str) -> int:
    return cli.run("providers", *arguments, piped="")


# ── import ────────────────────────────────────────────────────────────────────


def test_import_shows_what_it_understood_and_writes_nothing_unasked(cli: Terminal, file: Path) -> None:
    is_untouched = nothing_changed(cli)
    assert providers(cli, "import", str(file)) == 2
    said = cli.out.splitlines()
    assert said[0] == "Crush: 2 providers."
    assert "house: new (type openai-compat, http://127.0.0.1:9/v1, 1 model)." in said
    assert "  Its key goes into the key store." in said
    assert "  The value of its header X-Gateway-Token goes into the key store." in said
    assert "  Its key is read from $GROQ_API_KEY." in said
    assert "default_model becomes house/house-small." in said
    assert "Left out: bedrock: Amazon Bedrock is not supported." in said
    assert cli.err.splitlines() == [
        "parley: Nothing was written.",
        "  Add --yes to write it without a question.",
    ]
    assert KEY not in cli.out
    assert is_untouched()


def test_a_dry_run_is_a_success_that_does_nothing(cli: Terminal, file: Path) -> None:
    is_untouched = nothing_changed(cli)
    assert providers(cli, "import", str(file), "--dry-run") == 0
    assert cli.out.startswith("Crush: 2 providers.")
    assert cli.err == ""
    assert is_untouched()


def test_what_was_imported_works_and_its_keys_are_in_the_key_store(cli: Terminal, file: Path) -> None:
    with RecordingServer(locked_house) as server:
        file.write_text(CRUSH.replace("KEY", KEY, 1).replace("URL", server.url))
        assert providers(cli, "import", str(file), "--yes") == 0
        assert cli.err == "Written. `parley providers test` tries them.\n"
        assert stored_key(cli, "house") == KEY
        assert stored_key(cli, "house", "X-Gateway-Token") == "planted-9876"
        assert config_of(cli).startswith("# mine\n")
        written = tomllib.loads(config_of(cli))
        assert written["default_model"] == "house/house-small"
        assert written["providers"]["groq"]["api_key"] == "$GROQ_API_KEY"
        assert KEY.encode() not in bytes_below(cli.home)
        assert cli.run("ask", "Hello", piped="") == 0
        assert cli.out == "Hello.\n"
        assert server.requests[-1].headers["x-gateway-token"] == "planted-9876"


def test_what_is_here_already_is_not_written_twice(cli: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "parley.toml"
    file.write_text('[providers.local]\ntype = "ollama"\nmodel = "llama3.1"\n')
    assert providers(cli, "import", str(file), "--yes") == 0
    is_untouched = nothing_changed(cli)
    assert providers(cli, "import", str(file)) == 0
    assert "local: you have it already, exactly so." in cli.out
    assert cli.err == "There is nothing to write.\n"
    assert is_untouched()


def test_without_a_safe_place_for_its_keys_nothing_of_it_is_written(
    cli: Terminal, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "plan9")
    cli.environ = {}
    before = bytes_below(cli.home)
    assert providers(cli, "import", str(file), "--yes") == 2
    assert cli.err.splitlines() == [
        "parley: There is no safe place for the keys in that file, so nothing was written.",
        "  Set PARLEY_VAULT_PASSPHRASE in the environment to keep keys in an encrypted file instead.",
    ]
    assert bytes_below(cli.home) == before


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("crush.json", b"", "crush.json is empty."),
        ("crush.json", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "crush.json is not a text file."),
        ("crush.json", b'{"providers": {"a": {', "crush.json is not readable as JSON in line 1"),
        ("config.yaml", b"clients:\n  - type: [openai\n", "config.yaml is not readable as YAML in line 3"),
        ("models.yaml", b"services:\n  web:\n    image: nginx\n", "models.yaml is YAML, but no configuration"),
        ("page.json", b"<!DOCTYPE html><html></html>", "page.json is a web page or a picture"),
        ("secret.json", b'"sk-planted-0123456789abcdef"', "secret.json holds no configuration."),
    ],
)
def test_a_file_that_is_not_what_it_says_is_one_sentence(
    cli: Terminal, tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    is_untouched = nothing_changed(cli)
    (tmp_path / name).write_bytes(content)
    assert providers(cli, "import", str(tmp_path / name), "--yes") == 2
    assert cli.out == ""
    assert cli.err.startswith(f"parley: {sentence}")
    assert len(cli.err.splitlines()) <= 2
    assert KEY not in cli.err
    assert is_untouched()


def test_a_file_that_is_not_there_is_one_sentence(cli: Terminal, tmp_path: Path) -> None:
    assert providers(cli, "import", str(tmp_path / "crush.json")) == 2
    assert cli.err.splitlines() == ["parley: There is no file crush.json.", "  Check the path."]
    assert providers(cli, "import", str(tmp_path)) == 2
    assert "is a directory." in cli.err


# ── export ────────────────────────────────────────────────────────────────────


def test_an_export_holds_no_key_and_imports_again_elsewhere(cli: Terminal, tmp_path: Path) -> None:
    with RecordingServer(locked_house) as server:
        cli.locations.config_file.write_text(
            f'{QUIET}[providers.work]\ntype = "openai-compat"\nbase_url = "{server.url}/v1?token=planted-1111"\n'
            f'api_key = "{KEY}"\nmodel = "house-small"\nlabel = "The House"\n'
            'extra_headers = { X-Team = "blue", X-Gateway-Token = "planted-2222" }\nsecret_headers = ["X-Other"]\n'
            '[[providers.work.models]]\nid = "house-small"\ncost_per_1m_in = "0.10"\n'
        )
        assert cli.run("keys", "set", "work", "--header", "X-Other", piped="planted-3333") == 0
        assert providers(cli, "export", "work") == 0
        assert cli.err == ""
        assert "planted" not in cli.out
        (tmp_path / "work.toml").write_text(cli.out)
        elsewhere = desk(tmp_path / "elsewhere")
        assert providers(elsewhere, "import", str(tmp_path / "work.toml"), "--yes") == 0
        there = tomllib.loads(config_of(elsewhere))["providers"]["work"]
        assert there["secret_headers"] == ["X-Other", "X-Gateway-Token"]
        assert (there["label"], there["model"]) == ("The House", "house-small")
        assert there["models"][0]["cost_per_1m_in"] == 0.1
        assert elsewhere.run("keys", "set", "work", piped=KEY) == 0
        assert elsewhere.run("ask", "-m", "work", "Hello", piped="") == 0
        assert elsewhere.out == "Hello.\n"


def test_a_variable_is_exported_as_it_is_written(cli: Terminal) -> None:
    cli.locations.config_file.write_text(QUIET + '[providers.groq]\ntype = "groq"\napi_key = "$MY_KEY"\n')
    assert providers(cli, "export", "groq") == 0
    assert tomllib.loads(cli.out) == {"providers": {"groq": {"type": "groq", "api_key": "$MY_KEY"}}}


def test_what_was_found_can_be_exported_too(cli: Terminal) -> None:
    cli.environ = {**cli.environ, "GROQ_API_KEY": KEY}
    assert providers(cli, "export", "groq") == 0
    assert tomllib.loads(cli.out)["providers"]["groq"]["type"] == "groq"
    assert KEY not in cli.out
