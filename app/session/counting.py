"""Our own token counts, for the time before a server speaks: always shown with ≈, never stored as a server's count."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.config.paths import Locations
    from app.connections.connections import Connections
    from app.connections.token_ranks import TokenRanks
    from app.session.learning import Learned
    from app.storage.records import LedgerRow
    from app.storage.store import Store
    from providers.ranks import RankFile
    from providers.reference import ModelRef
    from providers.tokens import Counter


@dataclass(frozen=True, slots=True)
class Estimator:
    """How the tokens of one model are guessed: a count, and how its server's counts followed from ours so far.

    Attributes:
        input_factor: over everything that is sent.
        output_factor: over everything readable that was generated.
        input_extra: tokens that the server adds of its own to each request.
        replies: how many taught that; 0 for none.
    """

    counter: Counter
    input_factor: float = 1.0
    output_factor: float = 1.0
    input_extra: float = 0.0
    replies: int = 0

    def sent(self, counted: int) -> int:
        """What the server will say of a request that we counted so many tokens for."""
        return max(1, round(self.input_extra + counted * self.input_factor)) if counted else 0

    def part(self, counted: int) -> int:
        """What a part of a request adds to what the server says."""
        return round(counted * self.input_factor)

    def generated(self, counted: int) -> int:
        """What the server will say of an answer that we counted so many tokens for."""
        return max(1, round(counted * self.output_factor)) if counted else 0


class Counting:
    """Of all models of a session. What the ledger teaches is read when a model is first used, and kept up to date.

    Args:
        rank_file: for OpenAI's models; None for the published one.
    """

    def __init__(self, connections: Connections, locations: Locations, *, rank_file: RankFile | None = None) -> None:
        self._connections = connections
        self._locations = locations
        self._rank_file = rank_file
        self._rows: dict[ModelRef, list[LedgerRow]] = {}
        """Of each model in use, the newest first."""
        self._learned: dict[tuple[ModelRef, str], Learned] = {}
        self._exact: Counter | None = None
        self._uses_ranks = False
        self._say: Callable[[str], None] = lambda sentence: None
        self._getting: asyncio.Task[None] | None = None
        self._is_settled = False
        """Whether the ranks were loaded, or could not be had: it is not tried again in this run."""

    # ── estimates ─────────────────────────────────────────────────────────────

    def estimator(self, ref: ModelRef) -> Estimator:
        """The best that is known for a model at this moment. Cheap."""
        from app.session.learning import learned

        counter = self._counter(ref)
        key = ref, counter.name
        if key not in self._learned:
            self._learned[key] = learned(self._rows.get(ref, ()), counter.name)
        found = self._learned[key]
        return Estimator(counter, found.input_factor, found.output_factor, found.input_extra, found.replies)

    async def ready(self, ref: ModelRef, store: Store | None) -> Estimator:
        """The same, after a look at what the ledger teaches. Never raises for the store's sake."""
        if ref not in self._rows:
            rows = await _counted_rows(ref, store)
            if ref not in self._rows:  # Somebody else may have read them meanwhile.
                self._rows[ref] = rows
                self._forget(ref)
        return self.estimator(ref)

    def note(self, row: LedgerRow) -> None:
        """Learn from a request that has ended."""
        from app.session.learning import ROWS
        from providers.reference import ModelRef

        ref = ModelRef(row.provider, row.model)
        if row.counter and ref in self._rows:
            self._rows[ref] = [row, *self._rows[ref]][:ROWS]
            self._forget(ref)

    def _forget(self, ref: ModelRef) -> None:
        self._learned = {key: found for key, found in self._learned.items() if key[0] != ref}

    def _counter(self, ref: ModelRef) -> Counter:
        from providers.tokens import WORDS

        if self._exact is None:
            return WORDS
        from providers.ranks import is_counted_by_ranks

        return self._exact if is_counted_by_ranks(ref.model) else WORDS

    # ── ranks ─────────────────────────────────────────────────────────────────

    @property
    def ranks(self) -> TokenRanks:
        """The rank file for OpenAI's models."""
        from app.connections.token_ranks import TokenRanks

        return TokenRanks(self._locations.token_ranks_dir, self._rank_file)

    def use_ranks(self, say: Callable[[str], None]) -> None:
        """Count OpenAI's models as they do from now on; `prepare` gets what that needs.

        Args:
            say: told in a sentence when a download brings something wrong.
        """
        self._uses_ranks, self._say = True, say

    def prepare(self, ref: ModelRef) -> None:
        """A model is asked: get ready to count better, in the background, for its next turn.

        Called when a request goes out: building the counter stops everything for a moment, and somebody waits anyway.
        """
        from providers.ranks import is_counted_by_ranks

        is_under_way = self._getting is not None and not self._getting.done()
        if self._uses_ranks and not self._is_settled and not is_under_way and is_counted_by_ranks(ref.model):
            self._getting = asyncio.create_task(self._get_ranks(self._may_download(ref)))

    async def load_ranks(self) -> bool:
        """Count with the ranks at once, where they are there. Returns: whether they are."""
        self._exact = self._exact or await asyncio.to_thread(self.ranks.counter)
        self._learned.clear()
        return self._exact is not None

    async def close(self) -> None:
        if self._getting is not None:
            self._getting.cancel()
            await asyncio.gather(self._getting, return_exceptions=True)

    def _may_download(self, ref: ModelRef) -> bool:
        """Not for a model that runs at home: who uses that may want nothing to leave the house."""
        settings, roster = self._connections.settings, self._connections.roster
        if not settings.download_tokenizer or settings.offline or ref.provider not in roster:
            return False
        return not roster.runs_here(roster.shown(ref.provider))

    async def _get_ranks(self, may_download: bool) -> None:
        from providers.errors import ProviderError
        from providers.ranks import WrongRanks

        ranks = self.ranks
        if await asyncio.to_thread(ranks.may_try):
            if not may_download:
                return
            self._is_settled = True
            try:
                data = await self._connections.client.download_ranks(ranks.file)
                await asyncio.to_thread(ranks.install, data)
            except WrongRanks as wrong:
                self._say(await asyncio.to_thread(ranks.note_trouble, wrong))
                return
            except (ProviderError, OSError) as error:
                await asyncio.to_thread(ranks.note_trouble, error)
                return
        self._is_settled = True
        await self.load_ranks()


async def _counted_rows(ref: ModelRef, store: Store | None) -> list[LedgerRow]:
    """What the ledger says of our counts, the newest first; nothing where it cannot be read."""
    from app.session.learning import ROWS
    from app.storage.errors import StoreError

    try:
        return list(await store.ledger.counted_rows(ref, ROWS)) if store else []
    except StoreError:
        return []
