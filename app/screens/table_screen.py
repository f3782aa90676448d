"""A whole screen with one table on it: sorting, filtering and moving, whatever the rows are."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import ClassVar, Generic, NamedTuple, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import Click, DescendantBlur, DescendantFocus, Resize
from textual.getters import query_one
from textual.widget import Widget
from textual.widgets import Input, Static
from textual.worker import Worker

from app.screens.modal import Modal
from app.styles import sheet
from app.text import plain
from app.widgets.choice_list import ChoiceList
from app.widgets.field import Field
from app.widgets.grid import HEADING_META, Grid, Sort
from app.widgets.key_line import key_line

Row = TypeVar("Row")

_LOOKS_LATE_SECONDS = 0.15
"""What is there sooner needs no word that it is under way."""
_FILTER_KEYS = (("↵", "keep"), ("↑↓", "move"))
_MARGIN, _SCROLLBAR, _LEAST_ROOM = 2, 1, 10
"""Cells: at either side, for the scroll bar of the rows, and of a line at least."""
_COMPACT_LINES, _SHORT_LINES = 30, 18
"""Below these, empty lines make room for rows: some, then all."""


class Destination(NamedTuple):
    """A conversation to open, and the message to open it at; None is its end."""

    conversation_id: str
    message_id: str | None = None


class TableScreen(Modal[Destination | None], Generic[Row]):
    """Dismissed with what is to be opened, or None. Esc takes the innermost: field, filter, screen."""

    CSS_PATH = sheet("stats")
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "back", "Back"),
        ("f3", "dismiss(None)", "Close"),
        ("up", "move(-1)", "Up"),
        ("down", "move(1)", "Down"),
        ("pageup", "page(-1)", "Page up"),
        ("pagedown", "page(1)", "Page down"),
        ("home,ctrl+home", "end(-1)", "First"),
        ("end,ctrl+end", "end(1)", "Last"),
        ("enter", "open", "Open"),
        ("s", "sort", "Sort by the next column"),
        ("S", "turn", "Turn the order round"),
        ("slash", "filter", "Filter"),
        ("r", "load", "Read again"),
    ]
    KEYS: ClassVar[Sequence[tuple[str, str]]] = ()
    """What the keys do while there are rows."""
    FILTER: ClassVar[str] = "Filter by name"

    choices = query_one(ChoiceList)
    field = query_one(Field)
    filter_line = query_one("#filter", Horizontal)
    headings = query_one("#headings", Static)
    total = query_one("#total", Static)
    notes = query_one("#notes", Static)
    message = query_one("#message", Static)
    keys = query_one("#keys", Static)

    def __init__(self, sort: Sort) -> None:
        super().__init__()
        self.sort = sort
        self.grid: Grid[Row] | None = None
        self._rows: Sequence[Row] = ()
        self._shown: Sequence[Row] = ()
        self._problem = ""
        self._worker: Worker[None] | None = None
        self.is_late = False
        """What was asked for takes so long that it is said."""

    # ── what a subclass says ──────────────────────────────────────────────────

    @abstractmethod
    def head(self) -> Iterable[Widget]:
        """What stands above the table."""

    @abstractmethod
    async def read(self) -> None:
        """Read what the table shows, and end with `show_rows` or with `fail`. StoreErrors are shown."""

    @abstractmethod
    def key_of(self, row: Row) -> str:
        """What tells a row from the others; the cursor stays on it."""

    @abstractmethod
    def matches(self, row: Row, words: Sequence[str]) -> bool:
        """Whether the filter leaves a row."""

    @abstractmethod
    def open(self, row: Row) -> None:
        """Go into a row."""

    @abstractmethod
    def draw_around(self) -> None:
        """Draw what stands above and below the table, for the room that there is."""

    @abstractmethod
    def empty_sentence(self) -> str:
        """What stands in the place of the table while it has no rows."""

    def keys_with_rows(self) -> Sequence[tuple[str, str]]:
        """The most important first: those that have no room are left out from the end; esc always stands last."""
        return self.KEYS

    def keys_without_rows(self) -> Sequence[tuple[str, str]]:
        """The keys that mean something while there is nothing in the table."""
        return (("r", "refresh"),)

    def total_row(self) -> Row | None:
        """What stands below the rows."""
        return None

    # ── life ──────────────────────────────────────────────────────────────────

    def compose(self) -> ComposeResult:
        with Vertical(id="page"):
            yield from self.head()
            with Horizontal(id="filter"):
                yield Static("/", id="sign")
                yield Field(self.FILTER)
            yield Static(id="headings")
            yield ChoiceList()
            yield Static(id="total")
            yield Static(id="notes")
            yield Static(id="message")
        yield Static(id="keys")

    def on_mount(self) -> None:
        self.filter_line.display = False
        self.action_load()

    def on_unmount(self) -> None:
        if self._worker is not None:
            self._worker.cancel()

    def action_load(self) -> None:
        """Read everything again; what is shown stays until then."""
        self.load()

    def load(self) -> None:
        """Read what is to be shown now, instead of what was being read."""
        if self._worker is not None:
            self._worker.cancel()
        # A worker of the app: there a mistake in it is noticed.
        self._worker = self.app.run_worker(
            self._load, name="stats", group="stats", exit_on_error=False, description="stats"
        )

    async def _load(self) -> None:
        from app.storage.errors import StoreError

        late = self.set_timer(_LOOKS_LATE_SECONDS, self._say_late)
        try:
            await self.read()
        except StoreError as error:
            self.fail(f"{error}. {error.hint}".strip())
        finally:
            late.stop()
            self.is_late = False
        if self.is_mounted:
            self.draw()

    def _say_late(self) -> None:
        self.is_late = True
        self.draw()

    @property
    def has_failed(self) -> bool:
        """Whether there is nothing to show, and a sentence says why."""
        return bool(self._problem)

    @property
    def is_settled(self) -> bool:
        """Whether all that was asked for is shown."""
        return self._worker is not None and self._worker.is_finished

    # ── the rows ──────────────────────────────────────────────────────────────

    @property
    def row(self) -> Row | None:
        """What the cursor stands on."""
        cursor = self.choices.cursor
        return self._shown[cursor] if cursor is not None and cursor < len(self._shown) else None

    @property
    def shown(self) -> Sequence[Row]:
        """The rows that the filter leaves, in their order."""
        return self._shown

    @property
    def words(self) -> list[str]:
        """What the rows are filtered by."""
        return self.field.value.lower().split()

    def show_rows(self, rows: Sequence[Row], grid: Grid[Row]) -> None:
        """Show other rows; the cursor stays on its row where that is still there."""
        self._rows, self.grid, self._problem = rows, grid, ""
        self.narrow()

    def fail(self, problem: str) -> None:
        """Say in one sentence why there is nothing to show."""
        self._rows, self._shown, self._problem = (), (), problem
        self.draw()

    def narrow(self, *, keeps_cursor: bool = True) -> None:
        """Filter and sort what was read."""
        if self.grid is None or not self.is_mounted:
            return
        before = None if self.row is None or not keeps_cursor else self.key_of(self.row)
        words = self.words
        rows = [row for row in self._rows if self.matches(row, words)] if words else self._rows
        self._shown = self.grid.sorted(rows, self.sort)
        place = next((place for place, row in enumerate(self._shown) if self.key_of(row) == before), None)
        cursor = place if place is not None else 0 if self._shown else None
        self.choices.styles.max_height = max(1, len(self._shown))
        self.choices.show(
            len(self._shown), self._line, lambda _: True, cursor, keeps_place=place is not None and keeps_cursor
        )
        self.draw()

    def _line(self, row: int) -> Content:
        return self.grid.line(self._shown[row], self.room) if self.grid is not None else Content()

    # ── drawing ───────────────────────────────────────────────────────────────

    @property
    def room(self) -> int:
        """The cells of a line, with rows or without them."""
        return max(_LEAST_ROOM, self.size.width - 2 * _MARGIN - _SCROLLBAR)

    @on(ChoiceList.Fitted)
    def draw(self) -> None:
        """Draw everything but the rows."""
        if not self.is_mounted:
            return
        has_rows = bool(self._shown)
        for widget in (self.headings, self.total, self.choices, self.notes):
            widget.display = has_rows
        self.message.display = not has_rows
        if self.grid is not None and has_rows:
            self.headings.update(self.grid.headings(self.room, self.sort))
            total = self.total_row()
            self.total.update(Content() if total is None else self.grid.line(total, self.room))
        else:
            self.message.update(self._message())
        self.keys.update(self._key_line())
        self.draw_around()

    def _message(self) -> Content:
        if self._problem:
            return plain(self._problem)
        if self.grid is None:
            said = "adding up …" if self.is_late else ""
        else:
            said = "Nothing matches. Esc clears the filter." if self._rows else self.empty_sentence()
        return Content.styled(said, "$text-muted")

    def _key_line(self) -> Content:
        room = self.size.width - 2 * _MARGIN
        has_rows = bool(self._rows) or (self.grid is None and not self._problem)  # or will have some
        keys = self.keys_with_rows() if has_rows else self.keys_without_rows()
        if self.field.has_focus:
            keys = _FILTER_KEYS
        last = ("esc", "clear" if self.filter_line.display else "back")
        lines = (key_line([*keys[:count], last]) for count in range(len(keys), 0, -1))
        return next((line for line in lines if line.cell_length <= room), key_line([last]))

    @on(Resize)
    def _make_room(self, event: Resize) -> None:
        self.set_class(event.size.height < _COMPACT_LINES, "-compact")
        self.set_class(event.size.height < _SHORT_LINES, "-short")
        self.call_after_refresh(self.draw)

    # ── keys ──────────────────────────────────────────────────────────────────

    def action_move(self, step: int) -> None:
        self.choices.move(step)

    def action_page(self, direction: int) -> None:
        self.choices.page(direction)

    def action_end(self, direction: int) -> None:
        self.choices.end(direction)

    def action_open(self) -> None:
        if self.row is not None:
            self.open(self.row)

    @on(ChoiceList.Clicked)
    def _clicked(self) -> None:
        self.action_open()

    def on_click(self, event: Click) -> None:
        title = event.style.meta.get(HEADING_META)
        if title is not None:
            self.action_sort_by(title)

    def action_back(self) -> None:
        if self.filter_line.display:
            self._close_filter()
        else:
            self.dismiss(None)

    # ── sorting ───────────────────────────────────────────────────────────────

    def action_sort(self) -> None:
        """Sort by the next column that is shown."""
        if self.grid is None:
            return
        columns = self.grid.sortable(self.room)
        titles = [each.title for each in columns]
        place = titles.index(self.sort.title) + 1 if self.sort.title in titles else 0
        column = columns[place % len(columns)]
        self.sort_by(Sort(column.title, column.rises))

    def action_turn(self) -> None:
        """Turn the order round."""
        self.sort_by(self.sort.turned)

    def action_sort_by(self, title: str) -> None:
        """Sort by a column; by the same one again the other way round."""
        column = self.grid.column(title) if self.grid is not None else None
        if column is not None:
            self.sort_by(self.sort.turned if title == self.sort.title else Sort(title, column.rises))

    def sort_by(self, sort: Sort) -> None:
        self.sort = sort
        self.narrow(keeps_cursor=False)

    # ── filtering ─────────────────────────────────────────────────────────────

    def action_filter(self) -> None:
        self.filter_line.display = True
        self.field.focus()

    def _close_filter(self) -> None:
        self.field.value = ""
        self.filter_line.display = False
        self.set_focus(None)

    @on(DescendantFocus)
    @on(DescendantBlur)
    def _focus_moved(self) -> None:
        self.draw()

    @on(Input.Changed)
    def _typed(self) -> None:
        self.narrow()

    @on(Input.Submitted)
    def _filtered(self) -> None:
        """The filter stays; the letters are commands again."""
        if not self.field.value.strip():
            self._close_filter()
        self.set_focus(None)
