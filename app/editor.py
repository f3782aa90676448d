"""Writing a draft in the user's own editor."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

_FALLBACKS = ("nano", "vim", "vi", "notepad")


class EditorFailed(Exception):
    """No editor could be run; the message says what to do."""


def editor_command(environ: Mapping[str, str]) -> list[str]:
    """The command of the editor: $VISUAL, then $EDITOR, then one that is installed.

    Raises:
        EditorFailed: there is none, or its quotes do not match.
    """
    for name in ("VISUAL", "EDITOR"):
        if environ.get(name, "").strip():
            try:
                return shlex.split(environ[name])
            except ValueError:
                raise EditorFailed(f"The quotes in ${name} do not match: write it as a shell would read it.") from None
    for name in _FALLBACKS:
        if shutil.which(name):
            return [name]
    raise EditorFailed("No editor was found: set EDITOR to the one you use.")


def edit(draft: str, environ: Mapping[str, str] = os.environ) -> str:
    """Run the editor on the draft and return what was saved, without the line feed at its end.

    Raises:
        EditorFailed: it could not be started, or said that it failed.
    """
    command = editor_command(environ)
    with tempfile.TemporaryDirectory(prefix="parley-") as folder:
        path = Path(folder) / "draft.md"
        path.write_text(draft, encoding="utf-8")
        try:
            code = subprocess.run([*command, str(path)], check=False).returncode
        except OSError as error:
            raise EditorFailed(f"{command[0]} could not be started: {error.strerror}") from error
        if code != 0:
            raise EditorFailed(f"{command[0]} ended with code {code}; the draft is as it was.")
        return path.read_text(encoding="utf-8", errors="replace").removesuffix("\n")
