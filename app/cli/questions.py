"""Questions on the terminal: only asked where somebody can answer."""

from __future__ import annotations

import sys

from app.cli.context import CliContext
from app.text import one_line


def can_ask(context: CliContext) -> bool:
    """Whether somebody reads what is asked and can answer."""
    return sys.stdin is not None and sys.stdin.isatty() and context.stderr.isatty()


def confirmed(context: CliContext, sentence: str, question: str) -> bool:
    """Ask yes or no; no where nobody can answer."""
    if not can_ask(context):
        return False
    context.stderr.write(f"{one_line(sentence)}\n{question} [y/N] ")
    context.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def asked_secret(context: CliContext, prompt: str) -> str:
    """Ask for something that is not shown while it is typed; "" where nobody can answer."""
    if not can_ask(context):
        return ""
    from getpass import getpass

    try:
        return getpass(one_line(prompt) + " ", stream=context.stderr)
    except EOFError:
        return ""
