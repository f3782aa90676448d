"""One list for the models of all providers: favourites and recent ones first, then each provider with its lamp."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Key, Resize
from textual.getters import query_one
from textual.widgets import Static

from app.screens.chooser import Chooser
from app.screens.model_entries import (
    Entry,
    ModelLine,
    Offer,
    ProviderHeading,
    TypedModel,
    TypingInvitation,
    can_choose,
    entries,
    place_of,
)
from app.screens.model_lines import ModelLines
from app.screens.model_search import Search
from app.text import one_line, plain
from app.widgets.choice_list import ChoiceList
from app.widgets.field import Field
from app.widgets.key_line import key_line
from providers.connection import ConnectionState
from providers.reference import ModelRef

if TYPE_CHECKING:
    from app.connections.views import ProviderView
    from app.screens.next_turns import NextTurns

_TURN_SECONDS = 0.25
_TURNS_UNTIL_OLDER = 60
"""After so many turns of the lamps the ages of the lists are written anew."""
_FRAME_LINES = 12
"""Of the dialog, besides its rows: padding, field, headings, details, legend, keys."""
_WISH_LINES, _LEAST_ROWS = 2, 4
_SHORT_LINES, _TINY_LINES = 30, 18
"""Below these the dialog takes the whole height, and then lets the legend go."""
_KEYS = (("* or ^f", "favourite"), ("^r", "refresh lists"), ("esc", "close"))


class _Field(Field):
    """While it is empty, an asterisk is a command; later it is a letter."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        return not self._is_command(character) and super().check_consume_key(key, character)

    def _is_command(self, character: str | None) -> bool:
        return character == "*" and not self.value

    async def _on_key(self, event: Key) -> None:
        if self._is_command(event.character):
            event.prevent_default()  # it goes on to the binding, behind the keys that move the cursor


class ModelPicker(Chooser[ModelRef]):
    """Stays open while lamps move and lists arrive; the cursor stays on its model."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("ctrl+f,asterisk", "toggle_favourite", "Favourite"),
        ("ctrl+r,f5", "refresh_lists", "Refresh lists"),
    ]

    header = query_one("#columns", Static)
    detail = query_one("#detail", Static)
    legend = query_one("#legend", Static)
    keys = query_one("#keys", Static)

    def __init__(
        self,
        offer: Callable[[], Offer],
        providers: Callable[[], tuple[ProviderView, ...]],
        *,
        refresh: Callable[[], None],
        toggle_favourite: Callable[[ModelRef], None],
        now: Callable[[], datetime],
        wanted_for: str = "",
        turns: NextTurns | None = None,
        purpose: str = "Choose the model for the next reply",
        verb: str = "switch",
    ) -> None:
        """
        Args:
            offer: what there is to choose from; asked again when a provider has changed.
            providers: as in the offer, but cheap enough to be asked four times a second.
            refresh: asks the servers for their lists, in the background.
            toggle_favourite: calls `reload` when it is done.
            wanted_for: the provider that needs a model; only its own are shown.
            turns: what the next turn would cost; None says nothing of it.
            purpose: what the model is chosen for, in place of the words that are typed.
            verb: what Enter does.
        """
        super().__init__()
        self._offer = offer
        self._providers = providers
        self._refresh_lists = refresh
        self._toggle = toggle_favourite
        self._now = now
        self._wanted_for = wanted_for
        self._turns = turns
        self._purpose = purpose
        self._keys = (("↵", verb), *_KEYS)
        self._turn = 0
        self._entries: list[Entry] = []
        self._load()

    def compose(self) -> ComposeResult:
        with Vertical(id="picker"):
            yield Static(self._wish(), id="wanted")
            yield _Field(self._purpose)
            yield Static(id="columns")
            yield ChoiceList()
            yield Static(id="detail")
            yield Static(id="legend")
            yield Static(id="keys")

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#wanted").display = bool(self._wanted_for)
        self.set_interval(_TURN_SECONDS, self._watch)
        self._quote()

    @property
    def entry(self) -> Entry | None:
        """What the cursor stands on."""
        cursor = self.choices.cursor
        return None if cursor is None else self._entries[cursor]

    def narrow(self) -> None:
        self._arrange()
        first = next((row for row, entry in enumerate(self._entries) if can_choose(entry)), None)
        if not self.field.value.strip():
            first = next((row for row, entry in enumerate(self._entries) if self._is_current(entry)), first)
        self._show(first, keeps_place=False)

    def reload(self) -> None:
        """Show what is offered now; the cursor stays on its row."""
        if not self.is_attached:
            return
        entry = self.entry
        self._load()
        self._quote()
        self._arrange()
        place = None if entry is None else place_of(entry, self._entries)
        if place is None:
            self.narrow()
        else:
            self._show(place, keeps_place=True)
        self.show_headings()

    def take(self) -> None:
        match self.entry:
            case ModelLine(choice):
                self.dismiss(choice.ref)
            case TypedModel(ref):
                self.dismiss(ref)
            case TypingInvitation(view):
                self.field.value = f"{view.name}/"
                self.field.action_end()

    def show_headings(self) -> None:
        room = self.choices.room
        headings = self._lines.headings(room)
        self.header.display = bool(headings.plain.strip())
        self.header.update(headings)
        self.legend.update(self._lines.legend(room))
        self.keys.update(key_line(self._keys, room))

    # ── what it shows ─────────────────────────────────────────────────────────

    def _load(self) -> None:
        self._seen = self._providers()
        offer = self._offer().usable
        self._offered = offer.only(self._wanted_for) if self._wanted_for else offer
        self._search = Search(self._offered.all_choices, self._offered.providers)
        self._lines = ModelLines(self._offered, self._now().date(), self._turns)

    def _quote(self) -> None:
        """Count in the background what quotes are made of; then the rows show theirs."""
        if self._turns is not None:
            self._turns.forget()
            self.run_worker(
                self._count(self._turns), name="quotes", group="quotes", exclusive=True, exit_on_error=False
            )

    async def _count(self, turns: NextTurns) -> None:
        await turns.count([choice.ref for choice in self._offered.all_choices])
        for row in range(len(self._entries)):
            self.choices.redraw(row)
        self._tell_more()

    def _arrange(self) -> None:
        now = self._offered.now
        typed_for = self._wanted_for or (now.provider if now else "")
        self._entries = entries(self._offered, self._search, self.field.value, typed_for)

    def _show(self, cursor: int | None, *, keeps_place: bool) -> None:
        if not self.field.value:
            frame = _FRAME_LINES + (_WISH_LINES if self._wanted_for else 0)
            self.query_one("#picker").styles.max_height = max(_LEAST_ROWS, len(self._entries)) + frame
        count = len(self._entries)
        self.choices.show(count, self._line, self._can_choose, cursor, keeps_place=keeps_place)

    def _line(self, row: int) -> Content:
        words = self.field.value.split()
        turn = self._turn if self._moves else 0
        return self._lines.line(self._entries[row], self.choices.room, words, self._now(), turn)

    def _can_choose(self, row: int) -> bool:
        return can_choose(self._entries[row])

    def _is_current(self, entry: Entry) -> bool:
        return isinstance(entry, ModelLine) and entry.choice.ref == self._offered.now

    def _wish(self) -> Content:
        """Why the dialog has opened by itself; nothing when it has not."""
        if not self._wanted_for:
            return Content()
        label = next((view.label for view in self._offered.providers), self._wanted_for)
        return plain(f"{one_line(label)} serves whatever it was started with: choose or type its model.")

    @on(ChoiceList.Moved)
    def _tell_more(self) -> None:
        self.detail.update(self._lines.detail(self.entry, self.choices.room, self._now()))

    @on(Resize)
    def _make_room(self, event: Resize) -> None:
        self.set_class(event.size.height < _SHORT_LINES, "-short")
        self.set_class(event.size.height < _TINY_LINES, "-tiny")

    # ── what changes while it is open ─────────────────────────────────────────

    def _watch(self) -> None:
        self._turn += 1
        if self._providers() != self._seen:
            self.reload()
            return
        is_older = self._turn % _TURNS_UNTIL_OLDER == 0
        for row in self.choices.seen:
            match self._entries[row]:
                case ProviderHeading(view) | TypingInvitation(view):
                    turns = self._moves and view.connection.state is ConnectionState.CONNECTING
                    if turns or is_older:
                        self.choices.redraw(row)

    @property
    def _moves(self) -> bool:
        return self.app.animation_level != "none"

    def action_refresh_lists(self) -> None:
        self._refresh_lists()

    def action_toggle_favourite(self) -> None:
        match self.entry:
            case ModelLine(choice):
                self._toggle(choice.ref)
            case TypedModel(ref):
                self._toggle(ref)
