"""Where the style sheets are: one TCSS file per region, in `styles/`."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).resolve().parent.parent / "styles"


def sheet(region: str) -> Path:
    """The style sheet of a region of the screen."""
    return _FOLDER / f"{region}.tcss"
