"""What the requests of an open conversation come to, with the one that is on its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.session.entries import Prompt
from app.session.provenance import is_of
from app.session.views import Spent
from app.storage.records import LedgerRow
from app.storage.totals import totals_by_model
from providers.costs import CostStatus
from providers.events import StopReason
from providers.reference import ModelRef

if TYPE_CHECKING:
    from app.session.reply import Reply

_NOT_SENT_YET = datetime.max.replace(tzinfo=UTC)


def spent(rows: Sequence[LedgerRow], entries: Sequence[Prompt | Reply]) -> Spent:
    """Add up what was sent; a reply that is arriving counts as an estimate."""
    replies = {entry.id: entry for entry in entries if not isinstance(entry, Prompt)}
    recorded = {row.message_id for row in rows if (reply := replies.get(row.message_id or "")) and is_of(row, reply)}
    due = [reply for reply in replies.values() if _is_due(reply) and reply.id not in recorded]
    counted = [_counted(row, replies) for row in rows]
    guessed = {
        ModelRef(row.provider, row.model) for row, full in zip(rows, counted, strict=True) if full.usage != row.usage
    }
    guessed |= {reply.ref for reply in due if reply.is_running or not reply.usage.is_reported}
    return Spent(totals_by_model((*counted, *map(_under_way, due))), frozenset(guessed))


def _counted(row: LedgerRow, replies: dict[str, Reply]) -> LedgerRow:
    """A row with our own counts in it, where something was counted; the reply itself may know more than the ledger."""
    if row.usage.is_reported:
        return row
    reply = replies.get(row.message_id or "")
    if reply is not None and reply.has_content and is_of(row, reply):
        return replace(row, usage=reply.counted)
    has_brought_something = row.output_estimate is not None or row.cost.status is CostStatus.ESTIMATED
    return replace(row, usage=row.counted) if has_brought_something else row


def _is_due(reply: Reply) -> bool:
    """Whether a reply counts before the ledger has it: also in the moment between its end and its row."""
    return reply.is_running or (reply.has_content and reply.total_ms is not None)


def _under_way(reply: Reply) -> LedgerRow:
    return LedgerRow(
        id="",
        started_at=reply.started_at or _NOT_SENT_YET,
        provider=reply.ref.provider,
        model=reply.ref.model,
        format=reply.format,
        stop=StopReason.INCOMPLETE,
        usage=reply.counted,
        cost=reply.cost,
        rates=reply.rates,
        message_id=reply.id,
    )
