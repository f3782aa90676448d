"""Asks for a key: without echo on a terminal, else from what is piped in."""

from __future__ import annotations

import sys
from typing import TextIO

from app.cli.context import CliContext
from app.cli.prompting import WrongUsage
from app.cli.waiting import interruptible
from providers.credentials import Secret, clean_key, clean_value, is_sendable


def ask_for_key(context: CliContext, what: str, stdin: TextIO | None, *, is_header: bool = False) -> Secret:
    """A key as it was typed or piped in, trimmed.

    Args:
        what: in the middle of a sentence: "key of claude".
        is_header: the value of a header may hold blanks and the word for a scheme.
    Raises:
        WrongUsage: there is none, or it cannot be sent. Its text is not shown.
    """
    if stdin is not None and stdin.isatty():
        text = typed_unseen(context, f"{what[:1].upper()}{what[1:]} (not shown): ")
    else:
        text = _piped(stdin)
    key = clean_value(text) if is_header else clean_key(text)
    if not key:
        raise WrongUsage(f"No {what} was given, so nothing is stored.", "Type or paste it, or pipe it in.")
    if not all(map(is_sendable, key.split(" ") if is_header else [key])):
        raise WrongUsage(
            f"The {what} contains a blank, a line end or a character that cannot be sent in a header.",
            "Copy it again, without quotes or surrounding text.",
        )
    return Secret(key)


def typed_unseen(context: CliContext, prompt: str) -> str:
    """What somebody types on the terminal without seeing it. Raises: WrongUsage, where it would be shown."""
    import getpass
    import warnings

    with warnings.catch_warnings(), interruptible():
        # Where the echo cannot be switched off, getpass would go on and show the key.
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            return getpass.getpass(prompt, stream=context.stderr)
        except EOFError:
            return ""
        except getpass.GetPassWarning as warning:
            raise WrongUsage(
                "This terminal would show the key while it is typed.", "Pipe it in instead, from a file or a manager."
            ) from warning


def _piped(stdin: TextIO | None) -> str:
    try:
        with interruptible():
            return "" if stdin is None else stdin.read()
    except UnicodeDecodeError as error:
        raise WrongUsage("What is piped in is not UTF-8 text.", "Pipe in the key and nothing else.") from error


def standard_input() -> TextIO | None:
    """None for a process that was started with its input closed."""
    return sys.stdin
