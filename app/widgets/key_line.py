"""Keys and what they do, as they stand under a dialog."""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import RenderResult
from textual.content import Content
from textual.geometry import Size
from textual.widgets import Static

_GAP = "   "


class KeyLine(Static):
    """Breaks between two keys where they need more than one line."""

    def __init__(self, keys: Iterable[tuple[str, str]], *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self._keys = tuple(keys)

    def render(self) -> RenderResult:
        return key_line(self._keys, self.content_size.width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return key_line(self._keys, width).get_height({}, width)


def key_line(keys: Iterable[tuple[str, str]], width: int = 0) -> Content:
    """The key bright, its word dim.

    Args:
        width: in cells; no key is parted from its word where the line breaks. 0 leaves breaking to whoever draws.
    """
    lines: list[Content] = []
    for key, word in keys:
        pair = Content.assemble(key, " ", Content.styled(word, "$text-muted"))
        if lines and not (width and lines[-1].cell_length + len(_GAP) + pair.cell_length > width):
            lines[-1] = Content.assemble(lines[-1], _GAP, pair)
        else:
            lines.append(pair)
    return Content("\n").join(lines)
