"""What can go wrong with stored keys, in words for people. No message shows a key."""

from __future__ import annotations


class KeyStoreError(Exception):
    """A key could not be stored, read or removed.

    Attributes:
        hint: what to do about it; "" when there is nothing to be done.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint
