"""Short ways to look at findings."""

from __future__ import annotations

from collections.abc import Iterable

from app.doctor.findings import Finding, Verdict


def saying(findings: Iterable[Finding], words: str) -> Finding:
    """The only finding that says this."""
    listed = list(findings)
    found = [finding for finding in listed if words in finding.what]
    assert len(found) == 1, f"{words!r} is in {len(found)} of {[finding.what for finding in listed]}"
    return found[0]


def bad(findings: Iterable[Finding]) -> list[Finding]:
    """Warnings and problems; each says what to do."""
    found = [finding for finding in findings if finding.verdict in (Verdict.WARNING, Verdict.PROBLEM)]
    assert all(finding.advice for finding in found), found
    return found
