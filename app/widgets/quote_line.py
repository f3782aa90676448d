"""One line below the composer: what the next turn will cost."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget


class QuoteLine(Widget):
    """Keeps its row when it has nothing to say, so that nothing jumps."""

    versions: reactive[tuple[Content, ...]] = reactive(())
    """The same in less and less room; the first one that fits is shown."""

    def show(self, versions: Sequence[Content] = ()) -> None:
        """Show one of these; nothing without any."""
        self.versions = tuple(versions)

    def render(self) -> RenderResult:
        room = self.content_size.width
        return next((each for each in self.versions if each.cell_length <= room), Content())
