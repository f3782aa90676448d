"""A mistake of Parley's own: what the person reads, and what the log says."""

from __future__ import annotations

import logging

import pytest

from tests.app.scripted import ScriptedSession
from tests.app.shell import running

KEY = "sk-planted-0123456789"


async def test_a_crash_says_where_the_log_is_and_how_to_report_it(capsys: pytest.CaptureFixture[str]) -> None:
    session = ScriptedSession()
    log = logging.getLogger("parley")
    before, log.handlers[:] = list(log.handlers), []

    def fail() -> None:
        raise RuntimeError(f"refused with {KEY}")

    async def crash() -> None:
        async with running(session) as shell:
            shell.app.call_later(fail)
            await shell.pilot.pause(0.1)

    try:
        with pytest.raises(RuntimeError):
            await crash()
    finally:
        for handler in log.handlers:
            handler.close()
        log.handlers[:] = before
        log.propagate = True
    said = capsys.readouterr().err
    assert str(session.log_file) in said.replace("\n", "")
    assert "`parley doctor --report` prints what may be pasted in public" in said
    assert "Traceback" not in said
    written = session.log_file.read_text("utf-8")
    assert "RuntimeError: refused with [key]" in written
    assert KEY not in written + said
