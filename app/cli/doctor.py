"""`parley doctor`: what works, what does not, and what to do about it."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import textwrap
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from app.cli import VERSION
from app.cli.context import CliContext
from app.cli.output import write, write_json
from app.doctor.findings import SIGNS, Finding, Verdict, has_problem, is_bad, summary, worst_first
from app.text import one_line

if TYPE_CHECKING:
    from app.connections.connections import Connections

_WRONG_CONFIGURATION = 2
_MARKS = {
    Verdict.OK: ("+", "32"),
    Verdict.NOTE: (".", "36"),
    Verdict.WARNING: ("!", "33"),
    Verdict.PROBLEM: ("x", "31"),
    Verdict.SKIPPED: ("-", "2"),
}
"""The sign in ASCII, and its colour."""
_MARK_CELLS = 13
_WIDEST = 110


def add_arguments(parser: argparse.ArgumentParser) -> None:
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON object")
    form.add_argument(
        "--report", action="store_true", help="print what may be pasted in public: no key, no host or name of yours"
    )
    parser.add_argument("--no-network", action="store_true", help="do not ask the providers")


def run(args: argparse.Namespace, context: CliContext) -> int:
    """Examine everything. Returns: 0 without a problem, 1 with one, 2 when config.toml is invalid."""
    return asyncio.run(_run(args, context))


async def _run(args: argparse.Namespace, context: CliContext) -> int:
    from app.connections.opening import connections_for
    from app.doctor.checkup import Checkup
    from app.doctor.terminal import facts_here

    connections = connections_for(context.locations, context.environ, is_demo=context.is_demo)
    findings: list[Finding] = []
    page = _Page(context) if not (args.json or args.report) else None
    try:
        await connections.open()
        checkup = Checkup(
            connections,
            context.locations,
            context.environ,
            partial(facts_here, context.environ, may_ask=True),
            version=VERSION,
            may_send=not args.no_network,
        )
        async for finding in checkup.findings():
            findings.append(finding)
            if page is not None:
                page.show(finding)
        if page is not None:
            page.close(findings)
        else:
            _print(args, context, connections, findings)
    finally:
        await connections.close()
    if connections.problems:
        return _WRONG_CONFIGURATION
    return int(has_problem(findings))


def _print(args: argparse.Namespace, context: CliContext, connections: Connections, findings: list[Finding]) -> None:
    if args.report:
        from app.doctor.report import report_of

        write(context, report_of(findings, connections, context.locations, context.environ))
        return
    from app.cli.provider_objects import provider_object

    views = [view for name in connections.names if (view := connections.view(name))]
    write_json(
        context,
        {
            "version": VERSION,
            "findings": [
                {
                    "subject": finding.subject,
                    "what": one_line(finding.what),
                    "verdict": finding.verdict.value,
                    "advice": one_line(finding.advice),
                }
                for finding in findings
            ],
            "providers": [provider_object(view) for view in views],
        },
    )


class _Page:
    """The findings for people, section by section, each as soon as it is known."""

    def __init__(self, context: CliContext) -> None:
        self._context = context
        is_terminal = context.stdout.isatty()
        environ = context.environ
        self._has_colors = is_terminal and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
        self._width = min(shutil.get_terminal_size().columns, _WIDEST) if is_terminal else 0
        self._has_signs = _can_write(context.stdout.encoding or "ascii")
        self._subject = ""

    def show(self, finding: Finding) -> None:
        """Print one finding, below the heading of its subject."""
        if finding.subject != self._subject:
            gap = "\n" if self._subject else ""
            self._subject = finding.subject
            self._write(f"{gap}{self._styled(finding.subject, '1')}\n")
        mark = self._mark(finding.verdict)
        for number, line in enumerate(self._wrapped(finding.what)):
            self._write(f"  {mark if number == 0 else ' ' * (_MARK_CELLS - 2)}{line}\n")
        for line in self._wrapped(finding.advice):
            self._write(f"{' ' * _MARK_CELLS}{self._styled(line, '2')}\n")

    def close(self, findings: list[Finding]) -> None:
        """Print what it comes to, where the eye is when the command is done."""
        bad = [each for each in worst_first(findings) if is_bad(each.verdict)]
        color = _MARKS[bad[0].verdict if bad else Verdict.OK][1]
        where = f": look at {', '.join(dict.fromkeys(each.subject for each in bad))}" if bad else ""
        self._write(f"\n{self._styled(summary(findings) + where, f'1;{color}')}\n")

    def _mark(self, verdict: Verdict) -> str:
        plain_sign, color = _MARKS[verdict]
        text = f"{SIGNS[verdict] if self._has_signs else plain_sign} {verdict.value}"
        return self._styled(text, color) + " " * (_MARK_CELLS - 2 - len(text))

    def _wrapped(self, text: str) -> Iterator[str]:
        """Lines that fit; outside a terminal, one."""
        text = one_line(text)
        if not self._width:
            yield from [text] if text else []
            return
        room = max(self._width - _MARK_CELLS, 20)
        yield from textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False)

    def _styled(self, text: str, codes: str) -> str:
        return f"\x1b[{codes}m{text}\x1b[0m" if self._has_colors else text

    def _write(self, text: str) -> None:
        write(self._context, text)
        self._context.stdout.flush()


def _can_write(encoding: str) -> bool:
    try:
        "".join(SIGNS.values()).encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
