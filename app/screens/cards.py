"""How a reply, its failures and its notices read in the transcript: pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING

from app import format as fmt
from app.connections.consent import ConsentNeeded
from app.transcript.entries import Card, Detail, Entry, NoticeEntry, PromptEntry, ReplyEntry, ReplyHeading
from providers.events import StopReason

if TYPE_CHECKING:
    from pathlib import Path

    from app.session.entries import Prompt
    from app.session.reply import Reply
    from providers.errors import ProviderError

TRY_AGAIN, OTHER_MODEL, DETAILS, ALLOW = "r", "l", "o", "y"
_ERROR_KEYS = ((TRY_AGAIN, "try again"), (OTHER_MODEL, "other model"), (DETAILS, "details"))
_CONSENT_KEYS = ((ALLOW, "allow it"), (OTHER_MODEL, "other model"), (DETAILS, "details"))
_ALLOW_HINT = f"Nothing was sent. If that is meant, {ALLOW} allows it once and for all, and asks again."
_PLACES = (fmt.USD_CELLS, len("≈ ↓8.1k"), len("59.9 s"))
"""What a figure takes at most in most replies: it stays where it is when its "≈" goes."""
CRASH_TITLE = "Parley made a mistake while it showed this reply."

_STOPS = {
    StopReason.LENGTH: "Cut off: the reply reached its token limit.",
    StopReason.CONTENT_FILTER: "Cut off by the provider's content filter.",
    StopReason.REFUSAL: "The model declined to answer.",
    StopReason.CANCELLED: "Stopped. What had arrived is kept.",
}


def error_keys(error: ProviderError) -> tuple[tuple[str, str], ...]:
    """What the card of a failure offers: each key with its words."""
    return _CONSENT_KEYS if isinstance(error, ConsentNeeded) else _ERROR_KEYS


def card_key(reply: Reply) -> str:
    """The transcript key of the card that belongs to a reply."""
    return f"{reply.id}:card"


def heading(reply: Reply, elapsed_ms: int | None = None) -> ReplyHeading:
    """The line above a reply.

    Args:
        elapsed_ms: since it was asked, while it runs.
    """
    total_ms = elapsed_ms if reply.is_running else reply.total_ms
    made = reply.counted.output_tokens
    is_ours = reply.is_running or reply.usage.output_tokens is None
    figures = [fmt.cost(reply.cost)]
    figures.append("" if made is None else f"{'≈ ' if is_ours else ''}↓{fmt.tokens(made)}")
    figures.append("" if total_ms is None else fmt.duration(total_ms))
    figures.append("" if reply.tokens_per_s is None else f"{reply.tokens_per_s:.0f} tok/s")
    return ReplyHeading(reply.model_label, reply.provider_label, tuple(figures), reply.is_running, _PLACES)


def has_heading(reply: Reply) -> bool:
    """Whether a reply that has ended keeps its place: not where a card stands in it, or where nobody was answered."""
    return reply.has_content or (reply.error is None and not reply.was_stopped_early)


def reasoning_label(reply: Reply) -> str:
    """What stands beside the fold of the reasoning."""
    if reply.reasoning_ms is None and reply.is_running and not reply.text:
        return "thinking …"
    parts = ["thoughts" if reply.reasoning_ms is None else f"thought for {fmt.duration(reply.reasoning_ms)}"]
    if reply.usage.reasoning_tokens:
        parts.append(f"{fmt.tokens(reply.usage.reasoning_tokens)} tokens")
    return " · ".join(parts)


def prompt_entry(prompt: Prompt) -> PromptEntry:
    return PromptEntry(prompt.id, prompt.text)


def stored_entries(reply: Reply, select_key: str) -> list[Entry]:
    """Everything a finished reply shows. `select_key`: as for `error_card`."""
    entries: list[Entry] = []
    if has_heading(reply):
        label = reasoning_label(reply) if reply.reasoning else ""
        entries.append(ReplyEntry(reply.id, heading(reply), reply.text, reply.reasoning, label))
    return [*entries, *closing_entries(reply, select_key)]


def closing_entries(reply: Reply, select_key: str) -> list[Entry]:
    """What follows the text of a reply that has ended: why it ended, calls, notices, the error.

    Args:
        select_key: as for `error_card`.
    """
    sentences = [
        *reply.notices,
        *(f"Wants to call {call.name}({call.arguments})" for call in reply.tool_calls),
    ]
    if reply.failure:
        sentences.append(f"Cut off: {reply.failure}")
    elif reply.stop in _STOPS:
        sentences.append(_STOPS[reply.stop])
    elif reply.error is None and reply.stop in (StopReason.INCOMPLETE, StopReason.ERROR):
        sentences.append("Cut off before it was complete.")
    elif reply.error is None and not reply.has_content:
        sentences.append("The model said nothing.")
    entries: list[Entry] = _notices(reply, sentences)
    if reply.error is not None:
        entries.append(error_card(reply, reply.error, select_key))
    return entries


def notices_so_far(reply: Reply) -> list[Entry]:
    """What there is to say about a reply that is still arriving; `closing_entries` has it at the same place."""
    return _notices(reply, reply.notices)


def error_card(reply: Reply, error: ProviderError, select_key: str, details: Sequence[Detail] = ()) -> Card:
    """What failed, in the server's words too, and what to do.

    Args:
        select_key: leads from the composer to the card, as it is shown; the keys of the card work there.
    """
    lead = f"{select_key} then" if select_key else ""
    hint = _ALLOW_HINT if isinstance(error, ConsentNeeded) else error.hint
    return Card(
        card_key(reply), error.summary, _own_words(error), hint, error_keys(error), lead=lead, details=tuple(details)
    )


def retry_card(reply: Reply, error: ProviderError, attempt: int, wait_s: float, stop_key: str) -> Card:
    """A failure that is being mended: when the request goes out again.

    Args:
        wait_s: from now on.
        stop_key: as it is shown.
    """
    seconds = ceil(wait_s)
    when = f"Trying again in {seconds} s" if seconds > 0 else "Trying again now"
    return Card(
        card_key(reply),
        error.summary,
        _own_words(error),
        f"{when} (attempt {attempt}). {stop_key} stops.",
        kind="retry",
    )


def crash_card(reply: Reply, log_file: Path) -> Card:
    """For a bug of ours: the words that came are safe."""
    hint = f"What arrived is saved. The log says more: {log_file}"
    return Card(card_key(reply), CRASH_TITLE, "", hint, ((TRY_AGAIN, "try again"),))


def _notices(reply: Reply, sentences: Sequence[str]) -> list[Entry]:
    return [NoticeEntry(f"{reply.id}:notice:{number}", sentence) for number, sentence in enumerate(sentences)]


def _own_words(error: ProviderError) -> str:
    """What the server said, unless the summary quotes it already."""
    return "" if error.detail in error.summary else error.detail
