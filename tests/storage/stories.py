"""What storage tests are told with: a clock, a writer of conversations, ledger rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.storage.records import Conversation, LedgerRow, StoredMessage
from app.storage.store import Store
from providers.costs import Cost, CostStatus, Rates
from providers.events import StopReason
from providers.messages import Message, Role, assistant, user
from providers.reference import ModelRef
from providers.usage import Usage

SONNET = ModelRef("claude", "claude-sonnet-4-6")
SONNET_RATES = Rates(input=Decimal(3), output=Decimal(15), cached_input=Decimal("0.30"), source="catalogue")
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass
class Clock:
    """Stands still until a test moves it."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, **stretch: float) -> datetime:
        self.now += timedelta(**stretch)
        return self.now


@dataclass
class Writer:
    """Fills a store the way a session does."""

    store: Store
    clock: Clock
    made: int = 0

    def new_id(self) -> str:
        self.made += 1
        return f"id{self.made:08d}"

    async def conversation(self, title: str = "WAL mode") -> Conversation:
        now = self.clock.pass_time(seconds=1)
        return await self.store.conversations.create(
            Conversation(self.new_id(), title, created_at=now, updated_at=now, model=SONNET)
        )

    async def say(self, conversation: Conversation, message: Message | str) -> StoredMessage:
        """Append to the branch shown; a string is a prompt, and every reply is complete."""
        current = await self.store.conversations.get(conversation.id)
        said = user(message) if isinstance(message, str) else message
        stored = StoredMessage(
            id=self.new_id(),
            conversation_id=conversation.id,
            parent_id=current.leaf_id,
            created_at=self.clock.pass_time(seconds=1),
            message=said,
            stop=StopReason.STOP if said.role is Role.ASSISTANT else None,
        )
        await self.store.conversations.append(stored)
        return stored

    async def talk(self, title: str, *lines: str) -> Conversation:
        """A conversation of prompts and replies, in turns."""
        conversation = await self.conversation(title)
        for number, line in enumerate(lines):
            await self.say(conversation, assistant(line, SONNET) if number % 2 else line)
        return await self.store.conversations.get(conversation.id)


def ledger_row(id_: str, **changes: Any) -> LedgerRow:
    """A finished request of 1,000 tokens in (400 from the cache) and 200 out; `usd=None`: unpriced."""
    usd = changes.pop("usd", "0.0042")
    status = changes.pop("status", CostStatus.UNKNOWN if usd is None else CostStatus.COMPUTED)
    values: dict[str, Any] = {
        "started_at": NOON,
        "provider": SONNET.provider,
        "model": SONNET.model,
        "format": "anthropic-messages",
        "stop": StopReason.STOP,
        "usage": Usage(input_tokens=1000, cached_tokens=400, output_tokens=200),
        "cost": Cost(None if usd is None else Decimal(usd), status),
        "rates": SONNET_RATES,
        "first_token_ms": 900,
        "total_ms": 2400,
        **changes,
    }
    return LedgerRow(id=id_, **values)
