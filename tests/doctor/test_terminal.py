"""What is said of a terminal, and how it is asked."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.doctor.findings import Finding, Verdict
from app.doctor.terminal import TerminalFacts, colors_of, facts_here, terminal, tmux_options
from app.doctor.terminal_query import Answer, parse
from tests.doctor.reading import bad, saying

GOOD = TerminalFacts((120, 40), 1 << 24, "utf-8", has_kitty_keys=True, takes_clipboard=True)
KITTY = {"TERM": "xterm-kitty", "COLORTERM": "truecolor", "LANG": "en_GB.UTF-8"}


def told(facts: TerminalFacts, environ: dict[str, str] | None = None) -> list[Finding]:
    return list(terminal(facts, KITTY if environ is None else environ))


def test_a_good_terminal_has_nothing_wrong() -> None:
    findings = told(GOOD)
    assert {finding.verdict for finding in findings} == {Verdict.OK}
    assert saying(findings, "16 million colours").what.startswith("TERM=xterm-kitty, COLORTERM=truecolor")
    saying(findings, "120 columns, 40 rows")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no TERM")
@pytest.mark.parametrize(
    ("environ", "colors"),
    [
        ({}, None),
        ({"TERM": "dumb", "COLORTERM": "truecolor"}, None),
        ({"TERM": "xterm"}, 16),
        ({"TERM": "xterm-256color"}, 256),
        ({"TERM": "screen", "COLORTERM": "24bit"}, 1 << 24),
    ],
)
def test_colours_are_told_by_the_variables(environ: dict[str, str], colors: int | None) -> None:
    assert colors_of(environ) == colors


def test_a_dumb_terminal_cannot_show_the_app() -> None:
    finding = saying(told(TerminalFacts((80, 24), None, "utf-8"), {"TERM": "dumb"}), "cannot draw")
    assert finding.verdict is Verdict.WARNING
    assert "parley ask" in finding.advice


def test_no_color_is_named() -> None:
    assert saying(told(GOOD, KITTY | {"NO_COLOR": "1"}), "NO_COLOR").verdict is Verdict.NOTE


@pytest.mark.parametrize(
    ("size", "verdict"), [((80, 24), Verdict.OK), ((79, 24), Verdict.NOTE), ((39, 24), Verdict.WARNING)]
)
def test_the_size_is_judged(size: tuple[int, int], verdict: Verdict) -> None:
    facts = TerminalFacts(size, 256, "utf-8", True)
    assert saying(told(facts), f"{size[0]} columns").verdict is verdict


def test_without_a_terminal_it_is_said_that_nothing_was_looked_at() -> None:
    assert saying(told(TerminalFacts(None, 256, "utf-8")), "no terminal").verdict is Verdict.SKIPPED


def test_another_encoding_is_a_warning() -> None:
    assert "UTF-8 locale" in saying(bad(told(TerminalFacts((80, 24), 256, "ascii"))), "ascii").advice


def test_without_the_keyboard_protocol_ctrl_j_is_named() -> None:
    facts = TerminalFacts((80, 24), 256, "utf-8", has_kitty_keys=False)
    assert "Ctrl+J" in saying(told(facts), "No Kitty").advice
    in_app = TerminalFacts((80, 24), 256, "utf-8", is_in_app=True)
    assert saying(told(in_app), "cannot be asked").verdict is Verdict.SKIPPED


def test_tmux_that_keeps_the_clipboard_to_itself_is_a_warning() -> None:
    options = {"set-clipboard": "external", "allow-passthrough": "off", "extended-keys": "off"}
    findings = told(TerminalFacts((80, 24), 256, "utf-8", tmux=options))
    [finding] = bad(findings)
    assert "set-clipboard is external" in finding.what
    assert "set -s set-clipboard on" in finding.advice
    assert "Ctrl+J" in saying(findings, "no extended keys").advice
    assert not bad(told(TerminalFacts((80, 24), 256, "utf-8", tmux={"set-clipboard": "on", "extended-keys": "on"})))
    assert saying(told(TerminalFacts((80, 24), 256, "utf-8", tmux={})), "did not say").verdict is Verdict.SKIPPED


def test_a_terminal_that_takes_no_copy_is_a_warning() -> None:
    facts = TerminalFacts((80, 24), 256, "utf-8", True)
    assert "mouse" in saying(bad(told(facts, KITTY | {"TERM_PROGRAM": "Apple_Terminal"})), "OSC 52").advice


def test_tmux_is_asked_only_inside_it(tmp_path: Path) -> None:
    assert tmux_options({}) is None
    assert tmux_options({"TMUX": f"{tmp_path / 'nobody'},1,0"}) == {}


def test_nobody_is_asked_outside_a_terminal() -> None:
    facts = facts_here({"TERM": "xterm-256color"}, may_ask=True)
    assert (facts.size, facts.has_kitty_keys, facts.colors) == (None, None, 256)


# ── asking ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (b"\x1b[?0u\x1b[?62;22;52c", Answer(True, frozenset({"62", "22", "52"}))),
        (b"\x1b[?1;2c", Answer(False, frozenset({"1", "2"}))),
        (b"ls\r\x1b[?31u\x1b[?6c", Answer(True, frozenset({"6"}))),
        (b"", None),
        (b"\x1b[?0u", None),
    ],
)
def test_an_answer_is_read(said: bytes, answer: Answer | None) -> None:
    assert parse(said) == answer


@given(st.binary(max_size=200))
def test_whatever_a_terminal_says_is_read(said: bytes) -> None:
    parse(said)


ASKER = """
import sys, termios
from app.doctor.terminal_query import ask
before = termios.tcgetattr(0)
answer = ask({patience})
assert termios.tcgetattr(0) == before, "the terminal is not as it was"
print("ANSWER", answer and (answer.has_kitty_keys, sorted(answer.attributes)), flush=True)
"""


def ask_in_a_pty(answer: bytes, patience: float) -> str:
    """What a process in a terminal of its own finds out about it."""
    import pty

    parent, child = pty.openpty()
    script = ASKER.format(patience=patience)
    process = subprocess.Popen(
        [sys.executable, "-c", f"import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n{script}"],
        stdin=child,
        stdout=child,
        stderr=child,
        start_new_session=True,
        cwd=Path(__file__).parents[2],
    )
    os.close(child)
    said = b""
    has_answered = False
    deadline = time.monotonic() + 30
    while b"ANSWER" not in said or not said.endswith(b"\n"):
        assert time.monotonic() < deadline, said
        try:
            said += os.read(parent, 1024)
        except OSError:  # Linux: the other end is closed.
            break
        if b"\x1b[?u\x1b[c" in said and not has_answered:
            has_answered = True
            os.write(parent, answer)
    process.wait(timeout=30)
    os.close(parent)
    return said.decode()


@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals are POSIX's")
@pytest.mark.parametrize(
    ("answer", "patience", "found"),
    [
        (b"\x1b[?0u\x1b[?62;52c", 10, "(True, ['52', '62'])"),
        (b"\x1b[?1;2c", 10, "(False, ['1', '2'])"),
        (b"", 0.2, "None"),
    ],
)
def test_a_terminal_is_asked_and_left_as_it_was(answer: bytes, patience: float, found: str) -> None:
    assert f"ANSWER {found}" in ask_in_a_pty(answer, patience)
