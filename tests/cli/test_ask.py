"""`parley ask` as scripts use it: a process of its own, talking to a demo server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from providers.demo import DemoServer

PARLEY = Path(__file__).parents[2] / "parley.py"


class Runner:
    """Runs `parley` from a strange folder, with a home of its own."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "PARLEY_HOME": str(folder / "home")}
        self.url = url

    def configure(self, text: str) -> None:
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        (home / "config.toml").write_text(text.replace("URL", self.url), "utf-8")

    def start(self, *arguments: str, stdin: int | None = subprocess.DEVNULL) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(PARLEY), *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *arguments: str, piped: str | None = None) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments, stdin=subprocess.DEVNULL if piped is None else subprocess.PIPE)
        out, err = process.communicate(piped, timeout=60)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def object(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        result = self("ask", "--json", *arguments)
        assert result.returncode == code, result.stderr
        value: dict[str, Any] = json.loads(result.stdout)
        return value


CONFIG = """
[providers.chat]
type = "openai-compat"
base_url = "URL/v1"
api_key = "demo-key"
model = "eliza"
[[providers.chat.models]]
id = "thinker"
cost_per_1m_in = 2
cost_per_1m_out = "8"
[providers.responses]
type = "openai-responses"
base_url = "URL/v1"
api_key = "demo-key"
[providers.messages]
type = "anthropic"
base_url = "URL"
api_key = "demo-key"
[providers.ollama]
type = "ollama"
base_url = "URL"
"""


@pytest.fixture
def parley(tmp_path: Path, demo: DemoServer) -> Runner:
    runner = Runner(tmp_path, demo.url)
    runner.configure(CONFIG)
    return runner


def test_the_reply_and_nothing_else_goes_to_stdout(parley: Runner) -> None:
    result = parley("ask", "Hello, my name is Ada.")
    assert result.returncode == 0
    assert "Ada" in result.stdout
    assert result.stdout.endswith("\n")
    assert result.stderr == ""


@pytest.mark.parametrize("provider", ["chat", "responses", "messages", "ollama"])
def test_json_has_the_shape_of_the_contract_in_every_format(parley: Runner, provider: str) -> None:
    reply = parley.object("-m", f"{provider}/thinker", "What is 6 * 7?")
    assert list(reply) == [
        "model", "text", "reasoning", "tool_calls", "stop_reason", "raw_stop_reason", "usage", "cost", "timing",
        "conversation", "error",
    ]  # fmt: skip
    assert reply["model"] == f"{provider}/thinker"
    assert "42" in reply["text"]
    assert reply["reasoning"]
    assert reply["stop_reason"] == "stop"
    assert reply["usage"]["input_tokens"] > 0
    assert reply["usage"]["output_tokens"] > 0
    assert reply["error"] is None
    assert reply["conversation"]


def test_a_priced_model_costs_its_counts_times_its_rates_to_the_last_digit(parley: Runner) -> None:
    reply = parley.object("-m", "chat/thinker", "What is 6 * 7?")
    usage = reply["usage"]
    micro_dollars = 2 * usage["input_tokens"] + 8 * usage["output_tokens"]
    assert reply["cost"]["usd"] == f"{micro_dollars / 10**6:.10f}"
    assert reply["cost"]["status"] == "computed"
    assert reply["cost"]["source"] == "config"


def test_an_unpriced_model_has_no_cost_rather_than_zero(parley: Runner) -> None:
    assert parley.object("-m", "chat/eliza", "Hello")["cost"] == {"usd": None, "status": "unknown", "source": None}


def test_stdin_is_added_to_the_prompt(parley: Runner) -> None:
    result = parley("ask", "-m", "chat/thinker", "What is", piped="6 * 7?\n")
    assert "42" in result.stdout


def test_offered_tools_are_called_and_reported(parley: Runner, tmp_path: Path) -> None:
    tools = tmp_path / "tools.json"
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    tools.write_text(json.dumps([{"name": "get.weather", "description": "The weather", "parameters": schema}]))
    for provider in ("chat", "responses", "messages", "ollama"):
        reply = parley.object("-m", f"{provider}/toolsmith", "--tools", str(tools), "Weather in Paris?")
        assert [call["name"] for call in reply["tool_calls"]] == ["get.weather"]
        assert isinstance(reply["tool_calls"][0]["arguments"]["city"], str)
        assert reply["stop_reason"] == "tool_calls"


def test_after_a_call_that_nobody_ran_the_next_turn_is_not_refused(parley: Runner, tmp_path: Path) -> None:
    tools = tmp_path / "tools.json"
    tools.write_text(json.dumps([{"name": "now", "description": "The time", "parameters": {"type": "object"}}]))
    for provider in ("chat", "responses", "messages", "ollama"):
        parley.object("-m", f"{provider}/toolsmith", "--tools", str(tools), "What time is it?")
        reply = parley.object("-m", f"{provider}/toolsmith", "-c", "Go on.")
        assert reply["error"] is None
        assert reply["stop_reason"] == "stop"


def test_continue_goes_on_with_the_last_conversation(parley: Runner) -> None:
    first = parley.object("My name is Ada.")
    second = parley.object("-c", "What is my name?")
    assert second["conversation"] == first["conversation"]
    assert "Ada" in second["text"]


def test_no_save_leaves_no_conversation(parley: Runner) -> None:
    assert parley.object("--no-save", "Hello")["conversation"] is None
    assert parley("conversations", "list", "--json").stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("prompt", "category", "status"),
    [
        ("401", "auth", 401),
        ("404", "model_not_found", 404),
        ("404 path", "path_not_found", 404),
        ("context", "context_too_long", 400),
        ("quota", "quota", 429),
        ("html", "protocol", None),
        ("empty", "protocol", None),
        ("drop", "incomplete", None),
        ("garbage", "protocol", None),
        ("utf8", "protocol", None),
    ],
)
def test_a_failure_is_one_sentence_with_a_hint_and_exit_code_1(
    parley: Runner, prompt: str, category: str, status: int | None
) -> None:
    reply = parley.object("-m", "chat/chaos", prompt, code=1)
    assert reply["error"]["category"] == category
    assert reply["error"]["status"] == status
    assert reply["error"]["message"].endswith(".")
    assert reply["error"]["hint"]
    result = parley("ask", "-m", "chat/chaos", prompt)
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert len(result.stderr.splitlines()) == 2


def test_text_received_before_the_connection_broke_is_kept(parley: Runner) -> None:
    reply = parley.object("-m", "chat/chaos", "drop", code=1)
    assert reply["text"]
    assert reply["stop_reason"] == "incomplete"


def test_ctrl_c_keeps_and_marks_what_arrived(parley: Runner) -> None:
    process = parley.start("ask", "--json", "-m", "chat/chaos", "stall")
    home = parley.folder / "home"
    # The reply is journalled while it stalls: that is when to interrupt.
    deadline = 200
    while deadline and not list(home.glob("parley.db-wal")):
        deadline -= 1
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.1)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130, err
    reply = json.loads(out)
    assert reply["stop_reason"] == "cancelled"
    assert reply["text"]
    assert "Traceback" not in err
    shown = json.loads(parley("conversations", "show", reply["conversation"], "--json").stdout)
    assert reply["text"] in json.dumps(shown, ensure_ascii=False)


def test_a_reader_that_goes_away_is_no_error(parley: Runner) -> None:
    process = parley.start("ask", "-m", "chat/novel", "20000 tokens")
    assert process.stdout is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.wait(timeout=30)
    process.stderr.close()


def test_an_unknown_key_in_the_configuration_is_named_with_its_line(parley: Runner) -> None:
    parley.configure('[providers.chat]\ntype = "openai"\nbase_ulr = "https://example.com"\n')
    result = parley("ask", "Hello")
    assert result.returncode == 2
    assert "line 3" in result.stderr
    assert "base_url" in result.stderr


def test_nothing_configured_is_exit_code_3_and_says_what_to_do(parley: Runner) -> None:
    # No test may depend on what else runs on this machine.
    parley.configure("discover = false\n")
    result = parley("ask", "Hello")
    assert result.returncode == 3
    assert "ANTHROPIC_API_KEY" in result.stderr
    assert parley.object("Hello", code=3)["error"]["category"] == "config"


def test_a_missing_key_is_exit_code_3(parley: Runner) -> None:
    parley.configure('[providers.claude]\ntype = "anthropic"\n')
    result = parley("ask", "Hello")
    assert result.returncode == 3
    assert "$ANTHROPIC_API_KEY" in result.stderr
    assert "`parley keys set claude`" in result.stderr


def test_a_dead_host_names_host_and_port(parley: Runner) -> None:
    parley.configure('[providers.dead]\ntype = "ollama"\nbase_url = "http://127.0.0.1:9"\nmodel = "x"\nretries = 0\n')
    result = parley("ask", "Hello")
    assert result.returncode == 1
    assert "127.0.0.1:9" in result.stderr


def test_a_model_reference_without_a_slash_is_wrong_usage(parley: Runner) -> None:
    result = parley("ask", "-m", "gpt", "Hello")
    assert result.returncode == 2
    assert "provider/model-id" in result.stderr


def test_a_provider_name_alone_means_its_default_model(parley: Runner) -> None:
    assert parley.object("-m", "chat", "Hello")["model"] == "chat/eliza"


def test_nothing_to_ask_is_wrong_usage(parley: Runner) -> None:
    assert parley("ask").returncode == 2


def test_somebody_elses_app_in_the_folder_and_on_the_path_is_not_ours(parley: Runner, tmp_path: Path) -> None:
    for name in ("app", "providers"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('not ours')")
    parley.environment["PYTHONPATH"] = str(tmp_path)
    assert parley("ask", "Hello").returncode == 0


def test_a_model_named_before_the_command_counts(parley: Runner) -> None:
    result = parley("-m", "chat/thinker", "ask", "--json", "What is 6 * 7?")
    assert json.loads(result.stdout)["model"] == "chat/thinker"


def test_a_model_that_one_provider_has_can_be_named_alone(parley: Runner) -> None:
    assert parley.object("-m", "thinker", "What is 6 * 7?")["model"] == "chat/thinker"


def test_json_holds_the_error_also_when_the_configuration_is_wrong(parley: Runner) -> None:
    parley.configure("nonsense = 1\n")
    error = parley.object("Hello", code=2)["error"]
    assert error["category"] == "config"
    assert "nonsense" in error["message"]


def test_a_wrong_option_shows_the_usage_of_its_command(parley: Runner) -> None:
    result = parley("ask", "--bogus", "Hello")
    assert result.returncode == 2
    assert "parley ask" in result.stderr
    assert "--bogus" in result.stderr


def test_the_first_model_written_under_a_provider_is_its_default(parley: Runner) -> None:
    parley.configure(
        '[providers.it]\ntype = "openai-compat"\nbase_url = "URL/v1"\napi_key = "k"\n'
        '[[providers.it.models]]\nid = "eliza"\n'
    )
    assert parley.object("Hello")["model"] == "it/eliza"


def test_a_full_disk_behind_stdout_is_one_sentence(parley: Runner) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    with full.open("w") as out:
        result = subprocess.run(
            [sys.executable, str(PARLEY), "ask", "Hello"],
            env=parley.environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
