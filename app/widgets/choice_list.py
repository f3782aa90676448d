"""A list to choose from that draws only what is seen: thousands of rows cost what a screenful does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.cache import LRUCache
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive, var
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

_CURSOR, _HOVER = "choice-list--cursor", "choice-list--hover"
_META = "choice"
_STRIPS_KEPT = 400


class ChoiceList(ScrollView, can_focus=False):
    """One line per row. The field above it keeps the focus and moves the cursor."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {_CURSOR, _HOVER}

    @dataclass
    class Moved(Message):
        """The cursor stands on another row, or on another row's successor at the same place."""

        choice_list: ChoiceList

        @property
        def control(self) -> ChoiceList:
            return self.choice_list

    @dataclass
    class Clicked(Message):
        """A row that can be chosen was clicked; the cursor stands on it."""

        choice_list: ChoiceList

        @property
        def control(self) -> ChoiceList:
            return self.choice_list

    @dataclass
    class Fitted(Message):
        """`room` is another one."""

        choice_list: ChoiceList

        @property
        def control(self) -> ChoiceList:
            return self.choice_list

    cursor: reactive[int | None] = reactive(None, always_update=True)
    """The row under the cursor; None when there is none to choose."""

    _hovered: var[int | None] = var(None)

    def __init__(self) -> None:
        super().__init__()
        self._count = 0
        self._draw: Callable[[int], Content] = lambda _: Content()
        self._can_choose: Callable[[int], bool] = lambda _: False
        self._strips: LRUCache[tuple[int, str], Strip] = LRUCache(_STRIPS_KEPT)

    @property
    def room(self) -> int:
        """The cells of a row."""
        return max(10, self.scrollable_content_region.width)

    @property
    def first_choice(self) -> int | None:
        """The first row that can be chosen."""
        return next((row for row in range(self._count) if self._can_choose(row)), None)

    def show(
        self,
        count: int,
        draw: Callable[[int], Content],
        can_choose: Callable[[int], bool],
        cursor: int | None,
        *,
        keeps_place: bool = False,
    ) -> None:
        """Show other rows.

        Args:
            draw: a row as one line, no wider than `room`; asked when the row is seen.
            can_choose: False for headings and sentences, which the cursor skips.
            keeps_place: the cursor's row stays on the line of the screen where the cursor was before.
        """
        line = (self.cursor or 0) - self.scroll_offset.y
        self._count, self._draw, self._can_choose = count, draw, can_choose
        self._hovered = None
        self._strips.clear()
        self.virtual_size = Size(self.room, count)
        if keeps_place and cursor is not None:
            self.scroll_to(y=cursor - line, animate=False, force=True)
        else:
            self.scroll_to(y=0, animate=False, force=True)
        self.cursor = cursor
        self.refresh()

    def redraw(self, row: int) -> None:
        """Draw a row again that has changed."""
        for kind in ("", _CURSOR, _HOVER):
            self._strips.discard((row, kind))
        self.refresh_line(row)

    @property
    def seen(self) -> range:
        """The rows on the screen."""
        top = self.scroll_offset.y
        return range(top, min(self._count, top + self.scrollable_content_region.height))

    # ── moving ────────────────────────────────────────────────────────────────

    def move(self, step: int) -> None:
        """Move the cursor to the next row that can be chosen, around the ends."""
        row = self.cursor
        for _ in range(self._count):
            row = (-1 if row is None and step > 0 else row or 0) + step
            row %= self._count
            if self._can_choose(row):
                self.cursor = row
                return

    def page(self, direction: int) -> None:
        """Move the cursor by a screenful, and no further than the ends."""
        wanted = (self.cursor or 0) + direction * max(1, self.scrollable_content_region.height - 1)
        self._settle(max(0, min(self._count - 1, wanted)), direction)

    def end(self, direction: int) -> None:
        """Move the cursor to the first row (-1) or the last one (1)."""
        self._settle(0 if direction < 0 else self._count - 1, direction)

    def _settle(self, row: int, direction: int) -> None:
        """Put the cursor on the nearest row that can be chosen, looking onward first."""
        onward = range(row, self._count) if direction > 0 else range(row, -1, -1)
        back = range(row, -1, -1) if direction > 0 else range(row, self._count)
        self.cursor = next((each for each in (*onward, *back) if self._can_choose(each)), self.cursor)

    def watch_cursor(self, before: int | None, cursor: int | None) -> None:
        self._refresh_rows(before, cursor)
        self._reveal_cursor()
        self.post_message(self.Moved(self))

    def _reveal_cursor(self) -> None:
        """Scroll the cursor into view, with the headings right above it where there is room."""
        height = self.scrollable_content_region.height
        if self.cursor is None or not height:
            return
        top = self.cursor
        while top and not self._can_choose(top - 1):
            top -= 1
        if self.cursor - top >= height:
            top = self.cursor
        region = Region(0, top, self.room, self.cursor - top + 1)
        self.scroll_to_region(region, animate=False, force=True, immediate=True)

    # ── drawing ───────────────────────────────────────────────────────────────

    def render_line(self, y: int) -> Strip:
        row, width = self.scroll_offset.y + y, self.room
        if row >= self._count:
            return Strip.blank(width, self.visual_style.rich_style)
        kind = ""
        if self._can_choose(row):
            kind = _CURSOR if row == self.cursor else _HOVER if row == self._hovered else ""
        strip = self._strips.get((row, kind))
        if strip is None:
            style = self.get_visual_style(kind) if kind else self.visual_style
            content = self._draw(row)
            if kind == _CURSOR and self.app.current_theme.ansi:
                content = Content(content.plain)  # the terminal's colours need not be readable on the cursor's
            strips = Visual.to_strips(self, content, width, 1, style)
            strip = strips[0].adjust_cell_length(width, style.rich_style).apply_meta({_META: row})
            self._strips[(row, kind)] = strip
        return strip

    def notify_style_update(self) -> None:
        self._strips.clear()
        super().notify_style_update()

    def on_resize(self) -> None:
        self._strips.clear()
        self.virtual_size = Size(self.room, self._count)
        self._reveal_cursor()
        self.post_message(self.Fitted(self))

    # ── mouse ─────────────────────────────────────────────────────────────────

    def on_mouse_move(self, event: events.MouseMove) -> None:
        self._hovered = event.style.meta.get(_META)

    def on_leave(self) -> None:
        self._hovered = None

    def on_click(self, event: events.Click) -> None:
        row = event.style.meta.get(_META)
        if row is not None and self._can_choose(row):
            self.cursor = row
            self.post_message(self.Clicked(self))

    def watch__hovered(self, before: int | None, hovered: int | None) -> None:
        self._refresh_rows(before, hovered)

    def _refresh_rows(self, *rows: int | None) -> None:
        for row in rows:
            if row is not None:
                self.refresh_line(row)
