"""Token counts of one conversation and its draft. What was counted once is not counted again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from app.session.history import AROUND_MESSAGE, as_message, estimate_input

if TYPE_CHECKING:
    from app.session.entries import Prompt
    from app.session.reply import Reply
    from providers.messages import Message
    from providers.tokens import Counter

_PIECES = re.compile(r"[^\n]{4000}|(?:[^\n]{0,3999}\n){1,40}|[^\n]+")
"""Some lines each: a change of a long draft is one of a few pieces."""


class Tally:
    """Counts are kept by the name of what counted."""

    def __init__(self) -> None:
        self._messages: dict[tuple[str, str], int] = {}
        """By counter and entry. Only complete entries are counted: they do not change."""
        self._pieces: dict[str, dict[str, int]] = {}
        """Of the draft counted last, by counter and text."""

    def uncounted(self, entries: Iterable[Prompt | Reply], counter: Counter) -> list[tuple[str, Message]]:
        """What has to be counted of these entries, with their ids. For the thread of the event loop only."""
        return [(entry.id, as_message(entry)) for entry in entries if (counter.name, entry.id) not in self._messages]

    def count(self, messages: Iterable[tuple[str, Message]], counter: Counter) -> None:
        """Count entries. May take as long as they are."""
        for entry_id, message in messages:
            self._messages[counter.name, entry_id] = estimate_input(counter, "", (message,))

    def of(self, entry: Prompt | Reply, counter: Counter) -> int:
        """Of an entry that was counted."""
        return self._messages[counter.name, entry.id]

    def of_draft(self, draft: str, counter: Counter) -> int:
        """Of a text that changes a little each time. May take as long as the text is, the first time."""
        if not draft.strip():
            return 0
        before, counted = self._pieces.get(counter.name, {}), dict[str, int]()
        total = AROUND_MESSAGE
        for match in _PIECES.finditer(draft):  # one by one: all at once would stop the other threads
            piece = match.group()
            tokens = before.get(piece)
            counted[piece] = counter.count(piece) if tokens is None else tokens
            total += counted[piece]
        self._pieces[counter.name] = counted
        return total
