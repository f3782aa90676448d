"""The examination as a screen: what is well, what is not, and what to do about it, as it is found out."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App
from textual.binding import BindingType
from textual.content import Content
from textual.getters import query_one
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import Worker

from app.doctor.checkup import Checkup
from app.doctor.findings import SIGNS, Finding, Verdict, by_subject, summary
from app.doctor.terminal import TerminalFacts, tmux_options
from app.screens.dialog import Dialog
from app.text import one_line

if TYPE_CHECKING:
    from app.config.paths import Locations
    from app.connections.connections import Connections

_MARK_CELLS = 11
_LEAST_CELLS = 20
_TOGETHER_SECONDS = 0.1
_COLORS = {
    Verdict.PROBLEM: "$text-error",
    Verdict.WARNING: "$text-warning",
    Verdict.NOTE: "$text-primary",
    Verdict.OK: "$text-success",
    Verdict.SKIPPED: "$text-muted",
}
_SYSTEMS = {"standard": 16, "windows": 16, "256": 256, "truecolor": 1 << 24}


class DoctorScreen(Dialog):
    """What is bad stands at the top; the rest keeps the order in which it was found."""

    BINDINGS: ClassVar[list[BindingType]] = [("r", "again", "Run again"), ("y", "copy", "Copy the report")]
    KEYS = (("r", "run again"), ("y", "copy the report"), ("esc", "close"))

    title_line = query_one(".title", Static)
    text = query_one("#findings", Static)

    def __init__(
        self, connections: Connections, locations: Locations, environ: Mapping[str, str], *, version: str
    ) -> None:
        """
        Args:
            connections: open.
            environ: of the process.
            version: of Parley.
        """
        super().__init__()
        self._connections = connections
        self._locations = locations
        self._environ = environ
        self._version = version
        self._findings: list[Finding] = []
        self._worker: Worker[None] | None = None
        self._is_over = False
        self._pending: Timer | None = None

    def heading(self) -> str:
        return "Doctor"

    def body(self) -> Iterable[Widget]:
        yield Static(id="findings")

    def on_mount(self) -> None:
        super().on_mount()
        self._begin()

    def on_unmount(self) -> None:
        if self._worker is not None:
            self._worker.cancel()

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def action_again(self) -> None:
        self._begin()

    def action_copy(self) -> None:
        """Copy what may be pasted in public."""
        from app.doctor.report import report_of

        self.app.copy_to_clipboard(report_of(self._findings, self._connections, self._locations, self._environ))
        what = "the report" if self._is_over else "the report as far as it goes"
        self.app.notify(f"Sent to the clipboard: {what}. Read it once before you paste it.", markup=False)

    def _begin(self) -> None:
        if self._worker is not None:
            self._worker.cancel()
        # A worker of the app: there a mistake in it is noticed.
        self._worker = self.app.run_worker(
            self._examine(), name="doctor", group="doctor", exit_on_error=False, description="doctor"
        )

    async def _examine(self) -> None:
        self._findings, self._is_over = [], False
        self._draw()
        facts = facts_in(self.app, self._environ)
        checkup = Checkup(self._connections, self._locations, self._environ, facts, version=self._version)
        async for finding in checkup.findings():
            self._findings.append(finding)
            self._draw_soon()
        self._is_over = True
        self._draw()

    def _draw_soon(self) -> None:
        """Many findings come at once; each draws all that were found."""
        if self._pending is None:
            self._pending = self.set_timer(_TOGETHER_SECONDS, self._draw)

    def _draw(self) -> None:
        if self._pending is not None:
            self._pending.stop()
            self._pending = None
        if not self.is_mounted:
            return
        words = summary(self._findings) if self._is_over else "examining …"
        self.title_line.update(f"Doctor: {words}")
        self.text.update(_page(self._findings, self.text.content_size.width))


def facts_in(app: App[Any], environ: Mapping[str, str]) -> Callable[[], TerminalFacts]:
    """What Textual knows of the terminal; the rest is found out when the function is called, in a thread."""
    size, colors = (app.size.width, app.size.height), _SYSTEMS.get(app.console.color_system or "")
    encoding = (getattr(sys.__stderr__, "encoding", None) or "utf-8").lower()
    return lambda: TerminalFacts(size, colors, encoding, tmux=tmux_options(environ), is_in_app=True)


def _page(findings: Iterable[Finding], width: int) -> Content:
    room = max(width - _MARK_CELLS, _LEAST_CELLS)
    sections = (_section(subject, group, room) for subject, group in by_subject(findings))
    return Content("\n\n").join(sections)


def _section(subject: str, findings: Iterable[Finding], room: int) -> Content:
    lines = [Content.styled(subject, "bold")]
    for finding in findings:
        color = _COLORS[finding.verdict]
        mark = f"{SIGNS[finding.verdict]} {finding.verdict.value}".ljust(_MARK_CELLS)
        for number, line in enumerate(_wrapped(finding.what, room)):
            lines.append(Content.assemble(Content.styled(mark if number == 0 else " " * _MARK_CELLS, color), line))
        lines += [Content.styled(" " * _MARK_CELLS + line, "$text-muted") for line in _wrapped(finding.advice, room)]
    return Content("\n").join(lines)


def _wrapped(text: str, room: int) -> list[str]:
    return textwrap.wrap(one_line(text), room, break_on_hyphens=False)
