"""What findings come to."""

from __future__ import annotations

import pytest

from app.doctor.findings import Finding, Verdict, by_subject, has_problem, summary, worst_first


def of(*verdicts: Verdict) -> list[Finding]:
    return [Finding("Files", str(number), verdict) for number, verdict in enumerate(verdicts)]


@pytest.mark.parametrize(
    ("verdicts", "words"),
    [
        ((), "no problems"),
        ((Verdict.OK, Verdict.NOTE, Verdict.SKIPPED), "no problems"),
        ((Verdict.WARNING, Verdict.PROBLEM, Verdict.PROBLEM), "2 problems, 1 warning"),
        ((Verdict.WARNING, Verdict.WARNING, Verdict.OK), "2 warnings"),
    ],
)
def test_the_summary_counts_what_is_bad(verdicts: tuple[Verdict, ...], words: str) -> None:
    assert summary(of(*verdicts)) == words
    assert has_problem(of(*verdicts)) is (Verdict.PROBLEM in verdicts)


def test_the_worst_comes_first_and_equals_keep_their_order() -> None:
    findings = of(Verdict.OK, Verdict.PROBLEM, Verdict.SKIPPED, Verdict.WARNING, Verdict.PROBLEM)
    assert [finding.what for finding in worst_first(findings)] == ["1", "4", "3", "0", "2"]


def test_sections_with_problems_come_first() -> None:
    findings = [
        Finding("Python", "a"),
        Finding("Files", "b", Verdict.WARNING),
        Finding("Keys", "c", Verdict.NOTE),
        Finding("Providers", "d"),
        Finding("Providers", "e", Verdict.PROBLEM),
    ]
    sections = [(subject, [each.what for each in group]) for subject, group in by_subject(findings)]
    assert sections == [("Providers", ["e", "d"]), ("Files", ["b"]), ("Python", ["a"]), ("Keys", ["c"])]
