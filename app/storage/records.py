"""What the store keeps, as values. Repositories take and return these, never rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from providers.costs import Cost, Rates
from providers.events import StopReason
from providers.messages import Message, Role
from providers.reference import ModelRef
from providers.usage import Usage


@dataclass(frozen=True, slots=True)
class Conversation:
    """A stored tree of messages.

    Attributes:
        title: the first words of the first prompt until somebody renames it.
        model: the model the next turn goes to.
        leaf_id: the newest message of the branch shown; None in an empty conversation.
        created_at, updated_at: aware, UTC.
    """

    id: str
    title: str
    created_at: datetime
    updated_at: datetime
    model: ModelRef | None = None
    leaf_id: str | None = None
    system: str = ""


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """One node of the tree.

    Attributes:
        parent_id: None for the first message.
        stop: why an assistant message ended; None for other roles, and for a reply that never ended
            because the program was killed.
        error: one sentence when `stop` is `error` or `incomplete`; "" otherwise.
    """

    id: str
    conversation_id: str
    parent_id: str | None
    created_at: datetime
    message: Message
    stop: StopReason | None = None
    error: str = ""

    @property
    def is_incomplete(self) -> bool:
        """Whether this is a reply that was cut off: by a kill of the program, or by a broken stream."""
        return self.message.role is Role.ASSISTANT and self.stop in (None, StopReason.INCOMPLETE)


class RequestKind(StrEnum):
    REPLY = "reply"
    COUNT = "count"
    """The server was asked how many tokens a request has; that is free."""


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One request sent: also a cancelled, failed or retried one, and one that only counted.

    Attributes:
        conversation_id, message_id: None for a request of no stored conversation (`ask --no-save`).
        message_id: of the reply that was asked for. Each attempt at it has the same, and it stands for no message
            where nothing came.
        format: the wire format spoken.
        first_token_ms: from sending to the first content; None when none came.
        total_ms: from sending to the end, whatever the end was.
        stop: why it ended.
        attempt: 1 for the first try of a turn.
        usage: as reported; None where the server did not say, also when `cost` was estimated.
        rates: used for `cost`, stored so that history does not move when prices do; None when unknown.
        input_estimate, output_estimate: our own counts, before any factor that was learned; None when not counted.
        counter: what made those counts (the name of a `providers.tokens.Counter`); "" when nothing did.
        problem: what of a stored row cannot be read and is unknown here, as a sentence; "" as a rule. Not stored.
    """

    id: str
    started_at: datetime
    provider: str
    model: str
    format: str
    stop: StopReason
    usage: Usage
    cost: Cost
    rates: Rates | None = None
    first_token_ms: int | None = None
    total_ms: int | None = None
    attempt: int = 1
    conversation_id: str | None = None
    message_id: str | None = None
    preset: str = ""
    error: str = ""
    kind: RequestKind = RequestKind.REPLY
    input_estimate: int | None = None
    output_estimate: int | None = None
    counter: str = ""
    problem: str = ""

    @property
    def counted(self) -> Usage:
        """As reported, and our own counts where the server gave none."""
        usage = self.usage
        return replace(
            usage,
            input_tokens=self.input_estimate if usage.input_tokens is None else usage.input_tokens,
            output_tokens=self.output_estimate if usage.output_tokens is None else usage.output_tokens,
        )


@dataclass(frozen=True, slots=True)
class ModelTotal:
    """The ledger rows of one model, summed. Counts that no row knows are None.

    Attributes:
        usd: the sum of all known costs, estimates included; None when no row has a cost.
        estimated_usd: the part of `usd` that is our own estimate.
        unpriced_requests: rows whose cost is unknown; a total with any is a lower bound ("≥").
        is_free: every row was free or flat.
        untracked_requests: rows of 0 because somebody wrote that price.
    """

    ref: ModelRef
    requests: int
    usage: Usage
    usd: Decimal | None
    estimated_usd: Decimal
    unpriced_requests: int
    is_free: bool
    saved_by_cache_usd: Decimal | None = None
    first_token_ms_median: int | None = None
    untracked_requests: int = 0
