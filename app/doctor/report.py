"""The findings as a report that may be pasted in public."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from app.doctor.findings import Finding, summary
from app.doctor.logs import last_lines
from app.doctor.redaction import Redactor
from app.doctor.written import text_of
from app.text import one_line, printable

if TYPE_CHECKING:
    from app.config.paths import Locations
    from app.connections.connections import Connections

_LOG_LINES = 60
_LONGEST_LINE, _MOST_READ = 400, 4_000
_INTRODUCTION = (
    "Keys, names and hosts of your own were taken out; `~` is the home folder. Read it once before you paste it."
)


def report(findings: Sequence[Finding], log: Iterable[str], redact: Redactor) -> str:
    """The report as Markdown. Everything foreign stands in code blocks, where nothing is markup.

    Args:
        log: the newest lines of the log.
    """
    parts = [f"## Parley doctor: {summary(findings)}", _INTRODUCTION, _block(_lines(findings), redact)]
    lines = list(log)
    if lines:
        parts += [
            f"### The last {len(lines)} lines of the log" if len(lines) > 1 else "### The log",
            _block(lines, redact),
        ]
    return "\n\n".join(parts) + "\n"


def report_of(
    findings: Sequence[Finding], connections: Connections, locations: Locations, environ: Mapping[str, str]
) -> str:
    """The same, with what is private here taken out, and the newest lines of the log. Reads files.

    Args:
        environ: of the process.
    """
    from app.doctor.private import home_in, private_of

    redact = Redactor(private_of(connections, environ, home_in(environ), text_of(locations.config_file)))
    return report(findings, _newest(locations.log_file), redact)


def _newest(log_file: Path) -> list[str]:
    try:
        return last_lines(log_file, _LOG_LINES)
    except OSError:
        return []  # The finding about the log says so.


def _lines(findings: Iterable[Finding]) -> Iterable[str]:
    for subject, group in groupby(findings, key=lambda finding: finding.subject):
        yield subject
        for finding in group:
            yield f"  {finding.verdict.value:<8} {one_line(finding.what)}"
            if finding.advice:
                yield f"           {one_line(finding.advice)}"


def _block(lines: Iterable[str], redact: Redactor) -> str:
    """A fenced block; its fence is longer than any in the text."""
    # Cut short only at the end: half a key would not be known as one.
    text = redact("\n".join(printable(line[:_MOST_READ].replace("\n", " ")) for line in lines))
    text = "\n".join(line if len(line) <= _LONGEST_LINE else line[:_LONGEST_LINE] + "…" for line in text.splitlines())
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}text\n{text}\n{fence}"
