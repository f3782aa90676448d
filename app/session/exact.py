"""The server's own count of a request that is not sent to its model."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING

from app.session.history import estimate_input
from app.session.ways import way_to
from app.storage.errors import StoreError
from app.storage.records import LedgerRow, RequestKind
from providers.costs import Cost, CostStatus
from providers.errors import BadConfig, CannotCount, ProviderError
from providers.events import StopReason
from providers.messages import user
from providers.request import ChatRequest
from providers.usage import NO_USAGE, Usage

if TYPE_CHECKING:
    from app.connections.routes import Route
    from app.session.chat import Chat
    from app.session.runtime import Runtime
    from providers.reference import ModelRef

_FREE = Cost(Decimal(0), CostStatus.FREE, "counting is free")


async def count_exactly(runtime: Runtime, chat: Chat, draft: str, ref: ModelRef) -> int:
    """See `Session.count_exactly`."""
    connections = runtime.connections
    connections.roster.refuse_disabled(ref.provider)
    route = await way_to(connections.roster, connections.roster.entry(ref.provider))
    request = ChatRequest(model=ref.model, messages=(*chat.messages(), user(draft)), system=chat.system)
    counting = _Count(runtime, chat, ref, route)
    await counting.estimate(request)
    try:
        found = await connections.client.count_tokens(route.endpoint, request, route.key.secret if route.key else None)
    except ProviderError as error:
        error.provider = error.provider or ref.provider
        was_sent = not isinstance(error, (BadConfig, CannotCount)) or error.status is not None
        if was_sent:
            await counting.record(NO_USAGE, error)
        raise
    await counting.record(Usage(input_tokens=found))
    return found


class _Count:
    """One request for a count, on its way into the ledger."""

    def __init__(self, runtime: Runtime, chat: Chat, ref: ModelRef, route: Route) -> None:
        self._runtime = runtime
        self._chat = chat
        self._ref = ref
        self._route = route
        self._started = runtime.now()
        self._began = runtime.monotonic()
        self._counter, self._ours = "", 0

    async def estimate(self, request: ChatRequest) -> None:
        """Count it ourselves, so that the server's count teaches something."""
        estimator = await self._runtime.counting.ready(self._ref, self._runtime.store)
        self._counter = estimator.counter.name
        self._ours = await asyncio.to_thread(estimate_input, estimator.counter, request.system, request.messages)
        self._began = self._runtime.monotonic()

    async def record(self, usage: Usage, error: ProviderError | None = None) -> None:
        """Write the row. A store that fails costs the row, not the count."""
        row = LedgerRow(
            id=self._runtime.new_id(),
            started_at=self._started,
            provider=self._ref.provider,
            model=self._ref.model,
            format=self._route.endpoint.format.value,
            stop=StopReason.STOP if error is None else StopReason.ERROR,
            usage=usage,
            cost=_FREE,
            total_ms=max(0, round((self._runtime.monotonic() - self._began) * 1000)),
            conversation_id=self._chat.id,
            preset=self._route.endpoint.preset,
            error=error.summary if error else "",
            kind=RequestKind.COUNT,
            input_estimate=self._ours or None,
            counter=self._counter,
        )
        self._chat.rows.append(row)
        self._runtime.counting.note(row)
        if self._runtime.store is not None:
            try:
                await self._runtime.store.ledger.add(row)
            except StoreError:
                return
