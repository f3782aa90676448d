"""Blocks one under another: where each begins, and which lines stand where."""

from __future__ import annotations

from collections.abc import Iterable

from app.transcript.blocks import Block, Layout, LineStore
from app.transcript.heights import Heights
from app.transcript.ink import Line


class Flow:
    """A column of blocks that changes mostly at its end."""

    def __init__(self, store: LineStore) -> None:
        self.blocks: list[Block] = []
        self._heights = Heights()
        self._store = store

    @property
    def height(self) -> int:
        return self._heights.total

    def replace_from(self, count: int, blocks: Iterable[Block], layout: Layout) -> None:
        """Keep the first `count` blocks, and put others after them."""
        kept = list(blocks)
        for block in set(self.blocks[count:]).difference(kept):
            self._store.drop(block)
        self._heights.truncate(count)
        self.blocks[count:] = kept
        self._heights.extend(block.height(layout) for block in kept)

    def start(self, index: int) -> int:
        """The first line of a block."""
        return self._heights.before(index)

    def find(self, line: int) -> tuple[int, int]:
        """The block that holds a line, and the line's place in it."""
        return self._heights.find(line)

    def height_of(self, index: int) -> int:
        """Lines of a block, as the column has them."""
        return self._heights[index]

    def is_measured(self, index: int, layout: Layout) -> bool:
        """Whether a block has been drawn, and its height taken into the column."""
        block = self.blocks[index]
        return block.is_measured(layout) and block.height(layout) == self._heights[index]

    def measure(self, index: int, layout: Layout) -> int:
        """Make a block's height what it really is. Returns: by how much the column grew."""
        block = self.blocks[index]
        lines = self._store.lines(block, layout)
        return self._heights.set(index, len(lines))

    def lines(self, index: int, layout: Layout) -> list[Line]:
        return self._store.lines(self.blocks[index], layout)

    def reflow(self, layout: Layout) -> None:
        """Estimate all heights anew, for another width."""
        self._heights = Heights(block.height(layout) for block in self.blocks)
