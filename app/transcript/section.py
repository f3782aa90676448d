"""What an entry of the transcript is made of, whatever its kind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from enum import Enum

from app.transcript.blocks import Block, Layout, LineStore
from app.transcript.entries import Card
from app.transcript.flow import Flow
from app.transcript.ink import HasCode


class Bar(Enum):
    """What the thin bar at the left of a section says."""

    NONE = "none"
    QUIET = "quiet"
    RUNNING = "running"
    ERROR = "error"
    WARNING = "warning"


class Section(ABC):
    """The blocks of one entry. They are made when the section is first looked at."""

    def __init__(self, key: str, store: LineStore) -> None:
        self.key = key
        self.flow = Flow(store)
        self._is_open = False
        self._prepared_for = 0

    @property
    def bar(self) -> Bar:
        return Bar.NONE

    @property
    def bar_from(self) -> int:
        """The first line beside which the bar stands."""
        return 1

    @property
    def text(self) -> str:
        """What copying the section gives; "" when there is nothing to copy."""
        return ""

    @property
    def codes(self) -> list[HasCode]:
        """The code blocks, in order."""
        return []

    @property
    def card(self) -> Card | None:
        return None

    @abstractmethod
    def estimate(self, layout: Layout) -> int:
        """About how many lines the section has, at no cost."""

    @abstractmethod
    def blocks(self) -> Iterator[Block]:
        """All blocks, as the section is now."""

    @property
    def has_fold(self) -> bool:
        return False

    def toggle(self) -> bool:
        """Open or close the fold, if there is one. Returns: whether the blocks must be made anew."""
        if self.has_fold:
            self._is_open = not self._is_open
        return self.has_fold

    def height(self, layout: Layout) -> int:
        return self.flow.height if self.is_prepared(layout) else self.estimate(layout)

    def is_prepared(self, layout: Layout) -> bool:
        return self._prepared_for == layout.width

    def prepare(self, layout: Layout) -> None:
        """Make the blocks, or estimate those there are for another width."""
        if self._prepared_for == 0:
            self.rebuild(layout)
        elif self._prepared_for != layout.width:
            self.flow.reflow(layout)
        self._prepared_for = layout.width

    def rebuild(self, layout: Layout) -> None:
        """Make the blocks anew."""
        self._prepared_for = layout.width
        self.flow.replace_from(0, self.blocks(), layout)
