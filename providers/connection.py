"""The states behind the lamps: what is known about the way to a provider, and how one state follows another.

disabled      ── enabled ──▶ connecting | disconnected (where nothing is to be tried by itself)
connecting    ── answer ───▶ connected | unverified
              ── failure ──▶ error
              ── no key ───▶ disconnected
any of these  ── a request that went through or failed ──▶ connected | error
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from providers.catalogue.records import ModelInfo
    from providers.errors import ProviderError

NO_KEY = "no key"

_FAILURE_WORDS = {
    "auth": "key rejected",
    "permission": "not allowed",
    "connection": "no answer",
    "tls": "TLS failed",
    "timeout": "timed out",
    "path_not_found": "wrong URL",
    "protocol": "wrong URL",
    "rate_limit": "rate limit",
    "quota": "no credit",
    "overloaded": "overloaded",
    "config": "config",
}
_MOVING = frozenset({"auth", "connection", "tls", "timeout", "path_not_found", "quota"})
"""Failures of a request that say something about the provider, not only about the request."""

_TELLING = frozenset({"incomplete", "server"})
"""Failures after which somebody should look whether the provider is still there."""

_PATIENT = frozenset({"auth", "permission", "quota", "config", "path_not_found", "protocol", "tls"})
"""Failures that somebody has to mend: asking again soon would change nothing."""

FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 300.0
_JITTER = 0.2


class ConnectionState(StrEnum):
    CONNECTED = "connected"
    CONNECTING = "connecting"
    DISCONNECTED = "disconnected"
    DISABLED = "disabled"
    ERROR = "error"
    UNVERIFIED = "unverified"
    """It answers, but nothing has proved the key yet."""


@dataclass(frozen=True, slots=True)
class Connection:
    """What is known about one provider right now. Every change makes a new value.

    Attributes:
        word: the state in one or two words for the lamp ("connected", "no key", "refused").
        error: the last failure; kept while a new attempt runs.
        failures: how many attempts in a row have failed.
        models: what the server listed, merged over the preset's; the preset's own where it has no list.
        is_listed: whether a server named the models, now or when `listed_at` says.
        listed_at: when it did; None when no list is known.
        since: when this state began.
        checked_at: the last time the server answered or failed to; None before the first check.
        round_trip_ms: of the last check that got an answer.
        url: what that check called, as it may be shown; "" before.
        spread: in [0, 1), drawn once for each failure: how much earlier than usual the next attempt is.
    """

    state: ConnectionState
    word: str
    error: ProviderError | None = None
    failures: int = 0
    models: tuple[ModelInfo, ...] = ()
    is_listed: bool = False
    listed_at: datetime | None = None
    since: datetime | None = None
    checked_at: datetime | None = None
    round_trip_ms: int | None = None
    url: str = ""
    spread: float = 0.0

    @property
    def is_usable(self) -> bool:
        """Whether a request has a chance."""
        return self.state not in (ConnectionState.DISABLED, ConnectionState.ERROR) and self.word != NO_KEY

    @property
    def is_about_key(self) -> bool:
        """Whether it is the key that is missing, refused, or not to be had yet."""
        if self.state is ConnectionState.DISCONNECTED:
            return self.word == NO_KEY or self.error is not None
        return self.state is ConnectionState.ERROR and self.error is not None and self.error.category == "auth"

    # ── how one state follows another ─────────────────────────────────────────

    @classmethod
    def at_start(cls, now: datetime, *, is_enabled: bool, connects_itself: bool) -> Connection:
        """Before anything was tried."""
        if not is_enabled:
            return cls(ConnectionState.DISABLED, "disabled", since=now)
        if connects_itself:
            return cls(ConnectionState.CONNECTING, "connecting", since=now)
        return cls(ConnectionState.DISCONNECTED, "not connected", since=now)

    def connecting(self, now: datetime) -> Connection:
        """An attempt is under way."""
        return self._moved(ConnectionState.CONNECTING, "connecting", now)

    def answered(
        self, now: datetime, *, is_proved: bool, models: tuple[ModelInfo, ...], is_listed: bool, ms: int, url: str
    ) -> Connection:
        """The server answered a check.

        Args:
            is_proved: whether the answer shows that the key is good, or that none is needed.
            models: all that can be asked, whoever named them.
        """
        state = ConnectionState.CONNECTED if is_proved else ConnectionState.UNVERIFIED
        return replace(
            self._moved(state, state.value, now),
            error=None,
            failures=0,
            models=models,
            is_listed=is_listed,
            listed_at=now if is_listed else self.listed_at,
            checked_at=now,
            round_trip_ms=ms,
            url=url,
        )

    def without_key(self, now: datetime) -> Connection:
        """There is no key to ask with, so nothing was sent."""
        moved = self._moved(ConnectionState.DISCONNECTED, NO_KEY, now)
        return replace(moved, error=None, failures=0)

    def failed(self, error: ProviderError, now: datetime, spread: float = 0.0) -> Connection:
        """A check failed. Args: spread: see `Connection`."""
        word = _FAILURE_WORDS.get(error.category, "error")
        moved = self._moved(ConnectionState.ERROR, word, now)
        return replace(moved, error=error, failures=self.failures + 1, checked_at=now, spread=spread)

    def held_back(self, word: str, error: ProviderError, now: datetime) -> Connection:
        """Nothing was sent: the user has something to say or to unlock first."""
        return replace(self._moved(ConnectionState.DISCONNECTED, word, now), error=error, failures=0)

    def after_request(self, error: ProviderError | None, now: datetime, spread: float = 0.0) -> Connection:
        """A request went through, or failed: where that tells something about the provider, the lamp moves too.

        Args: spread: see `Connection`.
        """
        if self.state is ConnectionState.DISABLED:
            return self
        if error is None:
            is_known = self.state is ConnectionState.CONNECTED
            moved = self._moved(ConnectionState.CONNECTED, ConnectionState.CONNECTED.value, now)
            return self if is_known else replace(moved, error=None, failures=0, checked_at=now)
        if error.category in _TELLING:
            return self.connecting(now)
        return self.failed(error, now, spread) if error.category in _MOVING else self

    def knowing(self, models: tuple[ModelInfo, ...], listed_at: datetime) -> Connection:
        """The same with a list that was fetched earlier."""
        return replace(self, models=models, is_listed=True, listed_at=listed_at)

    def _moved(self, state: ConnectionState, word: str, now: datetime) -> Connection:
        since = self.since if (state, word) == (self.state, self.word) and self.since else now
        return replace(self, state=state, word=word, since=since)

    # ── trying again ──────────────────────────────────────────────────────────

    @property
    def next_try_at(self) -> datetime | None:
        """When a failed provider is tried again by itself; None for every other state.

        Pauses double from 5 s to 5 min, shortened at random so that many providers do not come at once.
        """
        if self.state is not ConnectionState.ERROR or self.checked_at is None or self.error is None:
            return None
        patient = self.error.category in _PATIENT
        pause = LONGEST_PAUSE_S if patient else FIRST_PAUSE_S * 2.0 ** min(self.failures - 1, 30)
        pause = max(min(pause, LONGEST_PAUSE_S) * (1 - _JITTER * self.spread), self.error.retry_after_s or 0)
        return self.checked_at + timedelta(seconds=pause)
