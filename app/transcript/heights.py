"""A row of heights with running sums: append, change, sum and search in logarithmic time (a Fenwick tree)."""

from __future__ import annotations

from collections.abc import Iterable


class Heights:
    """Lines per item, in order. The tree's node `i` (from 1) holds the sum of its `i & -i` last items."""

    def __init__(self, heights: Iterable[int] = ()) -> None:
        self._values: list[int] = []
        self._tree: list[int] = [0]
        self.total = 0
        self.extend(heights)

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, index: int) -> int:
        return self._values[index]

    def extend(self, heights: Iterable[int]) -> None:
        for height in heights:
            self.append(height)

    def append(self, height: int) -> None:
        self._values.append(height)
        node = len(self._values)
        total = height
        child = node - 1
        first = node - (node & -node)
        while child > first:
            total += self._tree[child]
            child -= child & -child
        self._tree.append(total)
        self.total += height

    def truncate(self, count: int) -> None:
        """Forget all items after the first `count`."""
        self.total = self.before(count)
        del self._values[count:]
        del self._tree[count + 1 :]

    def set(self, index: int, height: int) -> int:
        """Change one item. Returns: by how much it grew."""
        change = height - self._values[index]
        if change:
            self._values[index] = height
            self.total += change
            node = index + 1
            while node < len(self._tree):
                self._tree[node] += change
                node += node & -node
        return change

    def before(self, index: int) -> int:
        """The sum of the items before `index`."""
        total = 0
        while index:
            total += self._tree[index]
            index -= index & -index
        return total

    def find(self, line: int) -> tuple[int, int]:
        """The item that holds a line, and the line's place inside it.

        Args:
            line: from 0; one at or past the end is taken for the last line.

        Raises:
            IndexError: there is no line at all.
        """
        if self.total <= 0:
            raise IndexError(line)
        line = max(0, min(line, self.total - 1))
        index, size = 0, 1 << (len(self._tree) - 1).bit_length()
        while size:
            node = index + size
            if node < len(self._tree) and self._tree[node] <= line:
                line -= self._tree[node]
                index = node
            size >>= 1
        return index, line
