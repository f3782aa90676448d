"""`parley providers add`: a provider is tried, then saved, and its key is nowhere but in the key store."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.household import (
    KEY,
    QUIET,
    config_of,
    desk,
    locked_house,
    nothing_changed,
    open_house,
    stored_key,
)
from tests.cli.terminal import Terminal
from tests.keys.support import bytes_below
from tests.providers.proxying import ProxyServer
from tests.providers.recording import NOT_THERE, Answer, Recorded, RecordingServer, models


@pytest.fixture
def cli(tmp_path: Path) -> Terminal:
    return desk(tmp_path / "home")


@pytest.fixture(scope="module")
def locked() -> Iterator[RecordingServer]:
    with RecordingServer(locked_house) as server:
        yield server


@pytest.fixture(scope="module")
def house() -> Iterator[RecordingServer]:
    with RecordingServer(open_house) as server:
        yield server


def add(cli: Terminal, *arguments: str, piped: str = "") -> int:
    return cli.run("providers", "add", *arguments, piped=piped)


def written(cli: Terminal, name: str) -> dict[str, Any]:
    """The provider's table in config.toml."""
    table: dict[str, Any] = tomllib.loads(config_of(cli))["providers"][name]
    return table


# ── what is enough ────────────────────────────────────────────────────────────


def test_an_address_alone_is_enough(cli: Terminal, house: RecordingServer) -> None:
    assert add(cli, "work", "--base-url", f"127.0.0.1:{house.port}/v1/") == 0
    assert written(cli, "work") == {"type": "openai-compat", "base_url": f"http://127.0.0.1:{house.port}/v1"}
    assert cli.out == ""
    said = cli.err.splitlines()
    assert said[0] == f"Completed to http://127.0.0.1:{house.port}/v1/."
    assert said[1].startswith(f"http://127.0.0.1:{house.port}/v1/models answered in ")
    assert said[2:5] == [
        "It is OpenAI-compatible, spoken to in openai-chat.",
        "It lists 2 models.",
        "No key was needed.",
    ]
    assert "no model yet: `parley providers edit work --model ID` sets one" in said[5]
    assert "`parley models --provider work` lists them." in said[6]


def test_the_name_of_a_preset_is_enough(cli: Terminal) -> None:
    assert add(cli, "groq") == 0
    assert written(cli, "groq") == {"type": "groq"}
    assert cli.err.splitlines() == [
        "There is no key for groq. Set $GROQ_API_KEY. Keys are made at https://console.groq.com/keys.",
        "Saved groq without a key: `parley keys set groq` stores one.",
    ]


def test_any_of_a_presets_names_is_enough(cli: Terminal) -> None:
    assert add(cli, "kimi", "--no-test") == 0
    assert written(cli, "kimi") == {"type": "moonshot"}
    assert "kimi is the preset moonshot." in cli.err


def test_host_protocol_port_and_path_may_be_given_apart(cli: Terminal, house: RecordingServer) -> None:
    port = str(house.port)
    where = ("--host", "127.0.0.1", "--protocol", "HTTP", "--port", port, "--base-path", "v1")
    assert add(cli, "apart", *where, "--model", "house-small") == 0
    assert written(cli, "apart")["base_url"] == f"http://127.0.0.1:{port}/v1"
    assert cli.err.splitlines()[-1] == "Saved apart."


def test_several_of_one_preset_work_side_by_side(
    cli: Terminal, house: RecordingServer, locked: RecordingServer
) -> None:
    assert add(cli, "one", "--type", "openai", "--base-url", house.url, "--model", "house-small", "--yes") == 0
    two = ("--type", "openai", "--base-url", locked.url, "--model", "house-large", "--api-key-stdin")
    assert add(cli, "two", *two, piped=KEY) == 0
    assert cli.run("providers", "test", "two", "--json") == 0
    assert json.loads(cli.out)[0]["word"] == "connected"
    assert cli.run("ask", "-m", "two", "Hello", piped="") == 0
    assert cli.out == "Hello.\n"
    assert locked.requests[-1].json["model"] == "house-large"


def test_every_option_lands_in_the_configuration(cli: Terminal, tmp_path: Path) -> None:
    options = {
        "--type": "deepseek",
        "--format": "anthropic-messages",
        "--base-url": "https://llm.example.com/anthropic",
        "--label": "The Deep One",
        "--auth": "bearer",
        "--model": "deepseek-chat",
        "--proxy": "http://proxy.example.com:3128",
        "--ca-file": str(tmp_path / "ca.pem"),
        "--timeout": "12.5",
        "--stream-timeout": "600",
        "--retries": "0",
        "--retry-wait-max": "5",
        "--api-key": "$DEEP_KEY",
        "--header": "X-Team: blue",
    }
    words = [word for pair in options.items() for word in pair]
    assert add(cli, "deep", *words, "--header", "X-Floor: 3", "--no-auto-connect", "--no-test") == 0
    assert cli.err == "Saved deep without trying it.\n"
    assert written(cli, "deep") == {
        "type": "deepseek",
        "format": "anthropic-messages",
        "base_url": "https://llm.example.com/anthropic",
        "label": "The Deep One",
        "auth": "bearer",
        "model": "deepseek-chat",
        "proxy": "http://proxy.example.com:3128",
        "ca_file": str(tmp_path / "ca.pem"),
        "timeout": 12.5,
        "stream_timeout": 600,
        "retries": 0,
        "retry_wait_max": 5,
        "api_key": "$DEEP_KEY",
        "extra_headers": {"X-Team": "blue", "X-Floor": "3"},
        "auto_connect": False,
    }


def test_a_relative_file_is_one_of_this_folder(cli: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert add(cli, "groq", "--ca-file", "ca.pem", "--no-test") == 0
    assert written(cli, "groq")["ca_file"] == str(tmp_path / "ca.pem")


def test_the_headers_are_sent_and_a_secret_one_is_kept_with_the_keys(cli: Terminal, house: RecordingServer) -> None:
    headers = ("--header", "X-Team: blue", "--header", "X-Gateway-Token: planted-9876")
    assert add(cli, "work", "--base-url", house.url, "--model", "house-small", *headers) == 0
    sent = house.requests[-1].headers
    assert (sent["x-team"], sent["x-gateway-token"]) == ("blue", "planted-9876")
    assert "X-Gateway-Token looks like a secret; it is kept where keys are kept." in cli.err
    assert written(cli, "work")["secret_headers"] == ["X-Gateway-Token"]
    assert stored_key(cli, "work", "X-Gateway-Token") == "planted-9876"
    assert b"planted-9876" not in bytes_below(cli.home)
    assert cli.run("ask", "-m", "work", "Hello", piped="") == 0
    assert house.requests[-1].headers["x-gateway-token"] == "planted-9876"


# ── keys ──────────────────────────────────────────────────────────────────────


def test_a_key_from_stdin_is_trimmed_proved_and_stored(cli: Terminal, locked: RecordingServer) -> None:
    where = ("--base-url", locked.url, "--model", "house-small", "--api-key-stdin")
    assert add(cli, "work", *where, piped=f" Bearer {KEY}\r\n") == 0
    assert "The key was proved." in cli.err
    assert written(cli, "work") == {"type": "openai-compat", "base_url": locked.url, "model": "house-small"}
    assert stored_key(cli, "work") == KEY
    assert KEY not in cli.out + cli.err
    assert KEY.encode() not in bytes_below(cli.home)


def test_a_key_that_is_refused_saves_nothing(cli: Terminal, locked: RecordingServer) -> None:
    is_untouched = nothing_changed(cli)
    assert add(cli, "work", "--base-url", locked.url, "--api-key-stdin", piped="sk-wrong") == 1
    first, second = cli.err.splitlines()
    assert first.startswith(f"parley: localhost:{locked.port} does not accept the key.")
    assert first.endswith("Nothing was saved.")
    assert second.startswith("  Check the key")
    assert "sk-wrong" not in cli.err
    assert is_untouched()


def test_a_refused_key_is_in_the_object_too(cli: Terminal, locked: RecordingServer) -> None:
    assert add(cli, "groq", "--base-url", locked.url, "--api-key-stdin", "--json", piped="gsk_wrong") == 1
    told = json.loads(cli.out)
    assert list(told) == ["name", "type", "base_url", "format", "models", "said", "warnings", "error"]
    assert told["name"] is None
    assert told["error"]["category"] == "auth"
    assert "gsk_wrong" not in cli.out + cli.err


def test_what_answered_is_in_the_object(cli: Terminal, house: RecordingServer) -> None:
    assert add(cli, "work", "--base-url", house.url, "--model", "house-lage", "--json") == 0
    told = json.loads(cli.out)
    assert (told["name"], told["type"], told["base_url"]) == ("work", "openai-compat", house.url)
    assert told["models"] == ["house-large", "house-small"]
    assert told["warnings"] == ["The server does not list house-lage; did you mean house-large?"]
    assert told["error"] is None


def test_a_server_that_wants_a_key_is_saved_without_one_and_that_is_said(
    cli: Terminal, locked: RecordingServer
) -> None:
    assert add(cli, "work", "--base-url", locked.url) == 0
    assert cli.err.splitlines()[-2].startswith(f"localhost:{locked.port} wants a key, and there is none.")
    assert cli.err.splitlines()[-1] == "Saved work without a key: `parley keys set work` stores one."
    # From now on Parley knows that asking without a key is pointless.
    before = len(locked.requests)
    assert cli.run("providers", "test", "work") == 3
    assert len(locked.requests) == before


def test_a_variable_stays_a_variable(cli: Terminal, locked: RecordingServer) -> None:
    cli.environ = {**cli.environ, "HOUSE_KEY": KEY}
    assert add(cli, "work", "--base-url", locked.url, "--api-key", "$HOUSE_KEY") == 0
    assert "The key was proved." in cli.err
    assert written(cli, "work")["api_key"] == "$HOUSE_KEY"
    assert stored_key(cli, "work") == ""


@pytest.mark.parametrize("piped", ["", "\n", '""', "two words", "line\nline", "schlüssel"])
def test_what_is_no_key_is_refused(cli: Terminal, piped: str) -> None:
    is_untouched = nothing_changed(cli)
    assert add(cli, "groq", "--api-key-stdin", piped=piped) == 2
    assert "key of groq" in cli.err
    assert is_untouched()


def test_a_key_on_the_command_line_is_refused_with_the_reason(cli: Terminal) -> None:
    assert add(cli, "groq", "--api-key", KEY) == 2
    assert cli.err.splitlines() == [
        "parley: --api-key takes the name of a variable, such as '$MY_KEY' in single quotes.",
        "  A key on the command line would be kept in the shell's history: use --api-key-stdin.",
    ]


def test_a_key_of_another_vendor_is_hinted_at(cli: Terminal, locked: RecordingServer) -> None:
    where = ("--type", "groq", "--base-url", locked.url, "--api-key-stdin")
    assert add(cli, "work", *where, piped="sk-ant-0123456789") == 1
    assert "A key that starts with sk-ant- is usually one for Anthropic, not for Groq." in cli.err


def test_with_no_safe_place_for_the_key_nothing_is_saved(
    cli: Terminal, locked: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "plan9")
    cli.environ = {}
    before = bytes_below(cli.home)
    assert add(cli, "work", "--base-url", locked.url, "--api-key-stdin", piped=KEY) == 2
    assert cli.err.splitlines()[-2:] == [
        "parley: The key of work is not stored. There is no keychain here: none is known for plan9.",
        "  Set PARLEY_VAULT_PASSPHRASE in the environment to keep keys in an encrypted file instead.",
    ]
    assert bytes_below(cli.home) == before


# ── where a key may not go unasked ────────────────────────────────────────────


def test_a_key_from_the_environment_goes_elsewhere_only_with_yes(cli: Terminal, locked: RecordingServer) -> None:
    cli.environ = {**cli.environ, "GROQ_API_KEY": KEY}
    where = ("work", "--type", "groq", "--base-url", locked.url, "--model", "house-small")
    before = len(locked.requests)
    assert add(cli, *where) == 2
    assert "$GROQ_API_KEY is a key for Groq and would go to localhost" in cli.err
    assert "Add --yes if that is meant." in cli.err
    assert len(locked.requests) == before
    assert add(cli, *where, "--yes") == 0
    assert cli.run("ask", "-m", "work", "Hello", piped="") == 0


@pytest.mark.parametrize("kind", [(), ("--type", "openai-compat")])
def test_a_key_goes_over_plain_http_only_with_yes(
    cli: Terminal, locked: RecordingServer, kind: tuple[str, ...]
) -> None:
    """Also when nobody knows yet what is spoken there: finding out would send the key."""
    with ProxyServer(way_to={"llm.example.com": ("127.0.0.1", locked.port)}) as proxy:
        where = ("work", *kind, "--base-url", "http://llm.example.com", "--proxy", proxy.url, "--api-key-stdin")
        assert add(cli, *where, piped=KEY) == 2
        assert "The key would go to llm.example.com without encryption." in cli.err
        assert proxy.asked == []
        assert add(cli, *where, "--yes", piped=KEY) == 0
        assert cli.run("providers", "test", "work") == 0


def test_a_secret_header_goes_over_plain_http_only_with_yes(cli: Terminal, house: RecordingServer) -> None:
    with ProxyServer(way_to={"llm.example.com": ("127.0.0.1", house.port)}) as proxy:
        where = ("work", "--base-url", "http://llm.example.com", "--proxy", proxy.url)
        secret = ("--header", "X-Gateway-Token: planted-9876")
        assert add(cli, *where, *secret) == 2
        assert "The header X-Gateway-Token would go to llm.example.com without encryption." in cli.err
        assert proxy.asked == []
        assert add(cli, *where, *secret, "--yes") == 0
        assert cli.run("providers", "test", "work") == 0


# ── without trying ────────────────────────────────────────────────────────────


def test_untried_it_is_saved_and_nobody_is_asked(cli: Terminal, locked: RecordingServer) -> None:
    before = len(locked.requests)
    where = ("--type", "openai-compat", "--base-url", locked.url, "--no-test", "--api-key-stdin")
    assert add(cli, "work", *where, piped="sk-whatever") == 0
    assert cli.err == "Saved work without trying it.\n"
    assert stored_key(cli, "work") == "sk-whatever"
    assert len(locked.requests) == before


def test_untried_it_needs_a_type(cli: Terminal) -> None:
    assert add(cli, "work", "--base-url", "https://llm.example.com", "--no-test") == 2
    assert cli.err.splitlines() == [
        "parley: Only trying tells what is spoken there.",
        "  Give --type, or leave --no-test out.",
    ]


def test_untried_json_says_what_was_saved(cli: Terminal) -> None:
    assert add(cli, "groq", "--no-test", "--json") == 0
    assert json.loads(cli.out)["name"] == "groq"


# ── what does not answer ──────────────────────────────────────────────────────


def test_nobody_there_saves_nothing(cli: Terminal) -> None:
    is_untouched = nothing_changed(cli)
    assert add(cli, "work", "--base-url", "http://127.0.0.1:9") == 1
    assert "Nothing answers at 127.0.0.1:9." in cli.err
    assert "--no-test saves it untried." in cli.err
    assert is_untouched()


def test_a_page_is_no_api(cli: Terminal) -> None:
    page = Answer("<html>Welcome</html>", content_type="text/html")
    with RecordingServer(lambda request: page) as server:
        assert add(cli, "work", "--base-url", server.url) == 1
    assert "Nothing was saved." in cli.err
    assert config_of(cli) == QUIET


def test_a_proxy_that_does_not_answer_is_named(cli: Terminal) -> None:
    is_untouched = nothing_changed(cli)
    assert add(cli, "groq", "--proxy", "http://ada:secret@127.0.0.1:9", "--api-key-stdin", piped=KEY) == 1
    assert cli.err.splitlines()[0] == (
        "parley: The proxy http://127.0.0.1:9 (the provider's proxy setting) does not answer."
        " Tried https://api.groq.com/openai/v1/models. Nothing was saved."
    )
    assert "secret" not in cli.err
    assert is_untouched()


def test_a_model_is_asked_for_where_there_is_none(cli: Terminal) -> None:
    """vLLM serves what it was started with: which one answers is for the user to say."""

    def vllm(request: Recorded) -> Answer:
        return models("served", owned_by="vllm") if request.path == "/v1/models" else NOT_THERE

    with RecordingServer(vllm) as server:
        assert add(cli, "gpu", "--type", "vllm", "--base-url", server.url) == 0
    assert "It has no model yet" in cli.err
