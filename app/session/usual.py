"""What is usual in a conversation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.storage.records import LedgerRow


def usual_output(rows: Iterable[LedgerRow]) -> int | None:
    """How many tokens the replies of a conversation usually have: the median; None without any."""
    made = sorted(row.usage.output_tokens for row in rows if row.usage.output_tokens)
    return made[len(made) // 2] if made else None
