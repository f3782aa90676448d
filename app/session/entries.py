"""What a user wrote, as an entry of a conversation. The other kind of entry is `Reply`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Prompt:
    """Attributes:
    id: of the stored message.
    """

    id: str
    text: str
