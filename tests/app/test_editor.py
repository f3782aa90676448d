"""The user's own editor."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from app.editor import EditorFailed, edit, editor_command


def _script(tmp_path: Path, code: str) -> str:
    path = tmp_path / "editor.py"
    path.write_text(f"import sys, pathlib\npath = pathlib.Path(sys.argv[1])\n{code}\n")
    return f"{sys.executable} {path}"


def test_visual_comes_before_editor_and_may_have_options() -> None:
    assert editor_command({"VISUAL": "code --wait", "EDITOR": "vi"}) == ["code", "--wait"]
    assert editor_command({"EDITOR": "vi"}) == ["vi"]


def test_what_is_saved_comes_back_without_the_last_line_feed(tmp_path: Path) -> None:
    editor = _script(tmp_path, "path.write_text(path.read_text() + ' edited\\n')")
    assert edit("draft", {"EDITOR": editor}) == "draft edited"


def test_an_editor_that_fails_leaves_the_draft_and_says_so(tmp_path: Path) -> None:
    with pytest.raises(EditorFailed, match="ended with code 3"):
        edit("draft", {"EDITOR": _script(tmp_path, "sys.exit(3)")})


def test_an_editor_that_does_not_exist_is_named() -> None:
    with pytest.raises(EditorFailed, match="no-such-editor could not be started"):
        edit("draft", {"EDITOR": "no-such-editor"})


def test_an_editor_whose_quotes_do_not_match_is_said_in_one_sentence() -> None:
    with pytest.raises(EditorFailed, match=r"quotes in \$EDITOR do not match"):
        edit("draft", {"EDITOR": "vi 'half"})
