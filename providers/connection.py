"""The states behind the lamps: what is known about the way to a provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from providers.catalogue.records import ModelInfo
    from providers.errors import ProviderError


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
    """What is known about one provider right now.

    Attributes:
        word: the state in one or two words for the lamp ("connected", "no key", "refused").
        error: the last failure; kept while a new attempt runs.
        models: what the server listed, merged over the preset's; the preset's own where it has no list.
        is_listed: whether the server itself named the models.
        since: when this state began.
        checked_at: the last time the server answered or failed to; None before the first check.
        round_trip_ms: of the last check that got an answer.
    """

    state: ConnectionState
    word: str
    error: ProviderError | None = None
    models: tuple[ModelInfo, ...] = ()
    is_listed: bool = False
    since: datetime | None = None
    checked_at: datetime | None = None
    round_trip_ms: int | None = None
