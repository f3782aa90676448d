"""When the sidebar is folded to a rail: as somebody asked for it, else as the width allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.screen import Screen

    from app.widgets.sidebar import Sidebar

_WIDE_CELLS = 100
"""From here on the sidebar is unfolded unless somebody folded it."""
_LEAST_CELLS = 60
"""Below this the sidebar stays folded, whatever was asked for: the conversation needs the room."""


class Folding:
    """Folds and unfolds the sidebar of a screen."""

    def __init__(self) -> None:
        self._wish: bool | None = None
        """Folded or not, as somebody asked for; None leaves it to the width."""

    def is_rail(self, width: int) -> bool:
        """Args: width: of the screen, in cells."""
        return width < _LEAST_CELLS or (width < _WIDE_CELLS if self._wish is None else self._wish)

    def fit(self, screen: Screen[None], sidebar: Sidebar, width: int) -> None:
        """Fold or unfold for a width."""
        sidebar.is_rail = self.is_rail(width)
        screen.set_class(sidebar.is_rail, "-rail")

    def toggle(self, screen: Screen[None], sidebar: Sidebar) -> None:
        """The other way round than it is now, from here on."""
        self._wish = not sidebar.is_rail
        self.fit(screen, sidebar, screen.size.width)
