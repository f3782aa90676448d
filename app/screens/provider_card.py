"""Everything known about one provider, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.getters import query_one
from textual.widget import Widget
from textual.widgets import Static

from app.commands import Place, command
from app.keymap import Keymap, bindings
from app.screens.card_text import card
from app.screens.dialog import Dialog
from app.text import one_line, plain
from app.widgets.key_line import key_line
from providers.connection import ConnectionState

if TYPE_CHECKING:
    from app.connections.views import ProviderView

Do = Callable[[str, str], None]
"""Does one thing (`test`, `edit` …) with the provider of that name."""

_REFRESH_SECONDS = 0.5


class ProviderCard(Dialog):
    """Stays open while the lamp moves, and goes when the provider does."""

    BINDINGS: ClassVar[list[BindingType]] = [("enter", "dismiss", "Close"), *bindings(Place.PROVIDERS)]

    title_line = query_one(".title", Static)
    text = query_one("#provider", Static)
    keys = query_one(".keys", Static)

    def __init__(
        self, view: Callable[[], ProviderView | None], do: Do, now: Callable[[], datetime], keymap: Keymap
    ) -> None:
        """
        Args:
            view: the provider as it is now; None once it is gone.
        """
        super().__init__()
        self._view = view
        self._do = do
        self._now = now
        self._keymap = keymap

    def heading(self) -> str:
        view = self._view()
        return view.label if view else ""

    def body(self) -> Iterable[Widget]:
        yield Static(id="provider")

    def on_mount(self) -> None:
        super().on_mount()
        self.refresh_view()
        self.set_interval(_REFRESH_SECONDS, self.refresh_view)

    def on_resize(self) -> None:
        self.call_after_refresh(self.refresh_view)

    def on_screen_resume(self) -> None:
        self.refresh_view()

    def refresh_view(self) -> None:
        """Show the provider as it is now."""
        view = self._view()
        if view is not None:
            self.title_line.update(plain(one_line(view.label)))
            self.text.update(card(view, self._now(), self.text.size.width))
            self.keys.update(key_line(self._offered(view), self.keys.size.width))
        else:
            self.dismiss(None)

    def _offered(self, view: ProviderView) -> Iterator[tuple[str, str]]:
        """The keys that do something now, with their words."""
        is_off = view.connection.state is ConnectionState.DISABLED
        if view.consents:
            yield self._key("provider.allow", "allow its key")
        if view.has_plain_secrets:
            yield self._key("provider.move_key", "move its key")
        if view.found:
            yield self._key("provider.keep", "keep")
        yield self._key("provider.test", "test")
        yield self._key("provider.edit", "edit")
        yield self._key("provider.toggle", "enable" if is_off else "disable")
        yield self._key("provider.curl", "copy as curl")
        if not view.found:
            yield self._key("provider.remove", "delete")
        yield "esc", "close"

    def _key(self, command_id: str, word: str) -> tuple[str, str]:
        return self._keymap.label(command(command_id)), word

    def _wish(self, what: str) -> None:
        view = self._view()
        if view is not None:
            self._do(what, view.name)
            self.refresh_view()

    def action_card(self) -> None:
        """The key that opened it closes it."""
        self.dismiss(None)

    def action_test(self) -> None:
        self._wish("test")

    def action_add(self) -> None:
        self._wish("add")

    def action_edit(self) -> None:
        self._wish("edit")

    def action_remove(self) -> None:
        self._wish("remove")

    def action_toggle_enabled(self) -> None:
        self._wish("toggle")

    def action_keep(self) -> None:
        self._wish("keep")

    def action_allow(self) -> None:
        """The card has said already what that means."""
        self._wish("allow_now")

    def action_move_key(self) -> None:
        self._wish("move_key")

    def action_copy_curl(self) -> None:
        self._wish("curl")
