"""The log: no key gets into it, and the doctor finds the last mistake in it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.doctor.findings import Verdict
from app.doctor.logs import last_lines, logs
from app.log import attach
from tests.doctor.reading import saying

PLANTED = "a-very-private-value"


@pytest.fixture
def log_file(tmp_path: Path) -> Iterator[Path]:
    """Parley's own log, attached to a file."""
    logger = logging.getLogger("parley")
    before, logger.handlers[:] = list(logger.handlers), []
    file = tmp_path / "log" / "parley.log"
    attach(file, (PLANTED,))
    yield file
    for handler in logger.handlers:
        handler.close()
    logger.handlers[:] = before
    logger.propagate = True


def fail_with(key: str) -> None:
    raise RuntimeError(f"refused with {key}, and api_key = '{key}'")


@pytest.mark.parametrize("key", [PLANTED, "sk-planted-0123456789"])
def test_no_key_gets_into_the_log(log_file: Path, key: str) -> None:
    log = logging.getLogger("parley.app")
    try:
        fail_with(key)
    except RuntimeError as error:
        log.critical("Parley crashed with %s", key, exc_info=error, stack_info=True)
        log.exception("again: %r", {"Authorization": f"Bearer {key}"})
    written = log_file.read_text()
    assert key not in written
    assert "RuntimeError: refused with [key]" in written
    assert "fail_with" in written, "the traceback is still of use"


def test_the_last_crash_is_found(log_file: Path) -> None:
    log = logging.getLogger("parley.app")
    log.error("worker open failed")
    try:
        fail_with("nothing")
    except RuntimeError as error:
        log.critical("Parley crashed", exc_info=error)
    log.warning("this is nothing")
    findings = list(logs(log_file))
    assert str(log_file) in findings[0].what
    crash = saying(findings, "The last crash was logged at 2")
    assert crash.what.endswith(": Parley crashed")
    assert crash.verdict is Verdict.NOTE
    assert "parley doctor --report" in crash.advice


def test_no_log_is_no_mistake(tmp_path: Path) -> None:
    [finding] = logs(tmp_path / "parley.log")
    assert finding.verdict is Verdict.OK
    assert last_lines(tmp_path / "parley.log") == []


def test_only_the_end_of_a_long_log_is_read(tmp_path: Path) -> None:
    file = tmp_path / "parley.log"
    file.write_bytes(b"\xff early\n" + b"a line\n" * 100_000 + b"the end \xe7\x95\n")
    lines = last_lines(file)
    assert len(lines) < 50_000
    assert last_lines(file, 2) == ["a line", "the end �"]
