"""The store as a whole: open it, use its repositories, close it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from app.storage.conversations import ConversationRepository
from app.storage.database import Database
from app.storage.errors import StoreError
from app.storage.journal import Journal
from app.storage.ledger import LedgerRepository
from app.storage.presence import Presence
from app.storage.records import StoredMessage
from app.storage.reservations import ReservationRepository


class Store:
    """One open database file.

    Attributes:
        recovered: replies that a killed Parley left behind, found on opening; they are ordinary messages now.
        notice: a sentence the user should see after opening; "" usually.
    """

    def __init__(self, database: Database, presence: Presence, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._presence = presence
        self.conversations = ConversationRepository(database)
        self.ledger = LedgerRepository(database)
        self.reservations = ReservationRepository(database, presence)
        self.journal = Journal(database, presence, clock)
        self.recovered: tuple[StoredMessage, ...] = ()
        self.notice = database.notice

    @classmethod
    async def open(cls, path: Path, clock: Callable[[], datetime]) -> Store:
        """Open or create the database and recover what a kill left.

        Args:
            path: its folder is created if it is missing.
            clock: the present moment, aware.
        Raises:
            StoreError: it cannot be used; says why and what to do.
        """
        database = await Database.open(path, clock())
        folder = path.with_name(f"{path.name}.running")
        store = cls(database, Presence(folder, secrets.token_hex(8)), clock)
        try:
            store.recovered = await store.journal.recover()
        except StoreError:
            await store.close()
            raise
        return store

    async def close(self) -> None:
        """Finish what was asked for and let go of the file."""
        await self._database.close()
        self._presence.withdraw()
