"""What is said of providers, each asked over real loopback HTTP."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from app.doctor.findings import Finding, Verdict
from app.doctor.provider_checks import provider_checks
from providers.demo import DemoServer
from tests.connections.making import connected
from tests.doctor.reading import bad, saying

CONFIG = """
discover = false
[providers.chat]
type = "openai-compat"
base_url = "URL/v1"
api_key = "demo-key"
[providers.locked]
type = "openai-compat"
base_url = "URL/locked/v1"
api_key = "sk-planted-0123456789"
[providers.gone]
type = "openai-compat"
base_url = "https://nobody.invalid/v1"
api_key = "k"
[providers.keyless]
type = "openai-compat"
base_url = "URL/v1"
auth = "api_key"
[providers.paused]
type = "ollama"
enabled = false
"""


async def told(home: Path, config: str, *, may_send: bool = True, patience_s: float = 20) -> list[Finding]:
    async with connected(home, config, has_vault=False) as connections:
        return [finding async for finding in provider_checks(connections, may_send=may_send, patience_s=patience_s)]


async def test_every_provider_is_asked_and_says_what_came_of_it(demo: DemoServer, tmp_path: Path) -> None:
    findings = await told(tmp_path, CONFIG.replace("URL", demo.url))
    works = saying(findings, "chat: connected in ")
    assert works.verdict is Verdict.OK
    assert f"{demo.url}/v1/models" in works.what
    assert "models" in works.what
    rejected = saying(findings, "locked: key rejected")
    assert rejected.verdict is Verdict.PROBLEM
    assert rejected.advice
    assert "There is no host called nobody.invalid" in saying(bad(findings), "gone:").what
    assert saying(findings, "keyless: no key").verdict is Verdict.WARNING
    assert saying(findings, "paused: disabled").verdict is Verdict.SKIPPED
    assert "planted" not in str(findings)


async def test_without_leave_nothing_is_sent(demo: DemoServer, tmp_path: Path) -> None:
    findings = await told(tmp_path, CONFIG.replace("URL", demo.url), may_send=False)
    assert {finding.verdict for finding in findings} == {Verdict.SKIPPED}
    assert len(findings) == 5


async def test_no_provider_at_all_is_a_problem(tmp_path: Path) -> None:
    [finding] = await told(tmp_path, "discover = false\n")
    assert finding.verdict is Verdict.PROBLEM
    assert finding.advice


async def test_a_silent_server_is_not_waited_for_long(tmp_path: Path) -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        config = (
            f'discover = false\n[providers.silent]\ntype = "openai-compat"\n'
            f'base_url = "http://127.0.0.1:{port}/v1"\napi_key = "k"\n'
        )
        started = time.monotonic()
        finding = (await told(tmp_path, config, patience_s=0.3))[0]
        assert time.monotonic() - started < 5
    assert finding.verdict is Verdict.PROBLEM
    assert "no answer within 0.3 seconds" in finding.what


@pytest.mark.parametrize("key", ["sk-or-v1-0123456789abcdef"])
async def test_a_key_that_would_go_elsewhere_waits_for_an_answer(tmp_path: Path, key: str) -> None:
    config = 'discover = false\n[providers.a]\ntype = "openai"\nbase_url = "http://127.0.0.1:9/v1"\n'
    async with connected(tmp_path, config, {"OPENAI_API_KEY": key}, has_vault=False) as connections:
        findings = [each async for each in provider_checks(connections, may_send=True, patience_s=5)]
    finding = saying(findings, "a: confirm key")
    assert finding.verdict is Verdict.WARNING
    assert "parley keys allow a" in finding.advice
    assert key not in str(findings)
