"""A window on a document: draws the lines in view, scrolls, and follows the end."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import events
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from app.transcript.document import Document, Place, Row
from app.transcript.section import Section
from app.widgets.transcript_draw import draw, margins, with_new_below
from app.widgets.transcript_palette import COMPONENTS, Palette

_NOTHING = object()


class DocumentView(ScrollView, can_focus=True):
    """Shows a document and keeps its place while text arrives and heights become known."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = set(COMPONENTS)
    DEFAULT_CSS = """
    DocumentView { height: 1fr; overflow-x: hidden; overflow-y: scroll; scrollbar-gutter: stable; }
    """

    is_following: reactive[bool] = reactive(True)
    """Whether the end stays in view; ends when the user scrolls up, and begins again at the bottom."""

    selected: reactive[str | None] = reactive(None)
    """The key of the message that keys act on; None: the newest."""

    has_news: reactive[bool] = reactive(False)
    """Whether something has arrived below what is in view."""

    def __init__(
        self,
        *,
        name: str | None = None,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._document = Document()
        self._palette: Palette | None = None
        self._painted: dict[int, Row | object | None] = {}
        self._is_steering = False
        self._is_loading_lexers = False
        self._columns = self._rows = 0

    def _wake(self) -> None:
        """There is work to be done between frames."""

    # What has changed

    def _update(self, section: Section, same: int = 0, *, is_new: bool = False) -> None:
        """A section has changed behind its first `same` blocks."""
        self._show(self._document.update(section, same), is_new=is_new)

    def _show(self, changed: int = 0, *, is_new: bool = False) -> None:
        """Measure what is in view, scroll if the end is followed, and repaint what changed.

        Args:
            changed: the first line that may look different.
            is_new: whether something has arrived that the reader should know of.
        """
        rows = self._rows
        if rows <= 0 or not self.is_attached:
            return
        window = self._document.settle(self.scroll_offset.y, rows, at_end=self.is_following)
        if window.changed is not None:
            changed = min(changed, window.changed)
        height = self._document.height
        if height != self.virtual_size.height:
            self._set_height(height)
        if is_new and not self.is_following and height > window.top + rows:
            self.has_news = True
        if window.top != self.scroll_offset.y:
            self._steer(window.top)
        else:
            self._repaint(max(0, changed - window.top), rows)
        self._load_lexers()
        if self._document.lexers.has_work:
            self._wake()

    def _repaint(self, first: int, rows: int) -> None:
        """Draw the lines of the window that are not those on the screen."""
        top = self.scroll_offset.y
        changed = [y for y in range(first, rows) if self._painted.get(y, _NOTHING) != self._document.row(top + y)]
        if changed:
            self.refresh(Region(0, changed[0], self.size.width, changed[-1] + 1 - changed[0]))

    def _load_lexers(self) -> None:
        if self._document.lexers.wanted and not self._is_loading_lexers:
            self._is_loading_lexers = True
            # Where that fails, code stays plain until it is tried again.
            self.run_worker(self._loaded_lexers(), group="lexers", exit_on_error=False)

    async def _loaded_lexers(self) -> None:
        try:
            await asyncio.to_thread(self._document.lexers.load_wanted)
        finally:
            self._is_loading_lexers = False
        self._recolour()

    def _recolour(self) -> None:
        """Draw again what is kept: languages or code have got their colours."""
        self._document.store.clear()
        self._show()

    # Scrolling

    def _set_height(self, height: int) -> None:
        """Grow or shrink without a new layout of the screen: the scroll bar is always there."""
        self.set_reactive(DocumentView.virtual_size, Size(self._columns, height))
        self.vertical_scrollbar.window_virtual_size = height
        self.vertical_scrollbar.window_size = self._rows
        if self.scroll_y > self.max_scroll_y:
            self._steer(self.max_scroll_y)

    def scroll_to_newest(self) -> None:
        """Go to the end and stay there."""
        self.is_following = True
        self._show()
        self.refresh()

    def watch_is_following(self, is_following: bool) -> None:
        if is_following:
            self.has_news = False

    def watch_has_news(self) -> None:
        self.refresh()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if not self._is_steering and round(old_value) != round(new_value):
            self.is_following = round(new_value) >= self.max_scroll_y
            self._show(self._document.height)

    def _steer(self, top: int) -> None:
        """Scroll without taking it for the user's wish."""
        self._is_steering = True
        try:
            self.app.animator.force_stop_animation(self, "scroll_y")
            self.scroll_y = self.scroll_target_y = top
        finally:
            self._is_steering = False

    def _scroll_lines(self, top: int) -> None:
        """Scroll as the user wishes, at once."""
        self.scroll_to(y=max(0, min(top, self.max_scroll_y)), animate=False)

    def on_resize(self, event: events.Resize) -> None:
        self._columns, self._rows = self.scrollable_content_region.size
        left, right = margins(self._columns)
        wanted = max(1, self._columns - left - right)
        if wanted == self._document.layout.width:
            self._show()
            return
        place = None if self.is_following else self._document.place(self.scroll_offset.y)
        self._document.set_width(wanted)
        self._keep(place)

    def _keep(self, place: Place | None) -> None:
        """Show a place at the top again after everything has moved."""
        line = None if place is None else self._document.line_of(place)
        if line is not None:
            self._set_height(self._document.height)
            self._steer(line)
        self._show()
        self.refresh()

    def action_newest(self) -> None:
        self.selected = None
        self.scroll_to_newest()

    def action_scroll_end(self) -> None:
        self.action_newest()

    def action_scroll_home(self) -> None:
        self._scroll_lines(0)

    def action_page_up(self) -> None:
        self._scroll_lines(self.scroll_offset.y - max(1, self._rows - 2))

    def action_page_down(self) -> None:
        self._scroll_lines(self.scroll_offset.y + max(1, self._rows - 2))

    def action_scroll_up(self) -> None:
        self._scroll_lines(self.scroll_offset.y - 1)

    def action_scroll_down(self) -> None:
        self._scroll_lines(self.scroll_offset.y + 1)

    # Drawing

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._palette = None

    def render_line(self, y: int) -> Strip:
        palette = self._palette = self._palette or Palette(self)
        width = self._columns
        row = self._document.row(self.scroll_offset.y + y)
        is_selected = row is not None and row.section.key == self.selected
        self._painted[y] = row
        strip = draw(row, width, palette, is_selected=is_selected)
        if self.has_news and y == self._rows - 1:
            strip = with_new_below(strip, width, self._right_edge, palette)
        return strip

    @property
    def _right_edge(self) -> int:
        left, _ = margins(self._columns)
        return left + self._document.layout.readable

    def watch_selected(self) -> None:
        self.refresh()
