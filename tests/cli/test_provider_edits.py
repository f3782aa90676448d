"""`parley providers add` and `edit` where the shell hands over something odd."""

from __future__ import annotations

import io
import sys

import pytest

from tests.cli.terminal import Terminal
from tests.keys.support import PASSPHRASE


@pytest.fixture
def desk(terminal: Terminal) -> Terminal:
    terminal.environ = PASSPHRASE
    return terminal


def add(desk: Terminal, *arguments: str) -> int:
    return desk.run("providers", "add", "work", "--type", "groq", "--no-test", *arguments)


@pytest.mark.parametrize("stdin", [None, io.StringIO(""), io.StringIO("\n \n")])
def test_a_key_that_was_not_piped_in_is_missed(
    desk: Terminal, monkeypatch: pytest.MonkeyPatch, stdin: io.StringIO | None
) -> None:
    monkeypatch.setattr(sys, "stdin", stdin)
    assert add(desk, "--api-key-stdin") == 2
    assert "No key of work was given" in desk.err
    assert not desk.locations.config_file.exists()


def test_what_is_piped_in_and_is_no_text_is_refused(desk: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe\n"), encoding="utf-8"))
    assert add(desk, "--api-key-stdin") == 2
    assert "not UTF-8" in desk.err
    assert not desk.locations.config_file.exists()


def test_an_argument_that_is_no_text_is_refused_in_one_sentence(desk: Terminal) -> None:
    assert add(desk, "--label", "l\udcff") == 2
    assert "no text" in desk.err
    assert not desk.locations.config_file.exists()


def test_a_file_of_an_account_that_nobody_has_is_taken_as_it_is_written(desk: Terminal) -> None:
    assert add(desk, "--ca-file", "~nobody-of-that-name/x.pem") == 0
    assert "~nobody-of-that-name/x.pem" in desk.locations.config_file.read_text()
