"""Questions on the terminal: only asked where somebody can answer."""

from __future__ import annotations

import sys

from app.cli.context import CliContext
from app.cli.waiting import interruptible
from app.text import one_line


def can_ask(context: CliContext) -> bool:
    """Whether somebody reads what is asked and can answer."""
    return sys.stdin is not None and sys.stdin.isatty() and context.stderr.isatty()


def confirmed(context: CliContext, sentence: str, question: str) -> bool:
    """Ask yes or no; no where nobody can answer."""
    if not can_ask(context):
        return False
    with interruptible():
        context.stderr.write(f"{one_line(sentence)}\n{question} [y/N] ")
        context.stderr.flush()
        answer = sys.stdin.readline()
    return answer.strip().lower() in ("y", "yes")


def asked_secret(context: CliContext, sentence: str, prompt: str) -> str:
    """Ask for something that is not shown while it is typed; "" where nobody can answer.

    Raises: WrongUsage, where it would be shown.
    """
    if not can_ask(context):
        return ""
    from app.cli.key_input import typed_unseen

    context.stderr.write(f"{one_line(sentence)}\n")
    return typed_unseen(context, f"{one_line(prompt)} ")
