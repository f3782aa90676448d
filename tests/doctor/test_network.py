"""What is said about proxies, certificates and being offline."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.doctor.findings import Finding, Verdict
from app.doctor.network import network
from tests.connections.making import connected
from tests.doctor.reading import bad, saying


async def told(home: Path, config: str = "", environ: dict[str, str] | None = None) -> list[Finding]:
    async with connected(home, config, has_vault=False) as connections:
        return list(network(connections.settings, connections.roster, environ or {}))


async def test_nothing_set_is_fine(tmp_path: Path) -> None:
    findings = await told(tmp_path)
    assert {finding.verdict for finding in findings} == {Verdict.OK}
    saying(findings, "No proxy")


async def test_proxies_are_shown_without_user_and_password(tmp_path: Path) -> None:
    environ = {
        "HTTPS_PROXY": "http://eve:planted@proxy.example:3128",
        "all_proxy": "proxy.example:1080",
        "NO_PROXY": "a, b",
    }
    findings = await told(tmp_path, environ=environ)
    saying(findings, "HTTPS_PROXY: http://proxy.example:3128.")
    saying(findings, "all_proxy: https://proxy.example:1080")
    saying(findings, "NO_PROXY names 2 exceptions")
    assert "planted" not in str(findings)
    assert "eve" not in str(findings)


async def test_what_names_no_proxy_is_a_problem(tmp_path: Path) -> None:
    [finding] = bad(await told(tmp_path, environ={"HTTPS_PROXY": "ftp://x y"}))
    assert finding.verdict is Verdict.PROBLEM
    assert "HTTPS_PROXY does not name a proxy" in finding.what


@pytest.mark.parametrize("content", [None, "no certificate"])
async def test_a_file_without_certificates_is_a_problem(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    [finding] = bad(await told(tmp_path, environ={"SSL_CERT_FILE": str(file)}))
    assert finding.verdict is Verdict.PROBLEM
    assert "SSL_CERT_FILE" in finding.what
    [finding] = bad(await told(tmp_path, environ={"SSL_CERT_DIR": str(file)}))
    assert "is no folder" in finding.what


async def test_a_provider_s_own_proxy_and_certificates_are_judged(tmp_path: Path) -> None:
    config = """
[providers.a]
type = "openai-compat"
base_url = "https://a.example/v1"
proxy = "none"
ca_file = "company.pem"
[providers.b]
type = "openai-compat"
base_url = "https://b.example/v1"
proxy = "http://proxy.example:3128"
"""
    findings = await told(tmp_path, config)
    saying(findings, "a is reached without a proxy")
    saying(findings, "proxy of b: http://proxy.example:3128")
    assert str(tmp_path / "company.pem") in bad(findings)[0].what


async def test_offline_and_no_discovery_are_said(tmp_path: Path) -> None:
    findings = await told(tmp_path, "offline = true\ndiscover = false\n")
    assert saying(findings, "offline = true").verdict is Verdict.NOTE
    assert saying(findings, "discover = false").verdict is Verdict.NOTE
