"""Everything known about one provider, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Literal

from textual.binding import BindingType
from textual.content import Content
from textual.getters import query_one
from textual.widget import Widget
from textual.widgets import Static

from app import format as fmt
from app.screens.dialog import Dialog
from app.text import plain
from app.widgets.lamp import lamp, lamp_color

if TYPE_CHECKING:
    from app.connections.views import ProviderView

Wish = Literal["test", "toggle"]

_REFRESH_SECONDS = 0.5
_NAME_CELLS = 13
_MODELS_SHOWN = 12


class ProviderCard(Dialog):
    """Stays open while the lamp moves."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("enter", "dismiss", "Close"),
        ("t", "wish('test')", "Test"),
        ("space", "wish('toggle')", "Enable or disable"),
    ]
    KEYS = (("t", "test"), ("space", "enable or disable"), ("esc", "close"))

    text = query_one("#provider", Static)

    def __init__(
        self,
        view: Callable[[], ProviderView | None],
        wish: Callable[[Wish], None],
        now: Callable[[], datetime],
    ) -> None:
        """
        Args:
            view: the provider as it is now; None once it is gone.
            wish: does what was asked.
        """
        super().__init__()
        self._view = view
        self._wish = wish
        self._now = now

    def heading(self) -> str:
        view = self._view()
        return view.label if view else ""

    def body(self) -> Iterable[Widget]:
        yield Static(id="provider")

    def on_mount(self) -> None:
        super().on_mount()
        self.refresh_view()
        self.set_interval(_REFRESH_SECONDS, self.refresh_view)

    def refresh_view(self) -> None:
        """Show the provider as it is now."""
        view = self._view()
        if view is None:
            self.dismiss(None)
        else:
            self.text.update(card(view, self._now()))

    def action_wish(self, what: Wish) -> None:
        self._wish(what)
        self.refresh_view()


def card(view: ProviderView, now: datetime) -> Content:
    """The text of the card."""
    connection = view.connection
    since = f"since {fmt.ago(connection.since, now)}" if connection.since else ""
    state = Content.assemble(
        lamp(connection.state),
        " ",
        Content.styled(connection.word, lamp_color(connection.state)),
        Content.styled(f"  {since}" if since else "", "$text-muted"),
    )
    checked = "never"
    if connection.checked_at:
        trip = f", answered in {fmt.duration(connection.round_trip_ms)}" if connection.round_trip_ms else ""
        checked = fmt.ago(connection.checked_at, now) + trip
    lines = [
        _line("state", state),
        _line("checked", plain(checked)),
        _line("name", plain(view.name + (f"  ({view.found})" if view.found else ""))),
        _line("url", plain(view.url or fmt.UNKNOWN)),
        _line("speaks", plain(view.format or fmt.UNKNOWN)),
        _line("key", plain(view.key_source or "none")),
        _line("model", plain(view.default_model or "not chosen")),
        *_models(view),
    ]
    error = connection.error
    if error is not None:
        lines += [Content(), plain(error.summary).stylize("$text-error")]
        lines += [plain(error.detail).stylize("$text-muted")] if error.detail not in error.summary else []
        lines += [plain(error.hint)] if error.hint else []
    return Content("\n").join(lines)


def _models(view: ProviderView) -> list[Content]:
    models = view.connection.models
    if not models:
        return [_line("models", plain(fmt.UNKNOWN))]
    origin = "as the server lists them" if view.connection.is_listed else "from the catalogue"
    lines = [_line("models", Content.assemble(str(len(models)), Content.styled(f"  {origin}", "$text-muted")))]
    lines += [_line("", plain(model.id)) for model in models[:_MODELS_SHOWN]]
    if len(models) > _MODELS_SHOWN:
        lines.append(_line("", Content.styled(f"and {len(models) - _MODELS_SHOWN} more", "$text-muted")))
    return lines


def _line(name: str, value: Content) -> Content:
    return Content.assemble(Content.styled(name.ljust(_NAME_CELLS), "$text-muted"), value)
