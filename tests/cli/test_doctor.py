"""`parley doctor` as people and scripts use it."""

from __future__ import annotations

import io
import json
import os
import platform
import re
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import pytest

from app.cli import VERSION, doctor
from app.cli.context import CliContext
from app.cli.doctor import _Page
from app.config.paths import Locations
from app.doctor.findings import Finding, Verdict
from providers.demo import DemoServer

PARLEY = Path(__file__).parents[2] / "parley.py"
KEY = "sk-planted-0123456789"
WORKING = """
discover = false
[providers.chat]
type = "openai-compat"
base_url = "URL/v1"
api_key = "$DEMO_KEY"
"""
FAILING = f"""
[providers.acme]
type = "openai-compat"
base_url = "http://127.0.0.1:9/v1?tenant=acme"
api_key = "{KEY}"
"""
SUBJECTS = ["Python", "Terminal", "Files", "Configuration", "Keys", "Network", "Tokens", "Database", "Log", "Providers"]


class Patient:
    """A home of its own and what the doctor says of it."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir(mode=0o700)
        self._url = url

    def configure(self, text: str) -> None:
        path = self.home / "config.toml"
        path.write_text(text.replace("URL", self._url), "utf-8")
        path.chmod(0o600)

    def examine(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        known = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "USER": "adelaide",
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "DEMO_KEY": "demo-key",
        }
        return subprocess.run(
            [sys.executable, str(PARLEY), "--home", str(self.home), "doctor", *arguments],
            env=known | environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            cwd=self.folder,
        )

    def object(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        result = self.examine("--json", *arguments)
        value: dict[str, Any] = json.loads(result.stdout)
        assert result.stderr == ""
        return result.returncode, value


@pytest.fixture
def patient(tmp_path: Path, demo: DemoServer) -> Patient:
    return Patient(tmp_path, demo.url)


def test_a_healthy_parley_is_told_section_by_section(patient: Patient) -> None:
    patient.configure(WORKING)
    result = patient.examine()
    assert result.returncode == 0, result.stdout
    assert result.stderr == ""
    lines = result.stdout.splitlines()
    assert [line for line in lines if line and not line.startswith(" ")][:-1] == SUBJECTS
    assert "chat: connected in " in result.stdout
    assert re.fullmatch(r"no problems", lines[-1])
    assert "\x1b" not in result.stdout, "no colours outside a terminal"


def test_json_has_every_finding_and_every_provider(patient: Patient) -> None:
    patient.configure(WORKING + FAILING)
    code, value = patient.object()
    assert code == 1
    assert list(value) == ["version", "findings", "providers"]
    assert value["version"] == VERSION
    for finding in value["findings"]:
        assert list(finding) == ["subject", "what", "verdict", "advice"]
        assert finding["verdict"] in {verdict.value for verdict in Verdict}
    assert list(dict.fromkeys(each["subject"] for each in value["findings"])) == SUBJECTS
    assert [provider["name"] for provider in value["providers"]] == ["chat", "acme"]
    working, failing = value["providers"]
    assert working["state"] == "connected"
    assert working["url"].endswith("/v1/models")
    assert isinstance(working["round_trip_ms"], int)
    assert failing["error"]["category"] == "connection"
    assert failing["error"]["hint"]
    assert KEY not in json.dumps(value)


def test_a_broken_configuration_ends_with_2_and_all_else_is_examined(patient: Patient) -> None:
    patient.configure('default_model = 3\nthemes = "x"\n' + WORKING)
    code, value = patient.object()
    assert code == 2
    assert list(dict.fromkeys(each["subject"] for each in value["findings"])) == SUBJECTS
    said = [each["what"] for each in value["findings"] if each["verdict"] == "problem"]
    assert "config.toml, line 2: themes: is not a key that Parley knows." in said
    patient.configure("this is = = not TOML")
    assert patient.examine("--no-network").returncode == 2


def test_no_network_asks_nobody(patient: Patient) -> None:
    patient.configure(WORKING + FAILING)
    code, value = patient.object("--no-network")
    assert code == 0
    providers = [each for each in value["findings"] if each["subject"] == "Providers"]
    assert [each["verdict"] for each in providers] == ["skipped", "skipped"]
    assert all(provider["round_trip_ms"] is None for provider in value["providers"])


def test_a_damaged_database_is_a_problem_and_stays_as_it_is(patient: Patient) -> None:
    patient.configure(WORKING)
    database = patient.home / "parley.db"
    database.write_bytes(b"no database at all " * 100)
    database.chmod(0o600)
    result = patient.examine("--no-network")
    assert result.returncode == 1
    assert result.stdout.splitlines()[-1].startswith("1 problem: look at Database")
    assert database.read_bytes() == b"no database at all " * 100


def test_the_demo_is_examined_too(patient: Patient) -> None:
    result = patient.examine("--demo")
    assert "chat: connected in " in result.stdout
    assert "locked: key rejected" in result.stdout


def test_the_report_may_be_pasted_in_public(patient: Patient) -> None:
    patient.configure(WORKING.replace("[providers.chat]", "[providers.acme-chat]") + FAILING)
    (patient.home / "log").mkdir(mode=0o700)
    (patient.home / "log" / "parley.log").write_text(
        f"2026-11-20 12:00:00,000 ERROR parley.app: adelaide sent {KEY} to http://llm.acme.example/v1?x=1\n"
    )
    result = patient.examine(
        "--report", OTHER_TOKEN="environment-planted", HTTPS_PROXY="http://a:pw-planted@gate.acme:1"
    )
    assert result.returncode == 1
    text = result.stdout
    for private in (KEY, "planted", "adelaide", "acme", str(patient.folder), "tenant", platform.node()):
        assert private not in text, private
    assert text.startswith("## Parley doctor: ")
    assert "~/home/parley.db" in text
    assert "HTTPS_PROXY: http://host-" in text
    assert "Nothing answers at 127.0.0.1:9" in text
    assert "ERROR parley.app: [user] sent [key] to http://host-" in text


# ── how it looks ──────────────────────────────────────────────────────────────


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding

    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__()
        self._encoding = encoding


BAD = Finding("Files", "Others may read your conversations.", Verdict.PROBLEM, "Keep them out.")


def page(screen: io.StringIO, environ: dict[str, str], tmp_path: Path, *findings: Finding) -> str:
    shown = _Page(CliContext(Locations.under(tmp_path), environ, stdout=screen, stderr=io.StringIO()))
    for finding in findings:
        shown.show(finding)
    shown.close(list(findings))
    return screen.getvalue()


def test_colours_are_for_terminals_that_want_them(tmp_path: Path) -> None:
    assert "\x1b[31m✕ problem\x1b[0m" in page(Screen(), {"TERM": "xterm"}, tmp_path, BAD)
    for environ in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        plain = page(Screen(), environ, tmp_path, BAD)
        assert "\x1b" not in plain
        assert "✕ problem" in plain


def test_signs_are_ascii_where_nothing_else_can_be_written(tmp_path: Path) -> None:
    assert "x problem" in page(Screen("ascii"), {"NO_COLOR": "1"}, tmp_path, BAD)


def test_what_servers_say_cannot_command_the_terminal(tmp_path: Path) -> None:
    shown = page(Screen(), {"NO_COLOR": "1"}, tmp_path, Finding("Providers", "a\x1b]0;pwned\x07b\nc"))
    assert "\x1b" not in shown
    assert "a]0;pwnedb c" in shown


def test_long_lines_are_broken_between_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    shown = page(Screen(), {"NO_COLOR": "1"}, tmp_path, Finding("Files", "word " * 40, advice="more " * 40))
    assert max(len(line) for line in shown.splitlines()) <= 60


def test_json_and_report_exclude_each_other() -> None:
    parser = ArgumentParser()
    doctor.add_arguments(parser)
    with pytest.raises(SystemExit):
        parser.parse_args(["--json", "--report"])
