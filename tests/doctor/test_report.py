"""The report that may be pasted in public, made of real settings."""

from __future__ import annotations

import platform
from pathlib import Path

from app.config.paths import Locations
from app.doctor.findings import Finding, Verdict
from app.doctor.private import private_of
from app.doctor.redaction import Private, Redactor
from app.doctor.report import report, report_of
from tests.connections.making import connected

CONFIG = """
[providers.claude]
type = "anthropic"
api_key = "$ANTHROPIC_API_KEY"
[providers.acme-internal]
type = "openai-compat"
label = "ACME Llama"
base_url = "https://eve:pass-planted@llm.acme.example:8443/v1"
api_key = "literal-planted"
model = "acme-70b"
proxy = "http://squid.acme.example:3128"
extra_headers = { X-Team = "team-planted" }
[providers.local]
type = "ollama"
"""
ENVIRON = {
    "ANTHROPIC_API_KEY": "environment-planted",
    "UNRELATED_TOKEN": "token-planted",
    "HTTPS_PROXY": "http://u:proxy-planted@gate.acme.example:1",
    "NO_PROXY": ".intra.acme.example",
    "HOME": "/home/adelaide",
    "USER": "adelaide",
}
PLANTED = ("planted", "acme", "adelaide", "eve:", platform.node().lower())


async def test_nothing_private_is_in_the_report(tmp_path: Path) -> None:
    # As users have it: a URL with a password in it is refused, and what is refused is told about, too.
    config = CONFIG.replace("eve:pass-planted@", "")
    async with connected(tmp_path, config, ENVIRON, has_vault=False) as connections:
        log = "\n".join(
            (
                "2026-11-20 12:00:00,000 CRITICAL parley.app: Parley crashed",
                "Traceback (most recent call last):",
                '  File "/home/adelaide/parley/app/app.py", line 3, in ask',
                "RuntimeError: acme-internal refused literal-planted at https://llm.acme.example:8443/v1?k=environment-planted",
            )
        )
        locations = Locations.under(tmp_path)
        locations.log_dir.mkdir()
        locations.log_file.write_text(log)
        findings = [
            Finding("Files", "Database: /home/adelaide/.local/share/parley/parley.db"),
            Finding(
                "Network",
                "proxy of ACME Llama: http://squid.acme.example:3128; gate.acme.example, x.intra.acme.example",
            ),
            Finding(
                "Providers", "acme-internal has no model acme-70b", Verdict.PROBLEM, "Ask adelaide for token-planted."
            ),
            Finding("Providers", "claude: connected. https://api.anthropic.com/v1/models, team-planted, proxy-planted"),
            Finding("Python", f"on {platform.node()}"),
        ]
        text = report_of(findings, connections, locations, ENVIRON)
    for planted in PLANTED:
        assert planted not in text.lower()
    assert text.startswith("## Parley doctor: 1 problem\n")
    assert "problem  provider-1 has no model model-1" in text
    assert "claude: connected. https://api.anthropic.com/v1/models" in text
    assert "~/.local/share/parley/parley.db" in text
    assert 'File "~/parley/app/app.py", line 3, in ask' in text
    assert "https://host-2:8443/v1?…" in text


async def test_what_everybody_has_is_not_private(tmp_path: Path) -> None:
    async with connected(tmp_path, CONFIG.replace("eve:pass-planted@", ""), ENVIRON, has_vault=False) as connections:
        private = private_of(connections, ENVIRON, Path("/home/adelaide"), "")
    assert "api.anthropic.com" in private.public_hosts
    assert private.names == (("acme-internal", "ACME Llama"),)
    assert private.models == ("acme-70b",)
    assert not {"api.anthropic.com", "localhost", "127.0.0.1"} & set(private.hosts)


def test_a_fence_in_the_log_does_not_end_the_block() -> None:
    text = report([Finding("Log", "a ``` b")], ["````", "x" * 1000, "\x1b[31mred\n# heading"], Redactor(Private()))
    blocks = text.split("`````")
    assert len(blocks) == 3
    assert "# heading" in blocks[1]
    assert "\x1b" not in text
    assert "x" * 401 not in text


def test_without_a_log_there_is_no_section_for_it() -> None:
    assert "###" not in report([Finding("Python", "3")], [], Redactor(Private()))


async def test_what_stands_in_a_broken_file_is_private_too(tmp_path: Path) -> None:
    async with connected(tmp_path, environ=ENVIRON, has_vault=False) as connections:
        locations = Locations.under(tmp_path)
        locations.config_file.write_text(CONFIG + "= =")
        findings = [
            Finding("Configuration", "config.toml, line 7: providers.acme-internal.x: is not a key", Verdict.PROBLEM),
            Finding("Log", "literal-planted pass-planted http://llm.acme.example/"),
        ]
        text = report_of(findings, connections, locations, ENVIRON)
    for planted in PLANTED:
        assert planted not in text.lower()
    assert "config.toml, line 7: providers.provider-1.x: is not a key" in text
