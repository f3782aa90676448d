"""What unfolds below the figures of a reply, and in the card of one that failed: pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.text import one_line
from app.transcript.entries import Detail

if TYPE_CHECKING:
    from app.session.reply import Reply
    from app.storage.records import LedgerRow
    from providers.errors import ProviderError


def details(reply: Reply, rows: Sequence[LedgerRow]) -> tuple[Detail, ...]:
    """Where the figures of a reply come from, running or not. Args: rows: of its conversation."""
    from app.session.explained import explained
    from app.session.provenance import of_reply

    return tuple(Detail(line.name, line.text, line.cells) for line in explained(of_reply(reply, rows)))


def failure_details(reply: Reply, error: ProviderError, rows: Sequence[LedgerRow]) -> tuple[Detail, ...]:
    """What support will ask for, and what the failure cost where no reply stands above its card."""
    pairs = (
        ("category", error.category),
        ("status", "" if error.status is None else str(error.status)),
        ("id", error.request_id),
        ("url", error.url),
        ("field", error.parameter),
    )
    named = tuple(Detail(name, one_line(value)) for name, value in pairs if value)
    return (*named, *(() if reply.has_content else details(reply, rows)))
