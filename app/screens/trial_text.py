"""How it went, when a provider was tried: what answered, what may be wrong, what is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.content import Content

from app.text import plain
from app.widgets.lamp import lamp
from providers.connection import ConnectionState

if TYPE_CHECKING:
    from app.connections.trying import Trial
    from providers.errors import ProviderError


def trial_text(trial: Trial) -> Content:
    """Everything a trial brought, one sentence on a line."""
    return Content("\n").join(_sentences(trial))


def _sentences(trial: Trial) -> Iterator[Content]:
    yield from (plain(note).stylize("$text-muted") for note in trial.draft.notes)
    if trial.error is not None:
        yield from failure(trial.error)
    for number, sentence in enumerate(trial.sentences):
        yield Content.assemble("  " if number else lamp(ConnectionState.CONNECTED) + " ", plain(sentence))
    for sentence in trial.warnings:
        yield Content.assemble(("! ", "$text-warning"), plain(sentence))
    if trial.needs_model and trial.error is None:
        yield Content.assemble(("? ", "$text-warning"), "Which model answers by default is for you to say.")


def failure(error: ProviderError) -> Iterator[Content]:
    """An error in full: what happened, what the server said, where, and the way out."""
    yield Content.assemble(lamp(ConnectionState.ERROR), " ", plain(error.summary))
    if error.detail and error.detail not in error.summary:
        yield plain(error.detail).stylize("$text-muted")
    if error.url and error.url not in error.summary:
        yield plain(error.url).stylize("$text-muted")
    if error.hint:
        yield plain(error.hint)
