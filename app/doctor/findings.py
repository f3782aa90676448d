"""What an examination finds, as values: what it is about, what is the case, how good that is, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How good a finding is; the worst comes first."""

    PROBLEM = "problem"
    """Something Parley needs does not do what it should."""
    WARNING = "warning"
    """Parley runs, but something is unsafe or will be missed."""
    NOTE = "note"
    """Good to know."""
    OK = "ok"
    SKIPPED = "skipped"
    """Not looked at."""


SIGNS: Mapping[Verdict, str] = {
    Verdict.PROBLEM: "✕",
    Verdict.WARNING: "▲",
    Verdict.NOTE: "·",
    Verdict.OK: "✓",
    Verdict.SKIPPED: "–",
}
"""What stands before the word, for eyes that skip words."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Attributes:
    subject: the section it belongs to: "Python", "Terminal".
    what: what is the case, on one line; no key and no query of a URL stands in it.
    advice: what to do about it; "" when there is nothing to be done.
    """

    subject: str
    what: str
    verdict: Verdict = Verdict.OK
    advice: str = ""


_BAD = (Verdict.PROBLEM, Verdict.WARNING)


def summary(findings: Iterable[Finding]) -> str:
    """All of it in a few words, the worst first: "2 problems, 1 warning"; "no problems" when there are none."""
    verdicts = [finding.verdict for finding in findings]
    counts = [(verdicts.count(verdict), verdict.value) for verdict in _BAD]
    words = ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts if count)
    return words or "no problems"


def has_problem(findings: Iterable[Finding]) -> bool:
    return any(finding.verdict is Verdict.PROBLEM for finding in findings)


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """The same findings, problems first, then warnings; what is as bad keeps its order."""
    return sorted(findings, key=lambda finding: _badness(finding.verdict))


def by_subject(findings: Iterable[Finding]) -> list[tuple[str, list[Finding]]]:
    """The findings in sections, those with problems first, then those with warnings; so in each section, too."""
    sections: dict[str, list[Finding]] = {}
    for finding in findings:
        sections.setdefault(finding.subject, []).append(finding)
    listed = [(subject, worst_first(group)) for subject, group in sections.items()]
    return sorted(listed, key=lambda section: _badness(section[1][0].verdict))


def is_bad(verdict: Verdict) -> bool:
    return verdict in _BAD


def _badness(verdict: Verdict) -> int:
    """Smaller is worse; what is not bad is equally good."""
    return _BAD.index(verdict) if is_bad(verdict) else len(_BAD)
