"""A Markdown text as blocks: whole, or while it grows."""

from __future__ import annotations

from collections.abc import Iterator

from app.transcript.blocks import Block
from app.transcript.code import CodeBlock, Fence
from app.transcript.colours import Lexers
from app.transcript.growing import GrowingMarkdown
from app.transcript.ink import Ink
from app.transcript.markdown import Kind, Leaf, References, same_references
from app.transcript.prose import ProseBlock, Sheet
from app.transcript.table import TableBlock


class _Item:
    """A leaf and the blocks that draw it."""

    __slots__ = ("_sheet", "blocks", "leaf")

    def __init__(self, leaf: Leaf, sheet: Sheet) -> None:
        self.leaf = leaf
        self._sheet = sheet
        self.blocks: list[Block] = []
        match leaf.kind:
            case Kind.CODE:
                fence = Fence(leaf)
                self.blocks.extend(CodeBlock(fence, index, leaf) for index in range(fence.slices))
            case Kind.TABLE:
                self.blocks.append(TableBlock(leaf, sheet))
            case _:
                self.blocks.append(ProseBlock(leaf, sheet))

    def grow(self, leaf: Leaf, lexers: Lexers) -> int | None:
        """Take a longer version of the same leaf.

        Returns:
            How many blocks, from the first, look as before; None when the leaf is another one.
        """
        old, first = self.leaf, self.blocks[0]
        if (old.kind, old.boxes, old.has_gap, old.info) != (leaf.kind, leaf.boxes, leaf.has_gap, leaf.info):
            return None
        if isinstance(first, CodeBlock) and leaf.content.startswith(old.content):
            self.leaf = leaf
            return self._grow_code(first.fence, leaf, lexers)
        if isinstance(first, TableBlock) and _is_longer_table(old, leaf):
            self.leaf = leaf
            first.grow(leaf)
            return 0
        return None

    def _grow_code(self, fence: Fence, leaf: Leaf, lexers: Lexers) -> int:
        untouched = len(self.blocks) - 1
        fence.grow(leaf)
        if not leaf.is_open:
            fence.settle(lexers)
        self.blocks[untouched].forget()
        self.blocks.extend(CodeBlock(fence, index, leaf) for index in range(len(self.blocks), fence.slices))
        return untouched

    def relink(self) -> None:
        """The reference definitions are not what they were."""
        for block in self.blocks:
            if isinstance(block, TableBlock):
                block.reparse()
            elif isinstance(block, ProseBlock):
                block.forget()


def _is_longer_table(old: Leaf, new: Leaf) -> bool:
    settled = len(old.rows) - 1
    return old.aligns == new.aligns and settled > 0 and old.rows[:settled] == new.rows[:settled]


class Markup:
    """One Markdown text, laid out leaf by leaf.

    Args:
        look: of text without marks.
    """

    def __init__(self, lexers: Lexers, look: int = Ink.TEXT) -> None:
        self._lexers = lexers
        self._sheet = Sheet(look)
        self._growing = GrowingMarkdown()
        self._items: list[_Item] = []

    @property
    def source(self) -> str:
        return self._growing.source

    @property
    def blocks(self) -> Iterator[Block]:
        for item in self._items:
            yield from item.blocks

    @property
    def codes(self) -> list[Fence]:
        """The code blocks, in order."""
        first = (item.blocks[0] for item in self._items)
        return [block.fence for block in first if isinstance(block, CodeBlock)]

    def append(self, text: str) -> int:
        """Take more source. Returns: how many blocks, from the first, look as before."""
        stable = self._growing.append(text)
        return self._take(self._growing.leaves, self._growing.references, stable)

    def set_whole(self, source: str, leaves: list[Leaf], references: References) -> int:
        """Take a text that will not grow, and what one parse of it gave. Returns: as `append`."""
        self._growing.replace(source, leaves, references)
        stable = 0
        for item, leaf in zip(self._items, leaves, strict=False):
            if item.leaf != leaf:
                break
            stable += 1
        same_blocks = self._take(leaves, references, stable)
        for fence in self.codes:
            fence.settle(self._lexers)
        return same_blocks

    def _take(self, leaves: list[Leaf], references: References, stable: int) -> int:
        is_relinked = not same_references(references, self._sheet.references)
        self._sheet.references = references
        same_blocks = sum(len(item.blocks) for item in self._items[:stable])
        old = self._items[stable:]
        del self._items[stable:]
        for number, leaf in enumerate(leaves[stable:]):
            if number == 0 and old:
                same = old[0].grow(leaf, self._lexers)
                if same is not None:
                    same_blocks += same
                    self._items.append(old[0])
                    continue
            self._items.append(_Item(leaf, self._sheet))
        if is_relinked:
            for item in self._items[:stable]:
                if "[" in item.leaf.content or item.leaf.kind is Kind.TABLE:
                    item.relink()
                    same_blocks = 0
        return same_blocks
