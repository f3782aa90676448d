"""The sidebar: providers above, the cost of the conversation below. Folded, it is a rail of lamps."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.events import DescendantBlur, DescendantFocus
from textual.getters import query_one
from textual.reactive import var
from textual.widgets import OptionList, Static

from app.text import plain
from app.widgets.cost_tracker import CostRow, CostTracker
from app.widgets.provider_list import ProviderList, ProviderRow


class Sidebar(Vertical):
    """A rail opens over the conversation while one of its rows has the focus."""

    is_rail: var[bool] = var(False, toggle_class="-rail")
    """Folded to the lamps."""

    providers = query_one(ProviderList)
    costs = query_one(CostTracker)
    failure = query_one("#provider-failure", Static)

    def __init__(self, add_key: str, keep_key: str, *, is_rail: bool = False) -> None:
        """
        Args:
            add_key: adds a provider, as it is shown; `keep_key`: keeps one that was found.
        """
        super().__init__()
        self._add_key = add_key
        self._keep_key = keep_key
        self.set_reactive(Sidebar.is_rail, is_rail)
        self.set_class(is_rail, "-rail")

    def compose(self) -> ComposeResult:
        yield Static("PROVIDERS", classes="heading")
        yield ProviderList(is_rail=self.is_rail)
        yield Static(f"None yet: {self._add_key} adds one.", id="no-providers", markup=False)
        yield Static(id="provider-failure")
        yield Static("THIS CONVERSATION", classes="heading")
        yield CostTracker()

    def show_providers(self, rows: Sequence[ProviderRow]) -> None:
        """Show the providers as they are now."""
        self.providers.show(rows)
        self.set_class(not rows, "-without-providers")
        self._show_failure()

    def show_costs(self, rows: Sequence[CostRow], total: str) -> None:
        """Show what the conversation on view has cost."""
        self.costs.show(rows, total)

    def show_budgets(self, lines: Content) -> None:
        """Show how far budgets are used up; empty where there are none."""
        budgets = self.query_one_optional("#budgets", Static)
        if budgets is not None:
            if not (isinstance(budgets.content, Content) and lines.is_same(budgets.content)):
                budgets.update(lines)
        elif lines:  # Most people have none, and the first frame has to be quick.
            self.mount(Static(lines, id="budgets"))
        self.set_class(bool(lines), "-limited")

    def watch_is_rail(self) -> None:
        self._draw_rail(is_open=self.has_focus_within)

    @on(DescendantFocus)
    def _open(self) -> None:
        self._draw_rail(is_open=True)
        self._show_failure()

    @on(DescendantBlur)
    def _close(self) -> None:
        self._draw_rail(is_open=False)
        self.failure.display = False

    @on(OptionList.OptionHighlighted)
    def _show_failure(self) -> None:
        """One line about the provider under the cursor: its last error, else why it is there."""
        row = self.providers.row
        words = row.error if row is not None else ""
        if row is not None and row.found and not words:
            words = f"{row.found.capitalize()}: {self._keep_key} keeps it."
        self.failure.display = bool(words) and self.providers.has_focus
        self.failure.set_class(row is not None and bool(row.error), "-error")
        self.failure.update(plain(words))

    def _draw_rail(self, *, is_open: bool) -> None:
        self.providers.is_rail = self.is_rail and not is_open
        self.set_class(is_open, "-open")
